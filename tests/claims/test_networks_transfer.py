"""The checks of what the page on transfer learning claims."""

from functools import partial
from statistics import mean

import pytest
import torch

from cnnbook import recorded
from cnnbook.data import Examples, mnist1d
from cnnbook.networks.mnist1d import convolutional
from cnnbook.networks.resnet import resnet18
from cnnbook.networks.transfer import freeze, replace_head
from cnnbook.networks.vgg import vgg16
from cnnbook.networks.xception import xception
from cnnbook.train import evaluate, train


def digits(examples, first):
    """Five digits in a row, with labels from 0 on."""
    kept = (examples.labels >= first) & (examples.labels < first + 5)
    return Examples(examples.inputs[kept], examples.labels[kept] - first, examples.classes[first : first + 5])


def network_for_five(seed):
    """The book's small network with a head for five digits."""
    torch.manual_seed(seed)
    network = convolutional()
    replace_head(network, 5)
    return network


def adam(rate):
    """What the loop makes its optimizer with."""
    return partial(torch.optim.Adam, lr=rate)


@pytest.mark.claim("C4.6")
@pytest.mark.parametrize(
    ("build", "learning", "all_of_them"),
    [(vgg16, 4096 * 5 + 5, 134_281_029), (xception, 2048 * 5 + 5, 20_817_197)],
)
def test_the_head_alone_learns_and_is_a_small_part(build, learning, all_of_them):
    with torch.device("meta"):
        network = build()
        published = sum(weight.numel() for weight in network.parameters())
        head = replace_head(network, 5)
    freeze(network)
    assert sum(weight.numel() for weight in network.parameters() if weight.requires_grad) == learning
    assert sum(weight.numel() for weight in network.parameters()) == all_of_them
    assert published - all_of_them == 995 * (head.in_features + 1)  # 1,000 classes had a row and a bias each


@pytest.mark.claim("C4.6")
def test_training_changes_the_head_and_nothing_that_is_frozen():
    torch.manual_seed(0)
    network = resnet18(num_classes=3)
    freeze(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    descent = torch.optim.SGD([weight for weight in network.parameters() if weight.requires_grad], lr=0.1)
    for _ in range(2):
        descent.zero_grad()
        torch.nn.functional.cross_entropy(network(torch.rand(4, 3, 32, 32)), torch.tensor([0, 1, 2, 0])).backward()
        descent.step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"fc.weight", "fc.bias"}


@pytest.mark.claim("C4.6")
def test_training_mode_would_change_normalisations_that_get_no_gradient():
    network = resnet18(num_classes=3).requires_grad_(requires_grad=False)
    before = network.bn1.running_mean.clone()
    network.train()(torch.rand(4, 3, 32, 32))
    assert not torch.equal(network.bn1.running_mean, before)


@pytest.mark.claim("C4.6")
def test_features_of_other_digits_beat_scratch_with_few_examples_and_not_with_many():
    network = network_for_five(0)
    train(network, digits(mnist1d(), 0), epochs=20, optimizer=adam(0.003), progress=False)
    body = network[:-1]

    def features(examples):
        with torch.no_grad():
            return Examples(body(examples.inputs), examples.labels, examples.classes)

    high, test = digits(mnist1d(), 5), digits(mnist1d("test"), 5)

    def gain(size, seed, epochs):
        order = torch.randperm(len(high), generator=torch.Generator().manual_seed(seed))
        drawn = high[torch.cat([order[high.labels[order] == label][:size] for label in range(5)])]
        scratch = network_for_five(seed)
        train(scratch, drawn, epochs=epochs, seed=seed, batch_size=50, optimizer=adam(0.003), progress=False)
        head = network_for_five(seed)[-1]
        train(head, features(drawn), epochs=epochs, seed=seed, batch_size=50, optimizer=adam(0.01), progress=False)
        return evaluate(scratch, test)[1] - evaluate(head, features(test))[1]

    few = [gain(20, seed, epochs=60) for seed in (1, 2)]
    assert min(few) > 0
    assert gain(len(high), 1, epochs=8) < min(few)


@pytest.mark.claim("C4.6")
def test_published_weights_gained_what_the_page_says_of_the_record():
    found = recorded.read("transfer")
    wrong = {way: {int(size): mean(each) for size, each in sizes.items()} for way, sizes in found["errors"].items()}
    guess = 100 * (1 - 1 / len(found["breeds"]))
    assert guess == pytest.approx(200 / 3)  # twice in three
    assert 0.8 * guess < wrong["scratch"][5] < guess  # not far from a guess
    assert 0.5 < wrong["fine-tuning"][5] / wrong["scratch"][5] < 0.6  # little more than half as often
    assert wrong["fine-tuning"][50] / wrong["scratch"][50] == pytest.approx(0.5, abs=0.03)  # half as often
    for seed in range(5):
        for size in found["errors"]["scratch"]:
            assert found["errors"]["features"][size][seed] < found["errors"]["scratch"][size][seed]
