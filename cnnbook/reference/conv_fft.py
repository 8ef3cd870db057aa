"""Convolution as mathematics has it: the kernel is flipped, and spectra are multiplied.

Seen as a sum of waves, a convolution is simple: each wave is made stronger or weaker and shifted, and stays a wave.
"""

from operator import index
from typing import SupportsIndex

import numpy as np
from jaxtyping import Complex, Float, Num

from cnnbook.reference.conv import Bias, Filters, Images, Maps, check_shape, fit, real
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis


def conv2d_fft(
    input: Images,
    weight: Filters,
    bias: Bias = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> Maps:
    r"""Convolve by multiplying spectra: as :func:`~cnnbook.reference.conv.conv2d_loops`, by the convolution theorem.

    .. math:: x * v = \mathcal F^{-1}\bigl(\mathcal F x \cdot \mathcal F v\bigr)
        \qquad y = x * \operatorname{flip}(w)

    The theorem speaks of the convolution of mathematics, :math:`(x * v)_i = \sum_k x_{i-k} v_k`, which flips.
    Deep learning does not, so the kernel is flipped here before the theorem flips it back.
    The spectrum takes the picture for a circle; only places where the kernel does not reach around it are kept.
    A stride saves nothing: all places are computed, and some are thrown away.

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        weight: filters ``c_out c_in_per_group kh kw``.
        bias: one number for each filter.
        stride: pixels from one place to the next; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        groups: groups of filters and channels.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`.

    References:
        Mathieu, Henaff & LeCun (2014), *Fast training of convolutional networks through FFTs*, section 2.

    >>> image = np.arange(9.0).reshape(1, 3, 3)
    >>> conv2d_fft(image, np.array([[[[1, 0], [0, 1]]]])).round(12)
    array([[[ 4.,  6.],
            [10., 12.]]])
    """
    input, weight = real("input", input), real("weight", weight)
    bias = np.zeros(weight.shape[:1]) if bias is None else real("bias", bias)
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("bias", bias, maps[:1], "one number for each filter")
    padded = window.pad(input.reshape(-1, *input.shape[-3:]), padding_mode)

    pictures, kernels = spectra(window, padded, weight, groups)
    circular = np.fft.irfft2(np.einsum("ngcyx,gocyx->ngoyx", pictures, kernels), padded.shape[2:])
    rows, columns = kept(window)
    return circular[..., rows, columns].reshape(batch + maps) + bias[:, None, None]


def conv2d_fft_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Filters,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> tuple[Float[np.ndarray, "*input"], Float[np.ndarray, "c_out c_in_per_group kh kw"], Float[np.ndarray, " c_out"]]:
    r"""Send the gradient back through :func:`conv2d_fft`: what was multiplied by a spectrum meets its conjugate.

    .. math::
        \frac{\partial \ell}{\partial x} = \mathcal F^{-1}\bigl(\mathcal F g \cdot \overline{\mathcal F v}\bigr) \qquad
        \frac{\partial \ell}{\partial v} = \mathcal F^{-1}\bigl(\mathcal F g \cdot \overline{\mathcal F x}\bigr) \qquad
        v = \operatorname{flip}(w)

    To conjugate a spectrum is to flip its kernel, so the gradient goes back through the kernel turned round.
    Where a stride has thrown places away, :math:`g` is zero.

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the output's shape.
        input: what was given to :func:`conv2d_fft`, and so are the arguments that follow.
        weight: filters.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: groups of filters and channels.
        padding_mode: what is added.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> picture, kernel = np.array([[[1, 2, 3]]]), np.array([[[[10, 1]]]])
    >>> conv2d_fft_backward(np.array([[[1, 0]]]), picture, kernel)
    (array([[[10., 1., 0.]]]), array([[[[1., 2.]]]]), array([1.]))
    """
    grad_output, input, weight = real("grad_output", grad_output), real("input", input), real("weight", weight)
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, batch + maps, "the output's shape")
    grads = grad_output.reshape(-1, *maps)
    padded = window.pad(input.reshape(-1, *input.shape[-3:]), padding_mode)
    pictures, kernels = spectra(window, padded, weight, groups)

    size = padded.shape[2:]
    circular = np.zeros((len(grads), *kernels.shape[:2], *size))
    rows, columns = kept(window)
    circular[..., rows, columns] = grads.reshape(len(grads), *kernels.shape[:2], *maps[1:])
    waves = np.fft.rfft2(circular)
    grad_padded = np.fft.irfft2(np.einsum("ngoyx,gocyx->ngcyx", waves, kernels.conj()), size).reshape(padded.shape)
    flipped = np.fft.irfft2(np.einsum("ngoyx,ngcyx->gocyx", waves, pictures.conj()), size)
    rows, columns = turned(window)
    grad_weight = flipped[..., rows, columns].reshape(weight.shape)
    return window.fold(grad_padded, padding_mode).reshape(input.shape), grad_weight, grads.sum((0, 2, 3))


def spectra(
    window: Window, padded: Float[np.ndarray, "n c_in *size"], weight: Float[np.ndarray, "..."], groups: SupportsIndex
) -> tuple[Complex[np.ndarray, "n groups c *waves"], Complex[np.ndarray, "groups c_out c *waves"]]:
    """Decompose padded pictures and flipped, dilated kernels into waves, as many as the pictures have pixels.

    >>> window = Window.of(kernel=(1, 2), stride=1, padding=0, dilation=1)
    >>> _, kernels = spectra(window, np.zeros((1, 1, 1, 4)), np.array([[[[1.0, 3.0]]]]), groups=1)
    >>> kernels[0, 0, 0, 0, 0]  # the slowest wave of all is the sum
    np.complex128(4+0j)
    """
    share, size = index(groups), padded.shape[2:]
    flipped = np.zeros((share, len(weight) // share, weight.shape[1], *window.reach))
    rows, columns = turned(window)
    flipped[..., rows, columns] = weight.reshape(*flipped.shape[:3], *window.kernel)
    pictures = padded.reshape(len(padded), share, weight.shape[1], *size)
    return np.fft.rfft2(pictures), np.fft.rfft2(flipped, size)


def kept(window: Window) -> list[slice]:
    """Point at the places where the flipped kernel does not reach around the picture, as far as the stride keeps them.

    >>> kept(Window.of(kernel=(3,), stride=2, padding=0, dilation=1))
    [slice(2, None, 2)]
    """
    return [slice(reach - 1, None, s) for reach, s in zip(window.reach, window.stride, strict=True)]


def turned(window: Window) -> list[slice]:
    """Point at the places of a flipped, dilated kernel in the order of its weights.

    >>> turned(Window.of(kernel=(3,), stride=1, padding=0, dilation=2))
    [slice(4, None, -2)]
    """
    return [slice(reach - 1, None, -d) for reach, d in zip(window.reach, window.dilation, strict=True)]
