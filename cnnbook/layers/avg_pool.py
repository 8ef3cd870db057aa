r"""Average pooling as a layer: add up each window, then divide by what it holds.

Sums of ``float16`` and ``bfloat16`` are taken in ``float32`` and rounded once, as in :mod:`torch.nn`.
"""

import sys
from functools import reduce
from typing import Any, SupportsIndex

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from cnnbook.layers.checks import InputError, check_axes, check_floating, flag
from cnnbook.layers.pool import Pooling, Windows, layout, pad, widen
from cnnbook.shapes import PerAxis, per_axis, whole_number


class AvgPooling(Pooling):
    """What average poolings share, whatever their number of spatial axes."""

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation=1, ceil_mode=ceil_mode)
        self.count_include_pad = flag("count_include_pad", count_include_pad)
        if divisor_override is not None and not whole_number("divisor_override", divisor_override, least=-sys.maxsize):
            raise ValueError("divisor_override=0 must not be zero")
        self.divisor_override = divisor_override

    def pool(self, input: Num[Tensor, "..."]) -> Num[Tensor, "..."]:
        """Divide the sum of each window by the number of its pixels."""
        windows = self.windows(input)
        if not input.is_floating_point() and input.dtype != torch.int64:
            raise InputError(f"input is {input.dtype}; floating-point numbers or torch.int64 are needed")
        sums = pad(widen(input), windows)
        for axis in range(-1, -self.axes - 1, -1):
            sums = reduce(torch.add, windows[axis].slide(sums, axis))
        divisor = self.divisor_override or self.counts(windows, input.device)
        means = torch.div(sums, divisor, rounding_mode=None if input.is_floating_point() else "trunc")
        return means.to(input.dtype).contiguous(memory_format=layout(input))

    def counts(self, windows: list[Windows], device: torch.device) -> Int[Tensor, "*places"]:
        """Count the pixels of each window; what a window reads beyond the padding never counts."""
        counts = torch.ones((), dtype=torch.int64, device=device)
        for row in windows:
            margin = row.padding if self.count_include_pad else 0
            starts = row.starts(device)
            ends = (starts + row.kernel).clamp(max=row.pixels + margin)
            counts = counts.unsqueeze(-1) * (ends - starts.clamp(min=-margin))
        return counts

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(AvgPooling):
    """Average each window of a signal: as :class:`torch.nn.AvgPool1d`, written out.

    It does along one axis what :class:`AvgPool2d` does along two, and has the same arguments but the divisor's.
    Input has the axes ``n c length`` (one signal alone: ``c length``), output ``n c places``.

    >>> AvgPool1d(kernel_size=2)(torch.tensor([[1.0, 4.0, 3.0, 2.0]]))
    tensor([[2.5000, 2.5000]])
    """

    axes = 1

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        (settings,) = self.settings()
        self.kernel_size, self.stride, self.padding, _ = [(setting,) for setting in settings]

    def forward(self, input: Num[Tensor, "*n c length"]) -> Num[Tensor, "*n c places"]:
        """Return the mean of each window."""
        return self.pool(input)


class AvgPool2d(AvgPooling):
    r"""Average each window of an image: as :class:`torch.nn.AvgPool2d`, written out.

    .. math:: y_{n,c,i,j} = \frac{1}{k_h k_w} \sum_{k,l} x_{n,c,\;si + k - p,\;sj + l - p}

    Input has the axes ``n c h w`` (one image alone: ``c h w``), output ``n c oh ow``.
    Padding is zero, and counts as pixels unless you say otherwise.

    Args:
        kernel_size: rows and columns of a window; one number, or one for each axis, as with the next two.
        stride: pixels from one window to the next; the window's own size where it is not given.
        padding: pixels added on each side, at most half a window.
        ceil_mode: whether a last window that reaches beyond the padding counts; it must not start there.
        count_include_pad: whether padding counts in the denominator; what lies beyond the padding never does.
        divisor_override: what to divide by instead.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or no window fits the input; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 3.

    >>> image = torch.tensor([[[1.0, 5.0, 0.0, 2.0], [3.0, 2.0, 7.0, 7.0]]])
    >>> AvgPool2d(kernel_size=2)(image)
    tensor([[[2.7500, 4.0000]]])
    >>> AvgPool2d(kernel_size=2, divisor_override=1)(image)  # sums
    tensor([[[11., 16.]]])
    """

    axes = 2

    def forward(self, input: Num[Tensor, "*n c h w"]) -> Num[Tensor, "*n c oh ow"]:
        """Return the mean of each window."""
        return self.pool(input)


