"""DenseNet: every layer of a block reads all that was made before it, and adds a few maps of its own.

A residual block adds what it makes to what it was given, and the two cannot be told apart again.
A dense layer puts it beside: nothing is lost, nothing needs to be made twice, so each layer can be thin.
It is no network of *dense*, that is fully connected, layers: its name speaks of its connections.

All are the paper's DenseNet-BC, and so are torchvision's: a 1×1 before each 3×3, and half the maps between blocks.

References:
    Huang, Liu, van der Maaten & Weinberger (2017), Densely connected convolutional networks: table 1.
"""

from collections import OrderedDict
from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from cnnbook.networks.images import ImageNetwork, check_classes

ROWS = {
    121: (32, [6, 12, 24, 16]),
    161: (48, [6, 12, 36, 24]),
    169: (32, [6, 12, 32, 32]),
    201: (32, [6, 12, 48, 32]),
}
"""By the number of layers with weights: how many maps each layer adds, and how many layers each block has."""


class DenseLayer(nn.Module):
    """A 1×1 convolution to four times the growth, and a 3×3 that makes the new maps."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(channels, 4 * growth, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4 * growth, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h w"]:
        """Make new maps from all that there are."""
        narrow = self.conv1(self.relu1(self.norm1(maps)))
        new: Tensor = self.conv2(self.relu2(self.norm2(narrow)))
        return new


class DenseBlock(nn.Module):
    """Layers that each read what came in and what all layers before them have made."""

    def __init__(self, channels: int, growth: int, count: int) -> None:
        super().__init__()
        for layer in range(count):
            self.add_module(f"denselayer{layer + 1}", DenseLayer(channels + layer * growth, growth))

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h w"]:
        """Put the maps of each layer behind all others."""
        for layer in self.children():
            maps = torch.cat([maps, layer(maps)], dim=1)
        return maps


class Transition(nn.Sequential):
    """Half as many maps, and half as many pixels on each side."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, channels // 2, kernel_size=1, bias=False)
        self.pool = nn.AvgPool2d(kernel_size=2, stride=2)


class DenseNet(ImageNetwork):
    """A stem that quarters the image's sides, four dense blocks with transitions between, one layer of scores."""

    smallest_image = 29

    def __init__(self, depth: int, num_classes: SupportsIndex = 1000) -> None:
        super().__init__()
        growth, counts = ROWS[depth]
        channels = 2 * growth
        self.features = nn.Sequential(
            OrderedDict[str, nn.Module](
                conv0=nn.Conv2d(3, channels, kernel_size=7, stride=2, padding=3, bias=False),  # n 64 112 112
                norm0=nn.BatchNorm2d(channels),
                relu0=nn.ReLU(inplace=True),
                pool0=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),  # n 64 56 56
            )
        )
        for number, count in enumerate(counts, start=1):
            self.features.add_module(f"denseblock{number}", DenseBlock(channels, growth, count))
            channels += count * growth
            if number < len(counts):
                self.features.add_module(f"transition{number}", Transition(channels))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, check_classes(num_classes))
        self.initialise()

    def initialise(self) -> None:
        """Draw convolutions by He's rule; no class is preferred to begin with."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        maps = relu(self.features(images))
        scores: Tensor = self.classifier(self.avgpool(maps).flatten(1))
        return scores


def densenet121(num_classes: SupportsIndex = 1000) -> DenseNet:
    """DenseNet with 121 layers with weights, of which each in a block adds 32 maps.

    Args:
        num_classes: how many scores each image gets.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in densenet121().parameters())
    7978856
    """
    return DenseNet(121, num_classes)


def densenet161(num_classes: SupportsIndex = 1000) -> DenseNet:
    """DenseNet with 161 layers with weights, of which each in a block adds 48 maps; else as :func:`densenet121`.

    >>> sum(weight.numel() for weight in densenet161().parameters())
    28681000
    """
    return DenseNet(161, num_classes)


def densenet169(num_classes: SupportsIndex = 1000) -> DenseNet:
    """DenseNet with 169 layers with weights, of which each in a block adds 32 maps; else as :func:`densenet121`.

    >>> sum(weight.numel() for weight in densenet169().parameters())
    14149480
    """
    return DenseNet(169, num_classes)


def densenet201(num_classes: SupportsIndex = 1000) -> DenseNet:
    """DenseNet with 201 layers with weights, of which each in a block adds 32 maps; else as :func:`densenet121`.

    >>> sum(weight.numel() for weight in densenet201().parameters())
    20013928
    """
    return DenseNet(201, num_classes)
