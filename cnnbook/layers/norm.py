r"""Normalisation as layers: of each channel over the batch, and of each place over neighbouring channels."""

from functools import reduce
from typing import Any, SupportsFloat

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.layers.checks import InputError, check_channels, check_floating, check_tensor
from cnnbook.layers.pool import Windows, pad, widen
from cnnbook.shapes import real_number, whole_number


class BatchNorm2d(nn.Module):
    r"""Give each channel mean 0 and variance 1, then a learned scale and shift: as :class:`torch.nn.BatchNorm2d`.

    .. math:: y = \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}} \, w_c + b_c

    While training, mean and variance of a channel are those of all its pixels in the batch.
    They also move the running averages, by which the layer normalises once :meth:`~torch.nn.Module.eval` was called:

    .. math:: \hat\mu_c \leftarrow (1 - m)\,\hat\mu_c + m\,\mu_c \qquad
        \hat\sigma_c^2 \leftarrow (1 - m)\,\hat\sigma_c^2 + m\,\frac{M}{M - 1}\,\sigma_c^2

    where :math:`M` counts the pixels, so that the running variance estimates that of all images, not of the batch.
    Input and output have the axes ``n c h w``.

    Args:
        num_features: channels.
        eps: :math:`\varepsilon`, which keeps the denominator from zero.
        momentum: :math:`m`, the share of the newest batch; ``None`` averages over all batches alike.
        affine: whether a scale :math:`w` and a shift :math:`b` are learned for each channel.
        track_running_stats: whether running averages are kept; without them, the batch's own serve in evaluation, too.
        device: where weights and averages live.
        dtype: their type.
        bias: whether a shift is learned; without ``affine`` there is none.

    Raises:
        TypeError: a number is none, or the input is no tensor.
        ValueError: a number is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Ioffe & Szegedy (2015), *Batch normalization*, algorithms 1 and 2.

    >>> layer = BatchNorm2d(1, eps=1e-12)
    >>> layer(torch.tensor([[[[1.0, 3.0]]]])).tolist()  # mean 2, variance 1
    [[[[-1.0, 1.0]]]]
    >>> layer.running_mean, layer.running_var  # a tenth of the batch's, and of 2: one pixel fewer counts
    (tensor([0.2000]), tensor([1.1000]))
    """

    _version = 2  # of the state_dict, as in torch.nn: since 2, it counts batches
    weight: nn.Parameter | None
    bias: nn.Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: SupportsFloat = 1e-5,
        momentum: SupportsFloat | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = whole_number("num_features", num_features, least=1)
        if not real_number("eps", eps) >= 0:
            raise ValueError(f"eps={eps} must be at least 0")
        if momentum is not None:
            real_number("momentum", momentum)
        self.eps, self.momentum = eps, momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, learned in [("weight", affine), ("bias", affine and bias)]:
            numbers = torch.empty(num_features, device=device, dtype=dtype) if learned else None
            self.register_parameter(name, None if numbers is None else nn.Parameter(numbers))
        for name in ["running_mean", "running_var"]:
            numbers = torch.empty(num_features, device=device, dtype=dtype) if track_running_stats else None
            self.register_buffer(name, numbers)
        count = torch.tensor(0, device=device) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew: the scale is 1, the shift 0, and no batch was seen."""
        self.reset_running_stats()
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def reset_running_stats(self) -> None:
        """Forget all batches: the running mean is 0, the running variance 1."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Return the input with each channel normalised, scaled and shifted."""
        mean, variance = self.running_mean, self.running_var
        of_batch = self.training or mean is None or variance is None
        self.check(input, of_batch)
        images = widen(input)
        if of_batch or mean is None or variance is None:
            pixels = input.numel() // self.num_features
            mean = images.sum((0, 2, 3)) / max(pixels, 1)  # an empty batch has the mean 0, and not NaN
            centred = images - beside_pixels(mean)
            variance = centred.square().sum((0, 2, 3)) / max(pixels, 1)
            if self.training and self.track_running_stats:
                self.track(mean, variance, pixels)
        else:
            centred = images - beside_pixels(mean)
        scale = (widen(variance) + float(self.eps)).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        output = centred * beside_pixels(scale)
        if self.bias is not None:
            output = output + beside_pixels(self.bias)
        return output.to(input.dtype)

    @torch.no_grad()
    def track(self, mean: Float[Tensor, " c"], variance: Float[Tensor, " c"], pixels: int) -> None:
        """Count a batch, and move the running averages towards it."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        if not pixels:
            return
        count = self.num_batches_tracked.to(mean.dtype)
        share = 1 / count if self.momentum is None else float(self.momentum)
        unbiased = variance * (pixels / (pixels - 1))
        for running, newest in [(self.running_mean, mean), (self.running_var, unbiased)]:
            running.copy_((1 - share) * running + share * newest)

    def check(self, input: Float[Tensor, "..."], of_batch: bool) -> None:
        """Refuse what cannot be normalised, by its own statistics or the running ones, and say why."""
        check_tensor(input)
        if input.ndim != len("nchw"):
            raise InputError(f"input has shape {tuple(input.shape)}; 4 axes are needed, the batch too")
        check_channels(input, 2, self.num_features)
        check_floating(input)
        for name, own in [*self.named_parameters(), *self.named_buffers()]:
            if own.device != input.device:
                raise InputError(f"input is on {input.device}; {name} is on {own.device}, move one of them")
            if own.is_floating_point() and own.dtype not in {input.dtype, widen(input).dtype}:
                raise InputError(f"input is {input.dtype}; {name} is {own.dtype}, convert one of them")
        if of_batch and input.numel() == self.num_features:
            raise InputError(f"input of shape {tuple(input.shape)} has one pixel for each channel: it has no variance")
        if of_batch and self.eps == 0:
            raise InputError("eps=0 must be positive where a batch is normalised by its own variance, which may be 0")

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, metadata: Any, *rest: Any) -> None:
        """Load older weights, too, which did not count batches."""
        if metadata.get("version", 1) < self._version and self.num_batches_tracked is not None:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, metadata, *rest)

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        shown = [str(self.num_features), f"eps={self.eps}", f"momentum={self.momentum}", f"affine={self.affine}"]
        shown += [f"bias={self.bias is not None}", f"track_running_stats={self.track_running_stats}"]
        return ", ".join(shown)


class LocalResponseNorm(nn.Module):
    r"""Divide each number by its neighbours in other channels: as :class:`torch.nn.LocalResponseNorm`, written out.

    .. math:: y_c = x_c \Bigl(k + \frac{\alpha}{\text{size}} \sum_{c'} x_{c'}^2\Bigr)^{-\beta}
        \qquad c - \lfloor \tfrac{\text{size}}{2} \rfloor \le c' \le c + \lfloor \tfrac{\text{size} - 1}{2} \rfloor

    The sum runs over the channels that there are.
    Input and output have the axes ``n c`` and at least one more; an input without numbers is returned as it is.

    Args:
        size: channels of the window.
        alpha: how much the neighbours count; unlike in the paper, it is divided by ``size``.
        beta: exponent.
        k: what is added, so that nothing is divided by zero.

    Raises:
        TypeError: a number is none, or the input is no tensor.
        ValueError: the size is below 1, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Krizhevsky, Sutskever & Hinton (2012), *ImageNet classification with deep convolutional neural networks*,
        section 3.3.

    >>> layer = LocalResponseNorm(size=3, alpha=3, beta=1)
    >>> layer(torch.tensor([[[1.0], [2.0], [3.0]]])).flatten().tolist()  # 1/(1 + 1 + 4), 2/(1 + 1 + 4 + 9), ...
    [0.1667, 0.1333, 0.2143]
    """

    def __init__(
        self, size: int, alpha: SupportsFloat = 1e-4, beta: SupportsFloat = 0.75, k: SupportsFloat = 1.0
    ) -> None:
        super().__init__()
        self.size = whole_number("size", size, least=1)
        for name, number in [("alpha", alpha), ("beta", beta), ("k", k)]:
            real_number(name, number)
        self.alpha, self.beta, self.k = alpha, beta, k

    def forward(self, input: Float[Tensor, "n c *size"]) -> Float[Tensor, "n c *size"]:
        """Return the input, divided channel by channel."""
        check_tensor(input)
        if input.ndim < len("ncl"):
            raise InputError(
                f"input has shape {tuple(input.shape)}; at least 3 axes are needed: n, c and a spatial one"
            )
        check_floating(input)
        if not input.numel():
            return input
        channels = input.shape[1]
        row = Windows(channels, self.size, stride=1, padding=self.size // 2, dilation=1, places=channels)
        squares = pad(widen(input * input).movedim(1, -1), [row])
        energy = (reduce(torch.add, row.slide(squares, -1)) / self.size).to(input.dtype).movedim(-1, 1)
        return input / torch.pow(energy * float(self.alpha) + float(self.k), float(self.beta))

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def beside_pixels(numbers: Float[Tensor, " c"]) -> Float[Tensor, "c 1 1"]:
    """Give one number for each channel the axes of an image.

    >>> beside_pixels(torch.tensor([1.0, 2.0])).shape
    torch.Size([2, 1, 1])
    """
    return numbers[:, None, None]
