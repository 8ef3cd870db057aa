"""The checks of what the page "One filter reads every channel" claims."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.layers import Conv1d, Conv2d
from cnnbook.reference import conv2d_loops
from cnnbook.shapes import conv_parameters

UPRIGHT = np.tile([-1, 0, 1], (3, 1))


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.claim("C2.7")
def test_every_filter_makes_a_channel_of_its_own(random):
    image, filters = random.standard_normal((3, 8, 8)), random.standard_normal((4, 3, 3, 3))
    stacked = conv2d_loops(image, filters)
    assert stacked.shape == (4, 6, 6)
    for filter, feature_map in zip(filters, stacked, strict=True):
        np.testing.assert_allclose(conv2d_loops(image, filter[None])[0], feature_map)


@pytest.mark.claim("C2.7")
def test_added_maps_cannot_tell_a_picture_from_the_same_picture_on_its_side(random):
    picture = random.standard_normal((1, 9, 9))
    filters = np.stack([UPRIGHT, UPRIGHT.T])[:, None]
    stacked, on_its_side = (conv2d_loops(p, filters) for p in (picture, picture.swapaxes(1, 2)))
    np.testing.assert_allclose(stacked.sum(axis=0), on_its_side.sum(axis=0).T)
    assert not np.allclose(stacked[0], on_its_side[0].T)


@pytest.mark.claim("C2.8")
def test_a_filter_for_colour_is_a_block_of_seventy_five_weights_and_makes_one_map():
    layer = nn.Conv2d(3, 1, 5, bias=False)
    assert layer.weight.shape == (1, 3, 5, 5)
    assert layer.weight.numel() == 75
    assert layer(torch.zeros(1, 3, 9, 9)).shape[1] == 1
    assert nn.Conv2d(3, 2, 5)(torch.zeros(1, 3, 9, 9)).shape[1] == 2
    assert nn.Conv2d(3, 1, 3, bias=False).weight.numel() == 27


@pytest.mark.claim("C2.8")
def test_every_one_of_the_weights_is_learned_separately(random):
    layer = nn.Conv2d(3, 1, 5, bias=False, dtype=torch.float64)
    layer(torch.from_numpy(random.standard_normal((1, 3, 9, 9)))).square().sum().backward()
    assert len(set(layer.weight.grad.flatten().tolist())) == 75


@pytest.mark.claim("C2.8")
def test_a_border_between_two_equally_bright_colours_is_seen_in_colour_only():
    flag = np.zeros((3, 4, 6))
    flag[0, :, :3] = flag[1, :, 3:] = 1
    assert not conv2d_loops(flag.mean(axis=0, keepdims=True), UPRIGHT[None, None]).any()
    block = np.stack([-UPRIGHT, UPRIGHT, 0 * UPRIGHT])
    assert conv2d_loops(flag, block[None])[0].tolist() == [[0, 6, 6, 0]] * 2


@pytest.mark.claim("C2.9")
def test_the_quiz_of_two_layers_has_these_shapes():
    first, second = nn.Conv2d(3, 10, 3), nn.Conv2d(10, 20, 3)
    assert (first.weight.shape, second.weight.shape) == ((10, 3, 3, 3), (20, 10, 3, 3))
    for batch in [(), (32,)]:
        between = first(torch.zeros(*batch, 3, 7, 7))
        assert between.shape == (*batch, 10, 5, 5)
        assert second(between).shape == (*batch, 20, 3, 3)
    first, second = nn.Conv2d(3, 2, 5), nn.Conv2d(2, 3, 3)
    assert (first.weight.shape, second.weight.shape) == ((2, 3, 5, 5), (3, 2, 3, 3))
    second(first(torch.zeros(1, 3, 9, 9)))


@pytest.mark.claim("C2.10")
def test_a_one_by_one_convolution_and_a_fully_connected_layer_at_every_pixel_are_the_same_function(random):
    maps = torch.from_numpy(random.standard_normal((2, 6, 4, 5)))
    linear, pointwise = nn.Linear(6, 3, dtype=torch.float64), Conv2d(6, 3, 1, dtype=torch.float64)
    pointwise.load_state_dict({"weight": linear.weight[:, :, None, None], "bias": linear.bias})
    torch.testing.assert_close(pointwise(maps), linear(maps.movedim(1, -1)).movedim(-1, 1))
    other = Conv2d(6, 3, 1, dtype=torch.float64)
    linear.load_state_dict({"weight": other.weight[:, :, 0, 0], "bias": other.bias})
    torch.testing.assert_close(other(maps), linear(maps.movedim(1, -1)).movedim(-1, 1))


@pytest.mark.claim("C2.11")
@pytest.mark.parametrize(("layer", "axes"), [(Conv1d, 1), (Conv2d, 2)])
def test_a_layer_has_channels_times_kernel_weights_for_each_filter(layer, axes):
    made = layer(5, 7, 3)
    assert made.weight.shape == (7, 5, *[3] * axes)
    assert sum(p.numel() for p in made.parameters()) == 7 * (5 * 3**axes + 1) == conv_parameters(5, 7, [3] * axes)


@pytest.mark.claim("C2.11")
def test_what_one_map_loses_behind_relu_a_second_map_keeps(random):
    pictures = random.standard_normal((2, 1, 6, 6))
    pictures[1] = pictures[0].clip(0)  # differs only where the first is negative
    one = np.ones((1, 1, 1, 1))
    relu = [np.maximum(conv2d_loops(pictures, filters), 0) for filters in (one, np.concatenate([one, -one]))]
    assert np.array_equal(relu[0][0], relu[0][1])
    assert not np.array_equal(relu[1][0], relu[1][1])


@pytest.mark.claim("C2.18")
def test_each_halving_of_the_size_with_twice_the_maps_holds_half_the_numbers():
    maps, held = torch.zeros(1, 64, 224, 224), []
    for _ in range(5):
        held.append(maps.numel())
        maps = nn.functional.max_pool2d(maps, 2).repeat(1, 2, 1, 1)
    assert [before // after for before, after in pairwise(held)] == [2] * 4


@pytest.mark.claim("C2.19")
def test_filters_of_different_sizes_need_branches_whose_maps_are_joined(random):
    image = torch.from_numpy(random.standard_normal((1, 3, 9, 9)))
    small, large = (nn.Conv2d(3, 4, k, padding="same", dtype=torch.float64) for k in (3, 5))
    joined = torch.cat([small(image), large(image)], dim=1)
    as_one = nn.Conv2d(3, 8, 5, padding="same", dtype=torch.float64)
    weight = torch.cat([nn.functional.pad(small.weight, [1, 1, 1, 1]), large.weight])
    as_one.load_state_dict({"weight": weight, "bias": torch.cat([small.bias, large.bias])})
    torch.testing.assert_close(as_one(image), joined)  # one layer has one size: the smaller kernel is filled with zeros
    with pytest.raises(RuntimeError, match="size"):
        torch.cat([small.weight, large.weight])


@pytest.mark.claim("C2.19")
@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
def test_padded_a_dilated_convolution_has_as_many_outputs_as_inputs(dilation):
    row = torch.zeros(1, 1, 12)
    assert nn.Conv1d(1, 1, 3, padding="same", dilation=dilation)(row).shape[-1] == 12
    assert nn.Conv1d(1, 1, 3, padding=1, stride=2)(row).shape[-1] == 6  # a stride does reduce them
    assert nn.Conv1d(1, 1, 3, dilation=dilation)(row).shape[-1] == 12 - 2 * dilation  # and so does missing padding
