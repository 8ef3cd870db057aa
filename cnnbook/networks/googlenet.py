"""GoogLeNet: several kernel sizes side by side, made cheap by a 1×1 before each.

Which kernel is right, 1×1, 3×3 or 5×5?
An Inception module takes all of them and lets the next layer choose: its branches see the same maps, and theirs are
put one behind the other.

======================  ============================  ==================================
what differs            the paper                     torchvision, and here
======================  ============================  ==================================
largest kernel          5×5                           3×3, by a mistake that its weights
                                                      keep (``five_by_five`` mends it)
normalisation           between responses, twice      batch normalisation everywhere
heads on the way        mean of 5×5, stride 3         mean to 4×4, whatever the size
======================  ============================  ==================================

References:
    Szegedy et al. (2015), Going deeper with convolutions: table 1, section 5.
"""

from typing import NamedTuple, SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from cnnbook.networks.images import ImageNetwork, check_classes

ROWS = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}
"""Each module's maps: of 1×1; of 1×1 and the 3×3 behind; of 1×1 and the 5×5 behind; behind the pooling (table 1)."""


class Scores(NamedTuple):
    """What training gets: the network's scores, and those of the two heads on the way."""

    logits: Tensor
    aux_logits2: Tensor
    aux_logits1: Tensor


class ConvNorm(nn.Module):
    """A convolution without bias, batch normalisation, ReLU."""

    def __init__(self, channels: int, filters: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel, stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Make maps of another number, and no negative ones."""
        return relu(self.bn(self.conv(maps)), inplace=True)


class Inception(nn.Module):
    """Four branches that see the same maps (figure 2b)."""

    def __init__(self, channels: int, row: tuple[int, tuple[int, int], tuple[int, int], int], kernel: int) -> None:
        super().__init__()
        one, (narrow, three), (narrower, five), pooled = row
        self.branch1 = ConvNorm(channels, one, kernel=1)
        self.branch2 = nn.Sequential(ConvNorm(channels, narrow, kernel=1), ConvNorm(narrow, three, kernel=3))
        self.branch3 = nn.Sequential(ConvNorm(channels, narrower, kernel=1), ConvNorm(narrower, five, kernel))
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1), ConvNorm(channels, pooled, kernel=1)
        )

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h w"]:
        """Put the branches' maps one behind the other."""
        return torch.cat([branch(maps) for branch in self.children()], dim=1)


class Head(nn.Module):
    """A small classifier on the way, which shortens the way back while the network learns."""

    def __init__(self, channels: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.conv = ConvNorm(channels, 128, kernel=1)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.fc2 = nn.Linear(1024, num_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        hidden = relu(self.fc1(self.conv(self.pool(maps)).flatten(1)), inplace=True)
        scores: Tensor = self.fc2(self.dropout(hidden))
        return scores


class GoogLeNet(ImageNetwork):
    """A stem, nine Inception modules, the mean over all places, one layer of scores; two heads on the way."""

    smallest_image = 15

    def __init__(
        self,
        num_classes: SupportsIndex = 1000,
        *,
        aux_logits: bool = True,
        transform_input: bool = False,
        five_by_five: bool = False,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
    ) -> None:
        super().__init__()
        classes = check_classes(num_classes)
        self.transform_input = transform_input
        self.conv1 = ConvNorm(3, 64, kernel=7, stride=2)  # n 64 112 112
        self.maxpool1 = halving(3)  # n 64 56 56
        self.conv2 = ConvNorm(64, 64, kernel=1)
        self.conv3 = ConvNorm(64, 192, kernel=3)
        self.maxpool2 = halving(3)  # n 192 28 28
        channels = 192
        for name, row in ROWS.items():
            if name in {"4a", "5a"}:  # n 480 14 14, n 832 7 7
                self.add_module(f"maxpool{int(name[0]) - 1}", halving(3 if name == "4a" else 2))
            self.add_module(f"inception{name}", Inception(channels, row, kernel=5 if five_by_five else 3))
            channels = row[0] + row[1][1] + row[2][1] + row[3]
        self.aux1 = Head(512, classes, dropout_aux) if aux_logits else None
        self.aux2 = Head(528, classes, dropout_aux) if aux_logits else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, classes)
        self.initialise()

    def initialise(self) -> None:
        """Draw small weights, none beyond two."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.01, a=-2, b=2)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"] | Scores:
        """Give each image a score for each class; in training those of the heads, too."""
        maps = as_published(images) if self.transform_input else images
        heads: list[Tensor] = []
        for name, layer in self.named_children():
            if name in {"aux1", "avgpool"}:
                break
            if name in {"inception4b", "inception4e"} and self.training:
                head = self.aux1 if name == "inception4b" else self.aux2
                heads += [] if head is None else [head(maps)]
            maps = layer(maps)
        scores: Tensor = self.fc(self.dropout(self.avgpool(maps).flatten(1)))
        return Scores(scores, heads[1], heads[0]) if heads else scores


def halving(kernel: int) -> nn.Module:
    """A pooling that halves the sides, rounded up."""
    return nn.MaxPool2d(kernel, stride=2, ceil_mode=True)


def as_published(images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
    """Scale images that were normalised by ImageNet's mean and deviation to -1 ... 1, as TensorFlow's weights ask."""
    mean = images.new_tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = images.new_tensor([0.229, 0.224, 0.225])[:, None, None]
    return images * (deviation / 0.5) + (mean - 0.5) / 0.5


def googlenet(
    num_classes: SupportsIndex = 1000,
    *,
    aux_logits: bool = True,
    transform_input: bool = False,
    five_by_five: bool = False,
    dropout: float = 0.2,
    dropout_aux: float = 0.7,
) -> GoogLeNet:
    """GoogLeNet, as torchvision has it.

    Args:
        num_classes: how many scores each image gets.
        aux_logits: whether there are heads on the way; in training they answer, too.
        transform_input: whether images are scaled anew, as the published weights ask.
        five_by_five: whether the largest kernel is the paper's.
        dropout: the share of means that training leaves out.
        dropout_aux: the share of hidden units that training leaves out in the heads.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``dropout`` or ``dropout_aux`` no share.

    >>> sum(weight.numel() for weight in googlenet().parameters())
    13004888
    """
    return GoogLeNet(
        num_classes,
        aux_logits=aux_logits,
        transform_input=transform_input,
        five_by_five=five_by_five,
        dropout=dropout,
        dropout_aux=dropout_aux,
    )
