"""VGG: nothing but three by three, twice as many filters after each pooling, as deep as it goes.

Two layers of 3×3 see as far as one of 5×5, three as far as one of 7×7, with fewer weights and more bends between.
The paper's table 1 is the whole network: its columns are the rows of :data:`ROWS`.

=====================  ========================  ========================================
what differs           the paper                 torchvision, and here
=====================  ========================  ========================================
batch normalisation    unknown then              as an option, the names that end in _bn
first weights          A first, its layers then  drawn by He's rule, for any depth
                       begin the deeper ones
larger images          the classifier slides     their maps are pooled to 7×7
=====================  ========================  ========================================

References:
    Simonyan & Zisserman (2015), Very deep convolutional networks for large-scale image recognition.
"""

from collections.abc import Iterator
from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes

ROWS = {
    11: [[64], [128], [256, 256], [512, 512], [512, 512]],
    13: [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
    16: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
    19: [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]],
}
"""The filters of each convolution, by the number of layers with weights; a pooling ends each stage."""


class VGG(ImageNetwork):
    """Five stages of convolutions, each halved by pooling, then three fully connected layers."""

    smallest_image = 32

    def __init__(
        self, depth: int, num_classes: SupportsIndex = 1000, dropout: float = 0.5, *, batch_norm: bool = False
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(*layers(ROWS[depth], batch_norm=batch_norm))  # n 512 7 7 from 224 pixels
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, check_classes(num_classes)),
        )
        self.initialise()

    def initialise(self) -> None:
        """Draw convolutions by He's rule, so that signals keep their size on the way back; the rest small."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
            if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return scores


def layers(row: list[list[int]], *, batch_norm: bool) -> Iterator[nn.Module]:
    """Write a row of the table out as layers, from three channels on."""
    channels = 3
    for stage in row:
        for filters in stage:
            yield nn.Conv2d(channels, filters, kernel_size=3, padding=1)
            if batch_norm:
                yield nn.BatchNorm2d(filters)
            yield nn.ReLU(inplace=True)
            channels = filters
        yield nn.MaxPool2d(kernel_size=2, stride=2)


def vgg11(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """The paper's column A: 8 convolutions of 3×3 and three fully connected layers.

    Args:
        num_classes: how many scores each image gets.
        dropout: the share of hidden units that training leaves out.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``dropout`` no share.

    >>> sum(weight.numel() for weight in vgg11().parameters())
    132863336
    """
    return VGG(11, num_classes, dropout)


def vgg11_bn(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """:func:`vgg11` with batch normalisation after each convolution; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg11_bn().parameters())
    132868840
    """
    return VGG(11, num_classes, dropout, batch_norm=True)


def vgg13(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """The paper's column B: 10 convolutions of 3×3 and three fully connected layers; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg13().parameters())
    133047848
    """
    return VGG(13, num_classes, dropout)


def vgg13_bn(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """:func:`vgg13` with batch normalisation after each convolution; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg13_bn().parameters())
    133053736
    """
    return VGG(13, num_classes, dropout, batch_norm=True)


def vgg16(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """The paper's column D: 13 convolutions of 3×3 and three fully connected layers; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg16().parameters())
    138357544
    """
    return VGG(16, num_classes, dropout)


def vgg16_bn(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """:func:`vgg16` with batch normalisation after each convolution; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg16_bn().parameters())
    138365992
    """
    return VGG(16, num_classes, dropout, batch_norm=True)


def vgg19(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """The paper's column E: 16 convolutions of 3×3 and three fully connected layers; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg19().parameters())
    143667240
    """
    return VGG(19, num_classes, dropout)


def vgg19_bn(num_classes: SupportsIndex = 1000, dropout: float = 0.5) -> VGG:
    """:func:`vgg19` with batch normalisation after each convolution; the rest as for :func:`vgg11`.

    >>> sum(weight.numel() for weight in vgg19_bn().parameters())
    143678248
    """
    return VGG(19, num_classes, dropout, batch_norm=True)
