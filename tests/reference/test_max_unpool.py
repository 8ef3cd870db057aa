"""Max unpooling by its definition: there and back, overlaps, sizes that a stride forgets, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import reference
from cnnbook.reference import (
    max_pool2d_loops,
    max_unpool1d_backward,
    max_unpool1d_loops,
    max_unpool2d_backward,
    max_unpool2d_loops,
)
from slopes import assert_slopes
from witnesses.pooling import windows


def test_four_by_four_comes_back_with_its_largest_numbers_alone():
    image = np.array([[[1, 2, 5, 6], [3, 4, 7, 8], [9, 9, 0, 0], [9, 9, 0, -1]]])
    largest, where = max_pool2d_loops(image, 2, return_indices=True)
    back = max_unpool2d_loops(largest, where, 2)
    assert back.tolist() == [[[0, 0, 0, 0], [0, 4, 0, 8], [9, 0, 0, 0], [0, 0, 0, 0]]]


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=100)
@given(data=st.data())
def test_what_was_the_largest_of_its_window_comes_back_and_the_rest_is_zero(axes, data):
    case = data.draw(windows(axes, most=1))
    random = np.random.default_rng(0)
    image, (kernel, padding) = (
        1 + random.random(case.arrays["input"].shape),
        map(case.options.get, ["kernel_size", "padding"]),
    )
    pool, unpool = (getattr(reference, f"max_{name}{axes}d_loops") for name in ("pool", "unpool"))
    largest, where = pool(image, kernel, padding=padding, return_indices=True)
    back = unpool(largest, where, kernel, padding=padding, output_size=image.shape[-axes:])
    assert back.shape == image.shape
    np.testing.assert_array_equal(back[back != 0], image[back != 0])
    np.testing.assert_array_equal(pool(back, kernel, padding=padding), largest)


def test_the_output_size_may_be_less_than_a_stride_away():
    for n in (3, 4, 5):
        assert max_unpool1d_loops(np.ones((1, 2)), np.array([[0, 2]]), 2, output_size=(n,)).shape == (1, n)
    assert max_unpool1d_loops(np.ones((1, 2)), np.array([[0, 2]]), 2, output_size=(8, 1, 5)).shape == (1, 5)


def test_where_two_windows_claim_a_pixel_the_later_writes_over_the_earlier():
    assert max_unpool1d_loops(np.array([[3, 2]]), np.array([[1, 1]]), 2).tolist() == [[0, 2, 0, 0]]


def test_both_read_the_gradient_of_a_pixel_that_they_claim_as_in_torch():
    found = max_unpool1d_backward(np.array([[1, 5, 1, 1]]), np.array([[3, 2]]), np.array([[1, 1]]), 2)
    assert found.tolist() == [[5, 5]]


def test_a_map_without_pixels_takes_nothing_as_in_torch():
    numbers, indices = np.ones((1, 2)), np.array([[0, 1]])
    assert max_unpool1d_loops(numbers, indices, 2, padding=2).shape == (1, 0)
    assert max_unpool1d_backward(np.ones((1, 0)), numbers, indices, 2, padding=2).tolist() == [[0, 0]]


def test_every_image_and_channel_has_its_own_map():
    numbers, indices = np.arange(1, 5).reshape(2, 2, 1), np.array([0, 1, 1, 0]).reshape(2, 2, 1)
    assert max_unpool1d_loops(numbers, indices, 2).tolist() == [[[1, 0], [0, 2]], [[0, 3], [4, 0]]]


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_the_gradient_is_the_slope_of_the_loss(kind):
    indices = np.array([[[3, 0], [6, 11]], [[0, 5], [7, 2]]], dtype=kind)
    options = {"indices": indices, "kernel_size": 2, "output_size": (4, 3)}
    assert_slopes(
        partial(max_unpool2d_loops, **options),
        partial(max_unpool2d_backward, **options),
        [np.random.default_rng(0).standard_normal((2, 2, 2))],
    )


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"input": [1]}, TypeError, "input must be a NumPy array"),
        ({"input": np.ones(2)}, ValueError, "3 axes are needed, or 2 for one image"),
        ({"indices": [[0, 2]]}, TypeError, "indices must be a NumPy array, not list"),
        ({"indices": np.array([[0.0, 2]])}, TypeError, "indices has dtype float64; integers are needed"),
        ({"indices": np.array([[0, 2, 3]])}, ValueError, r"indices has shape \(1, 3\); \(1, 2\) is needed"),
        ({"indices": np.array([[0, 4]])}, ValueError, r"indices holds 4; a map of size \(4,\) has pixels 0 to 3"),
        ({"indices": np.array([[-1, 0]])}, ValueError, "indices holds -1"),
        ({"output_size": (6,)}, ValueError, r"output_size=\(6,\) must be less than stride=\(2,\) away from \(4,\)"),
        ({"output_size": 5}, ValueError, "output_size=5 must be a tuple of 1 sizes, or 3 with batch"),
        ({"output_size": (4.5,)}, TypeError, "must be a whole number"),
        ({"padding": 3}, ValueError, "padding=3 is too wide"),
        ({"stride": 0}, ValueError, "stride=0 must be at least 1"),
        ({"kernel_size": 0}, ValueError, "kernel_size=0 must be at least 1"),
    ],
)
def test_what_does_not_fit_is_named(changes, error, message):
    good = {"input": np.ones((1, 2)), "indices": np.array([[0, 2]]), "kernel_size": 2}
    max_unpool1d_loops(**good)
    with pytest.raises(error, match=message):
        max_unpool1d_loops(**good | changes)
    with pytest.raises(error, match=message):
        max_unpool1d_backward(np.ones((1, 4)), **good | changes)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"grad_output has shape \(1, 5\); \(1, 4\) is needed"):
        max_unpool1d_backward(np.ones((1, 5)), np.ones((1, 2)), np.array([[0, 2]]), 2)