class AvgPool3d(AvgPooling):
    """Average each window of a volume: as :class:`torch.nn.AvgPool3d`, written out.

    It does along three axes what :class:`AvgPool2d` does along two, and has the same arguments.
    Input has the axes ``n c depth h w`` (one volume alone: ``c depth h w``), output ``n c od oh ow``.
    As in :mod:`torch.nn`, a window must not be larger than the volume, whatever the padding.

    >>> AvgPool3d(kernel_size=2)(torch.arange(8.0).view(1, 2, 2, 2))
    tensor([[[[3.5000]]]])
    """

    axes = 3

    def forward(self, input: Num[Tensor, "*n c depth h w"]) -> Num[Tensor, "*n c od oh ow"]:
        """Return the mean of each window."""
        return self.pool(input)

    def windows(self, input: Num[Tensor, "..."]) -> list[Windows]:
        """Lay windows along each axis of the input, or refuse it and say why."""
        windows = super().windows(input)
        if any(row.kernel > row.pixels for row in windows):
            raise InputError(f"input of shape {tuple(input.shape)} is smaller than kernel_size={self.kernel_size}")
        return windows


class AdaptiveAvgPool2d(nn.Module):
    r"""Average an image down to so many rows and columns: as :class:`torch.nn.AdaptiveAvgPool2d`, written out.

    Bin :math:`i` of :math:`o` on an axis of :math:`n` pixels reaches from
    :math:`\lfloor in/o \rfloor` to :math:`\lceil (i + 1)n/o \rceil`, the end excluded.
    Where :math:`o` does not divide :math:`n`, neighbouring bins share a pixel; where it is larger, they repeat pixels.
    Input has the axes ``n c h w`` (one image alone: ``c h w``), output ``n c oh ow``.

    Args:
        output_size: rows and columns of the output: one number, or one for each axis; ``None`` leaves an axis as it is.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is negative, or the input has no pixels; the latter is a :class:`RuntimeError` too.

    References:
        He, Zhang, Ren & Sun (2014), *Spatial pyramid pooling in deep convolutional networks*, section 2.3.

    >>> AdaptiveAvgPool2d(1)(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]))  # global average pooling
    tensor([[[3.]]])
    >>> AdaptiveAvgPool2d((None, 2))(torch.tensor([[[1.0, 2.0, 6.0]]]))  # 1 and 2, then 2 and 6
    tensor([[[1.5000, 4.0000]]])
    """

    def __init__(
        self, output_size: SupportsIndex | tuple[SupportsIndex | None, ...] | list[SupportsIndex | None] | None
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.bins((1, 1))  # refuses what is no size

    def bins(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Count the rows and columns of the output for an input of a given size."""
        wanted: Any = self.output_size
        if isinstance(wanted, tuple | list) and len(wanted) == len(size):
            wanted = [pixels if bins is None else bins for bins, pixels in zip(wanted, size, strict=True)]
        return per_axis("output_size", wanted, len(size), least=0)

    def forward(self, input: Float[Tensor, "*n c h w"]) -> Float[Tensor, "*n c oh ow"]:
        """Return the mean of each bin."""
        check_axes(input, axes=2)
        rows, columns = input.shape[-2:]
        if not rows or not columns:
            raise InputError(f"input has shape {tuple(input.shape)}; rows and columns are needed to average")
        check_floating(input)
        means = widen(input)
        for axis, bins in zip((-1, -2), reversed(self.bins((rows, columns))), strict=True):
            means = average(means, axis, bins)
        return means.to(input.dtype).contiguous(memory_format=layout(input))

    def extra_repr(self) -> str:
        """Show the size of the output."""
        return f"output_size={self.output_size}"


def average(images: Float[Tensor, "..."], axis: int, bins: int) -> Float[Tensor, "..."]:
    """Average one axis down to so many bins.

    >>> average(torch.tensor([1.0, 2.0, 6.0]), axis=-1, bins=2)
    tensor([1.5000, 4.0000])
    """
    pixels = images.shape[axis]
    edges = [(i * pixels // bins, -(-(i + 1) * pixels // bins)) for i in range(bins)]
    means = [images.narrow(axis, start, end - start).mean(axis) for start, end in edges]
    return torch.stack(means, axis) if means else images.narrow(axis, 0, 0)
