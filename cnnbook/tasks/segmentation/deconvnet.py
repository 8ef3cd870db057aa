"""DeconvNet: VGG-16 and its mirror image; each maximum returns to where it was found.

Pooling keeps the largest of four numbers, and here also notes which it was.
On the way back, unpooling puts numbers at the noted places and zeros elsewhere; convolutions then fill the gaps.
Between the two halves stands a fully connected waist, written as convolutions: all of the image, in 4,096 numbers.

==================  ================================  =================================================
what differs        the paper and its code            here
==================  ================================  =================================================
VGG's layers        ``conv1_1`` to ``conv5_3``        those of torchvision's ``vgg16_bn``, so that its
                                                      published weights load with ``strict=False``
larger images       cut into windows of 224×224       taken whole: the waist slides
odd sides           none                              unpooling gives back the row that pooling dropped
==================  ================================  =================================================

References:
    Noh, Hong & Han (2015), Learning deconvolution network for semantic segmentation: section 3.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.networks.vgg import ROWS, layers
from cnnbook.shapes.checks import whole_number

COUNTS = [len(stage) for stage in ROWS[16]]
"""Convolutions in each of VGG-16's stages."""


class DeconvNet(ImageNetwork):
    """Stages that pool and remember, a waist that sees everything, stages that unpool where they remember."""

    def __init__(
        self,
        num_classes: SupportsIndex,
        widths: Sequence[SupportsIndex],
        waist: SupportsIndex,
        image_size: SupportsIndex,
    ) -> None:
        super().__init__()
        row, side = self.stages(widths, image_size)
        self.image_size = int(image_size)
        hidden, last = whole_number("waist", waist, least=1), row[-1][-1]
        self.features = nn.Sequential(*layers(row, batch_norm=True))
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                layer.return_indices = True
        self.waist = nn.Sequential(
            *normalised(nn.Conv2d(last, hidden, kernel_size=side)),  # fc6: n 4096 1 1 from 224 pixels
            *normalised(nn.Conv2d(hidden, hidden, kernel_size=1)),  # fc7
            *normalised(nn.ConvTranspose2d(hidden, last, kernel_size=side)),  # n 512 7 7
        )
        self.unpool = nn.MaxUnpool2d(kernel_size=2, stride=2)
        narrower = [row[0][0], *(stage[0] for stage in row[:-1])]
        self.deconv = nn.ModuleList(nn.Sequential(*mirrored(s, n)) for s, n in zip(row, narrower, strict=True))
        self.scores = nn.Conv2d(row[0][0], check_classes(num_classes), kernel_size=1)
        self.initialise()

    @property
    def smallest_image(self) -> int:
        """The size for which the waist was made."""
        return self.image_size

    @staticmethod
    def stages(widths: Sequence[SupportsIndex], image_size: SupportsIndex) -> tuple[list[list[int]], int]:
        """Write the stages out as VGG's table has them, and count the rows that reach the waist."""
        if not isinstance(widths, list | tuple):
            raise TypeError(f"widths={widths!r} must be a tuple or a list, not {type(widths).__name__}")
        if not 1 <= len(widths) <= len(COUNTS):
            raise ValueError(f"widths={widths!r} has length {len(widths)}; 1 to {len(COUNTS)} stages are possible")
        filters = [whole_number("widths", width, least=1) for width in widths]
        size = whole_number("image_size", image_size, least=1)
        side, rest = divmod(size, 2 ** len(filters))
        if rest:
            raise ValueError(f"image_size={size} must be a multiple of {2 ** len(filters)}: {len(filters)} poolings")
        return [[width] * count for width, count in zip(filters, COUNTS, strict=False)], side

    def initialise(self) -> None:
        """Draw the way back as the paper's code does, with deviation 0.01; the way there by He's rule."""
        for layer in self.modules():
            if isinstance(layer, nn.ConvTranspose2d):
                nn.init.normal_(layer.weight, std=0.01)
            elif isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes h w"]:
        """Give each pixel a score for each class."""
        maps, pooled = images, []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                size = maps.shape[2:]
                maps, places = layer(maps)
                pooled.append((places, size))
            else:
                maps = layer(maps)
        maps = self.waist(maps)
        for stage, (places, size) in reversed(list(zip(self.deconv, pooled, strict=True))):
            maps = stage(self.unpool(maps, places, output_size=size))
        scores: Tensor = self.scores(maps)
        return scores


def normalised(layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, ...]:
    """Follow a layer by batch normalisation and ReLU, as the paper does after every one."""
    return layer, nn.BatchNorm2d(layer.out_channels), nn.ReLU(inplace=True)


def mirrored(stage: list[int], narrower: int) -> Iterator[nn.Module]:
    """Write a stage out backwards: as many layers, the last of which leads to the stage before."""
    for filters, wanted in pairwise([*stage, narrower]):
        yield from normalised(nn.ConvTranspose2d(filters, wanted, kernel_size=3, padding=1))


def deconvnet(
    num_classes: SupportsIndex = 21,
    widths: Sequence[SupportsIndex] = (64, 128, 256, 512, 512),
    waist: SupportsIndex = 4096,
    image_size: SupportsIndex = 224,
) -> DeconvNet:
    """DeconvNet: VGG-16, a fully connected waist, and VGG-16's mirror image with max unpooling.

    Scores have the image's rows and columns, for every image of at least ``image_size``.
    In training, two images of that size are the least: the waist normalises each of its numbers over the batch.

    Args:
        num_classes: scores of each pixel; 21 are those of VOC, with the background.
        widths: filters of each stage, at most five; a stage has as many layers as VGG-16's.
        waist: numbers that the middle is squeezed into.
        image_size: rows and columns that the waist takes in at once; a multiple of 2 for each stage.

    Raises:
        TypeError: a number is not whole, or ``widths`` no tuple.
        ValueError: a number is less than 1, there are too many stages, or ``image_size`` is no such multiple.

    >>> with torch.device("meta"):
    ...     sum(weight.numel() for weight in deconvnet().parameters())
    251805653
    >>> small = deconvnet(num_classes=5, widths=(8, 16, 32), waist=64, image_size=96)
    >>> small(torch.zeros(2, 3, 97, 96)).shape
    torch.Size([2, 5, 97, 96])
    """
    return DeconvNet(num_classes, widths, waist, image_size)
