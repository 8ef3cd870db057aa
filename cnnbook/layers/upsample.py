"""Upsampling as a layer: ask for each new pixel where it lies in the image, and read there.

An axis at a time is enough: what is read along the columns is then read along the rows.
"""

import math
from typing import Any, SupportsFloat

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from cnnbook.layers.checks import InputError, check_filled, check_tensor, flag
from cnnbook.layers.pool import layout, widen
from cnnbook.shapes import PerAxis, per_axis, real_number

MODES = {"nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "linear": (1,), "bilinear": (2,), "trilinear": (3,)}
Factors = SupportsFloat | tuple[SupportsFloat, ...]
# On the CPU, torch.nn forgets a factor where the output is just so many times as large: 4 pixels times 1.1 are a copy.
FORGOTTEN = {("nearest", 2): (1, 2), ("linear", 1): (1,), ("bilinear", 2): (1,), ("trilinear", 3): (1,)}


class Upsample(nn.Module):
    r"""Make signals, images or volumes larger, or smaller: as :class:`torch.nn.Upsample`, written out.

    Place :math:`i` of :math:`o` on an axis of :math:`n` pixels lies at

    .. math:: u = (i + \tfrac12)\,\frac{n}{o} - \tfrac12 \qquad\text{or, with aligned corners,}\qquad
        u = i\,\frac{n - 1}{o - 1}

    and a linear mode mixes the two pixels beside it in proportion to their nearness,
    :math:`y_i = (1 - \lambda)\,x_{\lfloor u \rfloor} + \lambda\,x_{\lfloor u \rfloor + 1}`
    with :math:`\lambda = u - \lfloor u \rfloor`, along each axis.
    ``"nearest"`` copies pixel :math:`\lfloor in/o \rfloor`, which lies a little to the left of the nearest;
    ``"nearest-exact"`` copies the nearest.
    Input has the axes ``n c length``, ``n c h w`` or ``n c depth h w``, and needs the batch; output has as many.

    Args:
        size: pixels of the output along each axis; one number, or one for each.
        scale_factor: how many times larger, instead of ``size``; :math:`o = \lfloor n \cdot \text{factor} \rfloor`,
            and :math:`n/o` above is the factor's inverse.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"linear"`` on one axis, ``"bilinear"`` on two,
            ``"trilinear"`` on three.
        align_corners: in the linear modes, whether the outermost pixels of input and output lie upon each other.
        recompute_scale_factor: whether :math:`n/o` is meant after all, where a factor was given.

    Raises:
        TypeError: a size is no integer, a factor is no number, or the input is no tensor.
        ValueError: a setting is out of range, or the input does not match; the latter is a :class:`RuntimeError` too.

    References:
        Odena, Dumoulin & Olah (2016), *Deconvolution and checkerboard artifacts*.

    >>> signal = torch.tensor([[[0.0, 4.0]]])
    >>> Upsample(scale_factor=2)(signal)
    tensor([[[0., 0., 4., 4.]]])
    >>> Upsample(scale_factor=2, mode="linear")(signal)
    tensor([[[0., 1., 3., 4.]]])
    >>> Upsample(size=5, mode="linear", align_corners=True)(signal)
    tensor([[[0., 1., 2., 3., 4.]]])
    """

    def __init__(
        self,
        size: PerAxis | None = None,
        scale_factor: Factors | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        if mode not in list(MODES):
            raise ValueError(f"mode={mode!r} must be one of {', '.join(MODES)}")
        if (size is None) == (scale_factor is None):
            raise ValueError(f"size={size} and scale_factor={scale_factor}: give one of them")
        if size is not None:
            per_axis("size", size, len(size) if isinstance(size, tuple | list) else 1, least=1)
            if recompute_scale_factor:
                raise ValueError(f"recompute_scale_factor=True must come with a scale_factor, not with size={size}")
        if align_corners is not None and mode.startswith("nearest"):
            raise ValueError(
                f"align_corners={align_corners} must be None with mode={mode!r}: only linear modes know it"
            )
        self.name = type(self).__name__
        self.size = size
        self.scale_factor = None if scale_factor is None else float_factors(scale_factor)
        self.mode = mode
        self.align_corners = None if align_corners is None else flag("align_corners", align_corners)
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Shaped[Tensor, "n c *size"]) -> Shaped[Tensor, "n c *places"]:
        """Return the input with another number of pixels along each spatial axis."""
        self.check(input)
        images = widen(input)
        for axis, (places, step) in enumerate(self.steps(input), start=2):
            images = read(images, axis, self.positions(places, step, images), mix=not self.copies)
        return images.to(input.dtype).contiguous(memory_format=layout(input))

    @property
    def copies(self) -> bool:
        """Whether the mode copies pixels, and does not mix them."""
        return self.mode.startswith("nearest")

    def check(self, input: Shaped[Tensor, "..."]) -> None:
        """Refuse what cannot be made larger, and say why."""
        check_tensor(input)
        if input.ndim - 2 not in MODES[self.mode]:
            needed = " or ".join(str(axes + 2) for axes in MODES[self.mode])
            raise InputError(f"input has shape {tuple(input.shape)}; mode={self.mode!r} needs {needed} axes")
        check_filled(input, input.ndim - 2)
        if not input.is_floating_point() and not (self.copies and input.dtype == torch.uint8):
            raise InputError(f"input is {input.dtype}; floating-point numbers are needed, or bytes to copy")

    def steps(self, input: Shaped[Tensor, "n c *size"]) -> list[tuple[int, float]]:
        """Count the places along each axis, and tell how many pixels lie from one to the next."""
        size = input.shape[2:]
        try:
            places, known = self.places(size)
        except ValueError as error:
            raise InputError(f"input of shape {tuple(input.shape)}: {error}") from None
        if self.align_corners:
            return [(o, (n - 1) / max(o - 1, 1)) for n, o in zip(size, places, strict=True)]
        times = FORGOTTEN.get((self.mode, len(size)), ()) if input.is_cpu else ()
        return [
            (o, n / o if factor is None or o / n in times else 1 / factor)
            for n, o, factor in zip(size, places, known, strict=True)
        ]

    def places(self, size: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
        """Count the pixels of the output along each axis, and return the factors if they are to be kept."""
        unknown = (None,) * len(size)
        if self.size is not None:
            return per_axis("size", self.size, len(size), least=1), unknown
        given: Any = self.scale_factor
        factors = given if isinstance(given, tuple) else (given,) * len(size)
        if len(factors) != len(size):
            raise ValueError(
                f"scale_factor={factors} has length {len(factors)}; {len(size)} axes are to be made larger"
            )
        places = tuple(math.floor(n * factor) for n, factor in zip(size, factors, strict=True))
        if min(places) < 1:
            raise ValueError(f"scale_factor={self.scale_factor} leaves no pixel of an axis")
        return places, unknown if self.recompute_scale_factor else factors

    def positions(self, places: int, step: float, images: Shaped[Tensor, "..."]) -> Float[Tensor, " places"]:
        """Tell where each place lies among the pixels of an axis."""
        precise = torch.float64 if images.dtype == torch.float64 and not self.copies else torch.float32  # as torch.nn
        place = torch.arange(places, device=images.device, dtype=precise)
        if self.mode == "nearest" or self.align_corners:
            return place * step
        centre = (place + 0.5) * step
        return centre if self.copies else (centre - 0.5).clamp(min=0)

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        given = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{given}, mode={self.mode!r}"


def read(
    images: Shaped[Tensor, "..."], axis: int, positions: Float[Tensor, " places"], mix: bool
) -> Shaped[Tensor, "..."]:
    """Read an axis at positions between its pixels: the pixel before each, or a mixture with the one after it.

    >>> read(torch.tensor([0.0, 4.0]), axis=0, positions=torch.tensor([0.0, 0.25, 1.0]), mix=True)
    tensor([0., 1., 4.])
    """
    last = images.shape[axis] - 1
    before = positions.long().clamp(max=last)
    left = images.index_select(axis, before)
    if not mix:
        return left
    right = images.index_select(axis, (before + 1).clamp(max=last))
    share = (positions - before).view(-1, *[1] * (images.ndim - axis - 1))
    return left * (1 - share) + right * share


def float_factors(scale_factor: Factors) -> float | tuple[float, ...]:
    """Return the factor, or one for each axis, as floating-point numbers.

    Raises:
        TypeError: a factor is no number.
        ValueError: a factor is zero, negative, infinite or not a number.

    >>> float_factors((2, 0.5))
    (2.0, 0.5)
    """
    if isinstance(scale_factor, tuple):
        return tuple(float_factor(factor) for factor in scale_factor)
    return float_factor(scale_factor)


def float_factor(factor: SupportsFloat) -> float:
    """Return one factor as a floating-point number, if it is positive and finite.

    >>> float_factor(-1)
    Traceback (most recent call last):
    ValueError: scale_factor=-1 must be positive and finite
    """
    number = real_number("scale_factor", factor)
    if not 0 < number < math.inf:
        raise ValueError(f"scale_factor={factor} must be positive and finite")
    return number
