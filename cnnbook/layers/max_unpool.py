"""Max unpooling as a layer: put each number back where its maximum was, and zero everywhere else."""

from collections.abc import Sequence
from math import prod
from typing import ClassVar, SupportsIndex

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cnnbook.layers.checks import InputError, check_axes, check_filled, check_floating, check_tensor
from cnnbook.layers.pool import layout
from cnnbook.shapes import PerAxis, per_axis


class MaxUnpooling(nn.Module):
    """What max unpoolings share, whatever their number of spatial axes."""

    axes: ClassVar[int]

    def __init__(self, kernel_size: PerAxis, stride: PerAxis | None = None, padding: PerAxis = 0) -> None:
        super().__init__()
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes, least=1)
        self.stride = self.kernel_size if stride is None else per_axis("stride", stride, self.axes, least=1)
        self.padding = per_axis("padding", padding, self.axes, least=0)

    def unpool(
        self, input: Float[Tensor, "..."], indices: Int[Tensor, "..."], output_size: Sequence[SupportsIndex] | None
    ) -> Float[Tensor, "..."]:
        """Scatter the numbers over an image of zeros."""
        self.check(input, indices)
        size = self.size(input, output_size)
        where, numbers = indices.flatten(-self.axes), input.flatten(-self.axes)
        if 0 in size:  # nothing has a place, and torch.nn looks at no index
            where, numbers = where[..., :0], numbers[..., :0]
        try:
            pixels = input.new_zeros(*numbers.shape[:-1], prod(size)).scatter(-1, where, numbers)
        except RuntimeError as error:
            raise InputError(f"indices point outside of an output of size {size}: {error}") from None
        return torch.unflatten(pixels, -1, size).contiguous(memory_format=layout(input))

    def check(self, input: Float[Tensor, "..."], indices: Int[Tensor, "..."]) -> None:
        """Refuse what cannot be unpooled, and say why."""
        check_axes(input, self.axes)
        check_filled(input, self.axes)
        check_floating(input)
        check_tensor(indices, "indices")
        if indices.dtype != torch.int64:
            raise InputError(f"indices are {indices.dtype}; torch.int64 is needed")
        if indices.shape != input.shape:
            raise InputError(f"indices have shape {tuple(indices.shape)}; {tuple(input.shape)} is needed: the input's")
        if indices.device != input.device:
            raise InputError(f"input is on {input.device}; indices are on {indices.device}, move one of them")

    def size(self, input: Float[Tensor, "..."], output_size: Sequence[SupportsIndex] | None) -> tuple[int, ...]:
        """Return the size of the output, which pooling with a stride has rounded away."""
        settings = zip(input.shape[-self.axes :], self.kernel_size, self.stride, self.padding, strict=True)
        least = tuple((n - 1) * stride + kernel - 2 * padding for n, kernel, stride, padding in settings)
        if output_size is None:
            if min(least) < 0:
                raise InputError(f"input of shape {tuple(input.shape)}: padding={self.padding} leaves nothing of it")
            return least
        if not isinstance(output_size, tuple | list):
            raise TypeError(f"output_size={output_size!r} must be a tuple or a list")
        whole = output_size[2:] if len(output_size) == self.axes + 2 else output_size
        size = per_axis("output_size", list(whole), self.axes, least=0)
        for wanted, usual, stride in zip(size, least, self.stride, strict=True):
            if not usual - stride < wanted < usual + stride:
                raise InputError(
                    f"output_size={output_size} must be within {usual - stride + 1} to {usual + stride - 1} "
                    f"where it is {wanted}: no other size is pooled to input of shape {tuple(input.shape)}"
                )
        return size

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(MaxUnpooling):
    """Put each number of a signal back where its maximum was: as :class:`torch.nn.MaxUnpool1d`, written out.

    It does along one axis what :class:`MaxUnpool2d` does along two, and has the same arguments.
    Input has the axes ``n c places`` (one signal alone: ``c places``), output ``n c length``.

    >>> MaxUnpool1d(kernel_size=2)(torch.tensor([[4.0, 3.0]]), torch.tensor([[1, 2]]))
    tensor([[0., 4., 3., 0.]])
    """

    axes = 1

    def forward(
        self,
        input: Float[Tensor, "*n c places"],
        indices: Int[Tensor, "*n c places"],
        output_size: Sequence[SupportsIndex] | None = None,
    ) -> Float[Tensor, "*n c length"]:
        """Return the input's numbers, each where its index says, and zeros."""
        return self.unpool(input, indices, output_size)


class MaxUnpool2d(MaxUnpooling):
    r"""Put each number of an image back where its maximum was: as :class:`torch.nn.MaxUnpool2d`, written out.

    What :class:`~cnnbook.layers.max_pool.MaxPool2d` has thrown away is lost: there stands zero.
    Input and indices have the axes ``n c oh ow`` (one image alone: ``c oh ow``), output ``n c h w``:

    .. math:: h = (o_h - 1)\,s - 2p + k

    Where two numbers claim one pixel, one of them is kept.

    Args:
        kernel_size: rows and columns of the windows that were pooled; one number, or one for each axis.
        stride: pixels from one window to the next; the window's own size where it is not given.
        padding: pixels that pooling had added on each side.

    Raises:
        TypeError: a size is no integer, or input or indices are no tensor.
        ValueError: a size is out of range, indices point outside of the output or have another shape than the input,
            or no image of ``output_size`` is pooled to the input; all but the first are :class:`RuntimeError` too.

    References:
        Zeiler & Fergus (2014), *Visualizing and understanding convolutional networks*, section 2.1.

    >>> greatest, where = torch.tensor([[[5.0, 7.0]]]), torch.tensor([[[1, 6]]])
    >>> MaxUnpool2d(kernel_size=2)(greatest, where)
    tensor([[[0., 5., 0., 0.],
             [0., 0., 7., 0.]]])
    """

    axes = 2

    def forward(
        self,
        input: Float[Tensor, "*n c oh ow"],
        indices: Int[Tensor, "*n c oh ow"],
        output_size: Sequence[SupportsIndex] | None = None,
    ) -> Float[Tensor, "*n c h w"]:
        """Return the input's numbers, each where its index says, and zeros.

        ``output_size`` is the size of what was pooled, or its whole shape; pooling with a stride forgets it.
        """
        return self.unpool(input, indices, output_size)


class MaxUnpool3d(MaxUnpooling):
    """Put each number of a volume back where its maximum was: as :class:`torch.nn.MaxUnpool3d`, written out.

    It does along three axes what :class:`MaxUnpool2d` does along two, and has the same arguments.
    Input has the axes ``n c od oh ow`` (one volume alone: ``c od oh ow``), output ``n c depth h w``.

    >>> MaxUnpool3d(kernel_size=(1, 1, 2))(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1, dtype=torch.int64))
    tensor([[[[0., 1.]]]])
    """

    axes = 3

    def forward(
        self,
        input: Float[Tensor, "*n c od oh ow"],
        indices: Int[Tensor, "*n c od oh ow"],
        output_size: Sequence[SupportsIndex] | None = None,
    ) -> Float[Tensor, "*n c depth h w"]:
        """Return the input's numbers, each where its index says, and zeros."""
        return self.unpool(input, indices, output_size)
