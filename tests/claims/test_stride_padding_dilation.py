"""The checks of what the page on sizes claims."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from cnnbook.reference import conv1d_loops, conv2d_loops
from cnnbook.shapes import conv_output_size, same_padding

ANY = [st.integers(low, high) for low, high in [(1, 20), (1, 7), (1, 4), (0, 4), (1, 4)]]


@pytest.mark.claim("C2.3")
@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ({"kernel": 3, "stride": 2, "padding": 1}, 4),
        ({"kernel": 3, "padding": 1}, 8),
        ({"kernel": 5, "padding": 2}, 8),
        ({"kernel": 3, "padding": 2, "dilation": 2}, 8),
    ],
)
def test_the_textbooks_figure_of_eight_inputs(options, outputs):
    assert conv_output_size(8, **options) == outputs
    kernel = np.ones((1, 1, options.pop("kernel")))
    assert conv1d_loops(np.ones((1, 8)), kernel, **options).shape[-1] == outputs


@pytest.mark.claim("C2.3")
def test_dilated_by_two_three_weights_slid_along_read_every_input():
    layer = nn.Conv1d(1, 1, 3, dilation=2, bias=False)
    assert layer.weight.numel() == 3
    row = torch.zeros(1, 1, 8, requires_grad=True)
    layer(row).abs().sum().backward()
    layer.load_state_dict({"weight": torch.ones(1, 1, 3)})
    row.grad = None
    layer(row).sum().backward()
    assert (row.grad > 0).all()


@pytest.mark.claim("C2.4")
@given(*ANY)
def test_the_formula_counts_the_places_one_by_one_and_agrees_with_torch(n, kernel, stride, padding, dilation):
    reach = dilation * (kernel - 1) + 1
    assume(reach <= n + 2 * padding)
    places = [start for start in range(n + 2 * padding) if start % stride == 0 and start + reach <= n + 2 * padding]
    assert conv_output_size(n, kernel, stride, padding, dilation) == len(places)
    assert nn.Conv1d(1, 1, kernel, stride, padding, dilation)(torch.zeros(1, 1, n)).shape[-1] == len(places)


@pytest.mark.claim("C2.4")
@given(*[ANY[i] for i in (0, 1, 2, 4)])
def test_keras_same_divides_by_the_stride_and_rounds_up_and_the_odd_pixel_goes_to_the_end(n, kernel, stride, dilation):
    before, after = same_padding(n, kernel, stride, dilation)
    assert after - before in (0, 1)
    assert conv_output_size(n + before + after, kernel, stride, 0, dilation) == -(-n // stride)
    if before + after:  # with one pixel less there would be one output less
        reach = dilation * (kernel - 1) + 1
        assert (n + before + after - 1 - reach) // stride + 1 < -(-n // stride)


@pytest.mark.claim("C2.13")
def test_a_pair_of_strides_means_rows_then_columns():
    image, kernel = np.arange(36).reshape(1, 6, 6), np.ones((1, 1, 1, 1))
    np.testing.assert_array_equal(conv2d_loops(image, kernel, stride=(2, 1))[0], image[0, ::2])
    assert nn.Conv2d(1, 1, 1, stride=(2, 1))(torch.zeros(1, 6, 6)).shape == (1, 3, 6)


@pytest.mark.claim("C2.13")
@pytest.mark.parametrize("stride", range(1, 5))
@pytest.mark.parametrize("kernel", range(1, 5))
def test_a_stride_wider_than_the_kernel_leaves_pixels_that_nobody_reads(kernel, stride):
    layer = nn.Conv1d(1, 1, kernel, stride, bias=False)
    layer.load_state_dict({"weight": torch.ones(1, 1, kernel)})
    row = torch.zeros(1, 1, 6 * stride + kernel, requires_grad=True)
    layer(row).sum().backward()
    assert bool((row.grad == 0).any()) == (stride > kernel)


@pytest.mark.claim("C2.13")
def test_a_stride_keeps_every_other_place_of_the_same_convolution():
    random = np.random.default_rng(0)
    image, weight = random.standard_normal((2, 9, 8)), random.standard_normal((3, 2, 3, 3))
    every = conv2d_loops(image, weight)
    np.testing.assert_allclose(conv2d_loops(image, weight, stride=2), every[:, ::2, ::2])
