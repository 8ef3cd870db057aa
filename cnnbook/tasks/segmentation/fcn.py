r"""FCN: VGG-16 without its fully connected layers answers at every place, and skips bring the edges back.

A fully connected layer on 7×7 maps is a convolution of 7×7.
Written so, VGG-16 takes images of any size and gives a map of scores, one for each step of 32 pixels.
A transposed convolution enlarges the map to the image: FCN-32s.
FCN-16s and FCN-8s also ask earlier maps, which know less *what* and more *where*, and add the scores.

The classifier's window of 7×7 would lose three places of the smallest maps at each border.
So the first convolution pads by 100 pixels, and what is too much is cut off where the scores are enlarged.
Each cut follows from where the middles of the windows lie:

==================================  =========  ======================  ==========
map                                 step       middle of its first     first kept
==================================  =========  ======================  ==========
``fc6``, and the scores from it     32 pixels  pixel 12.5
``pool4``, ``score_pool4``          16         pixel −91.5             5
``pool3``, ``score_pool3``          8          pixel −95.5             9
``upscore`` of FCN-32s              1          pixel −19               19
``upscore16`` of FCN-16s            1          pixel −27               27
``upscore8`` of FCN-8s              1          pixel −31               31
==================================  =========  ======================  ==========

===================  ================================  ===============================================
what differs         the paper and its code            here
===================  ================================  ===============================================
names of VGG's       ``conv1_1`` to ``conv5_3``        torchvision's, ``features.0`` to ``features.28``
images               blue, green, red, 0 to 255,       as those weights want them: red, green, blue,
                     less the mean                     less ImageNet's mean, by its deviation
first weights        VGG-16's, trained                 He's rule; :func:`.load_vgg16` gives VGG-16's
last enlargement     fixed                             fixed: it asks for no gradient
others               learned; fixed in the later code  learned
===================  ================================  ===============================================

References:
    Long, Shelhamer & Darrell (2015), Fully convolutional networks for semantic segmentation: sections 3 and 4.
"""

from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.layers.checks import flag
from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.networks.vgg import ROWS, layers
from cnnbook.shapes.checks import whole_number
from cnnbook.tasks.segmentation.borders import crop

VGG_WIDTH = 64  # filters of VGG's first convolution
LAST = {32: ("upscore", 19), 16: ("upscore16", 27), 8: ("upscore8", 31)}
"""By the step of the finest scores: the last enlargement's name, and its first row and column that are kept."""


