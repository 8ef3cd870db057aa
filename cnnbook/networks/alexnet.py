"""AlexNet: five convolutions, three fully connected layers, and the end of hand-made features.

The paper's network lay on two graphics cards, a *tower* on each, which saw each other only in some layers.
Its author later found that one tower, a little narrower, does as well ("one weird trick"); that form is the usual one.

=====================  ===============================  ==============================
what differs           :func:`alexnet_two_towers`       :func:`alexnet`
=====================  ===============================  ==============================
filters                96, 256, 384, 384, 256           64, 192, 384, 256, 256
layers 2, 4 and 5      two groups, one for each tower   every filter sees every map
after layers 1 and 2   local response normalisation     nothing
dropout                after layers 6 and 7             before layers 6 and 7
=====================  ===============================  ==============================

References:
    Krizhevsky, Sutskever & Hinton (2012), ImageNet classification with deep convolutional neural networks.
    Krizhevsky (2014), One weird trick for parallelizing convolutional neural networks.
"""

from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes


class AlexNet(ImageNetwork):
    """One tower: features by convolution and pooling, then a classifier that sees all of them."""

    smallest_image = 63

    def __init__(self, num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),  # n 64 55 55
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 64 27 27
            nn.Conv2d(64, 192, kernel_size=5, padding=2),  # n 192 27 27
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 192 13 13
            nn.Conv2d(192, 384, kernel_size=3, padding=1),  # n 384 13 13
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),  # n 256 13 13
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),  # n 256 13 13
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 256 6 6
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, check_classes(num_classes)),
        )

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return scores


class AlexNetTwoTowers(ImageNetwork):
    """The paper's: groups of two where the towers do not see each other, and neighbours that damp each other."""

    smallest_image = 63

    def __init__(self, num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2),  # n 96 55 55
            nn.ReLU(inplace=True),
            damping(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 96 27 27
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),  # n 256 27 27
            nn.ReLU(inplace=True),
            damping(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 256 13 13
            nn.Conv2d(256, 384, kernel_size=3, padding=1),  # n 384 13 13: both towers
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),  # n 384 13 13
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),  # n 256 13 13
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # n 256 6 6
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, check_classes(num_classes)),
        )
        self.initialise()

    def initialise(self) -> None:
        """Draw as the paper's section 5 does: deviation 0.01, and ones where a bias should wake the ReLUs early."""
        learned = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
        for number, layer in enumerate(learned, start=1):
            nn.init.normal_(layer.weight, std=0.01)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, 1 if number in {2, 4, 5, 6, 7} else 0)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return scores


def damping() -> nn.Module:
    """Local response normalisation with the paper's constants (section 3.3).

    The paper multiplies the sum of squares by alpha, and torch the mean: five times the alpha is the same.
    """
    return nn.LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2)


def alexnet(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> AlexNet:
    """AlexNet in one tower, as torchvision has it.

    Args:
        num_classes: how many scores each image gets.
        dropout: the share of inputs of the two hidden layers that training leaves out.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``dropout`` no share.

    >>> sum(weight.numel() for weight in alexnet().parameters())
    61100840
    """
    return AlexNet(num_classes, dropout)


def alexnet_two_towers(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> AlexNetTwoTowers:
    """The paper's AlexNet, whose towers become groups; its 224 pixels need the border of 2 that it does not mention.

    Args:
        num_classes: how many scores each image gets.
        dropout: the share of hidden units that training leaves out.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``dropout`` no share.

    >>> sum(weight.numel() for weight in alexnet_two_towers().parameters())
    60965224
    """
    return AlexNetTwoTowers(num_classes, dropout)
