"""Convolution as one matrix product: write all patches side by side, and let the fastest routine of all do the rest.

The patches overlap, so a kernel of 3×3 writes every pixel nine times.
That memory buys speed: no other way of NumPy's is faster.
"""

from operator import index
from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import Bias, Filters, Images, Maps, alike, check_shape, fit
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis, per_axis

Columns = Float[np.ndarray, "n rows places"] | Float[np.ndarray, "rows places"]


def im2col(
    input: Images,
    kernel_size: PerAxis,
    dilation: PerAxis = 1,
    padding: PerAxis = 0,
    stride: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> Columns:
    r"""Write the patch under every place of the kernel as a column: as :func:`torch.nn.functional.unfold`.

    .. math:: C_{(c,k,l),\,(i,j)} = x_{c,\;si + dk - p,\;sj + dl - p}

    Args:
        input: images ``n c h w``, or one image ``c h w``.
        kernel_size: rows and columns of a patch; one number, or one for each.
        dilation: pixels of the image from one pixel of a patch to the next; as ``kernel_size``.
        padding: pixels added on each side; as ``kernel_size``.
        stride: pixels from one patch to the next; as ``kernel_size``.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Returns:
        For each image ``c * kh * kw`` rows and ``oh * ow`` columns, in float32 if the images are, else in float64.

    Raises:
        TypeError: the images hold no real numbers, or a size is no integer.
        ValueError: there are not three or four axes, a number is out of range, or the kernel does not fit.

    References:
        Chellapilla, Puri & Simard (2006), *High performance convolutional neural networks for document processing*,
        section 3.1.

    >>> im2col(np.array([[[1, 2, 3], [4, 5, 6]]]), kernel_size=2)
    array([[1., 2.],
           [2., 3.],
           [4., 5.],
           [5., 6.]])
    """
    (input,) = alike(input=input)
    if input.ndim not in {3, 4} or 0 in input.shape[-3:]:
        raise ValueError(f"input has shape {input.shape}; 4 axes are needed, or 3 for one image, and something in it")
    window = patch(kernel_size, dilation, padding, stride)
    window.places(input.shape[-2:])  # refuses what does not fit
    return side_by_side(window.view(window.pad(input, padding_mode)))


def col2im(
    columns: Columns,
    output_size: PerAxis,
    kernel_size: PerAxis,
    dilation: PerAxis = 1,
    padding: PerAxis = 0,
    stride: PerAxis = 1,
    *,
    padding_mode: str = "zeros",
) -> Float[np.ndarray, "n c h w"] | Float[np.ndarray, "c h w"]:
    """Lay columns back as patches and add where they overlap: as :func:`torch.nn.functional.fold`.

    As matrices, this is the transpose of :func:`im2col`, so gradients go back this way.
    It is no inverse: a pixel comes back as often as patches show it.

    Args:
        columns: for each image ``c * kh * kw`` rows and ``oh * ow`` columns; one image alone may lack the first axis.
        output_size: rows and columns of the images; one number, or one for each.
        kernel_size: rows and columns of a patch, as in :func:`im2col`, and so are the arguments that follow.
        dilation: pixels of the image from one pixel of a patch to the next.
        padding: pixels that were added on each side.
        stride: pixels from one patch to the next.
        padding_mode: what was added.

    Raises:
        TypeError: the columns hold no real numbers, or a size is no integer.
        ValueError: there are more or fewer columns than patches fit, a row too many, or a number is out of range.

    >>> square = np.array([[[1.0, 2, 3], [4, 5, 6]]])
    >>> col2im(im2col(square, kernel_size=2), output_size=(2, 3), kernel_size=2)
    array([[[ 1.,  4.,  3.],
            [ 4., 10.,  6.]]])
    """
    (columns,) = alike(columns=columns)
    window = patch(kernel_size, dilation, padding, stride)
    size = per_axis("output_size", output_size, axes=2, least=1)
    taps, places = int(np.prod(window.kernel)), window.places(size)
    if columns.ndim not in {2, 3} or 0 in columns.shape[-2:] or columns.shape[-2] % taps:
        raise ValueError(
            f"columns has shape {columns.shape}; 3 axes are needed, or 2 for one image, with {taps} rows to a channel"
        )
    check_shape("columns", columns, (*columns.shape[:-1], int(np.prod(places))), "a column for each patch")
    padded = [n + sum(sides) for n, sides in zip(size, window.sides, strict=True)]
    return window.fold(window.overlap_add(as_windows(columns, window.kernel, places), padded), padding_mode)


def conv2d_matmul(
    input: Images,
    weight: Filters,
    bias: Bias = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> Maps:
    r"""Convolve by one matrix product for each image and group: as :func:`~cnnbook.reference.conv.conv2d_loops`, fast.

    .. math:: \underbrace{Y}_{c_{out}\,\times\,o_h o_w} =
        \underbrace{W}_{c_{out}\,\times\,c_{in} k_h k_w}\ \underbrace{C}_{c_{in} k_h k_w\,\times\,o_h o_w} + b

    A row of :math:`W` is a filter laid flat, a column of :math:`C` is a patch laid flat, as :func:`im2col` writes it.
    Images come one after the other: the columns of a whole batch would not stay in the processor's cache.

    Args:
        input: images ``n c_in h w``, or one image ``c_in h w``.
        weight: filters ``c_out c_in_per_group kh kw``.
        bias: one number for each filter.
        stride: pixels from one place to the next; one number, or one for each axis.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``stride``.
        dilation: pixels from one weight to the next; as ``stride``.
        groups: groups of filters and channels.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Returns:
        The maps, in float32 if all arrays are, else in float64.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_loops`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_loops`.

    References:
        Chellapilla, Puri & Simard (2006), *High performance convolutional neural networks for document processing*,
        section 3.1.

    >>> image = np.arange(9.0).reshape(1, 3, 3)
    >>> conv2d_matmul(image, np.array([[[[1, 0], [0, 1]]]]))
    array([[[ 4.,  6.],
            [10., 12.]]])
    """
    input, weight, *biases = alike(input=input, weight=weight, **({} if bias is None else {"bias": bias}))
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    images = input.reshape(-1, *input.shape[-3:])
    filters = weight.reshape(index(groups), maps[0] // index(groups), -1)

    patches = taps_first(window.view(window.pad(images, padding_mode)))
    output = np.empty((len(images), *filters.shape[:2], int(np.prod(maps[1:]))), weight.dtype)
    columns = np.empty(patches.shape[1:], weight.dtype)  # filled anew for each image: new memory costs more
    for seen, sums in zip(patches, output, strict=True):
        columns[:] = seen
        np.matmul(filters, columns.reshape(len(filters), -1, sums.shape[-1]), out=sums)
    output = output.reshape(batch + maps)
    for each in biases:
        check_shape("bias", each, maps[:1], "one number for each filter")
        output += each[:, None, None]
    return output


def conv2d_matmul_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Filters,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> tuple[Float[np.ndarray, "*input"], Float[np.ndarray, "c_out c_in_per_group kh kw"], Float[np.ndarray, " c_out"]]:
    r"""Send the gradient back through :func:`conv2d_matmul`: two more matrix products, as in every linear layer.

    .. math::
        \frac{\partial \ell}{\partial C} = W^\top G \qquad
        \frac{\partial \ell}{\partial W} = G\, C^\top \qquad
        \frac{\partial \ell}{\partial b} = G\, \mathbf 1

    What the columns get, :func:`col2im` adds up for the pixels.

    Args:
        grad_output: :math:`G = \partial \ell / \partial Y`, of the output's shape.
        input: what was given to :func:`conv2d_matmul`, and so are the arguments that follow.
        weight: filters.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: groups of filters and channels.
        padding_mode: what is added.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> picture, kernel = np.array([[[1, 2, 3]]]), np.array([[[[10, 1]]]])
    >>> conv2d_matmul_backward(np.array([[[1, 0]]]), picture, kernel)
    (array([[[10., 1., 0.]]]), array([[[[1., 2.]]]]), array([1.]))
    """
    grad_output, input, weight = alike(grad_output=grad_output, input=input, weight=weight)
    window, _, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, batch + maps, "the output's shape")
    padded = window.pad(input.reshape(-1, *input.shape[-3:]), padding_mode)
    filters = weight.reshape(index(groups), maps[0] // index(groups), -1)
    grads = grad_output.reshape(-1, *filters.shape[:2], int(np.prod(maps[1:])))

    grad_padded, grad_filters = np.empty_like(padded), np.zeros_like(filters)
    for image, (seen, grad) in enumerate(zip(window.view(padded), grads, strict=True)):
        columns = side_by_side(seen).reshape(len(filters), -1, grad.shape[-1])
        grad_filters += grad @ columns.mT
        grad_seen = as_windows((filters.mT @ grad).reshape(-1, grad.shape[-1]), window.kernel, maps[1:])
        grad_padded[image] = window.overlap_add(grad_seen, padded.shape[2:])
    grad_input = window.fold(grad_padded, padding_mode).reshape(input.shape)
    return grad_input, grad_filters.reshape(weight.shape), grads.sum((0, -1)).ravel()


def patch(kernel_size: PerAxis, dilation: PerAxis, padding: PerAxis, stride: PerAxis) -> Window:
    """Check the arguments of a patch, which knows no word for its padding.

    >>> patch(kernel_size=3, dilation=1, padding=0, stride=2).kernel
    (3, 3)
    """
    kernel, pixels = per_axis("kernel_size", kernel_size, 2, least=1), per_axis("padding", padding, 2, least=0)
    return Window.of(kernel, stride, pixels, dilation)


def side_by_side(windows: Float[np.ndarray, "*n c oh ow kh kw"]) -> Float[np.ndarray, "*n rows places"]:
    """Copy windows into columns: from place and pixel to pixel and place.

    >>> side_by_side(np.array([[1, 2], [2, 3]], float).reshape(1, 1, 2, 1, 2))
    array([[1., 2.],
           [2., 3.]])
    """
    *batch, c, oh, ow, kh, kw = windows.shape
    return taps_first(windows).reshape(*batch, c * kh * kw, oh * ow)


def taps_first(windows: Float[np.ndarray, "*n c oh ow kh kw"]) -> Float[np.ndarray, "*n c kh kw oh ow"]:
    """View windows from their pixels: for each pixel of a patch what it meets at every place.

    >>> taps_first(np.zeros((1, 5, 6, 3, 2))).shape
    (1, 3, 2, 5, 6)
    """
    return np.moveaxis(windows, (-2, -1), (-4, -3))


def as_windows(
    columns: Float[np.ndarray, "*n rows places"], kernel: tuple[int, ...], places: tuple[int, ...]
) -> Float[np.ndarray, "*n c oh ow kh kw"]:
    """Read columns as windows again: the way back from :func:`side_by_side`.

    >>> as_windows(np.ones((6, 4)), kernel=(1, 2), places=(2, 2)).shape
    (3, 2, 2, 1, 2)
    """
    *batch, rows, _ = columns.shape
    channels = rows // int(np.prod(kernel))
    return np.moveaxis(columns.reshape(*batch, channels, *kernel, *places), (-4, -3), (-2, -1))
