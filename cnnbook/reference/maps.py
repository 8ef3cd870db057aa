"""What pooling and resampling ask of their input: maps with a known number of spatial axes."""

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import real
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis, per_axis, pool_output_size

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def with_axes(axes: int, operation: Callable[Concatenate[int, Arguments], Result]) -> Callable[Arguments, Result]:
    """Give an operation under a name that says its number of spatial axes, which no weight tells here.

    >>> count = with_axes(2, lambda axes, input: input.ndim - axes)
    >>> count(np.zeros((3, 8, 8)))
    1
    """

    @wraps(operation)
    def named(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return operation(axes, *args, **kwargs)

    vars(named)["__signature__"] = inspect.signature(partial(operation, axes))
    return named


def fit_maps(
    input: Num[np.ndarray, "..."], axes: int, filled_from: int
) -> tuple[Float[np.ndarray, "..."], tuple[int, ...], tuple[int, ...]]:
    """Check that an array holds maps, with or without a batch.

    Args:
        input: images, channels, then the spatial axes; one image alone may lack the first axis.
        axes: how many of its axes are spatial.
        filled_from: the first axis that must not be empty, nor any after it.

    Returns:
        The array in float64; the shape of what comes before the spatial axes; and their sizes.

    Raises:
        TypeError: it is no NumPy array of real numbers.
        ValueError: it has too many or too few axes, or holds nothing.

    >>> _, maps, size = fit_maps(np.zeros((10, 3, 8, 6)), axes=2, filled_from=1)
    >>> maps, size
    ((10, 3), (8, 6))
    """
    input = real("input", input)
    if input.ndim not in {axes + 1, axes + 2}:
        raise ValueError(f"input has shape {input.shape}; {axes + 2} axes are needed, or {axes + 1} for one image")
    if 0 in input.shape[filled_from:]:
        raise ValueError(f"input of shape {input.shape} holds nothing; only a batch may be empty")
    return input, input.shape[:-axes], input.shape[-axes:]


def fit_gradient(grad_output: Num[np.ndarray, "..."], shape: tuple[int, ...]) -> Float[np.ndarray, "..."]:
    """Check that a gradient has the shape of the output that it belongs to, and return it in float64.

    Raises:
        TypeError: it is no NumPy array of real numbers.
        ValueError: it has another shape.

    >>> fit_gradient(np.zeros((3, 2)), (3, 4))
    Traceback (most recent call last):
    ValueError: grad_output has shape (3, 2); (3, 4) is needed: the output's shape
    """
    grad_output = real("grad_output", grad_output)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output has shape {grad_output.shape}; {shape} is needed: the output's shape")
    return grad_output


def fit_windows(
    size: tuple[int, ...],
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    dilation: PerAxis,
    ceil_mode: bool,
) -> tuple[Window, tuple[int, ...]]:
    """Check that windows fit on a map.

    Returns:
        The window, and how many there are along each axis.

    Raises:
        TypeError: a size is no integer.
        ValueError: a number is out of range, or no window fits.

    >>> fit_windows((5, 6), kernel_size=2, stride=None, padding=0, dilation=1, ceil_mode=True)[1]
    (3, 3)
    """
    axes = len(size)
    kernel = per_axis("kernel_size", kernel_size, axes, least=1)
    padding = per_axis("padding", padding, axes, least=0)
    window = Window.of(kernel, kernel if stride is None else stride, padding, dilation)
    try:
        along = zip(size, kernel, window.stride, padding, window.dilation, strict=True)
        return window, tuple(pool_output_size(*axis, ceil_mode) for axis in along)
    except ValueError as error:
        raise ValueError(f"input of size {size}: {error}") from None
