"""A convolution in two cheap steps: each channel on its own, then all channels at each place."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.layers.conv import Conv2d
from cnnbook.shapes import PerAxis, whole_number


class DepthwiseSeparableConv2d(nn.Module):
    r"""Slide one kernel over each channel, then mix the channels of each place.

    .. math::
        z_{n,c,i,j} = \sum_{k,l} v_{c,k,l} \, x_{n,c,\;si + dk - p,\;sj + dl - p} \qquad
        y_{n,o,i,j} = b_o + \sum_c w_{o,c} \, z_{n,c,i,j}

    The first step, ``depthwise``, has a group for each channel; the second, ``pointwise``, a kernel of one pixel.
    Between the two there is no bias: what it would add, :math:`b_o` can add.
    Input has the axes ``n c_in h w`` (one image alone: ``c_in h w``), output ``n c_out oh ow``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: rows and columns of the kernels; one number or two, as with the next three.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        bias: whether each channel of the output adds a number of its own.
        padding_mode: what is added: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Chollet (2017), *Xception: deep learning with depthwise separable convolutions*.
        Howard et al. (2017), *MobileNets: efficient convolutional neural networks for mobile vision applications*,
        section 3.1.

    >>> separable = DepthwiseSeparableConv2d(32, 64, kernel_size=3, bias=False)
    >>> sum(weight.numel() for weight in separable.parameters())  # 32·3·3 + 64·32; an ordinary layer has 64·32·3·3
    2336
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis | str = 0,
        dilation: PerAxis = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        channels = whole_number("in_channels", in_channels, least=1)
        self.depthwise = Conv2d(
            channels,
            channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups=channels,
            bias=False,
            padding_mode=padding_mode,
            device=device,
            dtype=dtype,
        )
        self.pointwise = Conv2d(channels, out_channels, 1, bias=bias, device=device, dtype=dtype)

    def forward(self, input: Float[Tensor, "*n c_in h w"]) -> Float[Tensor, "*n c_out oh ow"]:
        """Return the channels of every place, mixed."""
        maps: Tensor = self.pointwise(self.depthwise(input))
        return maps
