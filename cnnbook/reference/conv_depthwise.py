"""Depthwise convolution, where a filter reads one channel, and the 1×1 convolution that makes good for it.

Both are made of ordinary convolutions, and so are their gradients: the second layer hands on to the first.
"""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import Bias, conv2d_backward, conv2d_loops, real
from cnnbook.reference.conv_grouped import Gradients, Images, Maps, conv2d_grouped, conv2d_grouped_backward
from cnnbook.shapes import PerAxis


def conv2d_depthwise(
    input: Images,
    weight: Num[np.ndarray, "c_out 1 kh kw"],
    bias: Bias = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> Maps:
    """Convolve every channel with filters of its own.

    It is :func:`~cnnbook.reference.conv_grouped.conv2d_grouped` with as many groups as channels.

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        weight: filters ``c_out 1 kh kw``, the same number for each channel, in the channels' order.
        bias: one number for each filter.
        stride: pixels from one place to the next; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`.

    References:
        Chollet (2017), *Xception: deep learning with depthwise separable convolutions*, section 1.

    >>> image, filters = np.array([[[1.0]], [[2.0]]]), np.array([1.0, 10, 100, 1000]).reshape(4, 1, 1, 1)
    >>> conv2d_depthwise(image, filters).ravel()
    array([1.e+00, 1.e+01, 2.e+02, 2.e+03])
    """
    groups = channels(input)
    return conv2d_grouped(input, weight, bias, stride, padding, dilation, groups, padding_mode=padding_mode)


def conv2d_depthwise_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Num[np.ndarray, "c_out 1 kh kw"],
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> Gradients:
    """Send the gradient back through :func:`conv2d_depthwise`, channel by channel.

    Args:
        grad_output: the gradient to the output, of its shape.
        input: what was given to :func:`conv2d_depthwise`, and so are the arguments that follow.
        weight: filters.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        padding_mode: what is added.

    Returns:
        The gradients to input, weight and bias.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> image, filters = np.array([[[1.0]], [[2.0]]]), np.array([1.0, 10, 100, 1000]).reshape(4, 1, 1, 1)
    >>> to_image, *_ = conv2d_depthwise_backward(np.ones((4, 1, 1)), image, filters)
    >>> to_image.ravel()
    array([  11., 1100.])
    """
    groups = channels(input)
    return conv2d_grouped_backward(
        grad_output, input, weight, stride, padding, dilation, groups, padding_mode=padding_mode
    )


def conv2d_depthwise_separable(
    input: Images,
    depthwise: Num[np.ndarray, "c 1 kh kw"],
    pointwise: Num[np.ndarray, "c_out c 1 1"],
    bias: Bias = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> Maps:
    r"""Look around in each channel alone, then mix the channels at each place: a depthwise and a 1×1 convolution.

    .. math:: y_{o,i} = b_o + \sum_c v_{o,c} \sum_k w_{c,k} \, x_{c,\;si + dk - p}

    It is an ordinary convolution with the filters :math:`v_{o,c}\, w_{c,k}`,
    which cost :math:`c\,k_h k_w + c_{out}\,c` weights, not :math:`c_{out}\,c\,k_h k_w`.

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        depthwise: filters ``c 1 kh kw`` of :func:`conv2d_depthwise`, :math:`w`.
        pointwise: filters ``c_out c 1 1`` that mix what these find, :math:`v`.
        bias: one number for each map; a bias between the two would come to the same.
        stride: pixels from one place to the next, in the depthwise part; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`, or the pointwise filters are larger than 1×1.

    References:
        Howard et al. (2017), *MobileNets: efficient convolutional neural networks for mobile vision applications*,
        section 3.1.

    >>> image, mix = np.array([[[1, 2]], [[3, 4]]]), np.array([10, 1]).reshape(1, 2, 1, 1)
    >>> look = np.array([[[[1, 1]]], [[[1, -1]]]])
    >>> conv2d_depthwise_separable(image, look, mix)  # ten times the sum, and the difference
    array([[[29.]]])
    """
    check_pointwise(pointwise)
    found = conv2d_depthwise(input, depthwise, None, stride, padding, dilation, padding_mode=padding_mode)
    return conv2d_loops(found, pointwise, bias)


def conv2d_depthwise_separable_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    depthwise: Num[np.ndarray, "c 1 kh kw"],
    pointwise: Num[np.ndarray, "c_out c 1 1"],
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> tuple[
    Float[np.ndarray, "*input"],
    Float[np.ndarray, "c 1 kh kw"],
    Float[np.ndarray, "c_out c 1 1"],
    Float[np.ndarray, " c_out"],
]:
    """Send the gradient back through :func:`conv2d_depthwise_separable`: the last layer first.

    Args:
        grad_output: the gradient to the output, of its shape.
        input: what was given to :func:`conv2d_depthwise_separable`, and so are the arguments that follow.
        depthwise: filters that look around.
        pointwise: filters that mix.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        padding_mode: what is added.

    Returns:
        The gradients to input, depthwise, pointwise and bias.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> image, mix = np.array([[[1, 2]], [[3, 4]]]), np.array([10, 1]).reshape(1, 2, 1, 1)
    >>> look = np.array([[[[1, 1]]], [[[1, -1]]]])
    >>> gradients = conv2d_depthwise_separable_backward(np.ones((1, 1, 1)), image, look, mix)
    >>> [gradient.ravel() for gradient in gradients]
    [array([10., 10.,  1., -1.]), array([10., 20.,  3.,  4.]), array([ 3., -1.]), array([1.])]
    """
    check_pointwise(pointwise)
    found = conv2d_depthwise(input, depthwise, None, stride, padding, dilation, padding_mode=padding_mode)
    grad_found, grad_pointwise, grad_bias = conv2d_backward(grad_output, found, pointwise)
    grad_input, grad_depthwise, _ = conv2d_depthwise_backward(
        grad_found, input, depthwise, stride, padding, dilation, padding_mode=padding_mode
    )
    return grad_input, grad_depthwise, grad_pointwise, grad_bias


def channels(input: Num[np.ndarray, "..."]) -> int:
    """Count the channels of images, with or without a batch.

    Raises:
        TypeError: it is no NumPy array of real numbers.
        ValueError: it has too many or too few axes.

    >>> channels(np.zeros((10, 3, 8, 8))), channels(np.zeros((3, 8, 8)))
    (3, 3)
    """
    if real("input", input).ndim not in {3, 4}:
        raise ValueError(f"input has shape {input.shape}; 4 axes are needed, or 3 for one image")
    return max(1, int(input.shape[-3]))  # of an image without channels, conv2d_grouped says what it lacks


def check_pointwise(pointwise: Num[np.ndarray, "..."]) -> None:
    """Refuse filters that reach beyond one pixel.

    Raises:
        TypeError: they are no NumPy array of real numbers.
        ValueError: they are larger.

    >>> check_pointwise(np.zeros((8, 4, 3, 3)))
    Traceback (most recent call last):
    ValueError: pointwise has shape (8, 4, 3, 3); its filters must have one row and one column
    """
    if real("pointwise", pointwise).shape[2:] != (1, 1):
        raise ValueError(f"pointwise has shape {pointwise.shape}; its filters must have one row and one column")
