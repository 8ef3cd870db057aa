"""Convolution over windows: look at all patches at once, and let one sum do the rest.

The loops over places become axes of a view, which costs no memory: the same numbers, seen several times.
"""

from operator import index
from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import Bias, Filters, Images, Maps, alike, check_shape, fit
from cnnbook.shapes import PerAxis


def conv2d_windows(
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
    r"""Convolve by one sum over a view of all windows: as :func:`~cnnbook.reference.conv.conv2d_loops`, without loops.

    .. math:: y_{n,o,i,j} = b_o + \sum_{c,k,l} w_{o,c,k,l} \, X_{n,c,i,j,k,l}
        \qquad X_{n,c,i,j,k,l} = x_{n,c,\;si + dk - p,\;sj + dl - p}

    :math:`X` is a view: a step along :math:`i` and :math:`s` steps along :math:`k` lead to the same place in memory.

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        weight: filters ``c_out c_in_per_group kh kw``.
        bias: one number for each filter.
        stride: pixels from one place to the next; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        groups: groups of filters and channels.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Returns:
        The maps, in float32 if all arrays are, else in float64.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`.

    >>> image = np.arange(9.0).reshape(1, 3, 3)
    >>> conv2d_windows(image, np.array([[[[1, 0], [0, 1]]]]))
    array([[[ 4.,  6.],
            [10., 12.]]])
    """
    input, weight, *biases = alike(input=input, weight=weight, **({} if bias is None else {"bias": bias}))
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    images = input.reshape(-1, *input.shape[-3:])
    windows = window.view(window.pad(images, padding_mode))

    shares = zip(np.split(windows, index(groups), axis=1), np.split(weight, index(groups)), strict=True)
    sums = [np.einsum("ncyxij,ocij->noyx", seen, filters, optimize=True) for seen, filters in shares]
    output = np.concatenate(sums, axis=1).reshape(batch + maps)
    for each in biases:
        check_shape("bias", each, maps[:1], "one number for each filter")
        output += each[:, None, None]
    return output


def conv2d_windows_backward(
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
    r"""Send the gradient back through :func:`conv2d_windows`: to every window, and from there to the pixels it shows.

    .. math::
        \frac{\partial \ell}{\partial X_{n,c,i,j,k,l}} = \sum_o g_{n,o,i,j}\, w_{o,c,k,l} \qquad
        \frac{\partial \ell}{\partial w_{o,c,k,l}} = \sum_{n,i,j} g_{n,o,i,j}\, X_{n,c,i,j,k,l}

    A pixel gets the sum over all windows that show it.

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the output's shape.
        input: what was given to :func:`conv2d_windows`, and so are the arguments that follow.
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
    >>> conv2d_windows_backward(np.array([[[1, 0]]]), picture, kernel)
    (array([[[10., 1., 0.]]]), array([[[[1., 2.]]]]), array([1.]))
    """
    grad_output, input, weight = alike(grad_output=grad_output, input=input, weight=weight)
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, batch + maps, "the output's shape")
    grads, images = grad_output.reshape(-1, *maps), input.reshape(-1, *input.shape[-3:])
    padded = window.pad(images, padding_mode)

    grad_padded, grad_weight = [], []
    for grad, seen, filters in zip(
        np.split(grads, index(groups), axis=1),
        np.split(window.view(padded), index(groups), axis=1),
        np.split(weight, index(groups)),
        strict=True,
    ):
        grad_seen = np.einsum("noyx,ocij->ncyxij", grad, filters, optimize=True)
        grad_padded.append(window.overlap_add(grad_seen, padded.shape[2:]))
        grad_weight.append(np.einsum("noyx,ncyxij->ocij", grad, seen, optimize=True))
    grad_input = window.fold(np.concatenate(grad_padded, axis=1), padding_mode).reshape(input.shape)
    return grad_input, np.concatenate(grad_weight), grads.sum((0, 2, 3))
