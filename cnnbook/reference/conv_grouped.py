"""Grouped convolution: filters that share the channels, and no filter reads them all.

It is made of ordinary convolutions, and so are its gradients: what is split on the way there is joined on the way back.
"""

from operator import index
from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import Bias, check_shape, conv2d_backward, conv2d_loops, fit, real
from cnnbook.shapes import PerAxis

Images = Num[np.ndarray, "n c_in h w"] | Num[np.ndarray, "c_in h w"]
Filters = Num[np.ndarray, "c_out c_in_per_group kh kw"]
Maps = Float[np.ndarray, "n c_out oh ow"] | Float[np.ndarray, "c_out oh ow"]
Gradients = tuple[
    Float[np.ndarray, "*input"], Float[np.ndarray, "c_out c_in_per_group kh kw"], Float[np.ndarray, " c_out"]
]


def conv2d_grouped(
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
    r"""Convolve in groups: several ordinary convolutions side by side, each with its share of channels and filters.

    .. math:: y^{(g)} = \operatorname{conv}\bigl(x^{(g)}, w^{(g)}\bigr) \qquad g = 1 \ldots G

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        weight: filters ``c_out c_in_per_group kh kw``.
        bias: one number for each filter.
        stride: pixels from one place to the next; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        groups: how many convolutions stand side by side, :math:`G`.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`.

    References:
        Krizhevsky, Sutskever & Hinton (2012), *ImageNet classification with deep convolutional neural networks*,
        section 3.2.

    >>> image, filters = np.array([[[1.0]], [[2.0]]]), np.array([[[[10.0]]], [[[100.0]]]])
    >>> conv2d_grouped(image, filters, groups=2).ravel()  # one filter reads 1, the other 2
    array([ 10., 200.])
    """
    input, weight = real("input", input), real("weight", weight)
    bias = np.zeros(weight.shape[:1]) if bias is None else real("bias", bias)
    fit(input, weight, stride, padding, dilation, groups)
    check_shape("bias", bias, weight.shape[:1], "one number for each filter")

    shares = np.split(input, index(groups), -3), np.split(weight, index(groups)), np.split(bias, index(groups))
    maps = [
        conv2d_loops(*share, stride, padding, dilation, padding_mode=padding_mode)
        for share in zip(*shares, strict=True)
    ]
    return np.concatenate(maps, axis=-3)


def conv2d_grouped_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Filters,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> Gradients:
    """Send the gradient back through :func:`conv2d_grouped`: through each convolution alone, then joined.

    Args:
        grad_output: the gradient to the output, of its shape.
        input: what was given to :func:`conv2d_grouped`, and so are the arguments that follow.
        weight: filters.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: how many convolutions stand side by side.
        padding_mode: what is added.

    Returns:
        The gradients to input, weight and bias.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> image, filters = np.array([[[1.0]], [[2.0]]]), np.array([[[[10.0]]], [[[100.0]]]])
    >>> to_image, to_filters, _ = conv2d_grouped_backward(np.ones((2, 1, 1)), image, filters, groups=2)
    >>> to_image.ravel(), to_filters.ravel()
    (array([ 10., 100.]), array([1., 2.]))
    """
    grad_output, input, weight = real("grad_output", grad_output), real("input", input), real("weight", weight)
    _, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, batch + maps, "the output's shape")

    shares = (
        np.split(grad_output, index(groups), -3),
        np.split(input, index(groups), -3),
        np.split(weight, index(groups)),
    )
    gradients = [
        conv2d_backward(*share, stride, padding, dilation, padding_mode=padding_mode)
        for share in zip(*shares, strict=True)
    ]
    to_input, to_weight, to_bias = zip(*gradients, strict=True)
    return np.concatenate(to_input, axis=-3), np.concatenate(to_weight), np.concatenate(to_bias)
