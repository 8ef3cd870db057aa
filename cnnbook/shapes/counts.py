"""How many numbers a layer learns, and how many multiplications it takes to use them.

A multiply-add is one product and its addition to a sum; two floating-point operations, as some tables count.
A bias is added without a product and does not count; nor does an activation.
"""

from fractions import Fraction
from math import prod
from typing import SupportsIndex

from cnnbook.shapes.checks import PerAxis, channels_in_groups, per_axis, whole_number


def conv_parameters(
    in_channels: SupportsIndex,
    out_channels: SupportsIndex,
    kernel_size: PerAxis,
    *,
    groups: SupportsIndex = 1,
    bias: bool = True,
) -> int:
    r"""Count the weights and biases of a convolutional layer; the image's size does not enter.

    .. math:: C_{out} \left( \frac{C_{in}}{g} \prod_a k_a + 1 \right)

    Args:
        in_channels: channels of the input, :math:`C_{in}`.
        out_channels: filters, :math:`C_{out}`.
        kernel_size: one number for each axis: ``3`` or ``(3,)`` on signals, ``(3, 3)`` on images.
        groups: :math:`g`; each filter reads the channels of its own group only.
        bias: whether each filter adds a number of its own.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, or the groups do not divide the channels.

    >>> conv_parameters(3, 2, (5, 5), bias=False)  # two filters of 75 weights
    150
    >>> conv_parameters(1, 15, 3)
    60
    """
    weights = prod(per_axis("kernel_size", kernel_size, _axes(kernel_size), least=1))
    channels, filters = channels_in_groups(in_channels, out_channels, groups)
    return filters * (channels * weights + bool(bias))


def linear_parameters(in_features: SupportsIndex, out_features: SupportsIndex, *, bias: bool = True) -> int:
    r"""Count the weights and biases of a fully connected layer: every output reads every input.

    .. math:: D_{out} (D_{in} + 1)

    Args:
        in_features: numbers that go in, :math:`D_{in}`.
        out_features: numbers that come out, :math:`D_{out}`.
        bias: whether each output adds a number of its own.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1.

    >>> linear_parameters(6, 6, bias=False)
    36
    >>> linear_parameters(60, 10)
    610
    """
    inputs = whole_number("in_features", in_features, least=1)
    return whole_number("out_features", out_features, least=1) * (inputs + bool(bias))


def depthwise_separable_parameters(
    in_channels: SupportsIndex, out_channels: SupportsIndex, kernel_size: PerAxis, *, bias: bool = True
) -> int:
    r"""Count the weights and biases of a depthwise convolution and the pointwise one that follows it.

    .. math:: C_{in} \left( \prod_a k_a + 1 \right) + C_{out} (C_{in} + 1)

    Args:
        in_channels: channels of the input, :math:`C_{in}`; each has a kernel of its own.
        out_channels: weighted sums of the results, :math:`C_{out}`.
        kernel_size: one number for each axis: ``3`` or ``(3,)`` on signals, ``(3, 3)`` on images.
        bias: whether both add a number of their own to each channel.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1.

    >>> depthwise_separable_parameters(3, 64, (3, 3), bias=False)  # 27 + 192, instead of 1728
    219
    """
    channels = whole_number("in_channels", in_channels, least=1)
    depthwise = conv_parameters(channels, channels, kernel_size, groups=channels, bias=bias)
    return depthwise + conv_parameters(channels, out_channels, 1, bias=bias)


def conv_multiply_adds(
    in_channels: SupportsIndex,
    out_channels: SupportsIndex,
    kernel_size: PerAxis,
    output_size: PerAxis,
    *,
    groups: SupportsIndex = 1,
) -> int:
    r"""Count the multiply-adds of a convolution on one image: one for each weight and each place.

    .. math:: C_{out} \frac{C_{in}}{g} \prod_a k_a \prod_a o_a

    A place is a pixel of the output.
    The zeros of the padding are multiplied like any other pixel.

    Args:
        in_channels: channels of the input, :math:`C_{in}`.
        out_channels: filters, :math:`C_{out}`.
        kernel_size: one number for all axes, or one for each.
        output_size: pixels of the output along each axis, :math:`o_a`; one number where there is one axis.
        groups: :math:`g`; each filter reads the channels of its own group only.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, the axes do not agree, or the groups do not divide the channels.

    >>> conv_multiply_adds(1, 1, 3, output_size=6)
    18
    >>> conv_multiply_adds(3, 64, 3, output_size=(224, 224))  # the first layer of VGG-16
    86704128
    """
    axes = _axes(kernel_size, output_size)
    weights = prod(per_axis("kernel_size", kernel_size, axes, least=1))
    places = prod(per_axis("output_size", output_size, axes, least=1))
    channels, filters = channels_in_groups(in_channels, out_channels, groups)
    return filters * channels * weights * places


