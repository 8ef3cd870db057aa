"""Receptive fields agree with the gradients of torch, with the literature's tables, and with counting on paper."""

from itertools import accumulate
from math import comb, prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook.shapes import (
    ReceptiveField,
    TransposedWindow,
    Window,
    conv_output_size,
    count_paths,
    receptive_field,
    receptive_fields,
    same_padding,
)

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

small = st.integers(1, 4)
amounts = st.integers(0, 3)
windows = st.builds(Window, kernel=small, stride=small, padding=amounts, dilation=small)


@st.composite
def transposed_windows(draw):
    window = TransposedWindow(draw(small), draw(small), draw(amounts), draw(small))
    return window._replace(output_padding=draw(st.integers(0, max(window.stride, window.dilation) - 1)))


@st.composite
def stacks(draw, kinds=windows):
    """A row and layers that fit it, one upon the other: (n, layers, units after the last layer)."""
    n = size = draw(st.integers(1, 30), label="n")
    layers = []
    for layer in draw(st.lists(kinds, max_size=4), label="drawn"):
        try:
            size = layer.output_size(size)
        except ValueError:
            continue  # this one does not fit; the next may
        layers.append(layer)
    return n, layers, size


def gradient(n, layers, unit):
    """How often torch finds each pixel in one unit of a stack whose weights are all 1."""
    row = torch.zeros(1, 1, n, dtype=torch.float64, requires_grad=True)
    output = row
    for layer in layers:
        weight = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
        if isinstance(layer, TransposedWindow):
            options = {"output_padding": layer.output_padding}
            convolve = functional.conv_transpose1d
        else:
            options, convolve = {}, functional.conv1d
        output = convolve(
            output, weight, stride=layer.stride, padding=layer.padding, dilation=layer.dilation, **options
        )
    (slopes,) = torch.autograd.grad(output[0, 0, unit], row)
    return slopes[0, 0].to(torch.int64).tolist()


@settings(max_examples=300)
@given(stacks(windows | transposed_windows()), st.data())
def test_paths_are_the_gradient_where_all_weights_are_1(stack, data):
    n, layers, units = stack
    unit = data.draw(st.integers(0, units - 1), label="unit")
    assert count_paths(n, layers, unit) == gradient(n, layers, unit)


@settings(max_examples=300)
@given(stacks(), st.data())
def test_no_gradient_leaves_the_receptive_field(stack, data):
    n, layers, units = stack
    unit = data.draw(st.integers(0, units - 1), label="unit")
    field = receptive_field(layers).pixels(unit)
    assert all(pixel in field for pixel, slope in enumerate(gradient(n, layers, unit)) if slope)


