"""How many numbers a layer learns."""

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
    axes = max(1, len(kernel_size)) if isinstance(kernel_size, tuple | list) else 1
    weights = prod(per_axis("kernel_size", kernel_size, axes, least=1))
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
