"""Operators that read windows: convolutions, poolings, padding, interpolation, by the book's own arithmetic."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Any

import numpy as np

from cnnbook.shapes.fields import TransposedWindow, Window
from cnnbook.summary._tracing import seen as see
from cnnbook.summary._tracing.call import RULES, Call, Rule, rule
from cnnbook.summary._tracing.seen import Seen
from cnnbook.summary._tracing.sight import Reader, offset, transposed, window


def windows(call: Call, seen: Seen, first: int, layers: Iterable[Reader]) -> Seen:
    """Read windows along the dimensions from ``first`` on."""
    for dim, layer in enumerate(layers, start=first):
        seen = see.read(seen, dim, call.shape[dim], layer, call.to[dim])
    return seen


def each(value: Any, axes: int, default: Any = 1) -> Sequence[int]:
    """Spread a number over all axes."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    return (values if len(values) == axes else values * axes) if value not in (None, []) else each(default, axes)


@rule("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution", "convolution_overrideable")
def convolution(call: Call) -> Seen:
    """Sum over channels and over a window; transposed, over all windows that reach a unit."""
    axes = len(call.shape) - 2
    numbers = [each(call[name], axes) for name in ("stride", "padding", "dilation")]
    kernels = call["weight"].shape[2:]
    if call["transposed"]:
        layers = [transposed(TransposedWindow(*layer)) for layer in zip(kernels, *numbers, strict=True)]
    else:
        layers = [window(Window(*layer)) for layer in zip(kernels, *numbers, strict=True)]
    seen = call.sees("input")
    if call["groups"] == 1:
        seen = see.mixed(seen, [1])
    elif not call["groups"] == call.shape[1] == call.to[1]:
        seen = see.unfollowed(seen, [1])
    return windows(call, see.joined([seen, see.lost([call.sees("weight")])]), 2, layers)


@rule("max_pool2d_with_indices", "max_pool3d_with_indices", "max_pool2d", "max_pool3d", "max_pool1d", "avg_pool1d")
@rule("avg_pool2d", "avg_pool3d", "mkldnn_max_pool2d", "quantized_max_pool2d")
def pool(call: Call) -> Seen:
    """Read the windows of a pooling."""
    axes = int(call.name.partition("pool")[2][0])
    kernels = each(call["kernel_size"], axes)
    strides = each(call["stride"], axes, kernels)
    numbers = zip(kernels, strides, each(call["padding"], axes, 0), each(call["dilation"], axes), strict=True)
    return windows(call, call.seen[0], len(call.shape) - axes, [window(Window(*layer)) for layer in numbers])


@rule("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d", "adaptive_max_pool3d")
@rule("adaptive_avg_pool1d", "adaptive_max_pool1d")
def adaptive_pool(call: Call) -> Seen:
    """Read as many windows as are asked for, a unit here and there in two of them."""
    first = len(call.shape) - int(call.name.partition("pool")[2][0])
    layers = [adaptive(n, places) for n, places in zip(call.shape[first:], call.to[first:], strict=True)]
    return windows(call, call.seen[0], first, layers)


