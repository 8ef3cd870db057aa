"""Transposed convolution, as thought: every pixel lays the kernel down, and overlaps add up."""

from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import on_axes, real
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis, per_axis, transposed_output_size, whole_number

Images = Num[np.ndarray, "n c *size"] | Num[np.ndarray, "c *size"]
Kernels = Num[np.ndarray, "c_in c_out_per_group *kernel"]
Bias = Num[np.ndarray, " c_out"] | None
Maps = Float[np.ndarray, "n c_out *places"] | Float[np.ndarray, "c_out *places"]


def conv_transpose_loops(
    input: Images,
    weight: Kernels,
    bias: Bias = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> Maps:
    r"""Multiply the whole kernel by every pixel, lay it down at the pixel's own place, and add what overlaps.

    .. math:: y_{o,\,si + dk - p} \mathrel{+}= x_{c,i}\, w_{c,o,k}, \qquad y_o \text{ begins as } b_o

    Here :math:`i` and :math:`k` run over all spatial axes at once, and what falls outside :math:`y` is lost.
    A convolution with the same stride, padding and dilation reads along the same ways, from :math:`y` to :math:`x`.
    Written as matrices, the two are each other's transpose, not each other's inverse.

    Args:
        input: images, channels, then rows and columns (or one axis of time); one image alone may lack the first axis.
        weight: channels of the input, channels that each writes to, then the kernel's size.
        bias: one number for each channel of the output.
        stride: pixels of the output from one kernel to the next; one number, or one for each spatial axis.
        padding: pixels cut off on each side; as ``stride``.
        output_padding: pixels more at the end, fewer than the stride or the dilation; as ``stride``.
        groups: channels in and out are split into so many groups, and a channel writes to those of its own.
        dilation: pixels from one weight to the next; as ``stride``.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or the padding cuts everything off.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.

    >>> image, kernel = np.array([[0, 1], [2, 3]]), np.array([[0, 1], [2, 3]])
    >>> conv_transpose2d_loops(image[None], kernel[None, None])[0]
    array([[ 0.,  0.,  1.],
           [ 0.,  4.,  6.],
           [ 4., 12.,  9.]])

    A stride moves the kernels apart, and the padding cuts the edge off again:

    >>> conv_transpose1d_loops(np.array([[1, 10]]), np.array([[[1, 2, 3]]]), stride=2)
    array([[ 1.,  2., 13., 20., 30.]])
    >>> conv_transpose1d_loops(np.array([[1, 10]]), np.array([[[1, 2, 3]]]), stride=2, padding=1, output_padding=1)
    array([[ 2., 13., 20., 30.]])
    """
    input, weight = real("input", input), real("weight", weight)
    window, writes, batch, maps = fit_transpose(input, weight, stride, padding, output_padding, groups, dilation)
    bias = np.zeros(maps[:1]) if bias is None else real("bias", bias)
    if bias.shape != maps[:1]:
        raise ValueError(f"bias has shape {bias.shape}; {maps[:1]} is needed: one number for each map")

    spread = window.pad(np.zeros(batch + maps))
    for image in np.ndindex(batch):
        for channel, *place in np.ndindex(input.shape[len(batch) :]):
            patch = (*image, writes[channel], *window.at(place))
            spread[patch] += input[*image, channel, *place] * weight[channel]
    output = window.crop(spread)
    output += bias.reshape(-1, *[1] * len(window.kernel))
    return output


def conv_transpose_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Kernels,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> tuple[Float[np.ndarray, "*input"], Float[np.ndarray, "c_in c_out_per_group *kernel"], Float[np.ndarray, " c_out"]]:
    r"""Tell input, weight and bias how the loss changes with each of their numbers.

    Every pixel has written to a patch; it reads the gradient there.
    To the input that is a convolution of the gradient, to the weight a correlation of gradient and input.

    .. math::
        \frac{\partial \ell}{\partial x_{c,i}} = \sum_{o,k} g_{o,\,si + dk - p}\, w_{c,o,k} \qquad
        \frac{\partial \ell}{\partial w_{c,o,k}} = \sum_i x_{c,i}\, g_{o,\,si + dk - p} \qquad
        \frac{\partial \ell}{\partial b_o} = \sum_j g_{o,j}

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`conv_transpose_loops`'s result.
        input: what was given to :func:`conv_transpose_loops`, and so are the arguments that follow.
        weight: channels of the input, channels that each writes to, then the kernel's size.
        stride: pixels of the output from one kernel to the next.
        padding: pixels cut off on each side.
        output_padding: pixels more at the end.
        groups: groups of channels in and out.
        dilation: pixels from one weight to the next.

    Returns:
        The gradients to input, weight and bias, each of the shape of what it belongs to.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or the padding cuts everything off.

    >>> signal, kernel = np.array([[1, 2]]), np.array([[[10, 1]]])
    >>> to_signal, to_kernel, to_bias = conv_transpose1d_backward(np.array([[0, 1, 0]]), signal, kernel)
    >>> to_signal, to_kernel, to_bias  # the middle alone counts: 1 wrote there through 1, and 2 through 10
    (array([[ 1., 10.]]), array([[[2., 1.]]]), array([1.]))
    """
    grad_output, input, weight = real("grad_output", grad_output), real("input", input), real("weight", weight)
    window, writes, batch, maps = fit_transpose(input, weight, stride, padding, output_padding, groups, dilation)
    if grad_output.shape != batch + maps:
        raise ValueError(f"grad_output has shape {grad_output.shape}; {batch + maps} is needed: the output's shape")

    padded, grad_input, grad_weight = window.pad(grad_output), np.zeros_like(input), np.zeros_like(weight)
    for image in np.ndindex(batch):
        for channel, *place in np.ndindex(input.shape[len(batch) :]):
            patch = padded[*image, writes[channel], *window.at(place)]
            grad_input[*image, channel, *place] = np.sum(weight[channel] * patch)
            grad_weight[channel] += input[*image, channel, *place] * patch
    grad_bias = np.sum(grad_output, axis=tuple({*range(grad_output.ndim)} - {len(batch)}))
    return grad_input, grad_weight, grad_bias


conv_transpose1d_loops = on_axes(1, conv_transpose_loops)
conv_transpose2d_loops = on_axes(2, conv_transpose_loops)
conv_transpose3d_loops = on_axes(3, conv_transpose_loops)
conv_transpose1d_backward = on_axes(1, conv_transpose_backward)
conv_transpose2d_backward = on_axes(2, conv_transpose_backward)
conv_transpose3d_backward = on_axes(3, conv_transpose_backward)


def fit_transpose(
    input: Float[np.ndarray, "..."],
    weight: Float[np.ndarray, "..."],
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: SupportsIndex,
    dilation: PerAxis,
) -> tuple[Window, list[slice], tuple[int, ...], tuple[int, ...]]:
    """Check that kernels and images belong together.

    Returns:
        The window that each pixel writes to; the channels of the output that each channel of the input writes to;
        the batch's shape, ``()`` for one image alone; and the shape of one image's maps.

    Raises:
        TypeError: a size is no integer.
        ValueError: shapes do not match, a number is out of range, or the padding cuts everything off.

    >>> image, kernels = np.zeros((4, 5)), np.zeros((4, 3, 2))
    >>> _, writes, batch, maps = fit_transpose(image, kernels, 1, 0, 0, groups=2, dilation=1)
    >>> writes
    [slice(0, 3, None), slice(0, 3, None), slice(3, 6, None), slice(3, 6, None)]
    >>> batch, maps
    ((), (6, 6))
    """
    axes = weight.ndim - 2
    if axes < 1 or 0 in weight.shape:
        raise ValueError(
            f"weight has shape {weight.shape}; channels in, channels out and a kernel are needed, none of them empty"
        )
    if input.ndim not in {weight.ndim - 1, weight.ndim}:
        raise ValueError(
            f"input has shape {input.shape}; for weight of shape {weight.shape} "
            f"it needs {weight.ndim} axes, or {weight.ndim - 1} for one image"
        )
    window = Window.of(weight.shape[2:], stride, per_axis("padding", padding, axes, least=0), dilation)
    added = per_axis("output_padding", output_padding, axes, least=0)
    groups, channels, written = whole_number("groups", groups, least=1), *weight.shape[:2]
    if channels % groups:
        raise ValueError(f"groups={groups} must divide the {channels} channels of the input that weight is made for")
    batch, size = input.shape[: -axes - 1], input.shape[-axes:]
    if input.shape[-axes - 1] != channels:
        raise ValueError(
            f"input of shape {input.shape} has not the {channels} channels that weight of shape {weight.shape} reads"
        )
    try:
        places = [transposed_output_size(*axis) for axis in zip(size, *window, added, strict=True)]
    except ValueError as error:
        raise ValueError(f"input of size {size}: {error}") from None
    starts = [channel // (channels // groups) * written for channel in range(channels)]
    return window, [slice(start, start + written) for start in starts], batch, (groups * written, *places)
