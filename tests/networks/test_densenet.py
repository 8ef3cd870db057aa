"""Dense networks are the paper's, and each layer reads all that was made before it."""

import pytest
import torch
from torch import nn

from cnnbook.networks import densenet

DEPTHS = [121, 161, 169, 201]


def built(depth):
    with torch.device("meta"):
        return getattr(densenet, f"densenet{depth}")()


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_name_counts_the_layers_with_weights(depth):
    assert len([layer for layer in built(depth).modules() if isinstance(layer, nn.Conv2d | nn.Linear)]) == depth


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_layer_reads_what_came_in_and_the_maps_of_all_before_it(depth):
    growth, _ = densenet.ROWS[depth]
    channels = 2 * growth
    for block in (layer for layer in built(depth).features if isinstance(layer, densenet.DenseBlock)):
        layers = list(block.children())
        assert [layer.conv1.in_channels for layer in layers] == [
            channels + number * growth for number in range(len(layers))
        ]
        assert {layer.conv2.out_channels for layer in layers} == {growth}
        channels = (channels + len(layers) * growth) // 2


def test_what_a_block_was_given_comes_out_of_it_unchanged():
    maps = torch.rand(2, 8, 5, 5)
    out = densenet.DenseBlock(8, growth=4, count=3)(maps)
    assert out.shape == (2, 8 + 3 * 4, 5, 5)
    assert torch.equal(out[:, :8], maps)


def test_an_early_map_reaches_every_later_layer():
    torch.manual_seed(0)
    block = densenet.DenseBlock(8, growth=4, count=4).eval()
    maps = torch.rand(1, 8, 5, 5)
    before = block(maps)
    with torch.no_grad():
        block.denselayer1.conv2.weight.mul_(2)
    changed = (block(maps) != before).flatten(2).any(2)[0]
    assert not changed[:8].any()
    assert [changed[8 + 4 * layer : 12 + 4 * layer].any().item() for layer in range(4)] == [True] * 4


@pytest.mark.parametrize("depth", DEPTHS)
def test_transitions_halve_the_maps_and_their_sides(depth):
    network = built(depth)
    maps, sides = torch.zeros(1, 3, 224, 224, device="meta"), []
    for layer in network.features:
        before, maps = maps, layer(maps)
        if isinstance(layer, densenet.Transition):
            assert maps.shape[1] * 2 == before.shape[1]
            sides.append(maps.shape[-1])
    assert sides == [28, 14, 7]
