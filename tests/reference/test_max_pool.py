"""Max pooling by its definition: hand computations, indices, NaN and infinity, finite differences, errors."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import reference
from cnnbook.reference import max_pool1d_backward, max_pool1d_loops, max_pool2d_backward, max_pool2d_loops
from slopes import assert_slopes
from witnesses.max_pool import torch_is_sound
from witnesses.pooling import windows

INFINITE, NAN = -np.inf, np.nan


def test_four_by_four_becomes_two_by_two():
    image = np.array([[[1, 2, 5, 6], [3, 4, 7, 8], [9, 9, 0, 0], [9, 9, 0, -1]]])
    assert max_pool2d_loops(image, 2).tolist() == [[[4, 8], [9, 0]]]


def test_the_stride_is_the_window_unless_it_is_given():
    signal = np.array([[1, 3, 2, 5]])
    assert max_pool1d_loops(signal, 2).tolist() == [[3, 5]]
    assert max_pool1d_loops(signal, 2, stride=1).tolist() == [[3, 3, 5]]


def test_padding_never_wins_even_against_negative_numbers():
    assert max_pool1d_loops(np.array([[-5, -7]]), 2, padding=1).tolist() == [[-5, -7]]


def test_ceil_mode_keeps_what_is_left_over_but_starts_no_window_beyond_the_map():
    signal = np.arange(5).reshape(1, 5)
    assert max_pool1d_loops(signal, 2).tolist() == [[1, 3]]
    assert max_pool1d_loops(signal, 2, ceil_mode=True).tolist() == [[1, 3, 4]]
    assert max_pool1d_loops(signal[:, :3], 2, stride=3, padding=1, ceil_mode=True).tolist() == [[0, 2]]
    assert max_pool1d_loops(signal[:, :2], 2, stride=3, padding=1, ceil_mode=True).tolist() == [[0]]


def test_of_equal_numbers_the_first_is_named_and_has_the_whole_gradient():
    signal = np.array([[7, 7, 7]])
    assert max_pool1d_loops(signal, 3, return_indices=True)[1].tolist() == [[0]]
    assert max_pool1d_backward(np.array([[5]]), signal, 3).tolist() == [[5, 0, 0]]


def test_windows_that_share_their_largest_pixel_add_their_gradients():
    image = np.array([[[0, 1, 0], [1, 9, 1], [0, 1, 0]]])
    found = max_pool2d_backward(np.array([[[1, 10], [100, 1000]]]), image, 2, stride=1)
    assert found.tolist() == [[[0, 0, 0], [0, 1111, 0], [0, 0, 0]]]


def test_a_nan_wins_and_the_last_one_is_named():
    output, indices = max_pool1d_loops(np.array([[1, NAN, 3, NAN, 9]]), 5, return_indices=True)
    np.testing.assert_array_equal(output, [[NAN]])
    assert indices.tolist() == [[3]]


def test_where_all_is_minus_infinity_a_pixel_is_named_and_no_padding():
    output, indices = max_pool1d_loops(np.full((1, 3), INFINITE), 2, padding=1, return_indices=True)
    assert output.tolist() == [[INFINITE, INFINITE]]
    assert indices.tolist() == [[0, 1]]


def test_a_window_with_nothing_but_padding_gives_minus_infinity_and_no_pixel():
    output, indices = max_pool1d_loops(np.array([[5]]), 2, padding=1, dilation=2, return_indices=True)
    assert output.tolist() == [[INFINITE]] == functional.max_pool1d(torch.tensor([[5.0]]), 2, 1, 1, 2).tolist()
    assert indices.tolist() == [[-1]]
    assert max_pool1d_backward(np.array([[3]]), np.array([[5]]), 2, padding=1, dilation=2).tolist() == [[0]]


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=200)
@given(data=st.data())
def test_the_indices_are_torchs(axes, data):
    case = data.draw(windows(axes).filter(torch_is_sound))
    input, pool = case.arrays["input"], getattr(functional, f"max_pool{axes}d")
    expected = pool(torch.from_numpy(input), **case.options, return_indices=True)
    found = getattr(reference, f"max_pool{axes}d_loops")(input, **case.options, return_indices=True)
    for ours, torchs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, torchs)
    assert found[1].dtype == np.int64
    flat = input.reshape(*input.shape[:-axes], np.prod(input.shape[-axes:]))
    where = found[1].reshape(*flat.shape[:-1], np.prod(found[1].shape[-axes:]))
    np.testing.assert_array_equal(np.take_along_axis(flat, where, -1), found[0].reshape(where.shape))


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradient_is_the_slope_of_the_loss(axes, data):
    case = data.draw(windows(axes).filter(torch_is_sound))
    shape = case.arrays["input"].shape
    no_two_alike = np.random.default_rng(0).permutation(np.arange(float(np.prod(shape)))).reshape(shape)
    forward, backward = (getattr(reference, f"max_pool{axes}d_{way}") for way in ("loops", "backward"))
    assert_slopes(
        partial(forward, **case.options),
        partial(backward, **case.options),
        [no_two_alike],
        step=0.1,  # so small that nobody overtakes
    )


def test_integers_are_pooled_as_numbers():
    found = max_pool1d_loops(np.array([[200, 255]], dtype=np.uint8), 2)
    assert found.dtype == np.float64
    assert found.tolist() == [[255]]


def test_the_input_stays_as_it_was():
    input = np.arange(6.0).reshape(1, 6)
    max_pool1d_loops(input, 2, padding=1)
    max_pool1d_backward(np.ones((1, 4)), input, 2, padding=1)
    assert input.tolist() == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: max_pool2d_loops([[[1.0]]], 1), TypeError, "input must be a NumPy array, not list"),
        (lambda: max_pool2d_loops(np.ones((1, 2, 2), dtype=bool), 1), TypeError, "input has dtype bool"),
        (lambda: max_pool2d_loops(np.ones((2, 2)), 1), ValueError, "4 axes are needed, or 3 for one image"),
        (lambda: max_pool2d_loops(np.ones((1, 0, 2, 2)), 1), ValueError, "holds nothing; only a batch may be empty"),
        (
            lambda: max_pool1d_loops(np.ones((1, 9)), 3, padding=2),
            ValueError,
            "padding=2 must be at most half of kernel=3",
        ),
        (lambda: max_pool1d_loops(np.ones((1, 2)), 3), ValueError, r"input of size \(2,\): .* does not fit the 2"),
        (
            lambda: max_pool1d_loops(np.ones((1, 9)), kernel_size=True),
            TypeError,
            "kernel_size=True must be a whole number",
        ),
        (lambda: max_pool1d_backward(np.ones((1, 5)), np.ones((1, 9)), 3), ValueError, r"\(1, 3\) is needed"),
        (lambda: max_pool1d_backward("1", np.ones((1, 9)), 3), TypeError, "grad_output must be a NumPy array"),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
