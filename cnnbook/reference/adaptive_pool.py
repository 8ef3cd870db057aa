"""Adaptive pooling: the output's size is given, and the windows follow from it."""

from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.maps import fit_gradient, fit_maps, with_axes
from cnnbook.shapes import per_axis

Images = Num[np.ndarray, "n c_in *size"] | Num[np.ndarray, "c_in *size"]
Maps = Float[np.ndarray, "n c_out *places"] | Float[np.ndarray, "c_out *places"]
OutputSize = SupportsIndex | tuple[SupportsIndex | None, ...] | list[SupportsIndex | None]


def adaptive_avg_pool_loops(axes: int, input: Images, output_size: OutputSize) -> Maps:
    r"""Divide every map into as many bins as numbers are wanted, and take the mean of each.

    .. math::
        y_{c,i} = \operatorname{mean}\, \{\, x_{c,j} \,:\,
        \lfloor i\,n / o \rfloor \le j < \lceil (i + 1)\,n / o \rceil \,\}

    Here :math:`i` and :math:`j` run over all spatial axes at once; :math:`n` pixels make :math:`o` bins.
    Where :math:`o` does not divide :math:`n`, some bins are larger than others, and neighbours overlap.

    Args:
        axes: how many axes are spatial; ``adaptive_avg_pool1d_loops`` and those with 2d and 3d know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.
        output_size: bins; one number, or one for each spatial axis, where ``None`` keeps the size.

    Raises:
        TypeError: the array holds no real numbers, or a size is no integer.
        ValueError: the array has too many or too few axes or no pixels, or a size is negative.

    References:
        He, Zhang, Ren & Sun (2014), *Spatial pyramid pooling in deep convolutional networks for visual recognition*,
        appendix A.

    >>> adaptive_avg_pool1d_loops(np.array([[1, 2, 3, 4, 5]]), output_size=3)  # of 1 2, of 2 3 4, of 4 5
    array([[1.5, 3. , 4.5]])
    """
    input, maps, size = fit_maps(input, axes, filled_from=-axes)
    places = bin_counts(size, output_size)
    output = np.zeros(maps + places)
    for map in np.ndindex(maps):
        for place in np.ndindex(places):
            output[map + place] = np.mean(input[map + bin_at(place, size, places)])
    return output


def adaptive_avg_pool_backward(
    axes: int, grad_output: Num[np.ndarray, "*output"], input: Num[np.ndarray, "*input"], output_size: OutputSize
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: all pixels of a bin share its gradient equally.

    .. math:: \frac{\partial \ell}{\partial x_{c,j}} = \sum_{i \,:\, j \text{ is in bin } i} \frac{g_{c,i}}{m_i}

    Here :math:`m_i` counts the pixels of the bin.

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`adaptive_avg_pool_loops`'s result.
        input: what was given to :func:`adaptive_avg_pool_loops`, and so is the next; only its shape counts.
        output_size: bins.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, the input has no pixels, or a size is negative.

    >>> adaptive_avg_pool1d_backward(np.array([[2, 3, 2]]), np.array([[1, 2, 3, 4, 5]]), output_size=3)
    array([[1., 2., 1., 2., 1.]])
    """
    input, maps, size = fit_maps(input, axes, filled_from=-axes)
    places = bin_counts(size, output_size)
    grad_output, grad_input = fit_gradient(grad_output, maps + places), np.zeros_like(input)
    for map in np.ndindex(maps):
        for place in np.ndindex(places):
            share = grad_input[map + bin_at(place, size, places)]
            share += grad_output[map + place] / share.size
    return grad_input


adaptive_avg_pool1d_loops = with_axes(1, adaptive_avg_pool_loops)
adaptive_avg_pool2d_loops = with_axes(2, adaptive_avg_pool_loops)
adaptive_avg_pool3d_loops = with_axes(3, adaptive_avg_pool_loops)
adaptive_avg_pool1d_backward = with_axes(1, adaptive_avg_pool_backward)
adaptive_avg_pool2d_backward = with_axes(2, adaptive_avg_pool_backward)
adaptive_avg_pool3d_backward = with_axes(3, adaptive_avg_pool_backward)


def bin_counts(size: tuple[int, ...], output_size: OutputSize) -> tuple[int, ...]:
    """Spread the number of bins over all spatial axes; ``None`` stands for as many as there are pixels.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is negative, or there is not one for each axis.

    >>> bin_counts((8, 6), (None, 2))
    (8, 2)
    """
    if not isinstance(output_size, tuple | list):
        return per_axis("output_size", output_size, len(size), least=0)
    counts = per_axis("output_size", [0 if bins is None else bins for bins in output_size], len(size), least=0)
    return tuple(n if bins is None else count for n, bins, count in zip(size, output_size, counts, strict=True))


def bin_at(place: tuple[int, ...], size: tuple[int, ...], places: tuple[int, ...]) -> tuple[slice, ...]:
    """Point at the pixels of one bin.

    >>> [bin_at((i,), size=(5,), places=(3,)) for i in range(3)]
    [(slice(0, 2, None),), (slice(1, 4, None),), (slice(3, 5, None),)]
    """
    return tuple(slice(i * n // o, -(-(i + 1) * n // o)) for i, n, o in zip(place, size, places, strict=True))
