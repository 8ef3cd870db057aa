"""A fully connected layer and a convolution as large as its maps are one sum, written in two ways."""

from math import prod

import torch
from torch import nn


def as_convolution(layer: nn.Linear, window: tuple[int, int], dilation: tuple[int, int] = (1, 1)) -> nn.Conv2d:
    r"""Write a fully connected layer as a convolution that reads windows of maps.

    Flattened, map :math:`c` at row :math:`k` and column :math:`l` is number :math:`chw + kw + l`:

    .. math:: w^{conv}_{o,c,k,l} = w_{o,\,chw + kw + l}

    Args:
        layer: it reads maps in a row, channel by channel, row by row.
        window: rows and columns of these maps.
        dilation: places from one number of the window to the next.

    Raises:
        ValueError: the layer's inputs are no such maps.

    >>> layer = nn.Linear(8, 3)
    >>> conv = as_convolution(layer, (2, 2))
    >>> conv.weight.shape, torch.equal(conv.weight[0, 1, 0, 1], layer.weight[0, 5])
    (torch.Size([3, 2, 2, 2]), True)
    """
    if layer.in_features % prod(window):
        raise ValueError(f"layer={layer} has inputs that are no maps of {window[0]}×{window[1]}")
    weight = torch.unflatten(layer.weight.detach(), 1, (-1, *window))
    conv = nn.Conv2d(
        weight.shape[1],
        weight.shape[0],
        window,
        dilation=dilation,
        bias=layer.bias is not None,
        device="meta",
    )
    conv.weight = nn.Parameter(weight.clone(), requires_grad=layer.weight.requires_grad)
    if layer.bias is not None:
        conv.bias = nn.Parameter(layer.bias.detach().clone(), requires_grad=layer.bias.requires_grad)
    return conv


def as_norm2d(norm: nn.BatchNorm1d) -> nn.BatchNorm2d:
    """Make of a normalisation of numbers one of maps."""
    new = nn.BatchNorm2d(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
    new.to(next(iter([*norm.parameters(), *norm.buffers()])))
    new.load_state_dict(norm.state_dict())
    return new
