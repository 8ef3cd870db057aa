"""Weights of Keras's layers in PyTorch's order, and back: one table says which axis goes where.

Keras writes filters last, PyTorch first; a bias has one axis and needs nothing.
"""

import torch
from jaxtyping import Shaped
from torch import Tensor

from cnnbook.layers.checks import check_tensor
from cnnbook.shapes import whole_number

AXES: dict[str, tuple[int, ...]] = {  # which of Keras's axes stands at each place in PyTorch
    "Dense": (1, 0),  # in, out -> out, in
    "Conv1D": (2, 1, 0),  # length, in, out -> out, in, length
    "Conv2D": (3, 2, 0, 1),  # rows, columns, in, out -> out, in, rows, columns
    "Conv3D": (4, 3, 0, 1, 2),
    "Conv1DTranspose": (2, 1, 0),  # length, out, in -> in, out, length
    "Conv2DTranspose": (3, 2, 0, 1),  # rows, columns, out, in -> in, out, rows, columns
    "Conv3DTranspose": (4, 3, 0, 1, 2),
    "DepthwiseConv1D": (1, 2, 0),  # length, in, multiplier -> in, multiplier, length; then the first two are one
    "DepthwiseConv2D": (2, 3, 0, 1),
}


def from_keras(layer: str, kernel: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Put the axes of a kernel of Keras in the order of the ``weight`` in :mod:`torch.nn`.

    A ``SeparableConv2D`` has two kernels: convert the first as ``DepthwiseConv2D``, the second as ``Conv2D``.

    Args:
        layer: the name of the layer in Keras, such as ``"Conv2D"``.
        kernel: its weights; for an array of NumPy, ``torch.from_numpy(kernel)``.

    Raises:
        TypeError: the kernel is no tensor.
        ValueError: there is no such layer in the table, or the kernel has too many or too few axes.

    >>> from_keras("Conv2D", torch.zeros(3, 5, 16, 32)).shape  # rows, columns, channels, filters
    torch.Size([32, 16, 3, 5])
    >>> from_keras("DepthwiseConv2D", torch.zeros(3, 5, 16, 2)).shape  # two filters for each of 16 channels
    torch.Size([32, 1, 3, 5])
    """
    axes = order(layer, kernel)
    weight = kernel.permute(axes)
    return (weight.flatten(0, 1).unsqueeze(1) if is_depthwise(layer) else weight).contiguous()


def to_keras(layer: str, weight: Shaped[Tensor, "..."], depth_multiplier: int = 1) -> Shaped[Tensor, "..."]:
    """Put the axes of a ``weight`` of :mod:`torch.nn` in the order of a kernel in Keras: :func:`from_keras`, undone.

    Args:
        layer: the name of the layer in Keras, such as ``"Conv2D"``.
        weight: the weights.
        depth_multiplier: filters for each channel of a depthwise layer; its weights alone do not tell.

    Raises:
        TypeError: the weight is no tensor, or the multiplier is no integer.
        ValueError: there is no such layer in the table, the weight has too many or too few axes,
            or its filters are not so many for each channel.

    >>> to_keras("Conv2D", torch.zeros(32, 16, 3, 5)).shape
    torch.Size([3, 5, 16, 32])
    >>> to_keras("DepthwiseConv2D", torch.zeros(32, 1, 3, 5), depth_multiplier=2).shape
    torch.Size([3, 5, 16, 2])
    """
    axes = order(layer, weight)
    each = whole_number("depth_multiplier", depth_multiplier, least=1)
    if is_depthwise(layer):
        filters, channels = weight.shape[:2]
        if channels != 1 or filters % each:
            raise ValueError(
                f"weight of shape {tuple(weight.shape)} must have one channel, "
                f"and a multiple of depth_multiplier={each} filters"
            )
        weight = torch.unflatten(weight.squeeze(1), 0, (filters // each, each))
    elif each != 1:
        raise ValueError(f"depth_multiplier={each} must be 1 for {layer}: only depthwise layers have one")
    return weight.permute([axes.index(axis) for axis in range(len(axes))]).contiguous()


def order(layer: str, weights: Shaped[Tensor, "..."]) -> tuple[int, ...]:
    """Look a layer up in the table, and check that its weights have so many axes.

    >>> order("Dense", torch.zeros(5, 3))
    (1, 0)
    >>> order("Conv2D", torch.zeros(5, 3))
    Traceback (most recent call last):
    ValueError: weights of shape (5, 3) must have 4 axes for Conv2D
    """
    if layer not in AXES:
        raise ValueError(f"layer={layer!r} must be one of {', '.join(AXES)}")
    check_tensor(weights, "weights")
    if weights.ndim != len(AXES[layer]):
        raise ValueError(f"weights of shape {tuple(weights.shape)} must have {len(AXES[layer])} axes for {layer}")
    return AXES[layer]


def is_depthwise(layer: str) -> bool:
    """Say whether PyTorch writes the layer as a convolution in groups of one channel.

    >>> is_depthwise("DepthwiseConv2D"), is_depthwise("Conv2D")
    (True, False)
    """
    return layer.startswith("Depthwise")
