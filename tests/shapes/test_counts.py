"""Counts of weights and of multiply-adds agree with torch, with papers, and with each other."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnbook import shapes

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

small = st.integers(1, 5)
kernels = st.lists(small, min_size=1, max_size=3).map(tuple)
CONV = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
CONV_TRANSPOSE = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d]


def made(*layers):
    """How many numbers torch's layers learn."""
    return sum(weights.numel() for layer in layers for weights in layer.parameters())


def products(layer, input_size):
    """How many multiply-adds torch counts in one pass: half as many as its floating-point operations."""
    channels = layer.in_channels if hasattr(layer, "in_channels") else layer.in_features
    with FlopCounterMode(display=False) as counter:
        layer(torch.empty(1, channels, *input_size, device="meta"))
    return counter.get_total_flops() // 2


@given(channels=small, filters=small, groups=small, kernel=kernels, bias=st.booleans())
def test_parameters_are_those_that_torch_makes(channels, filters, groups, kernel, bias):
    into, out = groups * channels, groups * filters
    counted = shapes.conv_parameters(into, out, kernel, groups=groups, bias=bias)
    for kind in (CONV, CONV_TRANSPOSE):
        layer = kind[len(kernel) - 1](into, out, kernel, groups=groups, bias=bias, device="meta")
        assert counted == made(layer)


@given(channels=small, filters=small, kernel=kernels, bias=st.booleans())
def test_a_separable_convolution_has_the_parameters_of_its_two_parts(channels, filters, kernel, bias):
    conv = CONV[len(kernel) - 1]
    depthwise = conv(channels, channels, kernel, groups=channels, bias=bias, device="meta")
    pointwise = conv(channels, filters, 1, bias=bias, device="meta")
    counted = shapes.depthwise_separable_parameters(channels, filters, kernel, bias=bias)
    assert counted == made(depthwise, pointwise)


@given(channels=small, filters=small, groups=small, kernel=kernels, stride=st.integers(1, 3), padding=st.integers(0, 2))
def test_multiply_adds_are_those_that_torch_counts(channels, filters, groups, kernel, stride, padding):
    into, out = groups * channels, groups * filters
    size = tuple(k + 4 for k in kernel)
    layer = CONV[len(kernel) - 1](into, out, kernel, stride, padding, groups=groups, device="meta")
    output_size = tuple(shapes.conv_output_size(n, k, stride, padding) for n, k in zip(size, kernel, strict=True))
    counted = shapes.conv_multiply_adds(into, out, kernel, output_size, groups=groups)
    assert counted == products(layer, size)


@given(channels=small, filters=small, groups=small, kernel=kernels, stride=st.integers(1, 3))
def test_a_transposed_convolution_multiplies_each_pixel_of_its_input_as_torch_counts(
    channels, filters, groups, kernel, stride
):
    into, out = groups * channels, groups * filters
    size = tuple(range(2, 2 + len(kernel)))
    layer = CONV_TRANSPOSE[len(kernel) - 1](into, out, kernel, stride, groups=groups, device="meta")
    counted = shapes.conv_transpose_multiply_adds(into, out, kernel, size, groups=groups)
    assert counted == products(layer, size)


@given(inputs=small, outputs=small)
def test_a_linear_layer_multiplies_each_weight_once(inputs, outputs):
    assert shapes.linear_multiply_adds(inputs, outputs) == products(nn.Linear(inputs, outputs, device="meta"), ())


@given(channels=small, filters=small, kernel=kernels, places=small)
def test_the_cost_ratio_divides_weights_and_multiply_adds_alike(channels, filters, kernel, places):
    ratio = shapes.depthwise_separable_cost_ratio(filters, kernel)
    weights = shapes.depthwise_separable_parameters(channels, filters, kernel, bias=False)
    assert ratio * shapes.conv_parameters(channels, filters, kernel, bias=False) == weights
    size = (places,) * len(kernel)
    work = shapes.depthwise_separable_multiply_adds(channels, filters, kernel, size)
    assert ratio * shapes.conv_multiply_adds(channels, filters, kernel, size) == work


@given(kernel=small, rows=small, columns=small)
def test_one_number_stands_for_all_axes_of_the_other(kernel, rows, columns):
    square = shapes.conv_multiply_adds(2, 3, (kernel, kernel), (rows, rows))
    assert shapes.conv_multiply_adds(2, 3, (kernel, kernel), rows) == square
    oblong = shapes.conv_multiply_adds(2, 3, (kernel, kernel), (rows, columns))
    assert shapes.conv_multiply_adds(2, 3, kernel, (rows, columns)) == oblong
    assert shapes.conv_transpose_multiply_adds(2, 3, kernel, (rows, columns)) == oblong


