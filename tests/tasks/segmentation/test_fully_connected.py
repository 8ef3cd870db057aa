"""A fully connected layer, written as a convolution, gives the same sums."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.tasks.segmentation.fully_connected import as_convolution, as_norm2d


@pytest.mark.claim("C6.2")
@given(channels=st.integers(1, 3), window=st.tuples(st.integers(1, 4), st.integers(1, 4)), bias=st.booleans())
def test_on_maps_of_its_own_size_it_gives_the_layer_s_numbers(channels, window, bias):
    layer = nn.Linear(channels * window[0] * window[1], 5, bias=bias).double()
    maps = torch.rand(7, channels, *window, dtype=torch.float64)
    torch.testing.assert_close(as_convolution(layer, window)(maps).flatten(1), layer(maps.flatten(1)))


@given(window=st.tuples(st.integers(1, 3), st.integers(1, 3)), apart=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_numbers_may_lie_apart(window, apart):
    layer = nn.Linear(2 * window[0] * window[1], 3).double()
    size = [step * (side - 1) + 1 for side, step in zip(window, apart, strict=True)]
    maps = torch.rand(1, 2, *size, dtype=torch.float64)
    found = as_convolution(layer, window, apart)(maps).flatten(1)
    torch.testing.assert_close(found, layer(maps[..., :: apart[0], :: apart[1]].flatten(1)))


def test_what_is_frozen_stays_frozen_and_nothing_is_shared():
    layer = nn.Linear(4, 3).requires_grad_(requires_grad=False)
    conv = as_convolution(layer, (2, 2))
    assert not any(weight.requires_grad for weight in conv.parameters())
    before = layer.weight.clone()
    conv.weight.zero_()
    assert torch.equal(layer.weight, before)


@pytest.mark.parametrize("affine", [True, False])
def test_a_normalisation_of_numbers_becomes_one_of_maps(affine):
    norm = nn.BatchNorm1d(3, eps=0.01, affine=affine).double()
    norm(torch.rand(9, 3, dtype=torch.float64))
    norm.eval()
    maps = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    wanted = norm(maps.permute(0, 2, 3, 1).flatten(0, 2)).view(2, 4, 5, 3).permute(0, 3, 1, 2)
    torch.testing.assert_close(as_norm2d(norm).eval()(maps), wanted)


def test_inputs_that_are_no_such_maps_are_named():
    with pytest.raises(ValueError, match="has inputs that are no maps of 2×2"):
        as_convolution(nn.Linear(10, 2), (2, 2))
