"""Convolution as a matrix: mostly zeros, and the same few weights in every row.

The matrix takes a picture to its maps, and its transpose takes the maps' gradient back to the picture.
That way back is a transposed convolution; it restores the shape, not the picture.
"""

from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Int, Num
from scipy.sparse import coo_array, csr_array

from cnnbook.reference.conv import Filters, check_shape, fit, real
from cnnbook.reference.windows import Window
from cnnbook.shapes import PerAxis, per_axis, whole_number

Numbers = Int[np.ndarray, " products"]


def conv1d_matrix(
    weight: Num[np.ndarray, " kernel"],
    n: SupportsIndex,
    stride: SupportsIndex = 1,
    padding: SupportsIndex | str = 0,
    dilation: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> Float[np.ndarray, "places n"]:
    r"""Write a convolution with one filter on one channel out as a matrix.

    Row :math:`i` holds the kernel where place :math:`i` reads: :math:`M_{i,\,si + dk - p} = w_k`, and zero elsewhere.
    A fully connected layer would be free to choose every entry.

    Args:
        weight: the kernel, one axis.
        n: pixels in the row that is to be convolved.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``; a weight on a copy counts for
            the pixel that was copied.

    Raises:
        TypeError: the kernel holds no real numbers, or a size is no integer.
        ValueError: the kernel has not one axis, a number is out of range, the kernel does not fit the padded row,
            or ``padding_mode`` finds fewer pixels than it needs.

    >>> conv1d_matrix(np.array([1, 2, 3]), n=6, padding="same")
    array([[2., 3., 0., 0., 0., 0.],
           [1., 2., 3., 0., 0., 0.],
           [0., 1., 2., 3., 0., 0.],
           [0., 0., 1., 2., 3., 0.],
           [0., 0., 0., 1., 2., 3.],
           [0., 0., 0., 0., 1., 2.]])

    A stride keeps every other row, and a circle closes the band:

    >>> conv1d_matrix(np.array([1, 2, 3]), n=6, stride=2, padding=1)
    array([[2., 3., 0., 0., 0., 0.],
           [0., 1., 2., 3., 0., 0.],
           [0., 0., 0., 1., 2., 3.]])
    >>> conv1d_matrix(np.array([1, 2, 3]), n=4, padding=1, padding_mode="circular")
    array([[2., 3., 0., 1.],
           [1., 2., 3., 0.],
           [0., 1., 2., 3.],
           [3., 0., 1., 2.]])
    """
    weight = real("weight", weight)
    if weight.ndim != 1:
        raise ValueError(f"weight has shape {weight.shape}; one axis is needed: a kernel for one channel")
    window = Window.of(weight.shape, stride, padding, dilation)
    (places,) = window.places((n,))
    matrix = window.pad(np.zeros((places, whole_number("n", n, least=1))), padding_mode)
    for place, row in enumerate(matrix):
        row[window.at([place])] = weight
    return window.fold(matrix, padding_mode)


def conv2d_matrix(
    weight: Filters,
    size: PerAxis,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: SupportsIndex = 1,
    *,
    padding_mode: str = "zeros",
) -> csr_array:
    r"""Write a convolution out as a sparse matrix: a row for each number that comes out, a column for each that enters.

    .. math:: M_{(o,i),\;(c,\,si + dk - p)} = w_{o,c,k} \qquad \operatorname{vec}(y) = M \operatorname{vec}(x) + b
        \qquad \frac{\partial \ell}{\partial x} = M^\top \frac{\partial \ell}{\partial y}

    Numbers are counted as they lie in memory: channel by channel, row by row.

    Args:
        weight: filters, channels that each reads, then rows and columns of the kernel.
        size: rows and columns of the picture; one number, or one for each.
        stride: pixels from one place to the next; as ``size``.
        padding: pixels added on each side, ``"same"`` or ``"valid"``; as ``size``.
        dilation: pixels from one weight to the next; as ``size``.
        groups: groups of filters and channels.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``; a weight on a copy counts for
            the pixel that was copied.

    Returns:
        ``c_out * oh * ow`` rows and ``c_in * h * w`` columns, of which only what some window reads is stored.

    Raises:
        TypeError: the weights are no real numbers, or a size is no integer.
        ValueError: the weights have not four axes, a number is out of range, the kernel does not fit the padded
            picture, or ``padding_mode`` finds fewer pixels than it needs.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, section 4.1.

    >>> matrix = conv2d_matrix(np.array([[[[1, 2], [3, 4]]]]), size=3)
    >>> matrix.toarray()
    array([[1., 2., 0., 3., 4., 0., 0., 0., 0.],
           [0., 1., 2., 0., 3., 4., 0., 0., 0.],
           [0., 0., 0., 1., 2., 0., 3., 4., 0.],
           [0., 0., 0., 0., 1., 2., 0., 3., 4.]])

    The transpose lays the kernel down where a number came from:

    >>> (matrix.T @ np.array([0, 0, 0, 1])).reshape(3, 3)
    array([[0., 0., 0.],
           [0., 1., 2.],
           [0., 3., 4.]])
    """
    weight = real("weight", weight)
    if weight.ndim != 4:  # noqa: PLR2004
        raise ValueError(f"weight has shape {weight.shape}; 4 axes are needed: filters, channels and 2 spatial")
    image = (weight.shape[1] * whole_number("groups", groups, least=1), *per_axis("size", size, axes=2, least=1))
    maps, written, read, used = products(weight, image, stride, padding, dilation, groups, padding_mode)
    shape = int(np.prod(maps)), int(np.prod(image))
    return coo_array((weight.ravel()[used], (written, read)), shape).tocsr()


def conv2d_matrix_backward(
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
    r"""Send the gradient back through :func:`conv2d_matrix`: to the input by its transpose, to the weight by sharing.

    Were every entry of :math:`M` free, its gradient would be :math:`g x^\top`, as in a fully connected layer.
    A weight stands in many entries, so it gathers what they would get.

    .. math:: \frac{\partial \ell}{\partial x} = M^\top g \qquad
        \frac{\partial \ell}{\partial w_{o,c,k}} = \sum_{(i,j):\, M_{ij} \text{ is } w_{o,c,k}} g_i\, x_j

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the output's shape.
        input: the picture, or a batch of them, and so on as in :func:`~cnnbook.reference.conv.conv_backward`.
        weight: filters, channels that each reads, then rows and columns of the kernel.
        stride: pixels from one place to the next.
        padding: pixels added on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.
        groups: groups of filters and channels.
        padding_mode: what is added.

    Raises:
        TypeError: as :func:`~cnnbook.reference.conv.conv_backward`.
        ValueError: as :func:`~cnnbook.reference.conv.conv_backward`.

    >>> picture, kernel = np.array([[[1, 2, 3]]]), np.array([[[[10, 1]]]])
    >>> conv2d_matrix_backward(np.array([[[1, 0]]]), picture, kernel)
    (array([[[10., 1., 0.]]]), array([[[[1., 2.]]]]), array([1.]))
    """
    grad_output, input, weight = real("grad_output", grad_output), real("input", input), real("weight", weight)
    *_, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, batch + maps, "the output's shape")
    image = input.shape[len(batch) :]
    matrix = conv2d_matrix(weight, image[1:], stride, padding, dilation, groups, padding_mode=padding_mode)
    _, written, read, used = products(weight, image, stride, padding, dilation, groups, padding_mode)

    grads, images = grad_output.reshape(-1, matrix.shape[0]), input.reshape(-1, matrix.shape[1])
    shares = np.einsum("np,np->p", grads[:, written], images[:, read])
    gathered = np.bincount(used, shares, minlength=weight.size).astype(np.float64)  # of nothing it counts in integers
    grad_bias = grad_output.reshape(-1, *maps).sum((0, 2, 3))
    return (grads @ matrix).reshape(input.shape), gathered.reshape(weight.shape), grad_bias


def products(
    weight: Float[np.ndarray, "..."],
    image: tuple[int, ...],
    stride: PerAxis,
    padding: PerAxis | str,
    dilation: PerAxis,
    groups: SupportsIndex,
    padding_mode: str,
) -> tuple[tuple[int, ...], Numbers, Numbers, Numbers]:
    """List all products of which a convolution is the sum: who gets it, which pixel it reads, which weight it uses.

    Returns:
        The shape of the maps; and, for every product, the number of its output, of its pixel and of its weight.

    >>> products(np.ones((1, 1, 2)), (1, 3), 1, 0, 1, 1, "zeros")
    ((1, 2), array([0, 0, 1, 1]), array([0, 1, 1, 2]), array([0, 1, 0, 1]))
    """
    from_one = np.arange(1, np.prod(image) + 1).reshape(image)  # a zero comes from the padding
    window, channels, _, maps = fit(from_one, weight, stride, padding, dilation, groups)
    patches = window.view(window.pad(from_one, padding_mode))
    read = np.stack([patches[part] for part in channels])
    ones = (1,) * len(window.kernel)
    written = np.arange(np.prod(maps)).reshape(maps[0], 1, *maps[1:], *ones)
    used = np.arange(weight.size).reshape(*weight.shape[:2], *ones, *window.kernel)
    written, used = np.broadcast_to(written, read.shape), np.broadcast_to(used, read.shape)
    return maps, written[read > 0], read[read > 0] - 1, used[read > 0]
