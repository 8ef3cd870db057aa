"""Max unpooling: every number goes back to where pooling has found it."""

from collections.abc import Sequence
from math import prod
from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Integer, Num

from cnnbook.reference.maps import fit_gradient, fit_maps, with_axes
from cnnbook.shapes import PerAxis, per_axis

Images = Num[np.ndarray, "n c_in *size"] | Num[np.ndarray, "c_in *size"]
Maps = Float[np.ndarray, "n c_out *places"] | Float[np.ndarray, "c_out *places"]


def max_unpool_loops(
    axes: int,
    input: Images,
    indices: Integer[np.ndarray, "*input"],
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: Sequence[SupportsIndex] | None = None,
) -> Maps:
    r"""Put every number where the largest of its window once stood, and zeros everywhere else.

    .. math:: y_{c,\,j_{c,i}} = x_{c,i}

    Here :math:`j` are the indices that :func:`.max_pool_loops` returns.
    Where two windows had the same largest pixel, the later writes over the earlier.

    Args:
        axes: how many axes are spatial; ``max_unpool1d_loops`` and those with 2d and 3d know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.
        indices: for every number of ``input``, the pixel of the larger map that it goes to.
        kernel_size: pixels of a window of the pooling; one number, or one for each spatial axis.
        stride: pixels from one window to the next, the window's own size where not given; as ``kernel_size``.
        padding: pixels that the pooling has added on each side; as ``kernel_size``.
        output_size: spatial sizes of the larger map, after the batch and the channels or without them.
            Not given, they are :math:`(n - 1)\,s - 2p + k`; a stride rounds down,
            so that anything less than one stride away may be meant too.

    Raises:
        TypeError: an array holds no numbers of the needed kind, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or an index is no pixel of the larger map.

    References:
        Zeiler & Fergus (2014), *Visualizing and understanding convolutional networks*, section 2.1.

    >>> max_unpool1d_loops(np.array([[5, 7]]), np.array([[1, 2]]), kernel_size=2)
    array([[0., 5., 7., 0.]])
    >>> max_unpool1d_loops(np.array([[5, 7]]), np.array([[1, 4]]), kernel_size=2, output_size=(5,))
    array([[0., 5., 0., 0., 7.]])
    """
    input, maps, size = fit_unpool(axes, input, indices, kernel_size, stride, padding, output_size)
    output = np.zeros(maps + size)
    if output.size:  # a map without pixels has no place for anything
        for place, pixel in np.ndenumerate(indices):
            output[place[:-axes]].flat[pixel] = input[place]
    return output


def max_unpool_backward(
    axes: int,
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    indices: Integer[np.ndarray, "*input"],
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: Sequence[SupportsIndex] | None = None,
) -> Float[np.ndarray, "*input"]:
    r"""Tell every number how the loss changes with it: it reads the gradient where it was put.

    .. math:: \frac{\partial \ell}{\partial x_{c,i}} = g_{c,\,j_{c,i}}

    A number that another was written over reads it too, as in torch, although the loss does not depend on it any more.

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`max_unpool_loops`'s result.
        input: what was given to :func:`max_unpool_loops`, and so are the arguments that follow; only its shape counts.
        indices: the pixel that every number went to.
        kernel_size: pixels of a window of the pooling.
        stride: pixels from one window to the next.
        padding: pixels that the pooling has added on each side.
        output_size: spatial sizes of the larger map.

    Raises:
        TypeError: an array holds no numbers of the needed kind, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or an index is no pixel of the larger map.

    >>> max_unpool1d_backward(np.array([[1, 2, 3, 4]]), np.array([[5, 7]]), np.array([[1, 2]]), kernel_size=2)
    array([[2., 3.]])
    """
    input, maps, size = fit_unpool(axes, input, indices, kernel_size, stride, padding, output_size)
    grad_output, grad_input = fit_gradient(grad_output, maps + size), np.zeros_like(input)
    if grad_output.size:
        for place, pixel in np.ndenumerate(indices):
            grad_input[place] = grad_output[place[:-axes]].flat[pixel]
    return grad_input


max_unpool1d_loops = with_axes(1, max_unpool_loops)
max_unpool2d_loops = with_axes(2, max_unpool_loops)
max_unpool3d_loops = with_axes(3, max_unpool_loops)
max_unpool1d_backward = with_axes(1, max_unpool_backward)
max_unpool2d_backward = with_axes(2, max_unpool_backward)
max_unpool3d_backward = with_axes(3, max_unpool_backward)


def fit_unpool(
    axes: int,
    input: Num[np.ndarray, "..."],
    indices: Num[np.ndarray, "..."],
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    output_size: Sequence[SupportsIndex] | None,
) -> tuple[Float[np.ndarray, "..."], tuple[int, ...], tuple[int, ...]]:
    """Check that numbers, indices and sizes belong together.

    Returns:
        The numbers in float64; the shape of what comes before the spatial axes; and the larger map's sizes.

    Raises:
        TypeError: an array holds no numbers of the needed kind, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or an index is no pixel of the larger map.

    >>> numbers, indices = np.zeros((3, 4, 4)), np.zeros((3, 4, 4), dtype=int)
    >>> fit_unpool(2, numbers, indices, kernel_size=3, stride=2, padding=1, output_size=(8, 7))[1:]
    ((3,), (8, 7))
    """
    input, maps, size = fit_maps(input, axes, filled_from=1)
    if not isinstance(indices, np.ndarray):
        raise TypeError(f"indices must be a NumPy array, not {type(indices).__name__}")
    if indices.dtype.kind not in "iu":
        raise TypeError(f"indices has dtype {indices.dtype}; integers are needed")
    if indices.shape != input.shape:
        raise ValueError(
            f"indices has shape {indices.shape}; {input.shape} is needed: a pixel for each number of input"
        )

    kernel = per_axis("kernel_size", kernel_size, axes, least=1)
    steps = kernel if stride is None else per_axis("stride", stride, axes, least=1)
    added = per_axis("padding", padding, axes, least=0)
    usual = tuple((n - 1) * s - 2 * p + k for n, s, p, k in zip(size, steps, added, kernel, strict=True))
    larger = usual if output_size is None else spatial_sizes(output_size, axes)
    if min(larger) < 0:
        raise ValueError(f"padding={padding!r} is too wide: input of size {size} would become {larger}")
    if any(abs(given - n) >= s for given, n, s in zip(larger, usual, steps, strict=True)):
        raise ValueError(f"output_size={output_size!r} must be less than stride={steps} away from {usual}")
    wrong = indices[(indices < 0) | (indices >= prod(larger))]
    if wrong.size and prod(larger):
        raise ValueError(f"indices holds {wrong[0]}; a map of size {larger} has pixels 0 to {prod(larger) - 1}")
    return input, maps, larger


def spatial_sizes(output_size: Sequence[SupportsIndex], axes: int) -> tuple[int, ...]:
    """Take the spatial sizes out of a shape, with or without batch and channels.

    Raises:
        TypeError: a size is no integer.
        ValueError: there are too many or too few, or one is negative.

    >>> spatial_sizes((10, 3, 8, 6), axes=2)
    (8, 6)
    """
    if not isinstance(output_size, tuple | list) or len(output_size) not in {axes, axes + 2}:
        raise ValueError(
            f"output_size={output_size!r} must be a tuple of {axes} sizes, or {axes + 2} with batch and channels"
        )
    return per_axis("output_size", output_size[-axes:], axes, least=0)
