"""Which relationship of Dumoulin and Visin's guide says how large the output is."""

from typing import SupportsIndex

from cnnbook.shapes.checks import whole_number


def conv_relationship(
    kernel: SupportsIndex, stride: SupportsIndex = 1, padding: SupportsIndex = 0, dilation: SupportsIndex = 1
) -> int:
    """Find the number of the guide's narrowest relationship that holds for a convolution.

    Args:
        kernel: weights in the row.
        stride: pixels from one place to the next.
        padding: pixels on each side.
        dilation: pixels from one weight to the next.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapters 2 and 5.

    >>> conv_relationship(kernel=3), conv_relationship(kernel=3, padding=1), conv_relationship(kernel=3, padding=2)
    (1, 3, 4)
    """
    kernel = whole_number("kernel", kernel, least=1)
    stride = whole_number("stride", stride, least=1)
    padding = whole_number("padding", padding, least=0)
    if whole_number("dilation", dilation, least=1) > 1:
        return 15
    if stride > 1:
        return 6 if padding else 5
    return _unit_stride(kernel, padding, first=1)


def transposed_relationship(
    kernel: SupportsIndex,
    stride: SupportsIndex = 1,
    padding: SupportsIndex = 0,
    dilation: SupportsIndex = 1,
    output_padding: SupportsIndex = 0,
) -> int | None:
    """Find the number of the guide's narrowest relationship that holds for a transposed convolution.

    The guide has none for a dilated one, nor for one that cuts off as many pixels as its kernel has or more.

    Args:
        kernel: weights in the row.
        stride: pixels of the output from one copy of the kernel to the next.
        padding: pixels that are cut off on each side.
        dilation: pixels from one weight to the next.
        output_padding: pixels that are added at the end.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.

    >>> transposed_relationship(kernel=3), transposed_relationship(kernel=3, stride=2, padding=1, output_padding=1)
    (8, 14)
    """
    kernel = whole_number("kernel", kernel, least=1)
    stride = whole_number("stride", stride, least=1)
    padding = whole_number("padding", padding, least=0)
    added = whole_number("output_padding", output_padding, least=0)
    if whole_number("dilation", dilation, least=1) > 1 or padding >= kernel:
        return None
    if stride > 1:
        return 14 if added else 13 if padding else 12
    return _unit_stride(kernel, padding, first=8)


def _unit_stride(kernel: int, padding: int, first: int) -> int:
    """Count from no padding over any and half to full padding; both chapters have them in this order."""
    if padding == 0:
        return first
    if 2 * padding + 1 == kernel:
        return first + 2
    return first + 3 if padding == kernel - 1 else first + 1
