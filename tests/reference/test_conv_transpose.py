"""Transposed convolution by its definition: hand computations, the matrix, the adjoint, finite differences, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import reference
from cnnbook.reference import (
    conv2d_backward,
    conv2d_loops,
    conv2d_matrix,
    conv_transpose1d_backward,
    conv_transpose1d_loops,
    conv_transpose2d_backward,
    conv_transpose2d_loops,
)
from cnnbook.reference.conv_transpose import conv_transpose_loops
from slopes import assert_slopes
from witnesses.conv_transpose import transposed_convolutions
from witnesses.operation import each

SQUARE = np.array([[[0, 1], [2, 3]]])


def test_each_pixel_lays_its_kernel_down_by_hand():
    assert conv_transpose2d_loops(SQUARE, SQUARE[None]).tolist() == [[[0, 0, 1], [0, 4, 6], [4, 12, 9]]]


def test_one_pixel_gives_the_kernel_itself_unflipped():
    kernel = np.array([[[1, 2, 3]]])
    assert conv_transpose1d_loops(np.array([[1]]), kernel).tolist() == [[1, 2, 3]]
    assert conv_transpose1d_loops(np.array([[0, 1, 0]]), kernel).tolist() == [[0, 1, 2, 3, 0]]


def test_a_stride_moves_kernels_apart_and_dilation_moves_weights_apart():
    image, kernel = np.array([[1, 10]]), np.array([[[1, 2]]])
    assert conv_transpose1d_loops(image, kernel, stride=3).tolist() == [[1, 2, 0, 10, 20]]
    assert conv_transpose1d_loops(image, kernel, dilation=3).tolist() == [[1, 10, 0, 2, 20]]


def test_padding_cuts_both_ends_and_output_padding_gives_back_the_last():
    image, kernel = np.array([[1, 10]]), np.array([[[1, 2, 3]]])
    assert conv_transpose1d_loops(image, kernel, stride=2).tolist() == [[1, 2, 13, 20, 30]]
    assert conv_transpose1d_loops(image, kernel, stride=2, padding=1).tolist() == [[2, 13, 20]]
    assert conv_transpose1d_loops(image, kernel, stride=2, padding=1, output_padding=1).tolist() == [[2, 13, 20, 30]]
    assert conv_transpose1d_loops(image, kernel, stride=2, output_padding=1).tolist() == [[1, 2, 13, 20, 30, 0]]


def test_the_weight_counts_the_channels_that_come_in_first():
    image, weight = np.array([[1], [10]]), np.array([[[1], [2], [3]], [[4], [5], [6]]])
    assert conv_transpose1d_loops(image, weight).tolist() == [[41], [52], [63]]


def test_a_group_writes_to_its_own_channels():
    image, weight = np.array([[1], [10]]), np.array([[[1], [2]], [[3], [4]]])
    assert conv_transpose1d_loops(image, weight, groups=2).tolist() == [[1], [2], [30], [40]]


def test_a_bias_lies_under_everything_even_where_no_kernel_reaches():
    found = conv_transpose1d_loops(np.array([[1, 1]]), np.array([[[1]]]), np.array([5]), stride=3, output_padding=2)
    assert found.tolist() == [[6, 5, 5, 6, 5, 5]]


@given(data=st.data())
def test_it_is_the_transpose_of_the_matrix_of_the_convolution(data):
    groups, stride, dilation = data.draw(st.integers(1, 2)), each(data.draw, 2, 1, 3), each(data.draw, 2, 1, 2)
    kernel, padding = each(data.draw, 2, 1, 3), each(data.draw, 2, 0, 1)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [data.draw(st.integers(max(1, r - 2 * p), r + 4)) for r, p in zip(reach, padding, strict=True)]
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    weight = random.standard_normal((2 * groups, data.draw(st.integers(1, 2)), *kernel))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    image = random.standard_normal((groups * weight.shape[1], *size))
    maps = random.standard_normal(conv2d_loops(image, weight, **options).shape)
    left_over = [(n + 2 * p - r) % s for n, p, r, s in zip(size, padding, reach, stride, strict=True)]
    found = conv_transpose2d_loops(maps, weight, output_padding=tuple(left_over), **options)
    matrix = conv2d_matrix(weight, size, **options)
    np.testing.assert_allclose(found.ravel(), matrix.T @ maps.ravel(), atol=1e-12)
    np.testing.assert_allclose(np.vdot(conv2d_loops(image, weight, **options), maps), np.vdot(image, found), atol=1e-12)
    np.testing.assert_allclose(found, conv2d_backward(maps, image, weight, **options)[0], atol=1e-12)


def test_it_does_not_bring_the_picture_back():
    random = np.random.default_rng(0)
    picture, kernel = random.standard_normal((1, 5, 5)), random.standard_normal((1, 1, 3, 3))
    back = conv_transpose2d_loops(conv2d_loops(picture, kernel), kernel)
    assert back.shape == picture.shape
    assert np.abs(back - picture).max() > 1


def test_its_gradient_to_the_input_is_a_convolution_and_to_the_weight_a_correlation():
    random = np.random.default_rng(0)
    input, weight, grad = (random.standard_normal(shape) for shape in [(2, 4, 5), (2, 3, 3, 2), (3, 9, 7)])
    options = {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0)}
    grad = random.standard_normal(conv_transpose2d_loops(input, weight, **options).shape)
    to_input, to_weight, to_bias = conv_transpose2d_backward(grad, input, weight, **options)
    np.testing.assert_allclose(to_input, conv2d_loops(grad, weight, stride=(2, 1), padding=(1, 0)), atol=1e-12)
    _, correlated, _ = conv2d_backward(input, grad, weight, stride=(2, 1), padding=(1, 0))
    np.testing.assert_allclose(to_weight, correlated, atol=1e-12)
    np.testing.assert_allclose(to_bias, grad.sum(axis=(1, 2)), atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradients_are_the_slopes_of_the_loss(axes, data):
    case = data.draw(transposed_convolutions(axes))
    forward, backward = (getattr(reference, f"conv_transpose{axes}d_{way}") for way in ("loops", "backward"))
    maps = case.arrays["weight"].shape[1] * case.options["groups"]
    arrays = {"bias": np.zeros(maps)} | case.arrays
    assert_slopes(
        partial(forward, **case.options),
        lambda grad, *arrays: backward(grad, *arrays[:2], **case.options),
        [arrays[name] for name in ("input", "weight", "bias")],
    )


def test_integers_neither_overflow_nor_stay_integers():
    output = conv_transpose1d_loops(np.full((3, 1), 255, dtype=np.uint8), np.full((3, 1, 1), 100, dtype=np.int8))
    assert output.dtype == np.float64
    assert output.tolist() == [[76_500]]


def test_arguments_stay_as_they_were():
    input, weight, bias = np.ones((1, 5)), np.ones((1, 1, 3)), np.ones(1)
    conv_transpose1d_loops(input, weight, bias)
    conv_transpose1d_backward(np.ones((1, 7)), input, weight)
    assert input.tolist() == [[1] * 5]
    assert weight.tolist() == [[[1] * 3]]
    assert bias.tolist() == [1]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("name", ["input", "weight", "bias"])
@pytest.mark.parametrize("dtype", [object, str, complex, bool, "datetime64[s]"])
def test_arrays_of_anything_but_real_numbers_are_refused(name, dtype):
    arrays = {"input": np.ones((1, 5)), "weight": np.ones((1, 1, 3)), "bias": np.ones(1)}
    arrays[name] = np.zeros(arrays[name].shape, dtype=dtype)
    with pytest.raises(TypeError, match=f"{name} has dtype .*; integers or floating-point numbers are needed"):
        conv_transpose1d_loops(**arrays)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv_transpose2d_loops(np.ones((1, 9)), np.ones((1, 2, 3))), "4 axes are needed"),
        (lambda: conv_transpose_loops(np.ones(3), np.array(3.0)), r"weight has shape \(\)"),
        (lambda: conv_transpose1d_loops(np.ones((2, 9)), np.ones((3, 2, 3))), r"\(2, 9\) has not the 3 channels"),
        (lambda: conv_transpose1d_loops(np.ones((3, 9)), np.ones((3, 2, 3)), np.ones(3)), r"\(2,\) is needed"),
        (lambda: conv_transpose1d_loops(np.ones((3, 9)), np.ones((3, 2, 3)), groups=2), "groups=2 must divide the 3"),
        (
            lambda: conv_transpose1d_loops(np.ones((1, 9)), np.ones((1, 2, 3)), stride=2, output_padding=2),
            "output_padding=2 must be below stride=2 or dilation=1",
        ),
        (
            lambda: conv_transpose1d_loops(np.ones((1, 1)), np.ones((1, 2, 3)), padding=2),
            "padding=2 must leave at least one of the 3 pixels",
        ),
        (lambda: conv_transpose1d_loops(np.ones((1, 1)), np.ones((1, 2, 3)), padding="same"), "padding='same' must be"),
        (
            lambda: conv_transpose1d_backward(np.ones((2, 8)), np.ones((1, 9)), np.ones((1, 2, 3))),
            r"grad_output has shape \(2, 8\); \(2, 11\) is needed",
        ),
    ],
)
def test_what_does_not_match_is_named(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
