"""What all convolutions have, forward or transposed: filters, settings, and what goes in and out in torch's form."""

import math
from collections.abc import Callable
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.layers.checks import autocast_dtype
from cnnbook.shapes import PerAxis, channels_in_groups, padding_per_axis, padding_sides, per_axis

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}
CHANNELS_LAST = {2: torch.channels_last, 3: torch.channels_last_3d}


class Slide(NamedTuple):
    """How a kernel moves along one axis: its weights, the two kinds of steps, and pixels added before and after."""

    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self) -> int:
        """Pixels from the first weight to the last.

        >>> Slide(kernel=3, stride=1, dilation=2, before=0, after=0).reach
        5
        """
        return self.dilation * (self.kernel - 1) + 1


class Filters(nn.Module):
    """Weights, bias and settings, whatever the number of spatial axes."""

    axes: ClassVar[int]
    transposed: ClassVar[bool] = False
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
        channels_in_groups(in_channels, out_channels, groups)  # refuses what does not divide
        if padding_mode not in list(PADDING_MODES):
            raise ValueError(f"padding_mode={padding_mode!r} must be one of {', '.join(PADDING_MODES)}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis("kernel_size", kernel_size, self.axes, least=1)
        self.stride = per_axis("stride", stride, self.axes, least=1)
        self.dilation = per_axis("dilation", dilation, self.axes, least=1)
        self.padding = padding if isinstance(padding, str) else per_axis("padding", padding, self.axes, least=0)
        self.padding_mode = padding_mode
        self.slides()  # refuses padding="same" with a stride

        filters = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = nn.Parameter(torch.empty(*filters, *self.kernel_size, device=device, dtype=dtype))
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def slides(self) -> list[Slide]:
        """How the kernel moves, for each axis; settings may change after construction, as in torch."""
        sizes = zip(
            self.kernel_size, self.stride, padding_per_axis(self.padding, self.axes), self.dilation, strict=True
        )
        return [Slide(k, s, d, *padding_sides(k, s, p, d)) for k, s, p, d in sizes]

    def reset_parameters(self) -> None:
        r"""Draw weights and biases anew, uniformly between :math:`\pm 1/\sqrt{\text{numbers in } w_0}`, as torch does.

        For a convolution these are the numbers that a filter reads.
        """
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the same bound, rounded as torch.nn rounds it
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def first_sum(self, dtype: torch.dtype) -> Float[Tensor, "groups filters"]:
        """Return the bias, or a zero for all: what every sum of products begins with.

        It is float32 at least, and so are the sums: in half precision, each addition would round.
        """
        exact = torch.promote_types(dtype, torch.float32)
        if self.bias is None:
            return self.weight.new_zeros(1, 1, dtype=exact)
        return self.bias.to(exact).view(self.groups, -1)

    def compute(
        self, input: Float[Tensor, "..."], operation: Callable[[Tensor, Tensor], Tensor]
    ) -> Float[Tensor, "..."]:
        """Hand a batch and the weights to an operation, in the type to compute in, and give its maps torch's form."""
        images = input if input.ndim == self.axes + 2 else input.unsqueeze(0)
        dtype = autocast_dtype(input)
        maps = operation(images.to(dtype), self.weight.to(dtype)).to(dtype)
        maps = maps.contiguous(memory_format=self.memory_format(images))
        return maps if input.ndim == images.ndim else maps.squeeze(0)

    def memory_format(self, images: Float[Tensor, "n c_in *size"]) -> torch.memory_format:
        """Return ``channels_last`` where images or weights are laid out so: what comes next may count on it."""
        if self.axes == 1:
            return torch.contiguous_format
        for tensor in (images, self.weight):
            _, channels, *size = tensor.shape
            strides = (1, *[channels * math.prod(size[axis + 1 :]) for axis in range(self.axes)])
            if tensor.stride()[1:] == strides and math.prod(size) > 1:
                return CHANNELS_LAST[self.axes]
        return torch.contiguous_format

    def extra_repr(self) -> str:
        """Show the arguments that differ from their defaults, as :mod:`torch.nn` does."""
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        zero, one = (0,) * self.axes, (1,) * self.axes
        for name, default in [("padding", zero), ("dilation", one), ("output_padding", zero), ("groups", 1)]:
            if getattr(self, name, default) != default:
                shown.append(f"{name}={getattr(self, name)}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)
