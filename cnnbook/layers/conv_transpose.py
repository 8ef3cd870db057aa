r"""Transposed convolution as a layer: one matrix product for each row of the kernel, laid down where it belongs.

A convolution reads pixels; its transpose writes to them, along the same ways.
Every pixel lays the whole kernel down, times its own value, and where kernels overlap they add up.
So :class:`ConvTranspose2d` does what :class:`~cnnbook.layers.conv.Conv2d` does, in opposite order.
First come the products with each row of the kernel, added row upon row.
Then the columns, which lie beside each other as if they were channels, are added (:meth:`torch.Tensor.index_add_`).

:class:`ConvTranspose1d`, :class:`ConvTranspose2d` and :class:`ConvTranspose3d` take the places of their namesakes
in :mod:`torch.nn`: the same arguments, first weights, ``state_dict`` and answers.
"""

from collections.abc import Iterable, Sequence
from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor

from cnnbook.layers.checks import InputError, check_axes, check_channels, check_same_kind
from cnnbook.layers.filters import Filters
from cnnbook.shapes import PerAxis, per_axis, transposed_output_size


class TransposedConvolution(Filters):
    """What transposed convolutions share, whatever their number of spatial axes."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis = 0,
        output_padding: PerAxis = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: PerAxis = 1,
        padding_mode: str = "zeros",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f"padding_mode={padding_mode!r} must be 'zeros': padding cuts off, and adds nothing")
        padding = per_axis("padding", padding, self.axes, least=0)  # "same" and "valid" are for convolutions
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device=device, dtype=dtype
        )
        self.output_padding = per_axis("output_padding", output_padding, self.axes, least=0)

    def spread(self, input: Float[Tensor, "..."], output_size: Sequence[int] | None) -> Float[Tensor, "..."]:
        """Lay down every pixel's kernels, and cut the edge off."""
        check_axes(input, self.axes)
        check_channels(input, self.axes, self.weight.shape[0])
        check_same_kind(input, self.weight)
        sizes = self.sizes(input, output_size)
        return self.compute(input, lambda images, weight: self.row_by_row(images, weight, sizes))

    def row_by_row(
        self,
        images: Float[Tensor, "n c_in *size"],
        weight: Float[Tensor, "c_in c_out_per_group *kernel"],
        sizes: Sequence[int],
    ) -> Float[Tensor, "n c_out *places"]:
        """Take one matrix product for each row of the kernel, pixels times weights, and add up what overlaps.

        Of several axes, the first is that of the rows.
        """
        pixels = torch.unflatten(images, 1, (self.groups, -1))
        pixels = pixels.movedim((1, 3, 0, 2), (0, 1, 2, -1))  # groups rows n *others channels
        places, pixels = pixels.shape[1:-1], pixels.flatten(1, -2)
        filters = torch.unflatten(weight, 0, (self.groups, -1)).movedim((3, 2), (0, -1)).flatten(3)

        products = (torch.unflatten(pixels @ part, 1, places) for part in filters)
        maps = self.lay_down(products, 0, sizes[0])  # groups rows n *others (columns maps)
        for axis in range(1, self.axes):
            columns = torch.unflatten(maps, -1, (self.kernel_size[axis], -1))
            maps = self.lay_down(columns.unbind(-2), axis, sizes[axis])
        maps = maps + self.first_sum(images.dtype)[(slice(None), *[None] * (self.axes + 1))]
        return maps.movedim((2, 0, -1), (0, 1, 2)).flatten(1, 2)

    def lay_down(self, products: Iterable[Float[Tensor, "..."]], axis: int, size: int) -> Float[Tensor, "..."]:
        """Add up along an axis the products of all pixels with each weight, where that weight comes to lie."""
        slide, dim = self.slides()[axis], axis + 2 if axis else 1
        for tap, values in enumerate(products):
            if tap == 0:
                exact = torch.promote_types(values.dtype, torch.float32)
                whole = slide.before + size + slide.after
                sums = values.new_zeros(*values.shape[:dim], whole, *values.shape[dim + 1 :], dtype=exact)
            writes = torch.arange(values.shape[dim], device=values.device) * slide.stride + tap * slide.dilation
            sums.index_add_(dim, writes, values.to(sums.dtype))
        return sums.narrow(dim, slide.before, size)

    def sizes(self, input: Float[Tensor, "..."], output_size: Sequence[int] | None) -> list[int]:
        """Find the size of the output, and refuse what cannot be."""
        pixels = input.shape[-self.axes :]
        least = [
            (n - 1) * slide.stride + slide.reach - slide.before - slide.after
            for n, slide in zip(pixels, self.slides(), strict=True)
        ]
        added = self.output_padding if output_size is None else self.missing(input, least, output_size)
        empty_batch = input.ndim == self.axes + 2 and input.shape[0] == 0
        for n, slide, size, more in zip(pixels, self.slides(), least, added, strict=True):
            too_small = size + more < 0 or (not empty_batch and (n == 0 or size + more == 0))
            if too_small or more >= max(slide.stride, slide.dilation):
                try:
                    transposed_output_size(n, slide.kernel, slide.stride, slide.before, slide.dilation, more)
                except ValueError as error:
                    raise InputError(f"input of shape {tuple(input.shape)}: {error}") from None
        return [size + more for size, more in zip(least, added, strict=True)]

    def missing(self, input: Float[Tensor, "..."], least: Sequence[int], output_size: Sequence[int]) -> list[int]:
        """Count the pixels that the wanted output has more than the smallest that the stride could have come from."""
        if not isinstance(output_size, Sequence):
            raise TypeError(f"output_size={output_size!r} must be a list or tuple, not {type(output_size).__name__}")
        size = tuple(output_size)[-self.axes :] if len(output_size) == input.ndim else tuple(output_size)
        if len(size) != self.axes:
            raise InputError(
                f"output_size={tuple(output_size)} has length {len(size)}; "
                f"{self.axes} numbers are needed, or {input.ndim} as in the shape of the input"
            )
        if not all(isinstance(wanted, SupportsIndex) and not isinstance(wanted, bool) for wanted in size):
            raise TypeError(f"output_size={size} must hold whole numbers")
        added = [wanted - smallest for wanted, smallest in zip(size, least, strict=True)]
        if not all(0 <= more < stride for more, stride in zip(added, self.stride, strict=True)):
            most = tuple(smallest + stride - 1 for smallest, stride in zip(least, self.stride, strict=True))
            raise InputError(
                f"output_size={size} must lie between {tuple(least)} and {most} for input of shape {tuple(input.shape)}"
            )
        return added


