"""The checks of what the page on receptive fields claims."""

from itertools import accumulate
from operator import mul

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.shapes import Window, count_paths, receptive_field, receptive_fields

CONV, POOL = nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2)
ALEXNET = [
    nn.Conv2d(1, 1, 11, 4),
    nn.MaxPool2d(3, 2),
    nn.Conv2d(1, 1, 5, padding=2),
    nn.MaxPool2d(3, 2),
    *[CONV] * 3,
    nn.MaxPool2d(3, 2),
]
VGG_16 = [layer for count in (2, 2, 3, 3, 3) for layer in [*[CONV] * count, POOL]]


def pixels_with_a_gradient(layers, pixels, unit):
    """List the pixels that reach one unit of a chain of one-dimensional convolutions with positive weights."""
    row = torch.zeros(1, 1, pixels, dtype=torch.float64, requires_grad=True)
    maps = row
    for kernel, stride, dilation in layers:
        weight = torch.linspace(0.5, 1, kernel, dtype=torch.float64)[None, None]
        maps = nn.functional.conv1d(maps, weight, stride=stride, dilation=dilation)
    (slopes,) = torch.autograd.grad(maps[0, 0, unit], row)
    return slopes[0, 0].nonzero()[:, 0].tolist()


@pytest.mark.claim("C2.15")
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3)), max_size=4))
def test_the_formula_is_the_distance_between_the_first_and_the_last_pixel_with_a_gradient(layers):
    kernels, strides, dilations = zip(*layers, strict=True) if layers else ((), (), ())
    below = accumulate(strides, mul, initial=1)
    formula = 1 + sum(d * (k - 1) * s for k, d, s in zip(kernels, dilations, below, strict=False))
    seen = pixels_with_a_gradient(layers, pixels=formula, unit=0)
    assert seen[-1] - seen[0] + 1 == formula
    assert receptive_field([Window(k, s, 0, d) for k, s, d in layers]).size == formula


@pytest.mark.claim("C2.15")
def test_the_lectures_four_layers_see_3_5_7_and_11_pixels_by_formula_and_by_gradient():
    layers = [(3, 1, 1), (3, 1, 1), (3, 2, 1), (3, 1, 1)]
    fields = receptive_fields([(k, s, 0, d) for k, s, d in layers])
    assert [field.size for field in fields] == [3, 5, 7, 11]
    for count, field in enumerate(fields, start=1):
        for unit in (0, 1):
            assert pixels_with_a_gradient(layers[:count], 20, unit) == list(field.pixels(unit))


@pytest.mark.claim("C2.15")
def test_a_number_behind_a_convolution_and_a_pooling_stands_for_four_by_four_pixels():
    image = torch.rand(1, 1, 10, 10, requires_grad=True)
    nn.AvgPool2d(2)(nn.Conv2d(1, 1, 3)(image))[0, 0, 1, 2].backward()
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    assert sorted(set(rows.tolist())) == [2, 3, 4, 5]
    assert sorted(set(columns.tolist())) == [4, 5, 6, 7]
    assert len(rows) == 4 * 4


@pytest.mark.claim("C2.15")
@pytest.mark.parametrize(("network", "size"), [(ALEXNET, 195), (VGG_16, 212)], ids=["AlexNet", "VGG-16"])
def test_the_last_pooling_sees_what_the_tables_say_when_asked_by_gradient(network, size):
    """The tables are those of Araujo, Norris & Sim (2019); a chain of means shows every pixel on a row."""
    row = torch.zeros(1, 1, 480, dtype=torch.float64, requires_grad=True)
    maps = row
    for layer in network:
        kernel, stride, padding = (
            number if isinstance(number, int) else number[0]
            for number in (layer.kernel_size, layer.stride, layer.padding)
        )
        maps = nn.functional.avg_pool1d(maps, kernel, stride, padding)
    maps[0, 0, maps.shape[-1] // 2].backward()
    assert len(row.grad[0, 0].nonzero()) == size


@pytest.mark.claim("C2.15")
@pytest.mark.parametrize("depth", [5, 20, 80])
def test_paths_gather_in_the_middle_within_the_root_of_the_depth(depth):
    paths = np.array(count_paths(2 * depth + 1, [(3,)] * depth, 0), dtype=float)
    places = np.arange(-depth, depth + 1)
    spread = np.sqrt((paths * places**2).sum() / paths.sum())
    np.testing.assert_allclose(spread, np.sqrt(2 * depth / 3))  # each layer adds the variance of -1, 0, 1
    assert paths[np.abs(places) <= 2 * spread].sum() > 0.9 * paths.sum()


@pytest.mark.claim("C2.15")
def test_the_squared_gradient_of_random_networks_follows_the_paths():
    torch.manual_seed(0)
    depth, channels = 8, 16
    total = torch.zeros(2 * depth + 1, dtype=torch.float64)
    for _ in range(40):
        row = torch.zeros(1, 1, 2 * depth + 1, dtype=torch.float64, requires_grad=True)
        maps = row
        for level in range(depth):
            maps = nn.functional.conv1d(maps, torch.randn(channels, channels if level else 1, 3, dtype=torch.float64))
        maps[0, 0, 0].backward()
        total += row.grad[0, 0].square()
    paths = np.array(count_paths(2 * depth + 1, [(3,)] * depth, 0)) / 3**depth
    np.testing.assert_allclose((total / total.sum()).numpy(), paths, atol=0.04)
    assert paths.max() > 0.15  # so that the tolerance is one
