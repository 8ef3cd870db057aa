"""Move a network to another task: a new head, and which weights still learn.

A network's head is its last fully connected layer: it alone knows the classes.
All before it turns a picture into numbers that may serve for other classes as well.

References:
    Yosinski, Clune, Bengio & Lipson (2014), How transferable are features in deep neural networks?
"""

from typing import SupportsIndex

from torch import nn

from cnnbook.networks.images import check_classes


def head_name(network: nn.Module) -> str:
    """Find the last fully connected layer, in the order in which the network lists its layers.

    Raises:
        TypeError: the network is no module.
        ValueError: it has no fully connected layer.

    >>> head_name(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 10)))
    '3'
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"network must be a torch.nn.Module, not {type(network).__name__}")
    holders = [
        (name, layer)
        for name, layer in network.named_modules()
        if name and [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]
    ]
    names: list[str] = [name for name, layer in holders if isinstance(layer, nn.Linear)]
    if not names:
        raise ValueError(f"network={type(network).__name__} has no nn.Linear inside that could be its head")
    last, layer = holders[-1]
    if not type(layer).__module__.startswith("torch."):
        raise ValueError(
            f"network={type(network).__name__} ends in {last!r}, a {type(layer).__name__}, which reads the scores of "
            f"{names[-1]!r}: it has no head that could be replaced"
        )
    return names[-1]


def replace_head(network: nn.Module, num_classes: SupportsIndex) -> nn.Linear:
    """Put a new last layer on a network, with weights drawn anew, and return it; all other weights stay.

    Heads that help in training only, such as GoogLeNet's, are left alone: build such a network without them.

    Args:
        network: changed in place.
        num_classes: how many scores each input gets from now on.

    Raises:
        TypeError: the network is no module, or ``num_classes`` no whole number.
        ValueError: the network has no fully connected layer, or ``num_classes`` is less than 1.

    >>> network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 10))
    >>> replace_head(network, 5)
    Linear(in_features=3, out_features=5, bias=True)
    >>> network[-1]
    Linear(in_features=3, out_features=5, bias=True)
    """
    name = head_name(network)
    old = network.get_submodule(name)
    assert isinstance(old, nn.Linear)  # noqa: S101  head_name names no other
    if nn.parameter.is_lazy(old.weight):
        raise ValueError(f"network has a head {name!r} without weights yet: send one input through it first")
    new = nn.Linear(
        old.in_features,
        check_classes(num_classes),
        bias=old.bias is not None,
        device=old.weight.device,
        dtype=old.weight.dtype,
    )
    for alias, layer in list(network.named_modules(remove_duplicate=False)):
        if layer is old:
            network.set_submodule(alias, new)
    return new


def freeze(network: nn.Module) -> None:
    """Let nothing but the head learn: all other weights get no gradient, and batch normalisation stays as it is.

    Normalisations change without any gradient: while they train, they count means and variances of what they see.
    So all layers but the head are put into evaluation; ``network.train()`` undoes that, so call this after it.

    Args:
        network: changed in place; ``network.requires_grad_(True)`` lets everything learn again.

    Raises:
        TypeError: the network is no module.
        ValueError: it has no fully connected layer.

    >>> network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> freeze(network)
    >>> [name for name, weight in network.named_parameters() if weight.requires_grad]
    ['2.weight', '2.bias']
    """
    name = head_name(network)
    head = network.get_submodule(name)
    network.requires_grad_(requires_grad=False).eval()
    head.requires_grad_(requires_grad=True).train()
