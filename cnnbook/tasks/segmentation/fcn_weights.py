"""Where FCN's weights come from: VGG-16 gives its layers, and each coarser network the finer one its own.

References:
    Long, Shelhamer & Darrell (2015), Fully convolutional networks for semantic segmentation: sections 4.1 and 4.2.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from cnnbook.networks.vgg import VGG
from cnnbook.tasks.segmentation.fcn import FCN, LAST


def load_coarser(network: FCN, coarser: FCN) -> None:
    """Give a network the weights of a coarser one: FCN-16s begins where FCN-32s ended, and FCN-8s where FCN-16s did.

    What the coarser one lacks stays as it was: a new skip adds nothing at first.
    The last enlargement is another, and fixed.

    Args:
        network: changed in place.
        coarser: any with a larger step, of the same width and classes.

    Raises:
        TypeError: one of them is no :class:`~cnnbook.tasks.segmentation.fcn.FCN`.
        ValueError: ``coarser`` is not coarser, or its layers have other shapes.

    >>> with torch.device("meta"):
    ...     load_coarser(FCN(32), FCN(16))
    Traceback (most recent call last):
    ValueError: coarser=FCN-16s must have a larger step than network=FCN-32s
    """
    for argument, value in (("network", network), ("coarser", coarser)):
        if not isinstance(value, FCN):
            raise TypeError(f"{argument} must be an FCN, not {type(value).__name__}")
    if coarser.finest <= network.finest:
        raise ValueError(f"coarser=FCN-{coarser.finest}s must have a larger step than network=FCN-{network.finest}s")
    last, _ = LAST[coarser.finest]
    given = {name: value for name, value in coarser.state_dict().items() if not name.startswith(f"{last}.")}
    put(network, given, "coarser")


def load_vgg16(network: FCN, vgg: VGG) -> None:
    """Give a network the weights of a VGG-16 classifier, its fully connected layers as convolutions.

    ``classifier.0`` becomes ``fc6``: its inputs are 512 maps of 7×7 in a row, and each unit becomes a kernel.
    ``classifier.3`` becomes ``fc7``, a kernel of 1×1; the scores of ImageNet's classes are left out.
    A file of published weights can also be loaded alone, without ``fc6`` and ``fc7``:
    ``load_weights(network, "vgg16", strict=False)`` (:func:`~cnnbook.networks.weights.load_weights`).

    Args:
        network: changed in place; of VGG's own width, hidden units and window.
        vgg: :func:`~cnnbook.networks.vgg.vgg16`, or ``vgg16_bn`` where the network has batch normalisation.

    Raises:
        TypeError: ``network`` is no :class:`~cnnbook.tasks.segmentation.fcn.FCN`, or ``vgg`` no VGG.
        ValueError: their layers have other shapes.

    >>> with torch.device("meta"):
    ...     load_vgg16(FCN(32, width=8), VGG(16))
    Traceback (most recent call last):
    ValueError: vgg does not fit network: features.0.weight is (64, 3, 3, 3), not (8, 3, 3, 3)
    """
    if not isinstance(network, FCN):
        raise TypeError(f"network must be an FCN, not {type(network).__name__}")
    if not isinstance(vgg, VGG):
        raise TypeError(f"vgg must be a VGG, not {type(vgg).__name__}")
    given = vgg.state_dict()
    weights = {name: value for name, value in given.items() if name.startswith("features.")}
    for number, name, side in ((0, "fc6", 7), (3, "fc7", 1)):
        weights[f"{name}.weight"] = given[f"classifier.{number}.weight"].unflatten(1, (-1, side, side))
        weights[f"{name}.bias"] = given[f"classifier.{number}.bias"]
    put(network, weights, "vgg")


def put(network: nn.Module, weights: Mapping[str, Shaped[Tensor, "..."]], source: str) -> None:
    """Copy weights by their names, all or none.

    Raises:
        ValueError: the network has no such weight, or one of another shape.
    """
    own = network.state_dict()
    for name, value in weights.items():
        if name not in own:
            raise ValueError(f"{source} does not fit network: it has {name}, which network lacks")
        if own[name].shape != value.shape:
            raise ValueError(
                f"{source} does not fit network: {name} is {tuple(value.shape)}, not {tuple(own[name].shape)}"
            )
    with torch.no_grad():
        for name, value in weights.items():
            own[name].copy_(value)