class FCN(ImageNetwork):
    """VGG-16 as a convolution from first to last, scores on top, and what enlarges them to the image."""

    smallest_image = 1

    def __init__(
        self,
        finest: int,
        num_classes: SupportsIndex = 21,
        *,
        width: SupportsIndex = VGG_WIDTH,
        hidden: SupportsIndex = 4096,
        window: SupportsIndex = 7,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        classes, self.finest = check_classes(num_classes), finest
        width, hidden = whole_number("width", width, least=1), whole_number("hidden", hidden, least=1)
        self.window = whole_number("window", window, least=3)
        if self.window % 2 == 0:
            raise ValueError(f"window={window!r} must be odd: an even one has no middle")
        row = [[filters * width // VGG_WIDTH for filters in stage] for stage in ROWS[16]]
        self.features = nn.Sequential(*layers(row, batch_norm=flag("batch_norm", batch_norm)))
        self.pad_and_round()
        self.fc6 = nn.Conv2d(row[4][-1], hidden, kernel_size=self.window)
        self.relu6 = nn.ReLU(inplace=True)
        self.drop6 = nn.Dropout(0.5)
        self.fc7 = nn.Conv2d(hidden, hidden, kernel_size=1)
        self.relu7 = nn.ReLU(inplace=True)
        self.drop7 = nn.Dropout(0.5)
        self.score_fr = nn.Conv2d(hidden, classes, kernel_size=1)
        if finest <= 16:
            self.upscore2 = enlarging(classes, times=2)
            self.score_pool4 = nn.Conv2d(row[3][-1], classes, kernel_size=1)
        if finest <= 8:
            self.upscore_pool4 = enlarging(classes, times=2)
            self.score_pool3 = nn.Conv2d(row[2][-1], classes, kernel_size=1)
        name, _ = LAST[finest]
        self.add_module(name, enlarging(classes, times=finest).requires_grad_(requires_grad=False))
        self.initialise()

    def pad_and_round(self) -> None:
        """Pad by 100 pixels for a window of 7, and round sizes up as Caffe's pooling does."""
        for number, layer in enumerate(self.features):
            if number == 0 and isinstance(layer, nn.Conv2d):
                layer.padding = (16 * self.window - 12,) * 2
            if isinstance(layer, nn.MaxPool2d):
                layer.ceil_mode = True

    def initialise(self) -> None:
        """Draw convolutions by He's rule; scores begin at zero, so that a new skip changes nothing at first."""
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if name.startswith("score"):
                    nn.init.zeros_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes h w"]:
        """Give each pixel a score for each class."""
        pooled, maps = [], images
        for layer in self.features:
            maps = layer(maps)
            if isinstance(layer, nn.MaxPool2d):
                pooled.append(maps)
        maps = self.drop6(self.relu6(self.fc6(maps)))
        maps = self.drop7(self.relu7(self.fc7(maps)))
        scores = self.score_fr(maps)  # a step of 32 pixels
        if self.finest <= 16:
            scores = fuse(self.upscore2(scores), self.score_pool4(pooled[3]), self.window - 2)
        if self.finest <= 8:
            scores = fuse(self.upscore_pool4(scores), self.score_pool3(pooled[2]), 2 * self.window - 5)
        name, offset = LAST[self.finest]
        return crop(self.get_submodule(name)(scores), images.shape[2:], offset)


def fuse(
    scores: Float[Tensor, "n classes _ _"], skip: Float[Tensor, "n classes _ _"], offset: int
) -> Float[Tensor, "n classes oh ow"]:
    """Add a skip's scores, from the row and column numbered ``offset`` on, wherever there are both.

    >>> fuse(torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[0.0, 0.0], [0.0, 30.0]]]]), offset=1)
    tensor([[[[31.]]]])
    """
    skip = skip[..., offset:, offset:]
    size = [min(pair) for pair in zip(scores.shape[2:], skip.shape[2:], strict=True)]
    return crop(scores, size) + crop(skip, size)


def enlarging(classes: int, times: int) -> nn.ConvTranspose2d:
    """Build the transposed convolution that enlarges each class's map by itself, at first bilinearly.

    It has a kernel for each pair of classes, as in the paper's code; those between two classes begin at zero.

    >>> enlarging(classes=1, times=2).weight[0, 0, 1]  # three quarters down, of 1/4, 3/4, 3/4, 1/4 along the row
    tensor([0.1875, 0.5625, 0.5625, 0.1875], grad_fn=<SelectBackward0>)
    """
    layer = nn.ConvTranspose2d(classes, classes, kernel_size=2 * times, stride=times, bias=False)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        for number in range(classes):
            layer.weight[number, number] = bilinear_kernel(times)
    return layer


def bilinear_kernel(times: int) -> Float[Tensor, "size size"]:
    r"""Compute the kernel with which a transposed convolution of stride ``times`` interpolates bilinearly.

    A pixel's share falls in a straight line with the distance from its middle, and is gone at the next pixel's:

    .. math:: w_k = 1 - \frac{|k - (s - 1/2)|}{s}, \quad k = 0, \dots, 2s - 1

    >>> bilinear_kernel(2)[1] / 0.75
    tensor([0.2500, 0.7500, 0.7500, 0.2500])
    """
    share = 1 - (torch.arange(2.0 * times) - (times - 0.5)).abs() / times
    return share[:, None] * share


def fcn32s(
    num_classes: SupportsIndex = 21,
    *,
    width: SupportsIndex = VGG_WIDTH,
    hidden: SupportsIndex = 4096,
    window: SupportsIndex = 7,
    batch_norm: bool = False,
) -> FCN:
    """FCN-32s: the scores of VGG-16 at every 32nd pixel, enlarged 32 times.

    Scores have the image's rows and columns, for every image of at least one pixel.

    Args:
        num_classes: scores of each pixel; 21 are those of VOC, with the background.
        width: filters of the first convolution; the others are in VGG's proportion.
        hidden: filters of ``fc6`` and ``fc7``.
        window: rows and columns of the last maps that ``fc6`` sees, an odd number; images are padded by 16 times
            as many pixels, less 12: 100 for 7, and less for a small network on small images.
        batch_norm: whether each convolution of VGG is normalised, as in ``vgg16_bn``: a help without trained weights.

    Raises:
        TypeError: a number is not whole, or ``batch_norm`` no truth value.
        ValueError: a number is less than 1, or ``window`` even or less than 3.

    >>> with torch.device("meta"):
    ...     network = fcn32s()
    >>> sum(weight.numel() for weight in network.parameters())
    136152917
    >>> network(torch.zeros(1, 3, 500, 375, device="meta")).shape
    torch.Size([1, 21, 500, 375])
    """
    return FCN(32, num_classes, width=width, hidden=hidden, window=window, batch_norm=batch_norm)


def fcn16s(
    num_classes: SupportsIndex = 21,
    *,
    width: SupportsIndex = VGG_WIDTH,
    hidden: SupportsIndex = 4096,
    window: SupportsIndex = 7,
    batch_norm: bool = False,
) -> FCN:
    """FCN-16s: scores of ``pool4`` are added at every 16th pixel; the rest as for :func:`fcn32s`.

    >>> with torch.device("meta"):
    ...     sum(weight.numel() for weight in fcn16s().parameters())
    134815994
    """
    return FCN(16, num_classes, width=width, hidden=hidden, window=window, batch_norm=batch_norm)


def fcn8s(
    num_classes: SupportsIndex = 21,
    *,
    width: SupportsIndex = VGG_WIDTH,
    hidden: SupportsIndex = 4096,
    window: SupportsIndex = 7,
    batch_norm: bool = False,
) -> FCN:
    """FCN-8s: scores of ``pool3`` are added at every 8th pixel, too; the rest as for :func:`fcn32s`.

    >>> with torch.device("meta"):
    ...     sum(weight.numel() for weight in fcn8s().parameters())
    134489759
    """
    return FCN(8, num_classes, width=width, hidden=hidden, window=window, batch_norm=batch_norm)
