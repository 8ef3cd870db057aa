"""Max pooling: of every window of a map, the largest number."""

from math import prod

import numpy as np
from jaxtyping import Float, Int, Num

from cnnbook.reference.maps import fit_gradient, fit_maps, fit_windows, with_axes
from cnnbook.shapes import PerAxis

Images = Num[np.ndarray, "n c_in *size"] | Num[np.ndarray, "c_in *size"]
Maps = Float[np.ndarray, "n c_out *places"] | Float[np.ndarray, "c_out *places"]
Indices = Int[np.ndarray, "n c_out *places"] | Int[np.ndarray, "c_out *places"]

OUTSIDE = -1  # the number of a pixel that does not exist


def max_pool_loops(
    axes: int,
    input: Images,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Maps | tuple[Maps, Indices]:
    r"""Take the largest number of every window, map by map.

    .. math:: y_{c,i} = \max_k x_{c,\;si + dk - p}

    Here :math:`i` and :math:`k` run over all spatial axes at once.
    Padding counts as :math:`-\infty`: it is never the largest.

    Args:
        axes: how many axes are spatial; ``max_pool1d_loops``, ``max_pool2d_loops`` and ``max_pool3d_loops`` know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.
        kernel_size: pixels of a window; one number, or one for each spatial axis.
        stride: pixels from one window to the next, the window's own size where not given; as ``kernel_size``.
        padding: pixels on each side, at most half a window; as ``kernel_size``.
        dilation: pixels of the map from one pixel of a window to the next; as ``kernel_size``.
        ceil_mode: whether a last window may reach beyond the padding, if only it starts before the map ends.
        return_indices: whether to say as well where each largest number stood, for :func:`.max_unpool_loops`.

    Returns:
        The largest numbers, and with ``return_indices`` their pixels, numbered from zero row by row within each map.
        Of equal numbers the first is named.
        A NaN wins over every number, and of several the last is named, as in torch.
        A window with nothing but padding gives :math:`-\infty` and the index -1.

    Raises:
        TypeError: the array holds no real numbers, or a size is no integer.
        ValueError: a number is out of range, or no window fits.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 3.

    >>> image = np.array([[1, 5, 0, 2], [3, 2, 7, 7]])
    >>> max_pool2d_loops(image[None], kernel_size=2, return_indices=True)
    (array([[[5., 7.]]]), array([[[1, 6]]]))
    """
    input, maps, size = fit_maps(input, axes, filled_from=-axes - 1)
    window, places = fit_windows(size, kernel_size, stride, padding, dilation, ceil_mode)
    numbers = np.pad(np.arange(prod(size)).reshape(size), window.sides, constant_values=OUTSIDE)

    output, indices = np.full(maps + places, -np.inf), np.full(maps + places, OUTSIDE)
    for map in np.ndindex(maps):
        for place in np.ndindex(places):
            for pixel in numbers[window.at(place)].flat:
                value, best = input[map].flat[pixel], map + place
                if pixel != OUTSIDE and (indices[best] == OUTSIDE or value > output[best] or np.isnan(value)):
                    output[best], indices[best] = value, pixel
    return (output, indices) if return_indices else output


def max_pool_backward(
    axes: int,
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: the gradient goes to the largest of a window alone.

    .. math:: \frac{\partial \ell}{\partial x_{c,j}} = \sum_{i \,:\, j \text{ is the largest of window } i} g_{c,i}

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`max_pool_loops`'s result.
        input: what was given to :func:`max_pool_loops`, and so are the arguments that follow.
        kernel_size: pixels of a window.
        stride: pixels from one window to the next.
        padding: pixels on each side.
        dilation: pixels of the map from one pixel of a window to the next.
        ceil_mode: whether a last window may reach beyond the padding.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or no window fits.

    >>> max_pool1d_backward(np.array([[10, 1]]), np.array([[1, 9, 2]]), kernel_size=2, stride=1)
    array([[ 0., 11.,  0.]])
    """
    _, indices = max_pool_loops(axes, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)
    grad_output, grad_input = fit_gradient(grad_output, indices.shape), np.zeros(input.shape)
    for place, pixel in np.ndenumerate(indices):
        if pixel != OUTSIDE:
            grad_input[place[:-axes]].flat[pixel] += grad_output[place]
    return grad_input


max_pool1d_loops = with_axes(1, max_pool_loops)
max_pool2d_loops = with_axes(2, max_pool_loops)
max_pool3d_loops = with_axes(3, max_pool_loops)
max_pool1d_backward = with_axes(1, max_pool_backward)
max_pool2d_backward = with_axes(2, max_pool_backward)
max_pool3d_backward = with_axes(3, max_pool_backward)
