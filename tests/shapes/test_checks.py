"""Every count takes whole numbers in range and refuses everything else by name."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook import shapes

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

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

CALLS = {
    shapes.conv_output_size: {"n": 9, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
    shapes.transposed_output_size: {
        "n": 9,
        "kernel": 3,
        "stride": 2,
        "padding": 1,
        "dilation": 1,
        "output_padding": 1,
    },
    shapes.pool_output_size: {"n": 9, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1},
    shapes.same_padding: {"n": 9, "kernel": 3, "stride": 2, "dilation": 1},
    shapes.padding_sides: {"kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
    shapes.padding_per_axis: {"padding": 0, "axes": 2},
    shapes.channels_in_groups: {"in_channels": 3, "out_channels": 2, "groups": 1},
    shapes.conv_parameters: {"in_channels": 3, "out_channels": 2, "kernel_size": 3, "groups": 1},
    shapes.linear_parameters: {"in_features": 3, "out_features": 2},
    shapes.depthwise_separable_parameters: {"in_channels": 3, "out_channels": 2, "kernel_size": 3},
    shapes.conv_multiply_adds: {
        "in_channels": 3,
        "out_channels": 2,
        "kernel_size": 3,
        "output_size": 4,
        "groups": 1,
    },
    shapes.conv_transpose_multiply_adds: {
        "in_channels": 3,
        "out_channels": 2,
        "kernel_size": 3,
        "input_size": 4,
        "groups": 1,
    },
    shapes.linear_multiply_adds: {"in_features": 3, "out_features": 2},
    shapes.depthwise_separable_multiply_adds: {
        "in_channels": 3,
        "out_channels": 2,
        "kernel_size": 3,
        "output_size": 4,
    },
    shapes.depthwise_separable_cost_ratio: {"out_channels": 2, "kernel_size": 3},
    shapes.count_paths: {"n": 9, "layers": [(3, 1)], "unit": 0},
}


def whole(value):
    """Whether nothing but Python's own integers came out."""
    numbers = value if isinstance(value, tuple | list) else [value]
    return all(type(number) is int for number in numbers)


@given(number=st.integers(1, 100))
def test_integers_of_numpy_are_whole_numbers(number):
    for kind in (np.int8, np.uint16, np.int64):
        result = shapes.whole_number("n", kind(number), least=1)
        assert (type(result), result) == (int, number)


@pytest.mark.parametrize("count", CALLS, ids=lambda count: count.__name__)
def test_integers_of_numpy_give_the_same_count_and_never_overflow(count):
    large = {
        name: value * 100 if name in {"n", "output_size", "input_size"} else value
        for name, value in CALLS[count].items()
    }
    small_type = {
        name: np.int16(value) if isinstance(value, int) and name != "axes" else value for name, value in large.items()
    }
    assert count(**small_type) == count(**large)
    if count is not shapes.depthwise_separable_cost_ratio:
        assert whole(count(**small_type))


@given(value=not_whole)
def test_anything_but_an_integer_is_refused_by_name(value):
    with pytest.raises(TypeError, match=r"stride=.* must be a whole number, not \w+"):
        shapes.per_axis("stride", value, axes=2, least=1)


@given(numbers=st.lists(st.integers(1, 9), max_size=5), axes=st.integers(1, 5))
def test_one_number_for_each_axis_or_none_of_it(numbers, axes):
    if len(numbers) == axes:
        assert shapes.per_axis("stride", numbers, axes, least=1) == tuple(numbers)
    else:
        with pytest.raises(ValueError, match=r"stride=\[.*\] has length \d; .* \(\d\)"):
            shapes.per_axis("stride", numbers, axes, least=1)


@given(value=never_a_size, data=st.data())
def test_every_count_refuses_every_argument_that_is_no_size(value, data):
    count = data.draw(st.sampled_from(list(CALLS)), label="function")
    name = data.draw(
        st.sampled_from([name for name in CALLS[count] if name not in {"axes", "layers"}]), label="argument"
    )
    if value is None and (count, name) == (shapes.pool_output_size, "stride"):
        return  # the stride of a pooling may be left out
    with pytest.raises((TypeError, ValueError), match=f"{name}=.* must be"):
        count(**CALLS[count] | {name: value})


def test_what_counts_as_an_integer_is_what_python_can_index_with():
    class Seven:
        def __index__(self):
            return 7

    assert shapes.whole_number("n", Seven(), least=1) == operator.index(Seven())


@pytest.mark.parametrize(
    ("in_channels", "out_channels", "groups", "message"),
    [(4, 6, 4, "groups=4 must divide out_channels=6"), (3, 6, 2, "groups=2 must divide in_channels=3")],
)
@pytest.mark.parametrize(
    "count",
    [
        lambda *channels, groups: shapes.conv_parameters(*channels, 3, groups=groups),
        lambda *channels, groups: shapes.conv_multiply_adds(*channels, 3, 5, groups=groups),
        lambda *channels, groups: shapes.conv_transpose_multiply_adds(*channels, 3, 5, groups=groups),
    ],
)
def test_groups_must_divide_the_channels(count, in_channels, out_channels, groups, message):
    with pytest.raises(ValueError, match=message):
        count(in_channels, out_channels, groups=groups)
