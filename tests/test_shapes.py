"""Sizes and counts agree with torch, with the claims of the book, and with enumeration."""

import operator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from cnnbook import shapes

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

small = st.integers(1, 5)
not_whole = st.one_of(
    st.booleans(),
    st.floats(),
    st.complex_numbers(),
    st.none(),
    st.binary(),
    st.just(np.float64(2)),
    st.just(np.array([1, 2])),
    st.just(np.True_),
    st.just({1}),
)
never_a_size = st.one_of(not_whole, st.integers(max_value=-1), st.just(np.int64(-3)))


@settings(deadline=None)
@given(n=st.integers(1, 30), kernel=small, stride=small, padding=st.integers(0, 4), dilation=small)
def test_the_output_size_counts_the_places_where_the_kernel_fits(n, kernel, stride, padding, dilation):
    padded, reach = n + 2 * padding, dilation * (kernel - 1) + 1
    places = [start for start in range(0, padded, stride) if start + reach <= padded]
    if places:
        assert shapes.conv_output_size(n, kernel, stride, padding, dilation) == len(places)
    else:
        with pytest.raises(ValueError, match="does not fit"):
            shapes.conv_output_size(n, kernel, stride, padding, dilation)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # torch copies there; we ask for numbers
@settings(deadline=None)
@given(n=st.integers(1, 30), kernel=small, dilation=small)
def test_same_padding_is_the_padding_of_torch(n, kernel, dilation):
    before, _ = shapes.padding_sides(kernel, 1, "same", dilation)
    first_weight_only = torch.zeros(1, 1, kernel)
    first_weight_only[..., 0] = 1
    output = functional.conv1d(torch.arange(1.0, n + 1)[None], first_weight_only, padding="same", dilation=dilation)
    assert shapes.conv_output_size(n, kernel, padding="same", dilation=dilation) == output.shape[1] == n
    assert torch.count_nonzero(output[0] == 0) == min(before, n)


@settings(deadline=None)
@given(channels=small, filters=small, groups=small, kernel=st.lists(small, min_size=1, max_size=3), bias=st.booleans())
def test_parameters_are_those_that_torch_makes(channels, filters, groups, kernel, bias):
    layer = [nn.Conv1d, nn.Conv2d, nn.Conv3d][len(kernel) - 1]
    made = layer(groups * channels, groups * filters, tuple(kernel), groups=groups, bias=bias)
    counted = shapes.conv_parameters(groups * channels, groups * filters, kernel, groups=groups, bias=bias)
    assert counted == sum(weights.numel() for weights in made.parameters())


def test_a_picture_fully_connected_to_its_own_width_has_22_billion_weights():
    inputs = 224 * 224 * 3
    assert inputs == 150_528
    assert shapes.linear_parameters(inputs, inputs, bias=False) == 22_658_678_784


def test_the_networks_of_mnist_1d_have_2050_and_59065_parameters():
    first, *rest = (
        shapes.conv_parameters(1, 15, 3),
        shapes.conv_parameters(15, 15, 3),
        shapes.conv_parameters(15, 15, 3),
    )
    assert first + sum(rest) + shapes.linear_parameters(60, 10) == 2_050
    widths = [40, 285, 135, 60, 10]
    assert sum(map(shapes.linear_parameters, widths, widths[1:])) == 59_065


@given(number=st.integers(1, 100))
def test_integers_of_numpy_are_whole_numbers(number):
    for kind in (np.int8, np.uint16, np.int64):
        result = shapes.whole_number("n", kind(number), least=1)
        assert (type(result), result) == (int, number)


@given(value=not_whole)
def test_anything_but_an_integer_is_refused_by_name(value):
    with pytest.raises(TypeError, match=r"stride=.* must be a whole number, not \w+"):
        shapes.per_axis("stride", value, axes=2, least=1)


@given(numbers=st.lists(st.integers(1, 9), max_size=5), axes=small)
def test_one_number_for_each_axis_or_none_of_it(numbers, axes):
    if len(numbers) == axes:
        assert shapes.per_axis("stride", numbers, axes, least=1) == tuple(numbers)
    else:
        with pytest.raises(ValueError, match=r"stride=\[.*\] has length \d; .* \(\d\)"):
            shapes.per_axis("stride", numbers, axes, least=1)


@given(value=never_a_size, data=st.data())
def test_every_count_refuses_every_argument_that_is_no_size(value, data):
    good = {
        shapes.conv_output_size: {"n": 9, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
        shapes.padding_sides: {"kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
        shapes.padding_per_axis: {"padding": 0, "axes": 2},
        shapes.conv_parameters: {"in_channels": 3, "out_channels": 2, "kernel_size": 3, "groups": 1},
        shapes.linear_parameters: {"in_features": 3, "out_features": 2},
        shapes.channels_in_groups: {"in_channels": 3, "out_channels": 2, "groups": 1},
    }
    count = data.draw(st.sampled_from(list(good)), label="function")
    name = data.draw(st.sampled_from([name for name in good[count] if name != "axes"]), label="argument")
    with pytest.raises((TypeError, ValueError), match=f"{name}=.* must be"):
        count(**good[count] | {name: value})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.conv_output_size(0, 3, padding=2), "n=0 must be at least 1"),
        (
            lambda: shapes.conv_output_size(3, 5),
            "kernel=5 with dilation=1 reaches over 5 pixels and does not fit the 3",
        ),
        (lambda: shapes.conv_output_size(9, 3, stride=0), "stride=0 must be at least 1"),
        (lambda: shapes.conv_output_size(9, 3, stride=2, padding="same"), "'same' needs stride=1, not 2"),
        (lambda: shapes.conv_output_size(9, 3, padding="sane"), "padding='sane' must be 'same', 'valid', or whole"),
        (lambda: shapes.conv_parameters(4, 6, 3, groups=4), "groups=4 must divide out_channels=6"),
        (lambda: shapes.conv_parameters(3, 6, 3, groups=2), "groups=2 must divide in_channels=3"),
        (lambda: shapes.conv_parameters(3, 6, ()), "kernel_size"),
    ],
)
def test_values_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_counts_as_an_integer_is_what_python_can_index_with():
    class Seven:
        def __index__(self):
            return 7

    assert shapes.whole_number("n", Seven(), least=1) == operator.index(Seven())
