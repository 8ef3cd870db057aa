"""Claims that MNIST-1D decides: sliding beats connecting everything, as long as neighbours stay neighbours."""

from functools import partial

import pytest
import torch
from torch import nn

from cnnbook.data import Examples, mnist1d
from cnnbook.networks.mnist1d import convolutional, fully_connected
from cnnbook.train_seeds import train_seeds

ORDER = torch.randperm(40, generator=torch.Generator().manual_seed(0))


def shuffled(examples):
    return Examples(examples.inputs[..., ORDER], examples.labels, examples.classes)


def wrong(build, arrange=lambda examples: examples):
    """Test errors of three seeds after 400 steps of Adam: enough to see who wins."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    descent = partial(torch.optim.Adam, lr=0.01)
    train, test = arrange(mnist1d("train")), arrange(mnist1d("test"))
    runs = train_seeds(build, train, test, seeds=(0, 1, 2), epochs=10, optimizer=descent, checks=1)
    torch.set_num_threads(threads)
    return runs.test_error[-1]


@pytest.fixture(scope="module")
def as_it_comes():
    return {"conv": wrong(convolutional), "full": wrong(fully_connected)}


@pytest.mark.claim("C3.1")
def test_the_networks_have_2050_and_59065_parameters():
    counts = [sum(weight.numel() for weight in build().parameters()) for build in (convolutional, fully_connected)]
    assert counts == [2050, 59065]


@pytest.mark.claim("C3.1")
def test_the_feature_maps_are_19_and_9_and_4_long():
    series, lengths = torch.zeros(1, 1, 40), []
    for layer in convolutional():
        series = layer(series)
        if isinstance(layer, nn.Conv1d):
            lengths.append(tuple(series.shape))
    assert lengths == [(1, 15, 19), (1, 15, 9), (1, 15, 4)]


@pytest.mark.claim("C3.1")
def test_the_small_network_errs_far_less_often(as_it_comes):
    assert as_it_comes["conv"].max() + 0.08 < as_it_comes["full"].min()


@pytest.mark.claim("C3.1")
@pytest.mark.claim("C1.2")
def test_shuffled_pixels_cost_the_convolution_its_lead_and_the_other_nothing(as_it_comes):
    conv, full = wrong(convolutional, shuffled), wrong(fully_connected, shuffled)
    assert conv.min() > full.max()
    assert conv.min() > as_it_comes["conv"].max() + 0.15
    assert abs(full.mean() - as_it_comes["full"].mean()) < 0.05


@pytest.mark.claim("C1.2")
@pytest.mark.parametrize("seed", range(5))
def test_shuffled_inputs_and_columns_give_the_same_outputs_to_the_last_digit(seed):
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(40, generator=random)
    network = fully_connected().double()
    for weight in network.parameters():  # sums of whole numbers are exact in any order
        weight.data = torch.randint(-9, 10, weight.shape, generator=random).double()
    series = torch.randint(-9, 10, (7, 1, 40), generator=random).double()
    answers = network(series)
    assert not torch.equal(network(series[..., order]), answers)
    network[1].weight.data = network[1].weight.data[:, order]
    assert torch.equal(network(series[..., order]), answers)


@pytest.mark.claim("C1.2")
def test_training_on_shuffled_inputs_is_the_same_training_with_shuffled_columns():
    train = Examples(mnist1d().inputs.double(), mnist1d().labels, mnist1d().classes)

    def plain():
        return fully_connected().double()

    def with_shuffled_columns():
        network = plain()
        network[1].weight.data = network[1].weight.data[:, ORDER]
        return network

    descent = partial(torch.optim.SGD, lr=0.02, momentum=0.9)
    short = partial(train_seeds, seeds=[0], epochs=1, batch_size=200, optimizer=descent, checks=1)
    one = short(plain, train, train).models[0].state_dict()
    other = short(with_shuffled_columns, shuffled(train), shuffled(train)).models[0].state_dict()
    one["1.weight"] = one["1.weight"][:, ORDER]
    torch.testing.assert_close(other, one, atol=1e-9, rtol=1e-9)
