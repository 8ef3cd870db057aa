"""Interpolation by its definition: hand computations, what it must keep, finite differences, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference import interpolate_backward, interpolate_loops
from slopes import assert_slopes
from witnesses.interpolate import interpolations

SIGNAL = np.array([[[0, 6, 12]]])
SQUARE = np.array([[[[0, 8], [16, 24]]]])


def test_nearest_repeats_pixels_and_skips_them():
    assert interpolate_loops(SIGNAL, size=6).tolist() == [[[0, 0, 6, 6, 12, 12]]]
    assert interpolate_loops(SIGNAL, size=4).tolist() == [[[0, 0, 6, 12]]]  # 0, 3/4, 6/4, 9/4 rounded down
    assert interpolate_loops(SIGNAL, size=2).tolist() == [[[0, 6]]]  # 0, 3/2


def test_nearest_exact_asks_at_the_middle_of_a_pixel():
    assert interpolate_loops(SIGNAL, size=2, mode="nearest-exact").tolist() == [[[0, 12]]]  # 3/4, 9/4


def test_linear_takes_its_neighbours_by_how_near_they_are():
    assert interpolate_loops(SIGNAL, size=6, mode="linear").tolist() == [[[0, 1.5, 4.5, 7.5, 10.5, 12]]]


def test_aligned_corners_stay_and_what_lies_between_is_spread_evenly():
    assert interpolate_loops(SIGNAL, size=5, mode="linear", align_corners=True).tolist() == [[[0, 3, 6, 9, 12]]]
    assert interpolate_loops(SIGNAL, size=1, mode="linear", align_corners=True).tolist() == [[[0]]]


def test_bilinear_by_hand():
    found = interpolate_loops(SQUARE, size=4, mode="bilinear")
    assert found[0, 0].tolist() == [[0, 2, 6, 8], [4, 6, 10, 12], [12, 14, 18, 20], [16, 18, 22, 24]]


def test_bilinear_is_linear_along_rows_and_then_along_columns():
    random = np.random.default_rng(0)
    maps = random.standard_normal((2, 1, 3, 4))
    rows = interpolate_loops(maps.transpose(0, 2, 1, 3).reshape(2, 3, 4), size=7, mode="linear")
    both = interpolate_loops(rows.transpose(0, 2, 1), size=5, mode="linear").transpose(0, 2, 1)
    np.testing.assert_allclose(interpolate_loops(maps, size=(5, 7), mode="bilinear")[:, 0], both, atol=1e-12)


def test_a_factor_rounds_the_size_down_but_is_still_the_step():
    found = interpolate_loops(SIGNAL, scale_factor=2.5, mode="linear")[0, 0]
    assert len(found) == 7
    np.testing.assert_allclose(found[3], 6 * ((3 + 0.5) / 2.5 - 0.5))
    np.testing.assert_allclose(interpolate_loops(SIGNAL, size=7, mode="linear")[0, 0, 3], 6)


def test_a_slope_stays_a_slope_where_corners_are_aligned():
    rows, columns = np.mgrid[:4, :5]
    slope = (3.0 * rows - 2 * columns)[None, None]
    rows, columns = np.mgrid[0:3:7j, 0:4:9j]
    found = interpolate_loops(slope, size=(7, 9), mode="bilinear", align_corners=True)
    np.testing.assert_allclose(found[0, 0], 3 * rows - 2 * columns, atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=100)
@given(data=st.data())
def test_a_flat_map_stays_flat_and_no_number_leaves_the_range(axes, data):
    case = data.draw(interpolations(axes, batches=(1,)))
    input = case.arrays["input"]
    found = interpolate_loops(input, **case.options)
    assert input.min() - 1e-12 <= found.min() <= found.max() <= input.max() + 1e-12
    np.testing.assert_allclose(interpolate_loops(np.full_like(input, 7), **case.options), 7, atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradient_is_the_slope_of_the_loss(axes, data):
    case = data.draw(interpolations(axes))
    assert_slopes(
        partial(interpolate_loops, **case.options),
        partial(interpolate_backward, **case.options),
        [case.arrays["input"]],
    )


def test_every_copy_hands_its_gradient_to_the_pixel_that_was_copied():
    found = interpolate_backward(np.array([[[1, 10, 100, 1000]]]), np.zeros((1, 1, 3)), size=4)
    assert found.tolist() == [[[11, 100, 1000]]]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"size": 4, "scale_factor": 2},
            ValueError,
            "give one of size and scale_factor, not size=4 and scale_factor=2",
        ),
        ({}, ValueError, "give one of size and scale_factor, not size=None and scale_factor=None"),
        ({"size": 4, "align_corners": False}, ValueError, "align_corners=False needs a linear mode; mode='nearest'"),
        ({"size": 4, "mode": "linear"}, ValueError, "mode='linear' needs 1 spatial axes; input has 2"),
        ({"size": 4, "mode": "cubic"}, ValueError, "mode='cubic' must be one of nearest, nearest-exact, linear"),
        ({"size": 4, "mode": ["nearest"]}, ValueError, "must be one of"),
        ({"size": 4, "mode": "bilinear", "align_corners": 1}, TypeError, "align_corners=1 must be True, False or None"),
        ({"size": (4, 0)}, ValueError, "size=0 must be at least 1"),
        ({"scale_factor": 0.3}, ValueError, r"scale_factor=0.3 leaves nothing of input of size \(2, 2\)"),
        ({"scale_factor": -1}, ValueError, "scale_factor=-1 must be above 0 and finite"),
        ({"scale_factor": float("nan")}, ValueError, "scale_factor=nan must be above 0 and finite"),
        ({"scale_factor": float("inf")}, ValueError, "scale_factor=inf must be above 0 and finite"),
        ({"scale_factor": "2"}, TypeError, "scale_factor='2' must be a number, not str"),
        ({"scale_factor": (2, 2, 2)}, ValueError, "or one for each spatial axis"),
    ],
)
def test_what_does_not_go_together_is_named(options, error, message):
    with pytest.raises(error, match=message):
        interpolate_loops(SQUARE, **options)
    with pytest.raises(error, match=message):
        interpolate_backward(np.ones((1, 1, 4, 4)), SQUARE, **options)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("input", "error", "message"),
    [
        ([[[1]]], TypeError, "input must be a NumPy array, not list"),
        (np.ones((2, 2)), ValueError, "images, channels and 1 to 3 spatial axes are needed"),
        (np.ones((1, 0, 2)), ValueError, "holds nothing; only a batch may be empty"),
    ],
)
def test_what_is_no_batch_of_maps_is_refused(input, error, message):
    with pytest.raises(error, match=message):
        interpolate_loops(input, size=4)
    with pytest.raises(ValueError, match=r"\(1, 1, 4, 4\) is needed"):
        interpolate_backward(np.ones((1, 1, 4, 5)), SQUARE, size=4)