class ConvTranspose1d(TransposedConvolution):
    r"""Lay kernels down along signals, and add up what overlaps: as :class:`torch.nn.ConvTranspose1d`, written out.

    .. math:: y_{n,o,\,si + dk - p} \mathrel{+}= x_{n,c,i}\, w_{c,o,k}, \qquad y_{n,o} \text{ begins as } b_o

    Input has the axes ``n c_in length`` (one signal alone: ``c_in length``), output ``n c_out places``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: weights of a kernel along the signal.
        stride: samples of the output from one kernel to the next.
        padding: samples cut off on each side.
        output_padding: samples more at the end, fewer than the stride or the dilation.
        groups: channels in and out are split into so many groups, and a channel writes to those of its own.
        bias: whether each channel of the output begins with a number of its own.
        dilation: samples from one weight to the next.
        padding_mode: ``"zeros"``, and nothing else.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.

    >>> layer = ConvTranspose1d(1, 1, kernel_size=2, bias=False)
    >>> _ = layer.load_state_dict({"weight": torch.tensor([[[10.0, 1.0]]])})
    >>> layer(torch.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[10.0, 21.0, 32.0, 3.0]]
    """

    axes = 1

    def forward(
        self, input: Float[Tensor, "*n c_in length"], output_size: Sequence[int] | None = None
    ) -> Float[Tensor, "*n c_out places"]:
        """Return all channels of the output; ``output_size`` takes the place of ``output_padding``."""
        return self.spread(input, output_size)


