"""Adaptive pooling by its definition: bins by hand, cases that other poolings know, finite differences, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import reference
from cnnbook.reference import (
    adaptive_avg_pool1d_backward,
    adaptive_avg_pool1d_loops,
    adaptive_avg_pool2d_backward,
    adaptive_avg_pool2d_loops,
    avg_pool2d_loops,
)
from cnnbook.reference.adaptive_pool import bin_at
from slopes import assert_slopes
from witnesses.adaptive_pool import adaptive_poolings


def test_five_pixels_make_three_bins_that_overlap():
    signal = np.array([[1, 10, 100, 1000, 10_000]])
    expected = [11 / 2, 1110 / 3, 11_000 / 2]  # the bins begin at 0, 1, 3 and end before 2, 4, 5
    assert adaptive_avg_pool1d_loops(signal, 3).tolist() == [expected]


def test_where_the_bins_divide_the_map_it_is_average_pooling():
    maps = np.random.default_rng(0).standard_normal((2, 3, 6, 8))
    np.testing.assert_allclose(adaptive_avg_pool2d_loops(maps, (3, 2)), avg_pool2d_loops(maps, (2, 4)), atol=1e-12)


def test_as_many_bins_as_pixels_change_nothing():
    maps = np.random.default_rng(0).standard_normal((3, 4, 5))
    np.testing.assert_array_equal(adaptive_avg_pool2d_loops(maps, (None, None)), maps)
    np.testing.assert_array_equal(adaptive_avg_pool2d_loops(maps, (4, 5)), maps)


@given(n=st.integers(1, 40), bins=st.integers(1, 40))
def test_bins_cover_every_pixel_and_none_is_empty(n, bins):
    covered = [range(*bin_at((i,), (n,), (bins,))[0].indices(n)) for i in range(bins)]
    assert all(covered)
    assert set().union(*covered) == set(range(n))
    assert [each.start for each in covered] == sorted(each.start for each in covered)


def test_no_bins_give_an_empty_output_and_no_gradient():
    maps = np.ones((2, 3, 3))
    assert adaptive_avg_pool2d_loops(maps, (0, 2)).shape == (2, 0, 2)
    assert not adaptive_avg_pool2d_backward(np.ones((2, 0, 2)), maps, (0, 2)).any()


def test_a_pixel_of_two_bins_is_given_both_shares():
    assert adaptive_avg_pool1d_backward(np.array([[2, 4]]), np.zeros((1, 3)), 2).tolist() == [[1, 3, 2]]


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradient_is_the_slope_of_the_loss(axes, data):
    case = data.draw(adaptive_poolings(axes))
    forward, backward = (getattr(reference, f"adaptive_avg_pool{axes}d_{way}") for way in ("loops", "backward"))
    assert_slopes(
        partial(forward, **case.options),
        partial(backward, **case.options),
        [np.random.default_rng(0).standard_normal(case.arrays["input"].shape)],
    )


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: adaptive_avg_pool2d_loops(np.ones((2, 2)), 1), ValueError, "4 axes are needed, or 3 for one image"),
        (lambda: adaptive_avg_pool2d_loops(np.ones((1, 0, 2)), 1), ValueError, "holds nothing"),
        (lambda: adaptive_avg_pool2d_loops(np.ones((1, 2, 2)), None), TypeError, "output_size=None must be a whole"),
        (lambda: adaptive_avg_pool2d_loops(np.ones((1, 2, 2)), -1), ValueError, "output_size=-1 must be at least 0"),
        (lambda: adaptive_avg_pool2d_loops(np.ones((1, 2, 2)), (1,)), ValueError, "has length 1"),
        (lambda: adaptive_avg_pool1d_backward(np.ones((1, 5)), np.ones((1, 9)), 3), ValueError, r"\(1, 3\) is needed"),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