def test_a_picture_fully_connected_to_its_own_width_has_22_billion_weights():
    inputs = 224 * 224 * 3
    assert inputs == 150_528
    assert shapes.linear_parameters(inputs, inputs, bias=False) == 22_658_678_784


def test_the_networks_of_mnist_1d_have_2050_and_59065_parameters():
    convolutions = [shapes.conv_parameters(channels, 15, 3) for channels in (1, 15, 15)]
    assert sum(convolutions) + shapes.linear_parameters(60, 10) == 2_050
    widths = [40, 285, 135, 60, 10]
    assert sum(map(shapes.linear_parameters, widths, widths[1:])) == 59_065


def test_lenet_5_has_the_counts_of_its_paper():
    """LeCun et al. (1998), section II.B; a connection is a product or the addition of a bias."""
    assert shapes.conv_parameters(1, 6, (5, 5)) == 156
    assert shapes.conv_multiply_adds(1, 6, 5, (28, 28)) + 6 * 28 * 28 == 122_304
    assert shapes.conv_parameters(16, 120, (5, 5)) == 48_120
    assert shapes.linear_parameters(120, 84) == 10_164


def test_vgg_16_has_138_million_parameters_and_15_billion_multiply_adds():
    """Simonyan & Zisserman (2015), table 2 (138 million); the exact numbers are those of torchvision's model."""
    blocks = [(224, [3, 64, 64]), (112, [64, 128, 128])]
    blocks += [(size, [into, *[out] * 3]) for size, into, out in [(56, 128, 256), (28, 256, 512), (14, 512, 512)]]
    layers = [(*channels, size) for size, block in blocks for channels in pairwise(block)]
    widths = list(pairwise([512 * 7 * 7, 4096, 4096, 1000]))
    parameters = sum(shapes.conv_parameters(into, out, (3, 3)) for into, out, _ in layers)
    assert parameters + sum(shapes.linear_parameters(*width) for width in widths) == 138_357_544
    work = sum(shapes.conv_multiply_adds(into, out, 3, (size, size)) for into, out, size in layers)
    assert work + sum(shapes.linear_multiply_adds(*width) for width in widths) == 15_470_264_320


def test_mobilenet_saves_what_its_paper_says():
    """Howard et al. (2017), tables 1 and 4: 569 and 4866 million multiply-adds, 4.2 and 29.3 million parameters."""
    widths = [32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    places = [112, 56, 56, 28, 28, *[14] * 6, 7, 7]
    layers = [(*channels, size) for channels, size in zip(pairwise(widths), places, strict=True)]
    first, last = shapes.conv_multiply_adds(3, 32, 3, (112, 112)), shapes.linear_multiply_adds(1024, 1000)
    separable = sum(shapes.depthwise_separable_multiply_adds(into, out, 3, (n, n)) for into, out, n in layers)
    full = sum(shapes.conv_multiply_adds(into, out, 3, (n, n)) for into, out, n in layers)
    assert round((first + separable + last) / 1e6) == 569
    assert round((first + full) / 1e6) == 4866  # the paper's number leaves the classifier's one million out

    weights = shapes.conv_parameters(3, 32, (3, 3), bias=False) + shapes.linear_parameters(1024, 1000)
    separable = sum(shapes.depthwise_separable_parameters(into, out, (3, 3), bias=False) for into, out, _ in layers)
    full = sum(shapes.conv_parameters(into, out, (3, 3), bias=False) for into, out, _ in layers)
    assert round((weights + separable) / 1e6, 1) == 4.2
    assert round((weights + full) / 1e6, 1) == 29.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.conv_parameters(3, 6, ()), r"kernel_size=\(\) has length 0"),
        (lambda: shapes.conv_multiply_adds(3, 6, (3, 3), (5, 5, 5)), r"kernel_size=\(3, 3\) has length 2; .* \(3\)"),
        (lambda: shapes.conv_multiply_adds(3, 6, (3, 3), (5,)), r"output_size=\(5,\) has length 1; .* \(2\)"),
        (lambda: shapes.conv_transpose_multiply_adds(3, 6, (3, 3), (5,)), r"input_size=\(5,\) has length 1"),
        (lambda: shapes.depthwise_separable_cost_ratio(6, (3, 0)), "kernel_size=0 must be at least 1"),
    ],
)
def test_sizes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
