"""Interpolation: a map is made larger or smaller by asking it between its pixels."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import floor, inf, prod
from numbers import Real
from typing import SupportsFloat

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import real
from cnnbook.reference.maps import fit_gradient
from cnnbook.shapes import PerAxis, per_axis

Scale = SupportsFloat | Sequence[SupportsFloat]
Reads = list[tuple[int, float]]  # the pixels that one place reads along one axis, and their weights

NEAREST = ["nearest", "nearest-exact"]
LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}  # and the number of spatial axes


def interpolate_loops(
    input: Num[np.ndarray, "n c *size"],
    size: PerAxis | None = None,
    scale_factor: Scale | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Float[np.ndarray, "n c *places"]:
    r"""Ask every map at the places of a finer or coarser grid.

    Along each axis, place :math:`i` of :math:`o` lies over one of these positions among the :math:`n` pixels:

    .. math::
        \tfrac{n}{o}\,i \quad \text{(nearest)} \qquad
        \tfrac{n}{o}\,(i + \tfrac12) \quad \text{(nearest-exact)} \qquad
        \tfrac{n}{o}\,(i + \tfrac12) - \tfrac12 \quad \text{(linear)} \qquad
        \tfrac{n - 1}{o - 1}\,i \quad \text{(linear, corners aligned)}

    The nearest modes round down and take that pixel.
    The linear modes take the pixels before and after, weighted by how near each is, along all axes at once.
    Beyond the first or the last pixel they take that one.

    Args:
        input: images, channels, then one to three spatial axes.
        size: the output's; one number, or one for each spatial axis.
        scale_factor: instead of ``size``, what to multiply the sizes by; the result is rounded down.
            It also takes the place of :math:`o / n` in the formulas.
        mode: ``"nearest"``, ``"nearest-exact"``, or ``"linear"``, ``"bilinear"``, ``"trilinear"`` for 1, 2, 3 axes.
        align_corners: whether the middles of the corner pixels meet (true) or the corners of the maps;
            for the linear modes only.

    Raises:
        TypeError: the array holds no real numbers, or an argument is of the wrong kind.
        ValueError: a number is out of range, there is not one of ``size`` and ``scale_factor``,
            or the mode fits neither the input nor ``align_corners``.

    References:
        Long, Shelhamer & Darrell (2015), *Fully convolutional networks for semantic segmentation*, section 3.3.

    >>> signal = np.array([[[10, 20]]])
    >>> interpolate_loops(signal, scale_factor=2)
    array([[[10., 10., 20., 20.]]])
    >>> interpolate_loops(signal, scale_factor=2, mode="linear")
    array([[[10. , 12.5, 17.5, 20. ]]])
    >>> interpolate_loops(signal, size=3, mode="linear", align_corners=True)
    array([[[10., 15., 20.]]])
    """
    input, places, reads = fit_interpolation(input, size, scale_factor, mode, align_corners)
    output = np.zeros(input.shape[:2] + places)
    for map in np.ndindex(input.shape[:2]):
        for place in np.ndindex(places):
            for pixel, weight in together(reads, place):
                output[map + place] += weight * input[map + pixel]
    return output


def interpolate_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    size: PerAxis | None = None,
    scale_factor: Scale | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: what each place has read with a weight comes back with it.

    .. math:: \frac{\partial \ell}{\partial x_{c,j}} = \sum_i w_{ij}\, g_{c,i}

    Here :math:`w_{ij}` is the weight with which place :math:`i` read pixel :math:`j`.

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`interpolate_loops`'s result.
        input: what was given to :func:`interpolate_loops`, and so are the arguments that follow; only its shape counts.
        size: the output's.
        scale_factor: instead of ``size``, what to multiply the sizes by.
        mode: which pixels each place reads.
        align_corners: whether the middles of the corner pixels meet.

    Raises:
        TypeError: an array holds no real numbers, or an argument is of the wrong kind.
        ValueError: shapes do not match, a number is out of range, or the arguments do not go together.

    >>> interpolate_backward(np.array([[[1, 10, 100, 1000]]]), np.array([[[10, 20]]]), scale_factor=2)
    array([[[  11., 1100.]]])
    """
    input, places, reads = fit_interpolation(input, size, scale_factor, mode, align_corners)
    grad_output, grad_input = fit_gradient(grad_output, input.shape[:2] + places), np.zeros_like(input)
    for map in np.ndindex(input.shape[:2]):
        for place in np.ndindex(places):
            for pixel, weight in together(reads, place):
                grad_input[map + pixel] += weight * grad_output[map + place]
    return grad_input


