"""AlexNet as the paper has it, where no library does."""

import pytest
import torch
from torch import nn

from cnnbook.networks.alexnet import alexnet, alexnet_two_towers


def parameters(layer):
    return sum(weight.numel() for weight in layer.parameters())


def test_the_paper_s_network_has_as_many_weights_as_its_towers():
    # Krizhevsky et al. (2012), figure 2: each tower's kernels, two towers, biases; then three fully connected layers.
    convolutions = 2 * (48 * (11 * 11 * 3 + 1) + 128 * (5 * 5 * 48 + 1) + 192 * (3 * 3 * 256 + 1))
    convolutions += 2 * (192 * (3 * 3 * 192 + 1) + 128 * (3 * 3 * 192 + 1))
    connected = 9216 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    network = alexnet_two_towers()
    assert parameters(network.features) == convolutions
    assert parameters(network.classifier) == connected
    assert parameters(network) == 60_965_224


def test_a_tower_does_not_see_the_other_in_layer_two():
    torch.manual_seed(0)
    second = alexnet_two_towers().features[4].double()
    maps = torch.rand(1, 96, 9, 9, dtype=torch.float64)
    changed = maps.clone()
    changed[:, 48:] = 0
    assert torch.equal(second(maps)[:, :128], second(changed)[:, :128])
    assert not torch.equal(second(maps)[:, 128:], second(changed)[:, 128:])


def test_neighbours_damp_each_other_as_section_three_says():
    damp = alexnet_two_towers().features[2]
    maps = torch.rand(1, 7, 1, 1, dtype=torch.float64) * 30
    activity = maps.flatten()
    squares = [activity[max(0, i - 2) : i + 3].square().sum() for i in range(7)]  # five maps, fewer at the ends
    want = torch.stack([a / (2 + 1e-4 * s) ** 0.75 for a, s in zip(activity, squares, strict=True)])
    torch.testing.assert_close(damp(maps).flatten(), want)


def test_both_forms_make_maps_of_thirteen_by_thirteen_and_six_by_six():
    for network in (alexnet(), alexnet_two_towers()):
        assert network.features(torch.zeros(1, 3, 224, 224)).shape == (1, 256, 6, 6)
        assert network.features[:-1](torch.zeros(1, 3, 224, 224)).shape == (1, 256, 13, 13)


def test_the_paper_s_weights_begin_small_and_its_biases_at_one_where_it_says_so():
    torch.manual_seed(0)
    learned = [layer for layer in alexnet_two_towers().modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    assert [set(layer.bias.tolist()) for layer in learned] == [{0.0}, {1.0}, {0.0}, {1.0}, {1.0}, {1.0}, {1.0}, {0.0}]
    assert [layer.weight.std().item() for layer in learned] == [pytest.approx(0.01, rel=0.05)] * 8
