"""Borders that networks with a stride need: rows and columns added before, and cut off after."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn


def pad_to_multiple(images: Float[Tensor, "n c h w"], multiple: int) -> Float[Tensor, "n c oh ow"]:
    """Add zeros below and to the right, until ``multiple`` divides rows and columns.

    Nothing is added on top and on the left, so each pixel keeps its row and its column.

    >>> pad_to_multiple(torch.ones(1, 1, 2, 3), multiple=2)[0, 0]
    tensor([[1., 1., 1., 0.],
            [1., 1., 1., 0.]])
    """
    rows, columns = images.shape[2:]
    if rows % multiple == columns % multiple == 0:
        return images
    return nn.functional.pad(images, (0, -columns % multiple, 0, -rows % multiple))


def crop(maps: Float[Tensor, "n c h w"], size: Sequence[int], offset: int = 0) -> Float[Tensor, "n c oh ow"]:
    """Keep so many rows and columns, from the one numbered ``offset`` on.

    >>> crop(torch.arange(9.0).view(1, 1, 3, 3), size=(1, 2), offset=1)[0, 0]
    tensor([[4., 5.]])
    """
    rows, columns = size
    return maps[..., offset : offset + rows, offset : offset + columns]


def crop_centre(maps: Float[Tensor, "n c h w"], size: Sequence[int]) -> Float[Tensor, "n c oh ow"]:
    """Keep so many rows and columns in the middle; what is left over is one pixel more below and to the right.

    >>> crop_centre(torch.arange(12.0).view(1, 1, 3, 4), size=(1, 2))[0, 0]
    tensor([[5., 6.]])
    """
    rows, columns = size
    top, left = (maps.shape[2] - rows) // 2, (maps.shape[3] - columns) // 2
    return maps[..., top : top + rows, left : left + columns]
