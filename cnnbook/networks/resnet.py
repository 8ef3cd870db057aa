"""ResNet: each block only adds to what it was given, so that depth cannot make it worse to begin with.

A plain network of 56 layers learns its own training examples worse than one of 20: a fault of learning, not of fitting.
A residual block answers with its input plus what its layers make of it: :math:`y = F(x) + x`.

=======================  ==========================  ====================================
what differs             the paper                   torchvision, and here
=======================  ==========================  ====================================
stride of a bottleneck   in its first 1×1, which     in its 3×3, which reads every pixel
                         drops three pixels in four  (``stride_in_1x1`` chooses)
shortcut to a new shape  zeros for new channels (A)  a 1×1 convolution (B); in the
                         or a 1×1 convolution (B)    networks for CIFAR zeros (A)
=======================  ==========================  ====================================

References:
    He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition: table 1, section 4.2 for CIFAR.
"""

from typing import ClassVar, SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.networks.resnet_cifar import cifar_resnet, initialise, resnet20, resnet32, resnet44, resnet56

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "ResNet",
    "cifar_resnet",
    "resnet18",
    "resnet20",
    "resnet32",
    "resnet34",
    "resnet44",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet152",
]

WIDTHS = [64, 128, 256, 512]  # of the four stages' 3×3 convolutions


class BasicBlock(nn.Module):
    """Two convolutions of 3×3, and what came in added before the last ReLU."""

    expansion: ClassVar[int] = 1

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = projection(channels, width, stride)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Add to the maps, or to their projection where the shape changes."""
        shortcut = maps if self.downsample is None else self.downsample(maps)
        change = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(maps)))))
        answer: Tensor = self.relu(change + shortcut)
        return answer


class Bottleneck(nn.Module):
    """1×1 to fewer channels, 3×3 on those, 1×1 back to four times as many; what came in is added."""

    expansion: ClassVar[int] = 4

    def __init__(self, channels: int, width: int, stride: int = 1, *, stride_in_1x1: bool = False) -> None:
        super().__init__()
        first, second = (stride, 1) if stride_in_1x1 else (1, stride)
        self.conv1 = nn.Conv2d(channels, width, kernel_size=1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, kernel_size=3, stride=second, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = projection(channels, 4 * width, stride)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Add to the maps, or to their projection where the shape changes."""
        shortcut = maps if self.downsample is None else self.downsample(maps)
        narrow = self.relu(self.bn1(self.conv1(maps)))
        change = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(narrow)))))
        answer: Tensor = self.relu(change + shortcut)
        return answer


def projection(channels: int, width: int, stride: int) -> nn.Sequential | None:
    """Make a shortcut of another shape by a 1×1 convolution; where the shape stays, there is nothing to make."""
    if stride == 1 and channels == width:
        return None
    return nn.Sequential(nn.Conv2d(channels, width, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(width))


class ResNet(ImageNetwork):
    """A stem that quarters the image's sides, four stages of blocks, the mean over all places, one layer of scores."""

    smallest_image = 1
    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential
    layer4: nn.Sequential

    def __init__(self, depth: int, num_classes: SupportsIndex = 1000, *, stride_in_1x1: bool = False) -> None:
        super().__init__()
        block, counts = ROWS[depth]
        options = {"stride_in_1x1": stride_in_1x1} if block is Bottleneck else {}
        channels = [64, *(block.expansion * width for width in WIDTHS)]
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)  # n 64 112 112
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)  # n 64 56 56
        for stage, (width, count) in enumerate(zip(WIDTHS, counts, strict=True)):  # 56, 28, 14, 7 pixels
            first = block(channels[stage], width, stride=1 if stage == 0 else 2, **options)
            others = (block(channels[stage + 1], width, **options) for _ in range(count - 1))
            self.add_module(f"layer{stage + 1}", nn.Sequential(first, *others))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels[-1], check_classes(num_classes))
        initialise(self)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        maps = self.layer4(self.layer3(self.layer2(self.layer1(maps))))
        scores: Tensor = self.fc(self.avgpool(maps).flatten(1))
        return scores


ROWS: dict[int, tuple[type[BasicBlock] | type[Bottleneck], list[int]]] = {
    18: (BasicBlock, [2, 2, 2, 2]),
    34: (BasicBlock, [3, 4, 6, 3]),
    50: (Bottleneck, [3, 4, 6, 3]),
    101: (Bottleneck, [3, 4, 23, 3]),
    152: (Bottleneck, [3, 8, 36, 3]),
}
"""By the number of layers with weights: the kind of block, and how many in each stage (table 1)."""


def resnet18(num_classes: SupportsIndex = 1000) -> ResNet:
    """ResNet with 18 layers with weights, for large images.

    Args:
        num_classes: how many scores each image gets.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in resnet18().parameters())
    11689512
    """
    return ResNet(18, num_classes)


def resnet34(num_classes: SupportsIndex = 1000) -> ResNet:
    """ResNet with 34 layers with weights; the rest as for :func:`resnet18`.

    >>> sum(weight.numel() for weight in resnet34().parameters())
    21797672
    """
    return ResNet(34, num_classes)


def resnet50(num_classes: SupportsIndex = 1000, *, stride_in_1x1: bool = False) -> ResNet:
    """ResNet with 50 layers with weights, for large images.

    Args:
        num_classes: how many scores each image gets.
        stride_in_1x1: whether a stride stands where the paper puts it.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in resnet50().parameters())
    25557032
    """
    return ResNet(50, num_classes, stride_in_1x1=stride_in_1x1)


def resnet101(num_classes: SupportsIndex = 1000, *, stride_in_1x1: bool = False) -> ResNet:
    """ResNet with 101 layers with weights; the rest as for :func:`resnet50`.

    >>> sum(weight.numel() for weight in resnet101().parameters())
    44549160
    """
    return ResNet(101, num_classes, stride_in_1x1=stride_in_1x1)


def resnet152(num_classes: SupportsIndex = 1000, *, stride_in_1x1: bool = False) -> ResNet:
    """ResNet with 152 layers with weights; the rest as for :func:`resnet50`.

    >>> sum(weight.numel() for weight in resnet152().parameters())
    60192808
    """
    return ResNet(152, num_classes, stride_in_1x1=stride_in_1x1)
