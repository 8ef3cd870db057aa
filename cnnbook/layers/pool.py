r"""What pooling layers share: windows that slide along one axis at a time.

The greatest number of a rectangle is the greatest of its rows' greatest, and its sum is the sum of its rows' sums.
So :math:`k + k` steps pool what a window of :math:`k \times k` pixels holds, not :math:`k \cdot k`.
"""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Int, Shaped
from torch import Tensor, nn
from torch.nn import functional

from cnnbook.layers.checks import InputError, check_axes, check_filled, flag
from cnnbook.shapes import PerAxis, per_axis, pool_output_size


class Windows(NamedTuple):
    """The windows along one axis: how many pixels it has, the four settings, and how many windows that gives."""

    pixels: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    places: int

    @property
    def sides(self) -> tuple[int, int]:
        """Pixels added before and after; rounding up may let the last window reach beyond the padding.

        >>> Windows(pixels=5, kernel=2, stride=2, padding=0, dilation=1, places=3).sides
        (0, 1)
        """
        end = (self.places - 1) * self.stride + self.dilation * (self.kernel - 1) + 1
        return self.padding, max(0, end - self.padding - self.pixels)

    def starts(self, device: torch.device | None = None) -> Int[Tensor, " places"]:
        """Return where each window starts; in the padding before the first pixel that is below zero.

        >>> Windows(pixels=4, kernel=3, stride=2, padding=1, dilation=1, places=2).starts()
        tensor([-1,  1])
        """
        return torch.arange(self.places, device=device) * self.stride - self.padding

    def firsts(self, device: torch.device | None = None) -> Int[Tensor, " places"]:
        """Return the first pixel of each window that is not in the padding before the image.

        >>> Windows(pixels=4, kernel=3, stride=2, padding=1, dilation=3, places=1).firsts()
        tensor([2])
        """
        starts = self.starts(device)
        return torch.maximum(starts, starts % self.dilation)

    def slide(self, padded: Shaped[Tensor, "..."], axis: int) -> Iterator[Shaped[Tensor, "..."]]:
        """Give the first pixel of all windows along an axis, then the second of all windows, and so on.

        Args:
            padded: what the windows slide over, with :attr:`sides` added.
            axis: the axis along which they slide.

        >>> windows = Windows(pixels=5, kernel=2, stride=2, padding=0, dilation=1, places=2)
        >>> [pixel.tolist() for pixel in windows.slide(torch.tensor([1, 2, 3, 4, 5]), axis=-1)]
        [[1, 3], [2, 4]]
        """
        for first in range(0, self.kernel * self.dilation, self.dilation):
            last = first + (self.places - 1) * self.stride
            yield padded.movedim(axis, -1)[..., first : last + 1 : self.stride].movedim(-1, axis)


class Pooling(nn.Module):
    """What pooling layers share, whatever they keep of a window and however many axes it has."""

    axes: ClassVar[int]

    def __init__(
        self, kernel_size: PerAxis, stride: PerAxis | None, padding: PerAxis, dilation: PerAxis, ceil_mode: bool
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.ceil_mode = flag("ceil_mode", ceil_mode)
        for kernel, _, pixels, _ in self.settings():
            if 2 * pixels > kernel:
                raise ValueError(f"padding={padding} must be at most half of kernel_size={kernel_size}")

    def settings(self) -> list[tuple[int, int, int, int]]:
        """Return kernel size, stride, padding and dilation for each axis."""
        least = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}
        spread = [per_axis(name, getattr(self, name), self.axes, least[name]) for name in least]
        return list(zip(*spread, strict=True))

    def windows(self, input: Shaped[Tensor, "..."]) -> list[Windows]:
        """Lay windows along each axis of the input, or refuse it and say why."""
        check_axes(input, self.axes)
        check_filled(input, self.axes)
        windows = []
        try:
            for pixels, settings in zip(input.shape[-self.axes :], self.settings(), strict=True):
                places = pool_output_size(pixels, *settings, self.ceil_mode)
                windows.append(Windows(pixels, *settings, places))
        except ValueError as error:
            raise InputError(f"input of shape {tuple(input.shape)}: {error}") from None
        return windows


def pad(images: Shaped[Tensor, "..."], windows: list[Windows], value: float = 0) -> Shaped[Tensor, "..."]:
    """Surround images with what the windows read beyond them.

    >>> pad(torch.tensor([1.0, 2.0]), [Windows(pixels=2, kernel=3, stride=1, padding=1, dilation=1, places=2)])
    tensor([0., 1., 2., 0.])
    """
    last_axis_first = [pixels for row in reversed(windows) for pixels in row.sides]
    return functional.pad(images, last_axis_first, value=value) if any(last_axis_first) else images


def widen(images: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Convert half precision to ``float32``, so that sums neither overflow nor lose what is small.

    >>> widen(torch.zeros(1, dtype=torch.float16)).dtype
    torch.float32
    """
    return images.float() if images.dtype in {torch.float16, torch.bfloat16} else images


def layout(images: Shaped[Tensor, "..."]) -> torch.memory_format:
    """Return the order in which the images lie in memory, if what comes next may count on it.

    >>> layout(torch.zeros(2, 3, 4, 4).to(memory_format=torch.channels_last))
    torch.channels_last
    """
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    last = formats.get(images.ndim)
    if last is not None and not images.is_contiguous() and images.is_contiguous(memory_format=last):
        return last
    return torch.contiguous_format