@settings(max_examples=300)
@given(layers=st.lists(windows, max_size=4))
def test_away_from_the_rim_the_gradient_begins_and_ends_with_the_receptive_field(layers):
    size, jump, offset = receptive_field(layers)
    unit = -(offset // jump)  # the first whose field lies in the row
    field = receptive_field(layers).pixels(unit)
    slopes = gradient(field.stop, layers, unit)
    seen = [pixel for pixel, slope in enumerate(slopes) if slope]
    assert (seen[0], seen[-1]) == (field[0], field[-1])
    assert len(field) == size


@given(layers=st.lists(windows, max_size=6))
def test_the_chain_adds_up_to_the_closed_form(layers):
    jumps = list(accumulate((layer.stride for layer in layers), initial=1, func=lambda a, b: a * b))
    size = 1 + sum(layer.dilation * (layer.kernel - 1) * jump for layer, jump in zip(layers, jumps, strict=False))
    offset = -sum(layer.padding * jump for layer, jump in zip(layers, jumps, strict=False))
    assert receptive_field(layers) == (size, jumps[-1], offset)
    assert receptive_fields(layers) == [receptive_field(layers[: count + 1]) for count in range(len(layers))]


def test_without_layers_a_unit_is_a_pixel():
    assert receptive_field([]) == ReceptiveField(size=1, jump=1, offset=0)
    assert receptive_fields([]) == []
    assert count_paths(3, [], unit=2) == [0, 0, 1]


def test_a_window_may_be_named_or_plain_or_a_list():
    named = [Window(kernel=5, stride=2, padding=1, dilation=3), Window(3, padding="same"), Window(2, padding="valid")]
    assert receptive_field(named) == receptive_field([(5, 2, 1, 3), [3, 1, "same"], (2,)]) == (19, 2, -3)


def test_by_hand_the_four_layers_of_the_lecture_see_11_of_a_row():
    fields = receptive_fields([(3, 1, 1), (3, 1, 1), (3, 2, 1), (3, 1, 1)])
    assert fields == [(3, 1, -1), (5, 1, -2), (7, 2, -3), (11, 2, -5)]
    assert fields[-1].pixels(0) == range(-5, 6)
    assert fields[-1].pixels(3) == range(1, 12)


def test_after_a_convolution_and_a_pooling_a_unit_stands_for_4_pixels():
    assert receptive_field([(3,), (2, 2)]).size == 4


def test_three_convolutions_of_3_see_as_much_as_one_of_7():
    """Simonyan & Zisserman (2015), section 2.3."""
    assert [field.size for field in receptive_fields([(3,)] * 3)] == [3, 5, 7]
    assert receptive_field([(3,)] * 3) == receptive_field([(7,)])


# The tables of Araujo, Norris & Sim (2019): github.com/google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md.
# They were read off TensorFlow's graphs; their "effective padding" is our offset, counted the other way.

CONV = (3, 1, 1)
POOL = (2, 2)
ALEXNET = {
    "conv1": (11, 4),
    "pool1": (3, 2),
    "conv2": (5, 1, 2),
    "pool2": (3, 2),
    "conv3": CONV,
    "conv4": CONV,
    "conv5": CONV,
    "pool5": (3, 2),
}
VGG_16 = {
    f"conv{block}_{layer}" if layer else f"pool{block}": CONV if layer else POOL
    for block, convolutions in enumerate([2, 2, 3, 3, 3], start=1)
    for layer in [*range(1, convolutions + 1), 0]
}


@pytest.mark.parametrize(
    ("network", "end_point", "size", "stride", "padding"),
    [
        (ALEXNET, "conv1", 11, 4, 0),
        (ALEXNET, "pool1", 19, 8, 0),
        (ALEXNET, "conv2", 51, 8, 16),
        (ALEXNET, "conv3", 99, 16, 32),
        (ALEXNET, "conv4", 131, 16, 48),
        (ALEXNET, "conv5", 163, 16, 64),
        (ALEXNET, "pool5", 195, 32, 64),
        (VGG_16, "conv1_1", 3, 1, 1),
        (VGG_16, "pool1", 6, 2, 2),
        (VGG_16, "conv2_1", 10, 2, 4),
        (VGG_16, "pool2", 16, 4, 6),
        (VGG_16, "conv3_1", 24, 4, 10),
        (VGG_16, "conv3_2", 32, 4, 14),
        (VGG_16, "pool3", 44, 8, 18),
        (VGG_16, "conv4_1", 60, 8, 26),
        (VGG_16, "conv4_2", 76, 8, 34),
        (VGG_16, "pool4", 100, 16, 42),
        (VGG_16, "conv5_1", 132, 16, 58),
        (VGG_16, "conv5_2", 164, 16, 74),
        (VGG_16, "pool5", 212, 32, 90),
    ],
)
def test_alexnet_and_vgg_see_what_the_tables_say(network, end_point, size, stride, padding):
    chain = dict(zip(network, receptive_fields(list(network.values())), strict=True))
    assert chain[end_point] == (size, stride, -padding)


def test_the_last_convolution_of_vgg_16_sees_196_pixels():
    """Zhou et al. (2015), Object detectors emerge in deep scene CNNs, and many after them."""
    assert receptive_field(list(VGG_16.values())[:-1]).size == 196


def keras_same(n, kernel, stride):
    """A window of TensorFlow's "SAME" on a row of n, and the size after it."""
    before, after = same_padding(n, kernel, stride)
    return Window(kernel, stride, before), conv_output_size(n + before + after, kernel, stride)


# After each group of blocks: size, stride, and the effective padding of 224 and of 321 pixels.
RESNETS = {
    (3, 4, 6, 3): [(35, 8, 15, 17), (99, 16, 47, 49), (291, 32, 143, 145), (483, 32, 239, 241)],  # ResNet-50
    (3, 4, 23, 3): [(35, 8, 15, 17), (99, 16, 47, 49), (835, 32, 415, 417), (1027, 32, 511, 513)],  # ResNet-101
    (3, 8, 36, 3): [(35, 8, 15, 17), (163, 16, 79, 81), (1315, 32, 655, 657), (1507, 32, 751, 753)],  # ResNet-152
}


@pytest.mark.parametrize("blocks", RESNETS)
@pytest.mark.parametrize("n", [224, 321])
def test_resnets_see_what_the_tables_say_in_each_group_of_blocks(blocks, n):
    """In TensorFlow's version the last block of a group has the stride; the last group has none."""
    first = Window(7, 2, 3)
    pool, _ = keras_same(first.output_size(n), 3, 2)
    layers = [first, pool]
    for count, strided, row in zip(blocks, [2, 2, 2, 1], RESNETS[blocks], strict=True):
        layers += [CONV] * (count - 1) + [(3, strided, 1)]
        size, stride, *paddings = row
        assert receptive_field(layers) == (size, stride, -paddings[n == 321])


def test_where_a_resnet_strides_decides_what_it_sees():
    """The paper strides in the 1×1 convolution before the 3×3 one, torchvision in the 3×3 one itself: 483 and 427."""
    stem, groups = [(7, 2, 3), (3, 2, 1)], [(3, 1), (4, 2), (6, 2), (3, 2)]
    paper = [layer for count, stride in groups for layer in [(1, stride), *[CONV] * count]]
    torchvision = [layer for count, stride in groups for layer in [(3, stride, 1), *[CONV] * (count - 1)]]
    assert receptive_field(stem + paper).size == 483
    assert receptive_field(stem + torchvision).size == 427


MOBILENET_STRIDES = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
MOBILENET = {
    "size": [3, 7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315],
    "stride": [2, 2, 4, 4, 8, 8, 16, 16, 16, 16, 16, 16, 32, 32],
    224: [0, 2, 2, 6, 6, 14, 14, 30, 46, 62, 78, 94, 94, 126],
    321: [1, 3, 5, 9, 13, 21, 29, 45, 61, 77, 93, 109, 125, 157],
}


@pytest.mark.parametrize("n", [224, 321])
def test_mobilenet_sees_what_the_tables_say_and_its_padding_depends_on_the_picture(n):
    layers, size = [], n
    for stride in MOBILENET_STRIDES:
        layer, size = keras_same(size, 3, stride)
        layers.append(layer)
    sizes, strides, offsets = zip(*receptive_fields(layers), strict=True)
    assert list(sizes) == MOBILENET["size"]
    assert list(strides) == MOBILENET["stride"]
    assert [-offset for offset in offsets] == MOBILENET[n]


def test_one_stack_of_wavenet_hears_1024_samples():
    """Van den Oord et al. (2016), section 2.1: dilations 1, 2, 4, ..., 512."""
    causal = [Window(kernel=2, padding=2**level, dilation=2**level) for level in range(10)]
    assert receptive_field(causal) == (1024, 1, -1023)
    assert count_paths(1024, causal, unit=1023) == [1] * 1024  # each sample on one path only


def test_equal_dilations_leave_holes_and_growing_ones_fill_them():
    """Wang et al. (2018), Understanding convolution for semantic segmentation, section 3.2."""
    equal, growing = [(3, 1, 0, 2)] * 3, [(3, 1, 0, dilation) for dilation in (1, 2, 3)]
    assert receptive_field(equal) == receptive_field(growing) == (13, 1, 0)
    assert [ways > 0 for ways in count_paths(13, equal, 0)] == [pixel % 2 == 0 for pixel in range(13)]
    assert min(count_paths(13, growing, 0)) == 1


@given(depth=st.integers(0, 12))
def test_the_paths_through_pairs_are_pascals_triangle(depth):
    assert count_paths(depth + 1, [(2,)] * depth, 0) == [comb(depth, pixel) for pixel in range(depth + 1)]


def test_the_rim_of_a_receptive_field_hardly_counts():
    """Luo et al. (2016), section 2.2: the paths gather in the middle as in a bell curve, of width sqrt(depth)."""
    depth = 20
    paths = np.array(count_paths(2 * depth + 1, [(3,)] * depth, 0))
    places = np.arange(-depth, depth + 1)
    assert paths.sum() == 3**depth
    assert (paths * places**2).sum() * 3 == paths.sum() * depth * 2  # each layer adds the variance of -1, 0, 1


def test_a_transposed_convolution_is_even_where_the_stride_divides_the_kernel():
    """Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard artifacts."""
    for kernel, stride, inside in [(3, 2, {1, 2}), (4, 2, {2}), (5, 3, {1, 2}), (6, 3, {2}), (2, 3, {0, 1})]:
        layer = TransposedWindow(kernel, stride)
        rim = kernel - 1
        units = range(rim, layer.output_size(9) - rim)
        assert {sum(count_paths(9, [layer], unit)) for unit in units} == inside


def test_an_hourglass_by_hand():
    """Unit 4 stands under the kernels of units 1 and 2, which read the pixels 1 2 3 and 3 4 5."""
    down, up = Window(3, stride=2, padding=1), TransposedWindow(4, stride=2, padding=1)
    assert count_paths(8, [down, up], unit=4) == [0, 1, 1, 2, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: receptive_field([3]), TypeError, r"layers\[0\]=3 must be a Window or \(kernel, stride"),
        (lambda: receptive_field([(3,), "33"]), TypeError, r"layers\[1\]='33' must be a Window"),
        (lambda: receptive_field([()]), TypeError, r"layers\[0\]=\(\) must be a Window"),
        (lambda: receptive_field([(3, 1, 1, 1, 1)]), TypeError, r"layers\[0\]=\(3, 1, 1, 1, 1\) must be a Window"),
        (lambda: receptive_field([(3,), (0,)]), ValueError, r"layers\[1\]=\(0,\): kernel=0 must be at least 1"),
        (lambda: receptive_field([(3, 1.0)]), TypeError, r"layers\[0\]=\(3, 1.0\): stride=1.0 must be a whole number"),
        (lambda: receptive_field([(3, 2, "same")]), ValueError, r"layers\[0\]=.*: padding='same' needs stride=1"),
        (lambda: receptive_field([TransposedWindow(3)]), TypeError, r"layers\[0\]=.* must not be transposed"),
        (lambda: receptive_field([(3,)]).pixels(-1), ValueError, "unit=-1 must be at least 0"),
        (lambda: count_paths(9, [TransposedWindow(3, 0)], 0), ValueError, r"layers\[0\]=.*: stride=0 must be at least"),
        (lambda: count_paths(9, [TransposedWindow(3, 1, 0, 1, 1)], 0), ValueError, "output_padding=1 must be below"),
        (lambda: count_paths(9, [(3,), (8,)], 0), ValueError, "kernel=8 .* does not fit the 7"),
        (lambda: count_paths(9, [(3,)], 7), ValueError, "unit=7 must be below 7"),
    ],
)
def test_what_is_no_stack_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


@given(layers=st.lists(windows, max_size=4))
def test_integers_of_numpy_give_integers_of_python(layers):
    of_numpy = [tuple(map(np.int8, layer)) for layer in layers]
    field = receptive_field(of_numpy)
    assert field == receptive_field(layers)
    assert all(type(number) is int for number in field)


def test_many_strides_do_not_overflow():
    assert receptive_field([(3, 100)] * 50).jump == prod([100] * 50)
