"""GoogLeNet: several kernel sizes side by side, made cheap by a 1×1 before each.

Which kernel is right, 1×1, 3×3 or 5×5?
An Inception module takes all of them and lets the next layer choose: its branches see the same maps, and theirs are
put one behind the other.

======================  =============================  ==================================
what differs            :func:`googlenet_paper`        :func:`googlenet`
======================  =============================  ==================================
largest kernel          5×5                            3×3, by a mistake of torchvision's
                                                       that its weights keep
after a convolution     nothing, but it has a bias     batch normalisation
in the stem, twice      local response normalisation   nothing
last pooling            3×3                            2×2
heads on the way        mean of 5×5, stride 3          mean to 4×4, whatever the size
dropout                 0.4                            0.2
======================  =============================  ==================================

The paper tells neither the constants of its normalisation nor its first weights.
The former are those of Caffe's GoogLeNet and torch's own, the latter follow He's rule.

References:
    Szegedy et al. (2015), Going deeper with convolutions: table 1, section 5, figure 3.
"""

from collections.abc import Callable
from typing import NamedTuple, SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.networks.inception_parts import ConvNorm, as_published

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

Unit = Callable[..., nn.Module]
"""Makes a convolution and what follows it, from channels, filters, kernel and stride."""


class Scores(NamedTuple):
    """What training gets: the network's scores, and those of the two heads on the way."""

    logits: Tensor
    aux_logits2: Tensor
    aux_logits1: Tensor


def conv_bias(channels: int, filters: int, kernel: int, stride: int = 1) -> nn.Module:
    """A convolution with bias, ReLU: the paper's unit."""
    return nn.Sequential(nn.Conv2d(channels, filters, kernel, stride, padding=kernel // 2), nn.ReLU(inplace=True))


class Inception(nn.Module):
    """Four branches that see the same maps (figure 2b)."""

    def __init__(
        self,
        channels: int,
        row: tuple[int, tuple[int, int], tuple[int, int], int],
        kernel: int,
        unit: Unit = ConvNorm,
    ) -> None:
        super().__init__()
        one, (narrow, three), (narrower, five), pooled = row
        self.branch1 = unit(channels, one, kernel=1)
        self.branch2 = nn.Sequential(unit(channels, narrow, kernel=1), unit(narrow, three, kernel=3))
        self.branch3 = nn.Sequential(unit(channels, narrower, kernel=1), unit(narrower, five, kernel=kernel))
        self.branch4 = nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1), unit(channels, pooled, kernel=1))

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out h w"]:
        """Put the branches' maps one behind the other."""
        return torch.cat([branch(maps) for branch in self.children()], dim=1)


class Head(nn.Module):
    """A small classifier on the way, which shortens the way back while the network learns."""

    def __init__(self, channels: int, num_classes: int, dropout: float, *, paper: bool) -> None:
        super().__init__()
        to_four = nn.AdaptiveAvgPool2d(4)  # the paper's 224 pixels are 4×4 already
        self.pool = nn.Sequential(nn.AvgPool2d(kernel_size=5, stride=3), to_four) if paper else to_four
        self.conv = (conv_bias if paper else ConvNorm)(channels, 128, kernel=1)
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

    def __init__(
        self,
        num_classes: SupportsIndex = 1000,
        *,
        aux_logits: bool = True,
        transform_input: bool = False,
        paper: bool = False,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
    ) -> None:
        super().__init__()
        classes = check_classes(num_classes)
        self.transform_input, self.paper = transform_input, paper
        unit: Unit = conv_bias if paper else ConvNorm
        self.conv1 = unit(3, 64, kernel=7, stride=2)  # n 64 112 112
        self.maxpool1 = halving(3)  # n 64 56 56
        self.norm1 = nn.LocalResponseNorm(size=5) if paper else None
        self.conv2 = unit(64, 64, kernel=1)
        self.conv3 = unit(64, 192, kernel=3)
        self.norm2 = nn.LocalResponseNorm(size=5) if paper else None
        self.maxpool2 = halving(3)  # n 192 28 28
        channels = 192
        for name, row in ROWS.items():
            if name in {"4a", "5a"}:  # n 480 14 14, n 832 7 7
                self.add_module(f"maxpool{int(name[0]) - 1}", halving(3 if paper or name == "4a" else 2))
            self.add_module(f"inception{name}", Inception(channels, row, kernel=5 if paper else 3, unit=unit))
            channels = row[0] + row[1][1] + row[2][1] + row[3]
        self.aux1 = Head(512, classes, dropout_aux, paper=paper) if aux_logits else None
        self.aux2 = Head(528, classes, dropout_aux, paper=paper) if aux_logits else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, classes)
        self.initialise()

    def initialise(self) -> None:
        """Draw small weights, none beyond two; without normalisation by He's rule, so that signals keep their size."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                if self.paper and layer.bias is not None:
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                    nn.init.zeros_(layer.bias)
                else:
                    nn.init.trunc_normal_(layer.weight, std=0.01, a=-2, b=2)

    @property
    def smallest_image(self) -> int:
        """Pixels on the shorter side: the paper's heads, which answer in training only, ask for more."""
        if not self.paper:
            return 15
        return 79 if self.training and self.aux1 is not None else 31

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


def googlenet(
    num_classes: SupportsIndex = 1000,
    *,
    aux_logits: bool = True,
    transform_input: bool = False,
    dropout: float = 0.2,
    dropout_aux: float = 0.7,
) -> GoogLeNet:
    """GoogLeNet, as torchvision has it.

    Args:
        num_classes: how many scores each image gets.
        aux_logits: whether there are heads on the way; in training they answer, too.
        transform_input: whether images are scaled anew, as the published weights ask.
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
        dropout=dropout,
        dropout_aux=dropout_aux,
    )


def googlenet_paper(
    num_classes: SupportsIndex = 1000, *, aux_logits: bool = True, dropout: float = 0.4, dropout_aux: float = 0.7
) -> GoogLeNet:
    """GoogLeNet, as the paper has it; arguments and errors are those of :func:`googlenet`.

    >>> sum(weight.numel() for weight in googlenet_paper(aux_logits=False).parameters())
    6998552
    """
    return GoogLeNet(num_classes, aux_logits=aux_logits, paper=True, dropout=dropout, dropout_aux=dropout_aux)
