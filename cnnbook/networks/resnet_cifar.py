"""ResNet for small images: CIFAR's, of 20 to 56 layers and more, and the plain networks beside them.

Three stages on 32, 16 and 8 pixels; where the channels double, the shortcut fills the new ones with zeros (option A).
So a residual network and a plain one have the same weights, and only the addition tells them apart.

References:
    He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition: section 4.2.
"""

from itertools import pairwise
from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.shapes.checks import whole_number

WIDTHS = [16, 32, 64]


class CifarBlock(nn.Module):
    """Two convolutions of 3×3; the shortcut has no weights, or there is none."""

    def __init__(self, channels: int, width: int, stride: int = 1, *, residual: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.residual = stride, residual

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Add to every other pixel where the stride is two, with zeros in half of the new channels on either side."""
        change = self.bn2(self.conv2(relu(self.bn1(self.conv1(maps)))))
        if not self.residual:
            return relu(change)
        more = (change.shape[1] - maps.shape[1]) // 2
        return relu(change + pad(maps[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, more, more)))


class CifarResNet(ImageNetwork):
    """Three stages of blocks on 32, 16 and 8 pixels, for small images."""

    smallest_image = 1
    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential

    def __init__(self, depth: SupportsIndex, num_classes: SupportsIndex = 10, *, residual: bool = True) -> None:
        super().__init__()
        count = blocks_of(depth)
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)  # n 16 32 32
        self.bn1 = nn.BatchNorm2d(16)
        for stage, (channels, width) in enumerate(pairwise([16, *WIDTHS]), start=1):
            first = CifarBlock(channels, width, stride=1 if stage == 1 else 2, residual=residual)
            others = (CifarBlock(width, width, residual=residual) for _ in range(count - 1))
            self.add_module(f"layer{stage}", nn.Sequential(first, *others))
        self.linear = nn.Linear(64, check_classes(num_classes))
        initialise(self)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        maps = relu(self.bn1(self.conv1(images)))
        maps = self.layer3(self.layer2(self.layer1(maps)))
        scores: Tensor = self.linear(maps.mean((2, 3)))
        return scores


def blocks_of(depth: SupportsIndex) -> int:
    """Count the blocks of each stage: two convolutions each, three stages, and two layers around them.

    Raises:
        TypeError: the depth is no whole number.
        ValueError: it is not 8, 14, 20 and so on.

    >>> blocks_of(20)
    3
    >>> blocks_of(21)
    Traceback (most recent call last):
    ValueError: depth=21 must be 2 more than a multiple of 6: 8, 14, 20, ...
    """
    depth = whole_number("depth", depth, least=8)
    if depth % 6 != 2:  # noqa: PLR2004  the message says it
        raise ValueError(f"depth={depth} must be 2 more than a multiple of 6: 8, 14, 20, ...")
    return depth // 6


def initialise(network: nn.Module) -> None:
    """Draw convolutions by He's rule, so that signals keep their size on the way back."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")


def cifar_resnet(depth: SupportsIndex, num_classes: SupportsIndex = 10, *, residual: bool = True) -> CifarResNet:
    """ResNet for small images with so many layers with weights (section 4.2), or the plain network beside it.

    Args:
        depth: 2 more than a multiple of 6.
        num_classes: how many scores each image gets.
        residual: whether blocks add to what they are given; without, they replace it.

    Raises:
        TypeError: ``depth`` or ``num_classes`` is no whole number.
        ValueError: ``depth`` is not 8, 14, 20 and so on, or ``num_classes`` is less than 1.

    >>> [sum(weight.numel() for weight in cifar_resnet(20, residual=r).parameters()) for r in (True, False)]
    [269722, 269722]
    """
    return CifarResNet(depth, num_classes, residual=residual)


def resnet20(num_classes: SupportsIndex = 10) -> CifarResNet:
    """ResNet with 20 layers with weights, for small images.

    Args:
        num_classes: how many scores each image gets.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in resnet20().parameters())
    269722
    """
    return CifarResNet(20, num_classes)


def resnet32(num_classes: SupportsIndex = 10) -> CifarResNet:
    """ResNet with 32 layers with weights; the rest as for :func:`resnet20`.

    >>> sum(weight.numel() for weight in resnet32().parameters())
    464154
    """
    return CifarResNet(32, num_classes)


def resnet44(num_classes: SupportsIndex = 10) -> CifarResNet:
    """ResNet with 44 layers with weights; the rest as for :func:`resnet20`.

    >>> sum(weight.numel() for weight in resnet44().parameters())
    658586
    """
    return CifarResNet(44, num_classes)


def resnet56(num_classes: SupportsIndex = 10) -> CifarResNet:
    """ResNet with 56 layers with weights; the rest as for :func:`resnet20`.

    >>> sum(weight.numel() for weight in resnet56().parameters())
    853018
    """
    return CifarResNet(56, num_classes)
