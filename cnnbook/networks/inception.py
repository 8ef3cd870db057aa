"""Inception v3: large kernels taken apart into small ones, and three kinds of modules for three sizes of maps.

A 5×5 sees as far as two 3×3 and costs more; a 7×7 as far as a row of 7 and a column of 7.
The modules A, C and E keep the size, B and D halve it; the letters are torchvision's.

=========================  ==================================  ==========================================
what differs               the paper                           torchvision, and here
=========================  ==================================  ==========================================
second branch of A         3×3 (figure 5)                      5×5, as in the published weights
after the first pooling    3×3, 3×3 with stride 2, 3×3         1×1, 3×3, pooling
hidden layer of the head   fully connected; normalised in      a 5×5 convolution, normalised: the same
                           "BN-auxiliary", the best            where the head's maps are 5×5
first weights              not told                            deviation 0.1; in the head 0.01 was meant
                                                               for the 5×5, but the word goes unheard
label smoothing            0.1                                 the loss's: ``CrossEntropyLoss`` in
                                                               :mod:`torch.nn` has ``label_smoothing``
=========================  ==================================  ==========================================

References:
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision: table 1, figures 5 to 8 and 10.
"""

from typing import NamedTuple, SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.networks.inception_parts import ConvNorm, Kernel, as_published

ROW, COLUMN = (1, 7), (7, 1)
FORKS = {1: [""], 2: "ab"}  # what torchvision puts behind a name

Step = tuple[int, *tuple[Kernel, ...]]
"""A convolution's filters and kernel; where a branch forks, the kernel of each end."""


class Scores(NamedTuple):
    """What training gets: the network's scores, and those of the head on the way."""

    logits: Tensor
    aux_logits: Tensor


class Mixed(nn.Module):
    """Branches that see the same maps, each some convolutions behind one another; the last pools first.

    A module that halves the sides does so in the last convolution of each branch, and beside them pools only.
    """

    def __init__(self, channels: int, *, halve: bool = False, **branches: list[Step]) -> None:
        super().__init__()
        self.chains: list[list[list[str]]] = []  # of each branch, its layers' names, those of a fork together
        for branch, steps in branches.items():
            maps, chain = channels, []
            for number, (filters, *kernels) in enumerate(steps, start=1):
                halves = halve and number == len(steps)
                names = [branch] if len(steps) == 1 else [f"{branch}_{number}{end}" for end in FORKS[len(kernels)]]
                for name, kernel in zip(names, kernels, strict=True):
                    self.add_module(name, ConvNorm(maps, filters, kernel, stride=1 + halves, padded=not halves))
                maps = filters
                chain.append(names)
            self.chains.append(chain)
        self.pool: nn.Module
        if halve:
            self.pool = nn.MaxPool2d(kernel_size=3, stride=2)
            self.chains.append([["pool"]])
        else:
            self.pool = nn.AvgPool2d(kernel_size=3, stride=1, padding=1)
            self.chains[-1].insert(0, ["pool"])

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Put the branches' maps one behind the other."""
        answers = []
        for chain in self.chains:
            ends = [maps]
            for names in chain:
                ends = [self.get_submodule(name)(ends[0]) for name in names]
            answers += ends
        return torch.cat(answers, dim=1)


class InceptionA(Mixed):
    """At 35×35: a 5×5, and two 3×3 that see as far (figure 5)."""

    def __init__(self, channels: int, pooled: int) -> None:
        super().__init__(
            channels,
            branch1x1=[(64, 1)],
            branch5x5=[(48, 1), (64, 5)],
            branch3x3dbl=[(64, 1), (96, 3), (96, 3)],
            branch_pool=[(pooled, 1)],
        )


class InceptionB(Mixed):
    """From 35×35 to 17×17: strided branches and a pooling side by side, so that nothing is squeezed (figure 10)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, halve=True, branch3x3=[(384, 3)], branch3x3dbl=[(64, 1), (96, 3), (96, 3)])


class InceptionC(Mixed):
    """At 17×17: a 7×7, and two behind one another, each a row and a column (figure 6)."""

    def __init__(self, channels: int, narrow: int) -> None:
        super().__init__(
            channels,
            branch1x1=[(192, 1)],
            branch7x7=[(narrow, 1), (narrow, ROW), (192, COLUMN)],
            branch7x7dbl=[(narrow, 1), (narrow, COLUMN), (narrow, ROW), (narrow, COLUMN), (192, ROW)],
            branch_pool=[(192, 1)],
        )


class InceptionD(Mixed):
    """From 17×17 to 8×8."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            channels,
            halve=True,
            branch3x3=[(192, 1), (320, 3)],
            branch7x7x3=[(192, 1), (192, ROW), (192, COLUMN), (192, 3)],
        )