def adaptive(n: int, places: int) -> Reader:
    """Read the windows of an adaptive pooling.

    >>> reader = adaptive(5, 2)
    >>> [list(reader.reads(unit)) for unit in range(2)]
    [[0, 1, 2], [2, 3, 4]]
    """
    common = gcd(n, places) or 1
    return Reader(lambda u: range(u * n // places, -(-(u + 1) * n // places)), places // common, n // common)


@rule("constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d")
@rule("replication_pad1d", "replication_pad2d", "replication_pad3d")
def pad(call: Call) -> Seen:
    """Move by what stands before; what is repeated there counts as padding."""
    seen = call.seen[0]
    amounts = call["pad"] if call["pad"] is not None else call["padding"]
    for place, before in enumerate(amounts[::2], start=1):
        dim = len(call.shape) - place
        if call.shape[dim] != call.to[dim]:
            seen = see.read(seen, dim, call.shape[dim], offset(-before), call.to[dim])
    return seen


def upsample(nearest: bool) -> Rule:  # noqa: FBT001  one of two kinds
    """Read as an interpolation does: the nearest unit, or all that are nearer than the reach of the weights."""

    def interpolation(call: Call) -> Seen:
        axes = len(call.shape) - 2
        reach = 2 if "cubic" in call.name else 1
        names = ["scales"] if axes == 1 else ["scales_d", "scales_h", "scales_w"][-axes:]
        given = call["scale_factors"] or [call[name] for name in names]
        sizes = zip(call.shape[2:], call.to[2:], given, strict=True)
        corners, half = bool(call["align_corners"]), "exact" in call.name or not nearest
        layers = [
            interpolated(n, places, factor, reach=0 if nearest else reach, corners=corners, half=half)
            for n, places, factor in sizes
        ]
        return windows(call, call.seen[0], 2, layers)

    return interpolation


def interpolated(n: int, places: int, factor: float | None, *, reach: int, corners: bool, half: bool) -> Reader:
    """Read what one of ``places`` units is interpolated from, of ``n``.

    >>> reader = interpolated(4, 8, None, reach=1, corners=False, half=True)
    >>> [list(reader.reads(unit)) for unit in (1, 2)]
    [[0, 1], [0, 1]]
    """
    scale = 1 / Fraction(factor) if factor else Fraction(n, places)
    if corners:
        scale = Fraction(n - 1, places - 1) if places > 1 else Fraction(0)
    shift = Fraction(1, 2) if half and not corners else Fraction(0)

    def reads(unit: int) -> range:
        source = scale * (unit + shift) - (shift if reach else 0)
        if not reach:
            pixels = nearest(scale, unit + shift)
            return range(min(pixels), max(pixels) + 1)
        first, last = (
            floor(source) - reach + 1,
            (floor(source) if source.denominator == 1 else ceil(source)) + reach - 1,
        )
        return range(first, last + 1)

    repeats = scale.denominator <= places and abs(scale * places - n) < 1
    if not reach:  # the rim between two pixels is not the same in each round
        repeats = repeats and all(len(reads(unit)) == 1 for unit in range(places))
    return Reader(reads, scale.denominator if repeats else 0, scale.numerator)


def nearest(scale: Fraction, place: Fraction) -> set[int]:
    """Give the pixel below a place; on the rim between two, rounding decides which: float32's, or float64's.

    >>> nearest(Fraction(24, 37), 18 + Fraction(1, 2))  # 12, but for rounding
    {11, 12}
    """
    rounded = [number(scale) * number(place) for number in (np.float32, np.float64)]
    return {floor(scale * place), *(floor(source) for source in rounded)}


for _kind in ("1d", "2d", "3d"):
    RULES[f"upsample_nearest{_kind}"] = RULES[f"_upsample_nearest_exact{_kind}"] = upsample(nearest=True)
RULES |= dict.fromkeys(
    ["upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"], upsample(nearest=False)
)


@rule("pixel_shuffle", "pixel_unshuffle")
def pixel_shuffle(call: Call) -> Seen:
    """Lay channels out as pixels, or the other way round."""
    factor = call["upscale_factor"] or call["downscale_factor"]
    layer = transposed(TransposedWindow(factor, factor)) if call["upscale_factor"] else window(Window(factor, factor))
    rank = len(call.shape)
    return windows(call, see.unfollowed(call.seen[0], [rank - 3]), rank - 2, [layer, layer])


@rule("unfold")
def unfold(call: Call) -> Seen:
    """Cut windows out; they are read together, so their places are not told apart."""
    dim = call["dimension"] % len(call.shape)
    return see.read(call.seen[0], dim, call.shape[dim], window(Window(call["size"], call["step"])), call.to[dim])


@rule("im2col")
def im2col(call: Call) -> Seen:
    """Cut windows out of images; their places stand one behind the other, rows first."""
    names = ("kernel_size", "stride", "padding", "dilation")
    layers = [Window(*layer) for layer in zip(*(call[name] for name in names), strict=True)]
    first = len(call.shape) - 2
    counts = [layer.output_size(size) for layer, size in zip(layers, call.shape[first:], strict=True)]
    seen = call.seen[0]
    for dim, (layer, count) in enumerate(zip(layers, counts, strict=True), start=first):
        seen = see.read(seen, dim, call.shape[dim], window(layer), count)
    return see.reshaped(seen, (call.shape[0], call.to[1], *counts), call.to)
