"""MobileNet: separable convolutions all through, so that a network runs on a telephone.

The first version is a plain row of separable convolutions.
The second turns the residual block inside out: narrow maps are added to each other, and wide ones live only within.
Its last 1×1 has no ReLU, which would throw away half of what little the narrow maps can carry.

=================  =============================  ==================================
what differs       :func:`mobilenet_v1`           :func:`mobilenet_v2`
=================  =============================  ==================================
block              3×3 by channel, then 1×1       1×1 to six times as many channels,
                                                  3×3 by channel, 1×1 back
after the block    ReLU6                          nothing
shortcut           none                           where the shape stays
names of weights   timm's ``mobilenetv1_100``     torchvision's
=================  =============================  ==================================

References:
    Howard et al. (2017), MobileNets: efficient convolutional neural networks for mobile vision applications: table 1.
    Sandler et al. (2018), MobileNetV2: inverted residuals and linear bottlenecks: tables 1 and 2.
"""

from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.shapes.checks import real_number

V1 = [[(64, 1)], [(128, 2), (128, 1)], [(256, 2), (256, 1)], [(512, 2), *[(512, 1)] * 5], [(1024, 2), (1024, 1)]]
"""The first version's separable convolutions, stage by stage: how many maps each makes, and its stride."""

V2 = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
"""The second version's rows: how much wider within, how many maps, how often, and the stride of the first."""


def rounded(channels: float) -> int:
    """Round to a multiple of 8, which processors like, but never down by more than a tenth.

    >>> [rounded(24 * width) for width in (1, 0.5, 0.35)]
    [24, 16, 8]
    """
    multiple = max(8, int(channels + 4) // 8 * 8)
    return multiple + 8 if multiple < 0.9 * channels else multiple


def check_width(width: float) -> float:
    """Refuse what is no positive number.

    Raises:
        TypeError: it is no real number.
        ValueError: it is not above 0, or infinite.

    >>> check_width(0)
    Traceback (most recent call last):
    ValueError: width=0.0 must be above 0: 0.25, 0.5, 0.75 and 1 are usual
    """
    width = real_number("width", width)
    if not 0 < width < float("inf"):
        raise ValueError(f"width={width} must be above 0: 0.25, 0.5, 0.75 and 1 are usual")
    return width


class SeparableBlock(nn.Module):
    """3×3 for each channel by itself, then 1×1 across the channels; ReLU6 after both."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(
            channels, channels, kernel_size=3, stride=stride, padding=1, groups=channels, bias=False
        )
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv_pw = nn.Conv2d(channels, filters, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.act = nn.ReLU6(inplace=True)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Look around in each map, then mix the maps."""
        seen = self.act(self.bn1(self.conv_dw(maps)))
        mixed: Tensor = self.act(self.bn2(self.conv_pw(seen)))
        return mixed


class MobileNetV1(ImageNetwork):
    """A stem, thirteen separable convolutions, the mean over all places, one layer of scores."""

    smallest_image = 1

    def __init__(self, num_classes: SupportsIndex = 1000, width: float = 1.0) -> None:
        super().__init__()
        width = check_width(width)
        channels = rounded(32 * width)
        self.conv_stem = nn.Conv2d(3, channels, kernel_size=3, stride=2, padding=1, bias=False)  # n 32 112 112
        self.bn1 = nn.BatchNorm2d(channels)
        self.act = nn.ReLU6(inplace=True)
        self.blocks = nn.Sequential()  # n 1024 7 7
        for stage in V1:
            row = nn.Sequential()
            for filters, stride in stage:
                row.append(SeparableBlock(channels, rounded(filters * width), stride))
                channels = rounded(filters * width)
            self.blocks.append(row)
        self.classifier = nn.Linear(channels, check_classes(num_classes))
        self.initialise()

    def initialise(self) -> None:
        """Draw convolutions by He's rule, each group by itself."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                fan_out = layer.weight[0, 0].numel() * layer.out_channels // layer.groups
                nn.init.normal_(layer.weight, std=(2 / fan_out) ** 0.5)
        nn.init.uniform_(self.classifier.weight, -1, 1)
        self.classifier.weight.data /= self.classifier.out_features**0.5
        nn.init.zeros_(self.classifier.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        maps = self.blocks(self.act(self.bn1(self.conv_stem(images))))
        scores: Tensor = self.classifier(maps.mean((2, 3)))
        return scores


def conv_norm(channels: int, filters: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution that keeps the size, or halves it; batch normalisation; ReLU6."""
    return nn.Sequential(
        nn.Conv2d(channels, filters, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(filters),
        nn.ReLU6(inplace=True),
    )


class InvertedResidual(nn.Module):
    """Narrow, wide, narrow: 1×1 out, 3×3 by channel, 1×1 back without a ReLU, and what came in added."""

    def __init__(self, channels: int, filters: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = expansion * channels
        out = [] if expansion == 1 else [conv_norm(channels, wide, kernel=1)]
        back = [nn.Conv2d(wide, filters, kernel_size=1, bias=False), nn.BatchNorm2d(filters)]
        self.conv = nn.Sequential(*out, conv_norm(wide, wide, kernel=3, stride=stride, groups=wide), *back)
        self.adds = stride == 1 and channels == filters

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Add to the maps where the shape stays; else replace them."""
        change: Tensor = self.conv(maps)
        return maps + change if self.adds else change


class MobileNetV2(ImageNetwork):
    """A stem, seventeen inverted residual blocks, 1×1 to 1,280 maps, their means, one layer of scores."""

    smallest_image = 1

    def __init__(self, num_classes: SupportsIndex = 1000, width: float = 1.0, dropout: float = 0.2) -> None:
        super().__init__()
        width = check_width(width)
        channels, last = rounded(32 * width), rounded(1280 * max(1, width))
        self.features = nn.Sequential(conv_norm(3, channels, kernel=3, stride=2))  # n 32 112 112
        for expansion, maps, count, first_stride in V2:
            for number in range(count):
                stride, filters = first_stride if number == 0 else 1, rounded(maps * width)
                self.features.append(InvertedResidual(channels, filters, stride, expansion))
                channels = filters
        self.features.append(conv_norm(channels, last, kernel=1))  # n 1280 7 7
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, check_classes(num_classes)))
        self.initialise()

    def initialise(self) -> None:
        """Draw convolutions by He's rule, scores small."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.classifier(self.features(images).mean((2, 3)))
        return scores


def mobilenet_v1(num_classes: SupportsIndex = 1000, width: float = 1.0) -> MobileNetV1:
    """The first MobileNet.

    Args:
        num_classes: how many scores each image gets.
        width: by how much to multiply the number of maps everywhere.

    Raises:
        TypeError: ``num_classes`` is no whole number, or ``width`` no real one.
        ValueError: ``num_classes`` is less than 1, or ``width`` not above 0.

    >>> sum(weight.numel() for weight in mobilenet_v1().parameters())
    4231976
    """
    return MobileNetV1(num_classes, width)


def mobilenet_v2(num_classes: SupportsIndex = 1000, width: float = 1.0, dropout: float = 0.2) -> MobileNetV2:
    """The second MobileNet.

    Args:
        num_classes: how many scores each image gets.
        width: by how much to multiply the number of maps everywhere.
        dropout: the share of means that training leaves out.

    Raises:
        TypeError: ``num_classes`` is no whole number, or ``width`` no real one.
        ValueError: ``num_classes`` is less than 1, ``width`` not above 0, or ``dropout`` no share.

    >>> sum(weight.numel() for weight in mobilenet_v2().parameters())
    3504872
    """
    return MobileNetV2(num_classes, width, dropout)
