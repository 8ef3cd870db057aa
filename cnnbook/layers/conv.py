"""Convolution as a layer: cut the input into windows, and let one sum do the rest.

:class:`Conv1d` and :class:`Conv2d` take the places of their namesakes in :mod:`torch.nn`:
the same arguments, the same first weights from the same seed, the same ``state_dict``, the same answers.
"""

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from cnnbook.layers.checks import InputError, check_axes, check_channels, check_same_kind
from cnnbook.shapes import PerAxis, channels_in_groups, conv_output_size, padding_per_axis, padding_sides, per_axis

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


class Convolution(nn.Module):
    """What convolutions share, whatever their number of spatial axes."""

    axes: ClassVar[int]
    bias: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis | str = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        channels_per_filter, _ = channels_in_groups(in_channels, out_channels, groups)
        if padding_mode not in list(PADDING_MODES):
            raise ValueError(f"padding_mode={padding_mode!r} must be one of {', '.join(PADDING_MODES)}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes, least=1)
        self.stride = per_axis("stride", stride, self.axes, least=1)
        self.dilation = per_axis("dilation", dilation, self.axes, least=1)
        self.padding = padding if isinstance(padding, str) else per_axis("padding", padding, self.axes, least=0)
        self.padding_mode = padding_mode
        _ = self.sides  # refuses padding="same" with a stride

        self.weight = nn.Parameter(
            torch.empty(out_channels, channels_per_filter, *self.kernel_size, device=device, dtype=dtype)
        )
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Pixels added before and after, for each axis."""
        paddings = padding_per_axis(self.padding, self.axes)
        return list(map(padding_sides, self.kernel_size, self.stride, paddings, self.dilation))

    def reset_parameters(self) -> None:
        r"""Draw weights and biases anew, uniformly between :math:`\pm 1/\sqrt{\text{numbers that a filter reads}}`."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the same bound, rounded as torch.nn rounds it
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def convolve(self, input: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Take the dot product of every filter with every window."""
        self.check(input)
        images = input if input.ndim == self.axes + 2 else input.unsqueeze(0)
        windows = torch.unflatten(self.pad(images), 1, (self.groups, -1))
        for axis, (kernel, stride, dilation) in enumerate(
            zip(self.kernel_size, self.stride, self.dilation, strict=True), start=3
        ):  # each spatial axis becomes places, and a new last axis the pixels that a kernel reads there
            windows = windows.unfold(axis, dilation * (kernel - 1) + 1, stride)[..., ::dilation]
        filters = torch.unflatten(self.weight, 0, (self.groups, -1))

        place, tap = "xyz"[: self.axes], "ijk"[: self.axes]
        maps = torch.einsum(f"ngc{place}{tap}, goc{tap} -> ngo{place}", windows, filters).flatten(1, 2)
        if self.bias is not None:
            maps = maps + self.bias.to(maps.dtype).view(-1, *[1] * self.axes)
        maps = maps.contiguous(memory_format=self.memory_format(images))
        return maps if input.ndim == images.ndim else maps.squeeze(0)

    def pad(self, images: Float[Tensor, "n c_in *size"]) -> Float[Tensor, "n c_in *padded"]:
        """Surround the images with zeros, or with what ``padding_mode`` finds in them."""
        last_axis_first = [pixels for sides in reversed(self.sides) for pixels in sides]
        return functional.pad(images, last_axis_first, mode=PADDING_MODES[self.padding_mode])

    def memory_format(self, images: Float[Tensor, "n c_in *size"]) -> torch.memory_format:
        """Return ``channels_last`` where images or weights are laid out so: what comes next may count on it."""
        for tensor in (images, self.weight):
            if not tensor.is_contiguous() and tensor.is_contiguous(memory_format=torch.channels_last):
                return torch.channels_last
        return torch.contiguous_format

    def check(self, input: Float[Tensor, "..."]) -> None:
        """Refuse what cannot be convolved, and say why."""
        check_axes(input, self.axes)
        check_channels(input, self.axes, self.in_channels)
        check_same_kind(input, self.weight)
        size = input.shape[-self.axes :]
        paddings = padding_per_axis(self.padding, self.axes)
        try:
            for axis in zip(size, self.kernel_size, self.stride, paddings, self.dilation, strict=True):
                conv_output_size(*axis)
        except ValueError as error:
            raise InputError(f"input of shape {tuple(input.shape)}: {error}") from None
        for pixels, sides in zip(size, self.sides, strict=True):
            most = {"reflect": pixels - 1, "circular": pixels}.get(self.padding_mode, math.inf)
            if max(sides) > most:
                raise InputError(
                    f"padding={self.padding!r} is too wide for input of shape {tuple(input.shape)}: "
                    f"padding_mode={self.padding_mode!r} finds only {most} pixels to repeat"
                )

    def extra_repr(self) -> str:
        """Show the arguments that differ from their defaults, as :mod:`torch.nn` does."""
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        zero, one = (0,) * self.axes, (1,) * self.axes
        for name, default in [("padding", zero), ("dilation", one), ("groups", 1)]:
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


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
        kernel_size: rows and columns of a filter; one number, or one for each axis, as with the next three.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: filters and channels are split into so many groups, and a filter reads the channels of its own.
        bias: whether each filter adds a number of its own.
        padding_mode: what is added: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``,
            drawn at :class:`Conv1d`.
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
