"""Average pooling by its definition: hand computations, what the divisor counts, finite differences, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import reference
from cnnbook.reference import (
    avg_pool1d_backward,
    avg_pool1d_loops,
    avg_pool2d_backward,
    avg_pool2d_loops,
    avg_pool3d_loops,
    conv2d_loops,
)
from slopes import assert_slopes
from witnesses.avg_pool import avg_poolings


def test_four_by_four_becomes_two_by_two():
    image = np.array([[[1, 2, 5, 6], [3, 4, 7, 8], [9, 9, 0, 0], [9, 9, 0, -1]]])
    assert avg_pool2d_loops(image, 2).tolist() == [[[2.5, 6.5], [9, -0.25]]]


def test_it_is_a_convolution_with_equal_weights_for_each_map_alone():
    maps = np.random.default_rng(0).standard_normal((3, 6, 7))
    found = avg_pool2d_loops(maps, (2, 3), stride=2, padding=1)
    equal = np.full((3, 1, 2, 3), 1 / 6)
    np.testing.assert_allclose(found, conv2d_loops(maps, equal, stride=2, padding=1, groups=3), atol=1e-12)


def test_a_divisor_counts_padding_unless_told_not_to_and_never_what_lies_beyond():
    ones = np.ones((1, 4))
    options = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    assert avg_pool1d_loops(ones, **options).tolist() == [[2 / 3, 1, 1 / 2]]  # of 0 1 1, of 1 1 1, of 1 0
    assert avg_pool1d_loops(ones, **options, count_include_pad=False).tolist() == [[1, 1, 1]]


def test_a_divisor_may_be_given_even_a_negative_one():
    image = np.ones((1, 2, 2))
    assert avg_pool2d_loops(image, 2, divisor_override=1).tolist() == [[[4]]]
    assert avg_pool2d_loops(image, 2, divisor_override=-2).tolist() == [[[-2]]]


def test_all_pixels_of_a_window_share_its_gradient():
    found = avg_pool2d_backward(np.array([[[4, 8]]]), np.zeros((1, 2, 4)), 2)
    assert found.tolist() == [[[1, 1, 2, 2], [1, 1, 2, 2]]]


def test_what_padding_would_get_is_lost():
    assert avg_pool1d_backward(np.array([[6, 6]]), np.zeros((1, 2)), 2, padding=1).tolist() == [[3, 3]]
    found = avg_pool1d_backward(np.array([[6, 6]]), np.zeros((1, 2)), 2, padding=1, count_include_pad=False)
    assert found.tolist() == [[6, 6]]


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradient_is_the_slope_of_the_loss(axes, data):
    case = data.draw(avg_poolings(axes))
    forward, backward = (getattr(reference, f"avg_pool{axes}d_{way}") for way in ("loops", "backward"))
    assert_slopes(
        partial(forward, **case.options),
        partial(backward, **case.options),
        [np.random.default_rng(0).standard_normal(case.arrays["input"].shape)],
    )


def test_nan_and_infinity_stay_within_their_windows():
    found = avg_pool1d_loops(np.array([[np.nan, 1, 2, 4, np.inf, 0]]), 2)
    np.testing.assert_array_equal(found, [[np.nan, 3, np.inf]])


def test_bytes_do_not_overflow():
    assert avg_pool1d_loops(np.array([[255, 253]], dtype=np.uint8), 2).tolist() == [[254]]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: avg_pool2d_loops(None, 1), TypeError, "input must be a NumPy array, not NoneType"),
        (lambda: avg_pool2d_loops(np.ones((2, 2)), 1), ValueError, "4 axes are needed, or 3 for one image"),
        (
            lambda: avg_pool1d_loops(np.ones((1, 9)), 3, padding=2),
            ValueError,
            "padding=2 must be at most half of kernel=3",
        ),
        (lambda: avg_pool2d_loops(np.ones((1, 2, 2)), 2, divisor_override=0), ValueError, "must not be zero"),
        (lambda: avg_pool2d_loops(np.ones((1, 2, 2)), 2, divisor_override=0.5), TypeError, "divisor_override=0.5 must"),
        (lambda: avg_pool3d_loops(np.ones((1, 2, 2, 1)), (1, 1, 2), 1, (0, 0, 1)), ValueError, "without padding"),
        (lambda: avg_pool1d_backward(np.ones((1, 5)), np.ones((1, 9)), 3), ValueError, r"\(1, 3\) is needed"),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
