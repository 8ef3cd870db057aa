r"""Convolution as a layer: one matrix product for each row of the kernel.

A kernel of :math:`k \times k` weights slides over an image.
Its columns are cut out: where a place reads :math:`k` pixels of a row, they are put beside each other,
as if they were channels (:meth:`torch.Tensor.unfold`).
Its rows need no cutting: row :math:`i` of the kernel reads the image from row :math:`i` on.
So the convolution is :math:`k` products of large matrices, added up.

:class:`Conv1d`, :class:`Conv2d` and :class:`Conv3d` take the places of their namesakes in :mod:`torch.nn`:
the same arguments, the same first weights from the same seed, the same ``state_dict``, the same answers.
"""

import math
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from cnnbook.layers.checks import InputError, check_axes, check_channels, check_same_kind
from cnnbook.layers.filters import PADDING_MODES, Filters
from cnnbook.shapes import conv_output_size


class Convolution(Filters):
    """What convolutions share, whatever their number of spatial axes."""

    def convolve(self, input: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Take the dot product of every filter with every window."""
        self.check(input)
        depthwise = self.groups > 1 and self.weight.shape[1] == 1
        return self.compute(input, self.weight_by_weight if depthwise else self.row_by_row)

    def row_by_row(
        self, images: Float[Tensor, "n c_in *size"], weight: Float[Tensor, "c_out c_in_per_group *kernel"]
    ) -> Float[Tensor, "n c_out *places"]:
        """Add one matrix product for each row of the kernel, windows times weights.

        Of several axes, the first is that of the rows.
        """
        pixels = torch.unflatten(self.pad(images), 1, (self.groups, -1))
        windows = pixels.movedim((1, 3, 0, 2), (0, 1, 2, -1))  # groups rows n *others channels
        for axis in range(self.axes - 1, 0, -1):
            slide = self.slides()[axis]
            windows = windows.unfold(axis + 2, slide.reach, slide.stride)[..., :: slide.dilation]
            windows = windows.movedim(-1, -2).flatten(-2)  # what a place reads along this axis joins its channels
        windows = windows.contiguous()
        filters = torch.unflatten(weight, 0, (self.groups, -1)).movedim((3, 2), (0, -1)).flatten(3)

        sums = self.first_sum(images.dtype).unsqueeze(1)  # groups 1 filters
        for tap, part in enumerate(filters):
            read = windows[:, self.reads(0, tap, windows.shape[1])]
            sums = sums + read.flatten(1, -2) @ part.mT  # groups places filters
        maps = torch.unflatten(sums, 1, read.shape[1:-1])
        return maps.movedim((2, 0, -1), (0, 1, 2)).flatten(1, 2)

    def weight_by_weight(
        self, images: Float[Tensor, "n c_in *size"], weight: Float[Tensor, "c_out 1 *kernel"]
    ) -> Float[Tensor, "n c_out *places"]:
        """Add one product for each weight of the kernel: where filters read one channel each, there are no matrices."""
        pixels = self.pad(images).repeat_interleave(weight.shape[0] // self.groups, 1)
        taps = weight.flatten(1).movedim(0, 1)[(..., *[None] * self.axes)]  # taps filters *1
        maps = self.first_sum(images.dtype).view(-1, *[1] * self.axes)
        for weights, tap in zip(taps, product(*map(range, self.kernel_size)), strict=True):
            read = map(self.reads, range(self.axes), tap, pixels.shape[2:])
            maps = maps + pixels[:, :, *read] * weights
        return maps

    def reads(self, axis: int, tap: int, pixels: int) -> slice:
        """Point at the pixels that one weight of the kernel reads on its way along a padded axis, one at each place.

        >>> layer = Conv1d(1, 1, kernel_size=3, stride=2)
        >>> [list("abcdefg")[layer.reads(axis=0, tap=tap, pixels=7)] for tap in range(3)]
        [['a', 'c', 'e'], ['b', 'd', 'f'], ['c', 'e', 'g']]
        """
        slide = self.slides()[axis]
        first = slide.dilation * tap
        return slice(first, first + pixels - slide.reach + 1, slide.stride)

    def pad(self, images: Float[Tensor, "n c_in *size"]) -> Float[Tensor, "n c_in *padded"]:
        """Surround the images with zeros, or with what ``padding_mode`` finds in them."""
        last_axis_first = [pixels for slide in reversed(self.slides()) for pixels in (slide.before, slide.after)]
        mode = PADDING_MODES[self.padding_mode]
        return functional.pad(images, last_axis_first, mode=mode) if any(last_axis_first) else images

    def check(self, input: Float[Tensor, "..."]) -> None:
        """Refuse what cannot be convolved, and say why."""
        check_axes(input, self.axes)
        check_channels(input, self.axes, self.weight.shape[1] * self.groups)
        check_same_kind(input, self.weight)
        empty_batch = input.ndim == self.axes + 2 and input.shape[0] == 0
        for pixels, slide in zip(input.shape[-self.axes :], self.slides(), strict=True):
            if (pixels == 0 and not empty_batch) or slide.reach > slide.before + pixels + slide.after:
                try:
                    conv_output_size(pixels, slide.kernel, slide.stride, slide.before, slide.dilation)
                except ValueError as error:
                    raise InputError(f"input of shape {tuple(input.shape)}: {error}") from None
            most = {"reflect": pixels - 1, "circular": pixels}.get(self.padding_mode, math.inf)
            if max(slide.before, slide.after) > most:
                raise InputError(
                    f"padding={self.padding!r} is too wide for input of shape {tuple(input.shape)}: "
                    f"padding_mode={self.padding_mode!r} finds only {most} pixels to repeat"
                )


class Conv1d(Convolution):
    r"""Slide filters along signals: as :class:`torch.nn.Conv1d`, written out.

    .. math:: y_{n,o,i} = b_o + \sum_{c,k} w_{o,c,k} \, x_{n,c,\;si + dk - p}

    Input has the axes ``n c_in length`` (one signal alone: ``c_in length``), output ``n c_out places``.

    Args:
        in_channels: channels of the input.
        out_channels: filters; each makes one channel of the output.
        kernel_size: weights of a filter along the signal.
        stride: samples from one place to the next.
        padding: samples added on each side, ``"same"`` or ``"valid"``.
        dilation: samples from one weight to the next.
        groups: filters and channels are split into so many groups, and a filter reads the channels of its own.
        bias: whether each filter adds a number of its own.
        padding_mode: what is added to ``1234`` by a padding of 2: ``"zeros"`` gives ``00123400``,
            ``"reflect"`` ``32123432``, ``"replicate"`` ``11123444``, ``"circular"`` ``34123412``.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*.

    >>> layer = Conv1d(1, 1, kernel_size=2, bias=False)
    >>> _ = layer.load_state_dict({"weight": torch.tensor([[[10.0, 1.0]]])})
    >>> layer(torch.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[12.0, 23.0]]
    """

    axes = 1

    def forward(self, input: Float[Tensor, "*n c_in length"]) -> Float[Tensor, "*n c_out places"]:
        """Return the map of every filter for every signal."""
        return self.convolve(input)


class Conv2d(Convolution):
    r"""Slide filters over images: as :class:`torch.nn.Conv2d`, written out.

    .. math:: y_{n,o,i,j} = b_o + \sum_{c,k,l} w_{o,c,k,l} \, x_{n,c,\;si + dk - p,\;sj + dl - p}

    Input has the axes ``n c_in h w`` (one image alone: ``c_in h w``), output ``n c_out oh ow``.

    Args:
        in_channels: channels of the input.
        out_channels: filters; each makes one channel of the output.
        kernel_size: rows and columns of a filter; one number or two, as with the next three.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: filters and channels are split into so many groups, and a filter reads the channels of its own.
        bias: whether each filter adds a number of its own.
        padding_mode: what is added to ``1234`` by a padding of 2: ``"zeros"`` gives ``00123400``,
            ``"reflect"`` ``32123432``, ``"replicate"`` ``11123444``, ``"circular"`` ``34123412``.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*.

    >>> layer = Conv2d(3, 64, kernel_size=3, stride=2, padding=1)
    >>> layer
    Conv2d(3, 64, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
    >>> layer(torch.zeros(10, 3, 32, 32)).shape
    torch.Size([10, 64, 16, 16])
    """

    axes = 2

    def forward(self, input: Float[Tensor, "*n c_in h w"]) -> Float[Tensor, "*n c_out oh ow"]:
        """Return the map of every filter for every image."""
        return self.convolve(input)


class Conv3d(Convolution):
    r"""Slide filters through volumes, or through films: as :class:`torch.nn.Conv3d`, written out.

    .. math:: y_{n,o,i} = b_o + \sum_{c,k} w_{o,c,k} \, x_{n,c,\;si + dk - p}

    Here :math:`i` and :math:`k` run over all three spatial axes at once.
    Input has the axes ``n c_in depth h w`` (one volume alone: ``c_in depth h w``), output ``n c_out od oh ow``.

    Args:
        in_channels: channels of the input.
        out_channels: filters; each makes one channel of the output.
        kernel_size: depth, rows and columns of a filter; one number or three, as with the next three.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: filters and channels are split into so many groups, and a filter reads the channels of its own.
        bias: whether each filter adds a number of its own.
        padding_mode: what is added to ``1234`` by a padding of 2: ``"zeros"`` gives ``00123400``,
            ``"reflect"`` ``32123432``, ``"replicate"`` ``11123444``, ``"circular"`` ``34123412``.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*.

    >>> change = Conv3d(1, 1, kernel_size=(2, 1, 1), bias=False)
    >>> _ = change.load_state_dict({"weight": torch.tensor([-1.0, 1.0]).view(1, 1, 2, 1, 1)})
    >>> film = torch.tensor([[[1.0, 5.0]], [[3.0, 5.0]], [[9.0, 5.0]]])  # three frames of one row
    >>> change(film[None]).tolist()
    [[[[2.0, 0.0]], [[6.0, 0.0]]]]
    """

    axes = 3

    def forward(self, input: Float[Tensor, "*n c_in depth h w"]) -> Float[Tensor, "*n c_out od oh ow"]:
        """Return the map of every filter for every volume."""
        return self.convolve(input)