def conv_transpose_multiply_adds(
    in_channels: SupportsIndex,
    out_channels: SupportsIndex,
    kernel_size: PerAxis,
    input_size: PerAxis,
    *,
    groups: SupportsIndex = 1,
) -> int:
    r"""Count the multiply-adds of a transposed convolution: one for each weight and each pixel of the *input*.

    .. math:: C_{in} \frac{C_{out}}{g} \prod_a k_a \prod_a n_a

    Each pixel is multiplied with the whole kernel, also with those weights that fall into the padding and are cut off.

    Args:
        in_channels: channels of the input, :math:`C_{in}`.
        out_channels: channels of the output, :math:`C_{out}`.
        kernel_size: one number for all axes, or one for each.
        input_size: pixels of the input along each axis, :math:`n_a`; one number where there is one axis.
        groups: :math:`g`.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, the axes do not agree, or the groups do not divide the channels.

    >>> conv_transpose_multiply_adds(1, 1, (2, 2), input_size=(2, 2))
    16
    """
    places = per_axis("input_size", input_size, _axes(kernel_size, input_size), least=1)
    return conv_multiply_adds(in_channels, out_channels, kernel_size, places, groups=groups)


def linear_multiply_adds(in_features: SupportsIndex, out_features: SupportsIndex) -> int:
    r"""Count the multiply-adds of a fully connected layer: as many as it has weights.

    .. math:: D_{out} D_{in}

    Args:
        in_features: numbers that go in, :math:`D_{in}`.
        out_features: numbers that come out, :math:`D_{out}`.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1.

    >>> linear_multiply_adds(60, 10)
    600
    """
    return linear_parameters(in_features, out_features, bias=False)


def depthwise_separable_multiply_adds(
    in_channels: SupportsIndex, out_channels: SupportsIndex, kernel_size: PerAxis, output_size: PerAxis
) -> int:
    r"""Count the multiply-adds of a depthwise convolution and the pointwise one that follows it, on one image.

    .. math:: C_{in} \left( \prod_a k_a + C_{out} \right) \prod_a o_a

    A stride belongs to the depthwise part, so both parts have the same places.

    Args:
        in_channels: channels of the input, :math:`C_{in}`.
        out_channels: channels of the output, :math:`C_{out}`.
        kernel_size: one number for all axes, or one for each.
        output_size: pixels of the output along each axis, :math:`o_a`; one number where there is one axis.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, or the axes do not agree.

    >>> depthwise_separable_multiply_adds(3, 64, (3, 3), output_size=(10, 10))
    21900
    """
    channels = whole_number("in_channels", in_channels, least=1)
    depthwise = conv_multiply_adds(channels, channels, kernel_size, output_size, groups=channels)
    return depthwise + conv_multiply_adds(channels, out_channels, 1, output_size)


def depthwise_separable_cost_ratio(out_channels: SupportsIndex, kernel_size: PerAxis) -> Fraction:
    r"""Divide the cost of a depthwise separable convolution by that of the full one, weights or multiply-adds alike.

    .. math:: \frac{1}{C_{out}} + \frac{1}{\prod_a k_a}

    With many channels it comes near one weight of the kernel: a ninth for 3×3.
    Biases do not count.

    Args:
        out_channels: channels of the output, :math:`C_{out}`.
        kernel_size: one number for each axis: ``3`` or ``(3,)`` on signals, ``(3, 3)`` on images.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1.

    References:
        Howard et al. (2017), *MobileNets*, section 3.1.

    >>> depthwise_separable_cost_ratio(64, (3, 3))  # 1/64 + 1/9
    Fraction(73, 576)
    """
    weights = prod(per_axis("kernel_size", kernel_size, _axes(kernel_size), least=1))
    return Fraction(1, whole_number("out_channels", out_channels, least=1)) + Fraction(1, weights)


def _axes(*sizes: PerAxis) -> int:
    """Count the axes on which sizes are given: a plain number is one axis, or stands for all that another has."""
    return max([1, *(len(size) for size in sizes if isinstance(size, tuple | list))])
