"""What every network for images asks before it computes: said once, for all of them."""

from itertools import chain
from math import inf
from typing import ClassVar, SupportsIndex

import torch
from jaxtyping import Shaped
from torch import Tensor, nn
from torch.func import functional_call

from cnnbook.layers.checks import InputError, check_channels, check_floating, check_same_kind
from cnnbook.shapes.checks import whole_number


class ImageNetwork(nn.Module):
    """A network that takes batches of images ``n channels rows columns``, and says what is wrong with others.

    Raises:
        TypeError: images are no tensor of floating-point numbers.
        InputError: they lack an axis, have other channels, or so few pixels that a layer runs out of them: it is named;
            or more than the network can use; or they are of another type than the first weights, where autocast
            converts neither, or on another device.
    """

    image_channels: int = 3
    largest_image: ClassVar[float] = inf  # pixels on its longer side

    def __init__(self) -> None:
        super().__init__()
        self.register_forward_pre_hook(check_images, with_kwargs=True)

    @property
    def smallest_image(self) -> int:
        """Pixels on the shorter side; more in training where a head on the way needs them."""
        raise NotImplementedError


def check_images(network: nn.Module, arguments: tuple[object, ...], named: dict[str, object]) -> None:
    """Refuse what an :class:`ImageNetwork` cannot take (a hook that runs before its ``forward``).

    >>> from cnnbook.networks.alexnet import alexnet
    >>> alexnet()(torch.zeros(1, 3, 32, 32))
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: images of 32×32 pixels are too small: features.12, MaxPool2d, gets 1×1; ...
    """
    if not isinstance(network, ImageNetwork):
        raise TypeError(f"network must be an ImageNetwork, not {type(network).__name__}")
    images = arguments[0] if arguments else named.get("images")
    if not isinstance(images, Tensor):
        raise TypeError(f"images must be a torch.Tensor, not {type(images).__name__}")
    if images.ndim != len("nchw"):
        raise InputError(f"images have shape {tuple(images.shape)}; 4 axes are needed: n channels rows columns")
    check_channels(images, axes=2, channels=network.image_channels)
    check_floating(images)
    first = next((weight for weight in network.parameters() if weight.is_floating_point()), None)
    if first is not None:  # copies that DataParallel makes list none
        check_same_kind(images, first)
    rows, columns = images.shape[2:]
    if min(rows, columns) < network.smallest_image:
        raise InputError(
            f"images of {rows}×{columns} pixels are too small: {_where_they_end(network, images)};"
            f" at least {network.smallest_image}×{network.smallest_image} are needed"
        )
    if max(rows, columns) > network.largest_image:
        raise InputError(
            f"images of {rows}×{columns} pixels are too large:"
            f" {type(network).__name__} takes at most {network.largest_image}×{network.largest_image}"
        )


def _where_they_end(network: ImageNetwork, images: Shaped[Tensor, "n c h w"]) -> str:
    """Name the layer that runs out of pixels, by sending shapes without numbers through the network."""
    reached: list[str] = []

    def note(name: str, layer: nn.Module) -> None:
        def hook(_: nn.Module, arguments: tuple[Shaped[Tensor, "..."], ...]) -> None:
            size = "×".join(map(str, arguments[0].shape[2:]))
            reached.append(f"{name}, {type(layer).__name__}, gets {size}")

        hooks.append(layer.register_forward_pre_hook(hook))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for name, layer in network.named_modules():
        if not list(layer.children()):
            note(name, layer)
    try:
        weights = chain(network.named_parameters(), network.named_buffers())
        shapes = {f"network.{name}": weight.to("meta") for name, weight in weights}
        functional_call(_Unchecked(network), shapes, (images.to("meta"),))
    except (RuntimeError, ValueError):
        return reached[-1]
    finally:
        for hook in hooks:
            hook.remove()
    return f"{type(network).__name__} promises nothing for them"


class _Unchecked(nn.Module):
    """A network without the check of its images."""

    def __init__(self, network: ImageNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Shaped[Tensor, "n c h w"]) -> object:
        return self.network.forward(images)


def check_classes(num_classes: SupportsIndex) -> int:
    """Refuse a number of classes that is no whole number of at least one.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is less than one.

    >>> check_classes(0)
    Traceback (most recent call last):
    ValueError: num_classes=0 must be at least 1
    """
    return whole_number("num_classes", num_classes, least=1)
