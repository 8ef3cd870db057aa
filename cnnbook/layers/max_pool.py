"""Max pooling as a layer: find where each window is greatest, then read there.

The gradient goes back the same way: to the pixel that was read, and to no other.
"""

from functools import reduce
from itertools import islice

import torch
from jaxtyping import Bool, Int, Num
from torch import Tensor

from cnnbook.layers.checks import InputError
from cnnbook.layers.pool import Pooling, Windows, layout, pad, widen
from cnnbook.shapes import PerAxis


class MaxPooling(Pooling):
    """What max poolings share, whatever their number of spatial axes."""

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        dilation: PerAxis = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)
        self.return_indices = return_indices

    def pool(self, input: Num[Tensor, "..."]) -> Num[Tensor, "..."] | tuple[Num[Tensor, "..."], Int[Tensor, "..."]]:
        """Keep the greatest number of each window; tell its index, too, if that was asked for."""
        windows = self.windows(input)
        if input.dtype == torch.bool or input.is_complex():
            raise InputError(f"input is {input.dtype}; real numbers are needed, for they have an order")
        indices = greatest(input.detach(), windows)
        places = indices.shape[-self.axes :]
        pixels, read = widen(input).flatten(-self.axes), indices.flatten(-self.axes)  # so that gradients add up widely
        if any(row.dilation > row.pixels for row in windows):  # windows may step over the whole image
            nothing = no_pixel(windows, input.device).flatten()
            output = pixels.gather(-1, read.masked_fill(nothing, 0)).masked_fill(nothing, lowest(input.dtype))
        else:
            output = pixels.gather(-1, read)
        output = torch.unflatten(output, -1, places).to(input.dtype).contiguous(memory_format=layout(input))
        return (output, indices.contiguous(memory_format=layout(input))) if self.return_indices else output

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        names = ["kernel_size", "stride", "padding", "dilation", "ceil_mode"]
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class MaxPool1d(MaxPooling):
    """Keep the greatest number of each window of a signal: as :class:`torch.nn.MaxPool1d`, written out.

    It does along one axis what :class:`MaxPool2d` does along two, and has the same arguments.
    Input has the axes ``n c length`` (one signal alone: ``c length``), output ``n c places``.

    >>> MaxPool1d(kernel_size=2)(torch.tensor([[1.0, 4.0, 3.0, 2.0]]))
    tensor([[4., 3.]])
    """

    axes = 1

    def forward(
        self, input: Num[Tensor, "*n c length"]
    ) -> Num[Tensor, "*n c places"] | tuple[Num[Tensor, "*n c places"], Int[Tensor, "*n c places"]]:
        """Return the greatest number of each window, and its index if that was asked for."""
        return self.pool(input)


class MaxPool2d(MaxPooling):
    r"""Keep the greatest number of each window of an image: as :class:`torch.nn.MaxPool2d`, written out.

    .. math:: y_{n,c,i,j} = \max_{k,l} x_{n,c,\;si + dk - p,\;sj + dl - p}

    Input has the axes ``n c h w`` (one image alone: ``c h w``), output ``n c oh ow``.
    Padding never wins: it counts as :math:`-\infty`.
    Where numbers are equal, the first is kept and has the whole gradient.

    Args:
        kernel_size: rows and columns of a window; one number, or one for each axis, as with the next three.
        stride: pixels from one window to the next; the window's own size where it is not given.
        padding: pixels added on each side, at most half a window.
        dilation: pixels of the image from one pixel of the window to the next.
        return_indices: whether to say as well where each greatest number was, for
            :class:`~cnnbook.layers.max_unpool.MaxUnpool2d`; an image's pixels are counted from zero, row by row.
        ceil_mode: whether a last window that reaches beyond the padding counts; it must not start there.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or no window fits the input; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 3.

    >>> image = torch.tensor([[[1.0, 5.0, 0.0, 2.0], [3.0, 2.0, 7.0, 7.0]]])
    >>> greatest, where = MaxPool2d(kernel_size=2, return_indices=True)(image)
    >>> greatest.tolist(), where.tolist()
    ([[[5.0, 7.0]]], [[[1, 6]]])
    """

    axes = 2

    def forward(
        self, input: Num[Tensor, "*n c h w"]
    ) -> Num[Tensor, "*n c oh ow"] | tuple[Num[Tensor, "*n c oh ow"], Int[Tensor, "*n c oh ow"]]:
        """Return the greatest number of each window, and its index if that was asked for."""
        return self.pool(input)


class MaxPool3d(MaxPooling):
    """Keep the greatest number of each window of a volume: as :class:`torch.nn.MaxPool3d`, written out.

    It does along three axes what :class:`MaxPool2d` does along two, and has the same arguments.
    Input has the axes ``n c depth h w`` (one volume alone: ``c depth h w``), output ``n c od oh ow``.

    >>> MaxPool3d(kernel_size=2)(torch.arange(8.0).view(1, 2, 2, 2))
    tensor([[[[7.]]]])
    """

    axes = 3

    def forward(
        self, input: Num[Tensor, "*n c depth h w"]
    ) -> Num[Tensor, "*n c od oh ow"] | tuple[Num[Tensor, "*n c od oh ow"], Int[Tensor, "*n c od oh ow"]]:
        """Return the greatest number of each window, and its index if that was asked for."""
        return self.pool(input)


def greatest(images: Num[Tensor, "..."], windows: list[Windows]) -> Int[Tensor, "..."]:
    """Tell which pixel of each window is greatest; an image's pixels are counted from zero, row by row.

    Of equal numbers the first is taken.
    What is not a number counts as greater than any, and the last of them is taken, as in :mod:`torch.nn`.

    >>> windows = Windows(pixels=4, kernel=2, stride=2, padding=0, dilation=1, places=2)
    >>> greatest(torch.tensor([[1.0, 3.0, 3.0, 2.0]]), [windows])
    tensor([[1, 2]])
    """
    device = images.device
    index = torch.zeros((), dtype=torch.int64, device=device)
    for row in windows:
        before, after = row.sides
        index = index.unsqueeze(-1) * row.pixels + torch.arange(-before, row.pixels + after, device=device)
    images = pad(images, windows, lowest(images.dtype))

    for axis in range(-1, -len(windows) - 1, -1):
        row = windows[axis]
        first = row.firsts(device) + row.padding  # where all are -inf, it is not the padding that wins
        best, at = images.index_select(axis, first), index.index_select(axis, first)
        for pixel, its_index in islice(zip(row.slide(images, axis), row.slide(index, axis), strict=True), 1, None):
            better = (pixel > best) | pixel.isnan()
            best, at = torch.where(better, pixel, best), torch.where(better, its_index, at)
        images, index = best, at
    return index.expand(images.shape)


def no_pixel(windows: list[Windows], device: torch.device) -> Bool[Tensor, "*places"]:
    """Tell which windows lie beside the image along any axis."""
    beside = [row.firsts(device) >= row.pixels for row in windows]
    return reduce(lambda so_far, row: so_far.unsqueeze(-1) | row, beside)


def lowest(dtype: torch.dtype) -> float:
    """Return the number below all others of a type.

    >>> lowest(torch.float16), lowest(torch.uint8)
    (-inf, 0.0)
    """
    return float("-inf") if dtype.is_floating_point else float(torch.iinfo(dtype).min)
