"""Xception is the paper's figure 5: 36 convolutions, nearly all separable, with shortcuts round them."""

import pytest
import torch
from torch import nn

from cnnbook.networks import xception


@pytest.fixture
def network():
    with torch.device("meta"):
        return xception.xception().eval()


def test_it_has_thirty_six_convolutions_of_which_thirty_four_are_separable(network):
    separable = [layer for layer in network.modules() if isinstance(layer, xception.SeparableConv2d)]
    assert len(separable) == 34
    plain = [layer for name, layer in network.named_children() if isinstance(layer, nn.Conv2d)]
    assert len(plain) == 2


def test_blocks_shrink_the_image_as_in_figure_five(network):
    maps, sides = network.conv2(network.conv1(torch.zeros(1, 3, 299, 299, device="meta"))), []
    for number in range(1, 13):
        maps = network.get_submodule(f"block{number}")(maps)
        sides.append(tuple(maps.shape[1:]))
    assert sides[:3] == [(128, 74, 74), (256, 37, 37), (728, 19, 19)]
    assert set(sides[3:11]) == {(728, 19, 19)}
    assert sides[11] == (1024, 10, 10)


def test_a_middle_block_whose_last_scale_is_zero_passes_its_input_on():
    block = xception.Block([8, 8, 8, 8], halve=False)
    nn.init.zeros_([layer for layer in block.rep if isinstance(layer, nn.BatchNorm2d)][-1].weight)
    maps = torch.randn(2, 8, 5, 5)
    assert torch.equal(block(maps), maps)


def test_a_block_does_not_change_what_it_was_given():
    block = xception.Block([4, 8, 8], halve=True)
    maps = torch.randn(2, 4, 7, 7)
    before = maps.clone()
    block(maps)
    assert torch.equal(maps, before)


def test_nothing_stands_between_the_two_halves_of_a_separable_convolution():
    torch.manual_seed(0)
    layer = xception.SeparableConv2d(3, 5).double()
    maps = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    whole = torch.einsum("dcij,cikl->dckl", layer.pointwise.weight, layer.conv1.weight)
    torch.testing.assert_close(layer(maps), nn.functional.conv2d(maps, whole, padding=1))
