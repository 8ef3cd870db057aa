"""Global pooling: one number for every map, whatever its size."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.adaptive_pool import adaptive_avg_pool_backward, adaptive_avg_pool_loops
from cnnbook.reference.maps import fit_gradient, fit_maps, with_axes
from cnnbook.reference.max_pool import max_pool_backward, max_pool_loops

Images = Num[np.ndarray, "n c_in *size"] | Num[np.ndarray, "c_in *size"]
Vectors = Float[np.ndarray, "n c_out"] | Float[np.ndarray, " c_out"]


def global_avg_pool(axes: int, input: Images) -> Vectors:
    r"""Take the mean of every map: one number for each channel.

    .. math:: y_c = \frac{1}{m} \sum_i x_{c,i}

    Here :math:`i` runs over all :math:`m` pixels of a map.

    Args:
        axes: how many axes are spatial; ``global_avg_pool1d`` and those with 2d and 3d know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.

    Raises:
        TypeError: the array holds no real numbers.
        ValueError: the array has too many or too few axes, or no pixels.

    References:
        Lin, Chen & Yan (2014), *Network in network*, section 3.2.

    >>> global_avg_pool2d(np.array([[[1, 2], [3, 6]], [[0, 0], [0, 4]]]))
    array([3., 1.])
    """
    return adaptive_avg_pool_loops(axes, input, 1).reshape(input.shape[:-axes])


def global_avg_pool_backward(
    axes: int, grad_output: Num[np.ndarray, "*output"], input: Num[np.ndarray, "*input"]
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: all pixels of a map share its gradient equally.

    .. math:: \frac{\partial \ell}{\partial x_{c,i}} = \frac{g_c}{m}

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`global_avg_pool`'s result.
        input: what was given to :func:`global_avg_pool`; only its shape counts.

    Raises:
        TypeError: an array holds no real numbers.
        ValueError: shapes do not match, or the input has no pixels.

    >>> global_avg_pool1d_backward(np.array([6]), np.array([[1, 2, 9]]))
    array([[2., 2., 2.]])
    """
    input, maps, _ = fit_maps(input, axes, filled_from=-axes)
    return adaptive_avg_pool_backward(axes, fit_gradient(grad_output, maps).reshape(maps + (1,) * axes), input, 1)


def global_max_pool(axes: int, input: Images) -> Vectors:
    r"""Take the largest number of every map.

    .. math:: y_c = \max_i x_{c,i}

    Here :math:`i` runs over all pixels of a map.

    Args:
        axes: how many axes are spatial; ``global_max_pool1d`` and those with 2d and 3d know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.

    Raises:
        TypeError: the array holds no real numbers.
        ValueError: the array has too many or too few axes, or holds nothing.

    >>> global_max_pool2d(np.array([[[1, 2], [3, 6]], [[0, 0], [0, 4]]]))
    array([6., 4.])
    """
    _, maps, size = fit_maps(input, axes, filled_from=-axes - 1)
    output, _ = max_pool_loops(axes, input, size, return_indices=True)
    return output.reshape(maps)


def global_max_pool_backward(
    axes: int, grad_output: Num[np.ndarray, "*output"], input: Num[np.ndarray, "*input"]
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: the largest is given the gradient, the first of equals.

    .. math:: \frac{\partial \ell}{\partial x_{c,i}} = g_c \text{ if } i \text{ is the largest, else } 0

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`global_max_pool`'s result.
        input: what was given to :func:`global_max_pool`.

    Raises:
        TypeError: an array holds no real numbers.
        ValueError: shapes do not match, or the input holds nothing.

    >>> global_max_pool1d_backward(np.array([6]), np.array([[1, 9, 9]]))
    array([[0., 6., 0.]])
    """
    input, maps, size = fit_maps(input, axes, filled_from=-axes - 1)
    return max_pool_backward(axes, fit_gradient(grad_output, maps).reshape(maps + (1,) * axes), input, size)


global_avg_pool1d = with_axes(1, global_avg_pool)
global_avg_pool2d = with_axes(2, global_avg_pool)
global_avg_pool3d = with_axes(3, global_avg_pool)
global_avg_pool1d_backward = with_axes(1, global_avg_pool_backward)
global_avg_pool2d_backward = with_axes(2, global_avg_pool_backward)
global_avg_pool3d_backward = with_axes(3, global_avg_pool_backward)
global_max_pool1d = with_axes(1, global_max_pool)
global_max_pool2d = with_axes(2, global_max_pool)
global_max_pool3d = with_axes(3, global_max_pool)
global_max_pool1d_backward = with_axes(1, global_max_pool_backward)
global_max_pool2d_backward = with_axes(2, global_max_pool_backward)
global_max_pool3d_backward = with_axes(3, global_max_pool_backward)