class InceptionE(Mixed):
    """At 8×8: a row and a column side by side, for many maps of few pixels (figure 7)."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            channels,
            branch1x1=[(320, 1)],
            branch3x3=[(384, 1), (384, (1, 3), (3, 1))],
            branch3x3dbl=[(448, 1), (384, 3), (384, (1, 3), (3, 1))],
            branch_pool=[(192, 1)],
        )


class Head(nn.Module):
    """A classifier on the way, which the paper found to regularise: it helps only near the end of training."""

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size=5, stride=3)  # n 768 5 5
        self.conv0 = ConvNorm(channels, 128, kernel=1)
        self.conv1 = ConvNorm(128, 768, kernel=5, padded=False)  # n 768 1 1
        self.fc = nn.Linear(768, num_classes)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.fc(self.conv1(self.conv0(self.pool(maps))).mean((2, 3)))
        return scores


class InceptionV3(ImageNetwork):
    """A stem, eleven modules, the mean over all places, one layer of scores; a head on the way."""

    def __init__(
        self,
        num_classes: SupportsIndex = 1000,
        *,
        aux_logits: bool = True,
        transform_input: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        classes = check_classes(num_classes)
        self.transform_input = transform_input
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, kernel=3, stride=2, padded=False)  # n 32 149 149
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, kernel=3, padded=False)  # n 32 147 147
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, kernel=3)  # n 64 147 147
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2)  # n 64 73 73
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, kernel=1)
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, kernel=3, padded=False)  # n 192 71 71
        self.maxpool2 = nn.MaxPool2d(kernel_size=3, stride=2)  # n 192 35 35
        self.Mixed_5b = InceptionA(192, pooled=32)  # n 256 35 35
        self.Mixed_5c = InceptionA(256, pooled=64)  # n 288 35 35
        self.Mixed_5d = InceptionA(288, pooled=64)
        self.Mixed_6a = InceptionB(288)  # n 768 17 17
        self.Mixed_6b = InceptionC(768, narrow=128)
        self.Mixed_6c = InceptionC(768, narrow=160)
        self.Mixed_6d = InceptionC(768, narrow=160)
        self.Mixed_6e = InceptionC(768, narrow=192)
        self.AuxLogits = Head(768, classes) if aux_logits else None
        self.Mixed_7a = InceptionD(768)  # n 1280 8 8
        self.Mixed_7b = InceptionE(1280)  # n 2048 8 8
        self.Mixed_7c = InceptionE(2048)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, classes)
        self.initialise()

    def initialise(self) -> None:
        """Draw small weights, none beyond two; smaller ones for the head's scores."""
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.001 if name == "AuxLogits.fc" else 0.1, a=-2, b=2)

    @property
    def smallest_image(self) -> int:
        """Pixels on the shorter side: the head, which answers in training only, asks for the paper's size."""
        return 299 if self.training and self.AuxLogits is not None else 75

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"] | Scores:
        """Give each image a score for each class; in training those of the head, too."""
        maps, head = as_published(images) if self.transform_input else images, None
        for name, layer in self.named_children():
            if name == "avgpool":
                break
            if name != "AuxLogits":
                maps = layer(maps)
            elif self.training:
                head = layer(maps)
        scores: Tensor = self.fc(self.dropout(self.avgpool(maps)).flatten(1))
        return scores if head is None else Scores(scores, head)


def inception_v3(
    num_classes: SupportsIndex = 1000,
    *,
    aux_logits: bool = True,
    transform_input: bool = False,
    dropout: float = 0.5,
) -> InceptionV3:
    """Inception v3, as torchvision has it.

    Args:
        num_classes: how many scores each image gets.
        aux_logits: whether there is a head on the way; in training it answers, too.
        transform_input: whether images are scaled anew, as the published weights ask.
        dropout: the share of means that training leaves out.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``dropout`` no share.

    >>> sum(weight.numel() for weight in inception_v3().parameters())
    27161264
    """
    return InceptionV3(num_classes, aux_logits=aux_logits, transform_input=transform_input, dropout=dropout)
