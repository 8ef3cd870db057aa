"""The reference's operations as exercises use them: bare rows and pictures, without axes of length one."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference import (
    avg_pool2d_loops,
    conv1d_loops,
    conv2d_loops,
    conv_transpose1d_loops,
    conv_transpose2d_loops,
    max_pool2d_loops,
)

Array = Num[np.ndarray, "..."]


def bare(operation: Callable[..., Any]) -> Callable[..., Float[np.ndarray, "..."]]:
    """Let an operation take one channel, and one kernel if it has any, without the axes that count them.

    >>> bare(conv1d_loops)(np.array([1, 2, 4, 3]), np.array([-1, 0, 1]), padding=1)
    array([ 2.,  3.,  1., -4.])
    >>> bare(max_pool2d_loops)(np.array([[1, 2], [4, 3]]), kernel_size=2)
    array([[4.]])
    """

    def on_one_channel(input: Array, weight: Array | None = None, **options: Any) -> Float[np.ndarray, "..."]:
        kernels = [] if weight is None else [weight[None, None]]
        return operation(input[None], *kernels, **options)[0]

    return on_one_channel


conv1d = bare(conv1d_loops)
conv2d = bare(conv2d_loops)
transposed1d = bare(conv_transpose1d_loops)
transposed2d = bare(conv_transpose2d_loops)
max_pool = bare(max_pool2d_loops)
avg_pool = bare(avg_pool2d_loops)


def ring_convolution(input: Array, weight: Array, mode: str = "wrap", stride: int = 1) -> Array:
    """Convolve a ring: beyond each end the row goes on at the other.

    >>> ring_convolution(np.array([1, 2, 4]), np.array([1, 0, 0]))
    array([4., 1., 2.])
    """
    return conv1d(np.pad(input, len(weight) // 2, mode=mode), weight, stride=stride)  # type: ignore[call-overload]


def surviving_shift(layers: int, stride: int, pixels: int) -> int:
    """The smallest shift of a ring of pixels after which the output is a shift of the old output.

    >>> surviving_shift(layers=1, stride=2, pixels=8)
    2
    """
    random = np.random.default_rng(0)
    ring, weight = random.standard_normal(pixels), random.standard_normal(3)

    def network(signal: Array) -> Array:
        for _ in range(layers):
            signal = ring_convolution(signal, weight, stride=stride)
        return signal

    outputs = [np.roll(network(ring), places) for places in range(pixels // stride**layers)]
    shifts = (by for by in range(1, pixels) if any(np.allclose(network(np.roll(ring, by)), old) for old in outputs))
    return next(shifts)


def few(random: np.random.Generator, *shape: int) -> Float[np.ndarray, "..."]:
    """Draw whole numbers that can be added in the head.

    >>> few(np.random.default_rng(0), 2, 3).shape
    (2, 3)
    """
    return random.integers(-3, 6, shape).astype(float)


def size(random: np.random.Generator, least: int, most: int) -> int:
    """Draw a size; both ends may come out.

    >>> size(np.random.default_rng(0), 3, 3)
    3
    """
    return int(random.integers(least, most + 1))