def together(reads: list[list[Reads]], place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Combine what a place reads along each axis: every pixel, with the product of its weights.

    >>> halfway_down, right = [[(0, 0.5), (1, 0.5)]], [[(7, 1.0)]]
    >>> list(together([halfway_down, right], (0, 0)))
    [((0, 7), 0.5), ((1, 7), 0.5)]
    """
    for corner in product(*(along[i] for along, i in zip(reads, place, strict=True))):
        pixel, weights = zip(*corner, strict=True)
        yield pixel, prod(weights)


def fit_interpolation(
    input: Num[np.ndarray, "..."],
    size: PerAxis | None,
    scale_factor: Scale | None,
    mode: str,
    align_corners: bool | None,
) -> tuple[Float[np.ndarray, "..."], tuple[int, ...], list[list[Reads]]]:
    """Check that the arguments go together.

    Returns:
        The maps in float64; the output's sizes; and along each axis, what each place reads.

    Raises:
        TypeError: the array holds no real numbers, or an argument is of the wrong kind.
        ValueError: a number is out of range, or the arguments do not go together.

    >>> fit_interpolation(np.zeros((1, 1, 2)), size=3, scale_factor=None, mode="nearest", align_corners=None)[1:]
    ((3,), [[[(0, 1.0)], [(0, 1.0)], [(1, 1.0)]]])
    """
    input = real("input", input)
    sizes = input.shape[2:]
    if len(sizes) not in {1, 2, 3}:
        raise ValueError(f"input has shape {input.shape}; images, channels and 1 to 3 spatial axes are needed")
    if 0 in input.shape[1:]:
        raise ValueError(f"input of shape {input.shape} holds nothing; only a batch may be empty")
    check_mode(mode, len(sizes), align_corners)
    if (size is None) == (scale_factor is None):
        raise ValueError(f"give one of size and scale_factor, not size={size!r} and scale_factor={scale_factor!r}")

    if size is not None:
        places = per_axis("size", size, len(sizes), least=1)
        steps = [(float(n), float(o)) for n, o in zip(sizes, places, strict=True)]
    else:
        factors = factor_per_axis(scale_factor, len(sizes))
        places = tuple(floor(n * factor) for n, factor in zip(sizes, factors, strict=True))
        if 0 in places:
            raise ValueError(f"scale_factor={scale_factor!r} leaves nothing of input of size {sizes}")
        steps = [(1.0, factor) for factor in factors]
        for axis, (n, o) in enumerate(zip(sizes, places, strict=True)):
            if o in sizes_without_factor(n, mode, len(sizes)):
                steps[axis] = float(n), float(o)
    along = zip(sizes, places, steps, strict=True)
    return input, places, [reads_along(*axis, mode, bool(align_corners)) for axis in along]


def check_mode(mode: str, axes: int, align_corners: bool | None) -> None:
    """Refuse a mode that does not go with the number of spatial axes or with ``align_corners``.

    Raises:
        TypeError: ``align_corners`` is not true, false or ``None``.
        ValueError: the mode is none, or needs another number of axes, or knows no corners.

    >>> check_mode("bilinear", axes=1, align_corners=None)
    Traceback (most recent call last):
    ValueError: mode='bilinear' needs 2 spatial axes; input has 1
    """
    if mode not in [*NEAREST, *LINEAR]:
        raise ValueError(f"mode={mode!r} must be one of {', '.join([*NEAREST, *LINEAR])}")
    if LINEAR.get(mode, axes) != axes:
        raise ValueError(f"mode={mode!r} needs {LINEAR[mode]} spatial axes; input has {axes}")
    if align_corners is not None and not isinstance(align_corners, bool):
        raise TypeError(f"align_corners={align_corners!r} must be True, False or None")
    if align_corners is not None and mode in NEAREST:
        raise ValueError(f"align_corners={align_corners} needs a linear mode; mode={mode!r} knows no corners")


def factor_per_axis(scale_factor: Scale | None, axes: int) -> tuple[float, ...]:
    """Spread a factor over all spatial axes, or check that there is one for each.

    Raises:
        TypeError: a factor is no real number.
        ValueError: a factor is not above zero or not finite, or there is not one for each axis.

    >>> factor_per_axis(2, axes=2)
    (2.0, 2.0)
    """
    factors = scale_factor if isinstance(scale_factor, tuple | list) else [scale_factor] * axes
    if len(factors) != axes:
        raise ValueError(f"scale_factor={scale_factor!r} must be one number, or one for each spatial axis ({axes})")
    for factor in factors:
        if not isinstance(factor, Real):
            raise TypeError(f"scale_factor={scale_factor!r} must be a number, not {type(factor).__name__}")
        if not 0 < float(factor) < inf:
            raise ValueError(f"scale_factor={scale_factor!r} must be above 0 and finite")
    return tuple(map(float, factors))


def sizes_without_factor(n: int, mode: str, axes: int) -> set[int]:
    """Name the sizes at which torch spaces the places evenly over ``n`` pixels, whatever factor has led there.

    Everywhere else it goes by the factor, although the size was rounded down.

    >>> sizes_without_factor(5, "bilinear", axes=2)
    {5}
    """
    if mode in LINEAR:
        return {n}
    return {n, 2 * n} if mode == "nearest" and axes == LINEAR["bilinear"] else set()


def reads_along(n: int, places: int, step: tuple[float, float], mode: str, align_corners: bool) -> list[Reads]:
    """Say what each place reads along one axis of ``n`` pixels.

    The step from one place to the next is a numerator and a denominator: divided last, it is rounded once only.

    >>> reads_along(2, 4, (2.0, 4.0), mode="linear", align_corners=False)
    [[(0, 1.0), (1, 0.0)], [(0, 0.75), (1, 0.25)], [(0, 0.25), (1, 0.75)], [(1, 1.0), (1, 0.0)]]
    """
    numerator, denominator = (n - 1, max(places - 1, 1)) if align_corners else step
    start = 0.0 if align_corners or mode == "nearest" else 0.5  # a pixel's middle lies half a pixel behind its edge
    reads = []
    for i in range(places):
        position = (i + start) * numerator / denominator
        if mode in NEAREST:
            reads.append([(min(floor(position), n - 1), 1.0)])
        else:
            position = min(max(position - start, 0.0), n - 1.0)
            before = floor(position)
            reads.append([(before, before + 1 - position), (min(before + 1, n - 1), position - before)])
    return reads
