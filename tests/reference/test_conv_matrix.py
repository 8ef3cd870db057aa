"""Convolution as a matrix: the loops, the transpose, and what is stored."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import circulant, toeplitz

from cnnbook.reference import (
    conv1d_loops,
    conv1d_matrix,
    conv2d_backward,
    conv2d_loops,
    conv2d_matrix,
    conv2d_matrix_backward,
    conv_transpose2d_loops,
)
from cnnbook.shapes import conv_multiply_adds
from slopes import assert_slopes
from witnesses.conv import by_matrix, convolutions


@given(data=st.data())
def test_in_one_dimension_the_matrix_does_what_the_loops_do(data):
    case = data.draw(convolutions(axes=1))
    options = {name: case.options[name] for name in ("stride", "padding", "dilation", "padding_mode")}
    options = {name: option[0] if isinstance(option, tuple) else option for name, option in options.items()}
    weight = case.arrays["weight"][0, 0]
    signal = np.random.default_rng(0).standard_normal(case.arrays["input"].shape[-1])
    matrix = conv1d_matrix(weight, len(signal), **options)
    np.testing.assert_allclose(
        matrix @ signal, conv1d_loops(signal[None], weight[None, None], **options)[0], atol=1e-12
    )


def test_the_matrix_has_three_values_in_a_band_and_a_stride_keeps_every_other_row():
    matrix = conv1d_matrix(np.array([1, 2, 3]), 6, padding=1)
    assert np.unique(matrix).tolist() == [0, 1, 2, 3]
    rows, columns = np.nonzero(matrix)
    assert np.abs(rows - columns).max() == 1
    np.testing.assert_array_equal(conv1d_matrix(np.array([1, 2, 3]), 6, stride=2, padding=1), matrix[::2])


def test_it_is_a_toeplitz_matrix_and_around_a_circle_a_circulant_one():
    kernel = np.array([1, 2, 3])
    np.testing.assert_array_equal(conv1d_matrix(kernel, 6, padding=1), toeplitz([2, 1, 0, 0, 0, 0], [2, 3, 0, 0, 0, 0]))
    around = conv1d_matrix(kernel, 6, padding=1, padding_mode="circular")
    np.testing.assert_array_equal(around, circulant([2, 1, 0, 0, 0, 3]))


def test_what_is_replicated_counts_twice():
    assert conv1d_matrix(np.array([1, 2, 3]), 3, padding=1, padding_mode="replicate").tolist() == [
        [3, 3, 0],
        [1, 2, 3],
        [0, 1, 5],
    ]


def test_a_picture_of_one_row_has_the_matrix_of_its_signal():
    kernel = np.array([1.0, 2, 3])
    matrix = conv2d_matrix(kernel[None, None, None], (1, 6), padding=(0, 1))
    np.testing.assert_array_equal(matrix.toarray(), conv1d_matrix(kernel, 6, padding=1))


def test_every_multiply_add_is_an_entry_and_no_entry_is_anything_else():
    matrix = conv2d_matrix(np.ones((4, 3, 3, 3)), (8, 10), groups=2)
    assert matrix.shape == (4 * 6 * 8, 6 * 8 * 10)
    assert matrix.nnz == conv_multiply_adds(6, 4, 3, (6, 8), groups=2)
    assert matrix.nnz == matrix.sum()


@settings(max_examples=50)
@given(data=st.data())
def test_its_transpose_is_the_transposed_convolution(data):
    stride, dilation = (data.draw(st.tuples(*[st.integers(1, 3)] * 2)) for _ in range(2))
    padding, groups = data.draw(st.integers(0, 2)), data.draw(st.integers(1, 2))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    weight, size = random.standard_normal((2 * groups, 3, 2, 3)), (9, 10)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    maps = random.standard_normal(conv2d_loops(np.zeros((3 * groups, *size)), weight, **options).shape)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, (2, 3), strict=True)]
    left_over = tuple((n + 2 * padding - r) % s for n, r, s in zip(size, reach, stride, strict=True))

    spread = conv_transpose2d_loops(maps, weight, output_padding=left_over, **options)
    back = conv2d_matrix(weight, size, **options).T @ maps.ravel()
    np.testing.assert_allclose(back, spread.ravel(), atol=1e-12)


@settings(max_examples=50)
@given(data=st.data())
def test_the_gradients_are_the_slopes_of_the_loss(data):
    case = data.draw(convolutions(axes=2))
    assert_slopes(
        partial(by_matrix, **case.options),
        lambda grad, *arrays: conv2d_matrix_backward(grad, *arrays, **case.options)[:2],
        [case.arrays["input"], case.arrays["weight"]],
    )


def test_the_weights_gather_what_free_entries_would_get():
    random = np.random.default_rng(0)
    picture, kernel, grad = (random.standard_normal(shape) for shape in [(1, 4, 4), (1, 1, 3, 3), (1, 2, 2)])
    matrix = conv2d_matrix(kernel, 4)
    free = np.outer(grad, picture)
    shared = [free[matrix.toarray() == weight].sum() for weight in kernel.ravel()]
    _, to_weight, _ = conv2d_matrix_backward(grad, picture, kernel)
    np.testing.assert_allclose(to_weight.ravel(), shared, atol=1e-12)
    np.testing.assert_allclose(to_weight, conv2d_backward(grad, picture, kernel)[1], atol=1e-12)


KERNEL = np.ones((2, 3, 3, 3))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv1d_matrix(np.ones((1, 3)), 5), ValueError, "one axis is needed"),
        (lambda: conv1d_matrix(np.ones(3), 0), ValueError, "n=0 must be at least 1"),
        (lambda: conv1d_matrix(np.ones(3), 2), ValueError, "does not fit"),
        (lambda: conv1d_matrix(np.ones(0), 2), ValueError, "kernel=0 must be at least 1"),
        (lambda: conv1d_matrix(np.ones(3), 5, stride=0), ValueError, "stride=0 must be at least 1"),
        (lambda: conv1d_matrix(np.ones(3), 5, padding=0.5), TypeError, "padding=0.5 must be a whole number"),
        (lambda: conv1d_matrix([1, 2], 5), TypeError, "weight must be a NumPy array, not list"),
        (lambda: conv1d_matrix(np.ones(3), 5, padding=5, padding_mode="reflect"), ValueError, "finds only 4 to copy"),
        (lambda: conv2d_matrix(np.ones(3), 5), ValueError, r"weight has shape \(3,\); 4 axes are needed"),
        (lambda: conv2d_matrix(KERNEL, 2), ValueError, "does not fit"),
        (lambda: conv2d_matrix(KERNEL, (5, 0)), ValueError, "size=.* at least 1|size=0 must be at least 1"),
        (lambda: conv2d_matrix(KERNEL, (5, 5, 5)), ValueError, "size=.* has length 3"),
        (lambda: conv2d_matrix(KERNEL, 5, groups=3), ValueError, "groups=3 must divide the 2 filters"),
        (lambda: conv2d_matrix(KERNEL, 5, groups=0.5), TypeError, "groups=0.5 must be a whole number"),
        (lambda: conv2d_matrix(KERNEL, 5, padding_mode="mirror"), ValueError, "padding_mode='mirror' must be one of"),
        (lambda: conv2d_matrix(np.ones((2, 0, 3, 3)), 5), ValueError, "none of them empty"),
        (
            lambda: conv2d_matrix_backward(np.ones((2, 5, 5)), np.ones((3, 5, 5)), KERNEL),
            ValueError,
            r"grad_output has shape \(2, 5, 5\); \(2, 3, 3\) is needed",
        ),
        (lambda: conv2d_matrix_backward(None, np.ones((3, 5, 5)), KERNEL), TypeError, "grad_output must be a NumPy"),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