class ConvTranspose2d(TransposedConvolution):
    r"""Lay kernels down on images, and add up what overlaps: as :class:`torch.nn.ConvTranspose2d`, written out.

    .. math:: y_{n,o,\,si + dk - p,\,sj + dl - p} \mathrel{+}= x_{n,c,i,j}\, w_{c,o,k,l}, \qquad
        y_{n,o} \text{ begins as } b_o

    Input has the axes ``n c_in h w`` (one image alone: ``c_in h w``), output ``n c_out oh ow``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: rows and columns of a kernel; one number or two, as with the next three and the dilation.
        stride: pixels of the output from one kernel to the next.
        padding: pixels cut off on each side.
        output_padding: pixels more at the end, fewer than the stride or the dilation.
        groups: channels in and out are split into so many groups, and a channel writes to those of its own.
        bias: whether each channel of the output begins with a number of its own.
        dilation: pixels from one weight to the next.
        padding_mode: ``"zeros"``, and nothing else.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.

    >>> layer = ConvTranspose2d(64, 3, kernel_size=3, stride=2, padding=1)
    >>> images = torch.zeros(10, 64, 16, 16)
    >>> layer(images).shape, layer(images, output_size=(32, 32)).shape
    (torch.Size([10, 3, 31, 31]), torch.Size([10, 3, 32, 32]))
    """

    axes = 2

    def forward(
        self, input: Float[Tensor, "*n c_in h w"], output_size: Sequence[int] | None = None
    ) -> Float[Tensor, "*n c_out oh ow"]:
        """Return all channels of the output; ``output_size`` takes the place of ``output_padding``."""
        return self.spread(input, output_size)


class ConvTranspose3d(TransposedConvolution):
    r"""Lay kernels down in volumes, and add up what overlaps: as :class:`torch.nn.ConvTranspose3d`, written out.

    .. math:: y_{n,o,\,si + dk - p} \mathrel{+}= x_{n,c,i}\, w_{c,o,k}, \qquad y_{n,o} \text{ begins as } b_o

    Here :math:`i` and :math:`k` run over all three spatial axes at once.
    Input has the axes ``n c_in depth h w`` (one volume alone: ``c_in depth h w``), output ``n c_out od oh ow``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: depth, rows and columns of a kernel; one number or three, as with the next three and the dilation.
        stride: pixels of the output from one kernel to the next.
        padding: pixels cut off on each side.
        output_padding: pixels more at the end, fewer than the stride or the dilation.
        groups: channels in and out are split into so many groups, and a channel writes to those of its own.
        bias: whether each channel of the output begins with a number of its own.
        dilation: pixels from one weight to the next.
        padding_mode: ``"zeros"``, and nothing else.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.

    >>> twice_as_long = ConvTranspose3d(1, 1, kernel_size=(2, 1, 1), stride=(2, 1, 1), bias=False)
    >>> _ = twice_as_long.load_state_dict({"weight": torch.ones(1, 1, 2, 1, 1)})
    >>> film = torch.tensor([[[1.0, 5.0]], [[3.0, 5.0]]])  # two frames of one row
    >>> twice_as_long(film[None]).tolist()
    [[[[1.0, 5.0]], [[1.0, 5.0]], [[3.0, 5.0]], [[3.0, 5.0]]]]
    """

    axes = 3

    def forward(
        self, input: Float[Tensor, "*n c_in depth h w"], output_size: Sequence[int] | None = None
    ) -> Float[Tensor, "*n c_out od oh ow"]:
        """Return all channels of the output; ``output_size`` takes the place of ``output_padding``."""
        return self.spread(input, output_size)
