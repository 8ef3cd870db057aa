"""The checks of what the page on the way back claims."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnbook.reference import conv2d_backward, conv2d_loops, conv2d_matrix, conv_transpose2d_loops

OPTIONS = [{}, {"padding": 1}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"stride": (2, 1), "padding": (0, 2)}]


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.claim("C2.16")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_matrix_times_the_picture_is_the_convolution_of_the_picture(options, random):
    image, weight = random.standard_normal((2, 7, 6)), random.standard_normal((3, 2, 3, 3))
    expected = functional.conv2d(torch.from_numpy(image), torch.from_numpy(weight), **options)
    matrix = conv2d_matrix(weight, (7, 6), **options)
    np.testing.assert_allclose(matrix @ image.ravel(), expected.ravel(), atol=1e-12)


@pytest.mark.claim("C2.16")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_gradient_to_the_input_is_the_transpose_times_the_gradient_of_the_output(options, random):
    image = torch.from_numpy(random.standard_normal((2, 7, 6))).requires_grad_()
    weight = random.standard_normal((3, 2, 3, 3))
    output = functional.conv2d(image, torch.from_numpy(weight), **options)
    grad = random.standard_normal(output.shape)
    output.backward(torch.from_numpy(grad))
    matrix = conv2d_matrix(weight, (7, 6), **options)
    np.testing.assert_allclose(matrix.T @ grad.ravel(), image.grad.ravel(), atol=1e-12)


@pytest.mark.claim("C2.16")
def test_the_transpose_is_a_transposed_convolution_and_the_gradient_to_the_weights_a_convolution(random):
    image, weight = random.standard_normal((1, 7, 6)), random.standard_normal((1, 1, 3, 2))
    grad = random.standard_normal((1, 5, 5))
    to_image, to_weight, to_bias = conv2d_backward(grad, image, weight)
    np.testing.assert_allclose(conv_transpose2d_loops(grad, weight), to_image, atol=1e-12)
    np.testing.assert_allclose(conv2d_loops(image, grad[None]), to_weight[0], atol=1e-12)
    np.testing.assert_allclose(to_bias, [grad.sum()], atol=1e-12)


@pytest.mark.claim("C2.16")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_difference_quotients_agree(options, random):
    image, weight = random.standard_normal((2, 5, 6)), random.standard_normal((2, 2, 3, 3))
    grad = random.standard_normal(conv2d_loops(image, weight, **options).shape)
    to_image, to_weight, _ = conv2d_backward(grad, image, weight, **options)
    for array, found in [(image, to_image), (weight, to_weight)]:
        for place in [(0,) * array.ndim, tuple(size - 1 for size in array.shape)]:
            loss = []
            for step in (1e-6, -2e-6):
                array[place] += step
                loss.append((conv2d_loops(image, weight, **options) * grad).sum())
            array[place] += 1e-6
            assert (loss[0] - loss[1]) / 2e-6 == pytest.approx(found[place], abs=1e-7)
