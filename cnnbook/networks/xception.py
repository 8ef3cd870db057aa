"""Xception: Inception taken to its extreme, where each channel is looked at by itself.

An Inception module splits the channels into a few groups; a separable convolution has one group for each.
Xception is 36 convolutions, nearly all of them separable, with a shortcut round each pair or three of them.

=====================  ==================================  ======================================
what differs           the paper, and Keras                timm's ``legacy_xception``, and here
=====================  ==================================  ======================================
border of poolings     Keras's ``same``: 1 on each side    1 on each side
                       of odd maps, of even ones 1 after
batch normalisation    epsilon 0.001                       epsilon 0.00001
=====================  ==================================  ======================================

All four pooled maps are odd for images of 32k + 7 and 32k + 8 pixels, such as 295: only there are the borders alike.
At the paper's 299 the second pooling meets maps of 74 pixels, and they are not.

References:
    Chollet (2017), Xception: deep learning with depthwise separable convolutions: figure 5.
"""

from itertools import pairwise
from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes

ENTRY = [128, 256, 728]  # maps of the blocks that halve the sides
MIDDLE = 8  # blocks of three convolutions of 728 maps


class SeparableConv2d(nn.Module):
    """3×3 for each channel by itself, then 1×1 across the channels, with nothing between."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, filters, kernel_size=1, bias=False)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h w"]:
        """Look around in each map, then mix the maps."""
        mixed: Tensor = self.pointwise(self.conv1(maps))
        return mixed


class Block(nn.Module):
    """Separable convolutions, each after a ReLU, and a shortcut round them; pooling halves the sides if asked to."""

    def __init__(self, widths: list[int], *, halve: bool, begin_with_relu: bool = True) -> None:
        super().__init__()
        first, last = widths[0], widths[-1]
        changes = halve or first != last
        self.skip = nn.Conv2d(first, last, kernel_size=1, stride=2, bias=False) if changes else None
        self.skipbn = nn.BatchNorm2d(last) if changes else None
        self.rep = nn.Sequential()
        for number, (channels, filters) in enumerate(pairwise(widths)):
            if number > 0 or begin_with_relu:
                self.rep.append(nn.ReLU(inplace=number > 0))  # the shortcut still needs what came in
            self.rep.append(SeparableConv2d(channels, filters))
            self.rep.append(nn.BatchNorm2d(filters))
        if halve:
            self.rep.append(nn.MaxPool2d(kernel_size=3, stride=2, padding=1))

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Add to the maps, or to their projection where the shape changes."""
        shortcut = maps if self.skip is None or self.skipbn is None else self.skipbn(self.skip(maps))
        answer: Tensor = self.rep(maps) + shortcut
        return answer


class Xception(ImageNetwork):
    """An entry that shrinks the image's sides to a sixteenth, eight blocks that only add, an exit of 2,048 maps."""

    smallest_image = 7

    def __init__(self, num_classes: SupportsIndex = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, kernel_size=3, stride=2, bias=False)  # n 32 149 149
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, bias=False)  # n 64 147 147
        self.bn2 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        channels = 64
        blocks: list[Block] = []
        for width in ENTRY:  # 74, 37, 19 pixels
            blocks.append(Block([channels, width, width], halve=True, begin_with_relu=bool(blocks)))
            channels = width
        blocks += [Block([728] * 4, halve=False) for _ in range(MIDDLE)]
        blocks.append(Block([728, 728, 1024], halve=True))  # n 1024 10 10
        self._blocks = len(blocks)
        for number, block in enumerate(blocks, start=1):
            self.add_module(f"block{number}", block)
        self.conv3 = SeparableConv2d(1024, 1536)
        self.bn3 = nn.BatchNorm2d(1536)
        self.conv4 = SeparableConv2d(1536, 2048)
        self.bn4 = nn.BatchNorm2d(2048)
        self.fc = nn.Linear(2048, check_classes(num_classes))
        self.initialise()

    def initialise(self) -> None:
        """Draw convolutions by He's rule, so that signals keep their size on the way back."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        maps = self.relu(self.bn1(self.conv1(images)))
        maps = self.relu(self.bn2(self.conv2(maps)))
        for number in range(1, self._blocks + 1):
            maps = self.get_submodule(f"block{number}")(maps)
        maps = self.relu(self.bn3(self.conv3(maps)))
        maps = self.relu(self.bn4(self.conv4(maps)))
        scores: Tensor = self.fc(maps.mean((2, 3)))
        return scores


def xception(num_classes: SupportsIndex = 1000) -> Xception:
    """Xception.

    Args:
        num_classes: how many scores each image gets.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in xception().parameters())
    22855952
    """
    return Xception(num_classes)
