"""Local response normalisation: every number is divided by the energy of its neighbours in other channels."""

from typing import SupportsFloat, SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.batch_norm import fit_images
from cnnbook.reference.maps import fit_gradient
from cnnbook.shapes import real_number, whole_number

Images = Num[np.ndarray, "n c *size"]


def local_response_norm_loops(
    input: Images,
    size: SupportsIndex,
    alpha: SupportsFloat = 1e-4,
    beta: SupportsFloat = 0.75,
    k: SupportsFloat = 1.0,
) -> Float[np.ndarray, "n c *size"]:
    r"""Divide every number by the energy of its neighbours: those at the same place in the channels beside its own.

    .. math::
        y_c = x_c\, e_c^{-\beta} \qquad e_c = k + \frac{\alpha}{\text{size}}
        \sum_{c' = c - \lfloor \text{size} / 2 \rfloor}^{c + \lfloor (\text{size} - 1) / 2 \rfloor} x_{c'}^2

    The sum leaves out channels that do not exist.

    Args:
        input: images, channels, then one axis at least.
        size: channels of the window.
        alpha: how much the neighbours count; the paper does not divide it by ``size``.
        beta: exponent.
        k: what is added to the sum.

    Raises:
        TypeError: the array holds no real numbers, or a number is none.
        ValueError: the array has too few axes, or the size is below 1.

    References:
        Krizhevsky, Sutskever & Hinton (2012), *ImageNet classification with deep convolutional neural networks*,
        section 3.3.

    >>> channels = np.array([[[1], [2], [3]]])
    >>> local_response_norm_loops(channels, size=3, alpha=3, beta=1)[0, :, 0]  # 1 / (1 + 1 + 4), ...
    array([0.16666667, 0.13333333, 0.21428571])
    """
    input, size, alpha, beta, k = fit_numbers(input, size, alpha, beta, k)
    output = np.zeros_like(input)
    for channel in range(input.shape[1]):
        energy = energy_at(input, channel, size, alpha, k)
        output[:, channel] = input[:, channel] / energy**beta
    return output


def local_response_norm_backward(
    grad_output: Num[np.ndarray, "n c *size"],
    input: Images,
    size: SupportsIndex,
    alpha: SupportsFloat = 1e-4,
    beta: SupportsFloat = 0.75,
    k: SupportsFloat = 1.0,
) -> Float[np.ndarray, "n c *size"]:
    r"""Tell every number how the loss changes with it: as itself, and as a neighbour of others.

    .. math::
        \frac{\partial \ell}{\partial x_c} = g_c\, e_c^{-\beta} - \frac{2\alpha\beta}{\text{size}}\, x_c
        \sum_{c' \,:\, c \text{ is in the window of } c'} g_{c'}\, x_{c'}\, e_{c'}^{-\beta - 1}

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the input's shape.
        input: what was given to :func:`local_response_norm_loops`, and so are the arguments that follow.
        size: channels of the window.
        alpha: how much the neighbours count.
        beta: exponent.
        k: what is added to the sum.

    Raises:
        TypeError: an array holds no real numbers, or a number is none.
        ValueError: shapes do not match, or the size is below 1.

    >>> one_channel = np.array([[[1.0]]])  # the slope of x / (1 + x²) at 1
    >>> local_response_norm_backward(np.array([[[1.0]]]), one_channel, size=1, alpha=1, beta=1)
    array([[[0.]]])
    """
    input, size, alpha, beta, k = fit_numbers(input, size, alpha, beta, k)
    grad_output, grad_input = fit_gradient(grad_output, input.shape), np.zeros_like(input)
    for channel in range(input.shape[1]):
        energy = energy_at(input, channel, size, alpha, k)
        grad, window = grad_output[:, channel], window_at(channel, size)
        grad_input[:, channel] += grad / energy**beta
        through_energy = grad * input[:, channel] * -beta / energy ** (beta + 1)
        grad_input[:, window] += through_energy[:, None] * 2 * alpha / size * input[:, window]
    return grad_input


def fit_numbers(
    input: Num[np.ndarray, "..."],
    size: SupportsIndex,
    alpha: SupportsFloat,
    beta: SupportsFloat,
    k: SupportsFloat,
) -> tuple[Float[np.ndarray, "..."], int, float, float, float]:
    """Check what local response normalisation is given, and return it as numbers."""
    constants = real_number("alpha", alpha), real_number("beta", beta), real_number("k", k)
    return fit_images(input, least=3), whole_number("size", size, least=1), *constants


def window_at(channel: int, size: int) -> slice:
    """Point at the channels around one; those before the first do not exist, and slices end by themselves.

    >>> window_at(channel=1, size=4)
    slice(0, 3, None)
    """
    return slice(max(channel - size // 2, 0), channel + (size - 1) // 2 + 1)


def energy_at(
    input: Float[np.ndarray, "n c *size"], channel: int, size: int, alpha: float, k: float
) -> Float[np.ndarray, "n *size"]:
    """Return what the numbers of a channel are divided by, but for the exponent."""
    return np.asarray(k + alpha / size * np.sum(input[:, window_at(channel, size)] ** 2, axis=1))
