"""A convolution that never looks ahead."""

import torch

from cnnbook.layers.conv import Conv1d
from cnnbook.layers.filters import Slide
from cnnbook.shapes import PerAxis


class CausalConv1d(Conv1d):
    r"""Slide filters along signals, and let each place read the present and the past only.

    .. math:: y_{n,o,i} = b_o + \sum_{c,k} w_{o,c,k} \, x_{n,c,\;si - d(K - 1 - k)}

    All :math:`d(K - 1)` zeros of the padding stand before the signal, so the last of the :math:`K` weights reads the
    present, and without a stride the output is as long as the input.
    Input has the axes ``n c_in length`` (one signal alone: ``c_in length``), output ``n c_out places``.

    Args:
        in_channels: channels of the input.
        out_channels: filters; each makes one channel of the output.
        kernel_size: weights of a filter along the signal, :math:`K`.
        stride: samples from one place to the next.
        dilation: samples from one weight to the next.
        groups: filters and channels are split into so many groups, and a filter reads the channels of its own.
        bias: whether each filter adds a number of its own.
        device: where the weights live.
        dtype: the weights' type.

    Raises:
        TypeError: a size is no integer, or the input is no tensor.
        ValueError: a size is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        van den Oord et al. (2016), *WaveNet: a generative model for raw audio*, section 2.1.

    >>> layer = CausalConv1d(1, 1, kernel_size=2, bias=False)
    >>> _ = layer.load_state_dict({"weight": torch.tensor([[[10.0, 1.0]]])})
    >>> layer(torch.tensor([[1.0, 2.0, 3.0]])).tolist()  # nothing was before the first
    [[1.0, 12.0, 23.0]]
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
            device=device,
            dtype=dtype,
        )

    def slides(self) -> list[Slide]:
        """How the kernel moves: as without padding, but all that it reaches beyond one sample is added before."""
        return [slide._replace(before=slide.reach - 1) for slide in super().slides()]
