"""Average pooling: of every window of a map, the mean."""

from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.maps import fit_gradient, fit_maps, fit_windows, with_axes
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis, whole_number

Images = Num[np.ndarray, "n c_in *size"] | Num[np.ndarray, "c_in *size"]
Maps = Float[np.ndarray, "n c_out *places"] | Float[np.ndarray, "c_out *places"]

VOLUME = 3  # spatial axes
SMALLEST = np.iinfo(np.int64).min


def avg_pool_loops(
    axes: int,
    input: Images,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: SupportsIndex | None = None,
) -> Maps:
    r"""Take the mean of every window, map by map.

    .. math:: y_{c,i} = \frac{1}{m_i} \sum_k x_{c,\;si + k - p}

    Here :math:`i` and :math:`k` run over all spatial axes at once, padding adds zero, and :math:`m_i` counts pixels.

    Args:
        axes: how many axes are spatial; ``avg_pool1d_loops``, ``avg_pool2d_loops`` and ``avg_pool3d_loops`` know it.
        input: images, channels, then the spatial axes; one image alone may lack the first axis.
        kernel_size: pixels of a window; one number, or one for each spatial axis.
        stride: pixels from one window to the next, the window's own size where not given; as ``kernel_size``.
        padding: zeros on each side, at most half a window; as ``kernel_size``.
        ceil_mode: whether a last window may reach beyond the padding, if only it starts before the map ends.
        count_include_pad: whether :math:`m_i` counts padding too; what lies beyond the padding never counts.
        divisor_override: stands for every :math:`m_i`; any whole number but zero.

    Raises:
        TypeError: the array holds no real numbers, or a size is no integer.
        ValueError: a number is out of range, or no window fits; on three axes it must fit without padding, as in torch.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 3.

    >>> signal = np.array([[2, 4, 6]])
    >>> avg_pool1d_loops(signal, kernel_size=2, padding=1)
    array([[1., 5.]])
    >>> avg_pool1d_loops(signal, kernel_size=2, padding=1, count_include_pad=False)
    array([[2., 5.]])
    """
    input, maps, window, places = fit_avg_pool(axes, input, kernel_size, stride, padding, ceil_mode)
    divisor = divisors(input.shape[-axes:], window, places, count_include_pad, divisor_override)

    padded, output = window.pad(input), np.zeros(maps + places)
    for map in np.ndindex(maps):
        for place in np.ndindex(places):
            output[map + place] = np.sum(padded[map + window.at(place)]) / divisor[place]
    return output


def avg_pool_backward(
    axes: int,
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: SupportsIndex | None = None,
) -> Float[np.ndarray, "*input"]:
    r"""Tell every pixel how the loss changes with it: all pixels of a window share its gradient equally.

    .. math:: \frac{\partial \ell}{\partial x_{c,\;si + k - p}} \mathrel{+}= \frac{g_{c,i}}{m_i}

    Args:
        axes: how many axes are spatial; the functions with 1d, 2d and 3d in their names know it.
        grad_output: :math:`g = \partial \ell / \partial y`, of the shape of :func:`avg_pool_loops`'s result.
        input: what was given to :func:`avg_pool_loops`, and so are the arguments that follow; only its shape counts.
        kernel_size: pixels of a window.
        stride: pixels from one window to the next.
        padding: zeros on each side.
        ceil_mode: whether a last window may reach beyond the padding.
        count_include_pad: whether :math:`m_i` counts padding too.
        divisor_override: stands for every :math:`m_i`.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, a number is out of range, or no window fits.

    >>> avg_pool1d_backward(np.array([[10, 2]]), np.array([[1, 9, 2]]), kernel_size=2, stride=1)
    array([[5., 6., 1.]])
    """
    input, maps, window, places = fit_avg_pool(axes, input, kernel_size, stride, padding, ceil_mode)
    divisor = divisors(input.shape[-axes:], window, places, count_include_pad, divisor_override)

    grad_output, grad_padded = fit_gradient(grad_output, maps + places), np.zeros_like(window.pad(input))
    for map in np.ndindex(maps):
        for place in np.ndindex(places):
            grad_padded[map + window.at(place)] += grad_output[map + place] / divisor[place]
    return window.crop(grad_padded)


avg_pool1d_loops = with_axes(1, avg_pool_loops)
avg_pool2d_loops = with_axes(2, avg_pool_loops)
avg_pool3d_loops = with_axes(3, avg_pool_loops)
avg_pool1d_backward = with_axes(1, avg_pool_backward)
avg_pool2d_backward = with_axes(2, avg_pool_backward)
avg_pool3d_backward = with_axes(3, avg_pool_backward)


def fit_avg_pool(
    axes: int,
    input: Num[np.ndarray, "..."],
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    ceil_mode: bool,
) -> tuple[Float[np.ndarray, "..."], tuple[int, ...], Window, tuple[int, ...]]:
    """Check that windows fit on maps; on three axes torch wants them to fit without padding, and so do we.

    Returns:
        The maps in float64; the shape of what comes before the spatial axes; the window; its places along each axis.

    Raises:
        TypeError: the array holds no real numbers, or a size is no integer.
        ValueError: a number is out of range, or no window fits.

    >>> fit_avg_pool(2, np.zeros((3, 8, 6)), kernel_size=2, stride=None, padding=0, ceil_mode=False)[3]
    (4, 3)
    """
    input, maps, size = fit_maps(input, axes, filled_from=-axes - 1)
    window, places = fit_windows(size, kernel_size, stride, padding, 1, ceil_mode)
    if axes == VOLUME and any(k > n for k, n in zip(window.kernel, size, strict=True)):
        raise ValueError(f"kernel_size={kernel_size!r} does not fit on input of size {size} without padding")
    return input, maps, window, places


def divisors(
    size: tuple[int, ...],
    window: Window,
    places: tuple[int, ...],
    count_include_pad: bool,
    divisor_override: SupportsIndex | None,
) -> Float[np.ndarray, "*places"]:
    """Count the pixels of every window, or take the number that is to stand for the count.

    Raises:
        TypeError: that number is no integer.
        ValueError: that number is zero.

    >>> pairs = Window.of((2,), stride=2, padding=1, dilation=1)
    >>> divisors((3,), pairs, (2,), count_include_pad=False, divisor_override=None)
    array([1., 2.])
    """
    if divisor_override is not None:
        divisor = whole_number("divisor_override", divisor_override, least=SMALLEST)
        if divisor == 0:
            raise ValueError("divisor_override=0 must not be zero")
        return np.full(places, float(divisor))
    inside = window.pad(np.ones(size))
    counted = np.ones_like(inside) if count_include_pad else inside
    return np.array([np.sum(counted[window.at(place)]) for place in np.ndindex(places)]).reshape(places)
