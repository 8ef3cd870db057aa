"""U-Net: down to see more, up to see where, and at each level the maps from the way down are laid beside.

Each level convolves twice and halves the sides; on the way up each doubles them and convolves twice.
The skips bring the maps themselves, not scores: channels are joined, and convolutions decide what to do with them.

==================  ================================  =================================================
what differs        the paper                         ``padding="same"``
==================  ================================  =================================================
convolutions        not padded: 572 pixels give       padded: the answer is as large as the image
                    388, from what was seen only
skips               cropped to their middle           as they are
uneven sides        refused: a pooled pixel would     filled with zeros below and to the right, and
                    be lost                           the answer is cut back
==================  ================================  =================================================

References:
    Ronneberger, Fischer & Brox (2015), U-Net: convolutional networks for biomedical image segmentation: section 2.
"""

from typing import Literal, SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.layers.checks import InputError
from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.shapes.checks import whole_number
from cnnbook.tasks.segmentation.borders import crop, crop_centre, pad_to_multiple


class UNet(ImageNetwork):
    """Levels that go down and levels that come up, each with its mirror's maps beside its own."""

    def __init__(
        self,
        num_classes: SupportsIndex,
        channels: SupportsIndex,
        width: SupportsIndex,
        depth: SupportsIndex,
        padding: Literal["valid", "same"],
        dropout: float,
    ) -> None:
        super().__init__()
        self.image_channels = whole_number("channels", channels, least=1)
        self.depth = whole_number("depth", depth, least=1)
        if padding not in {"valid", "same"}:
            raise ValueError(f"padding={padding!r} must be 'valid' or 'same'")
        self.padding = padding
        first = whole_number("width", width, least=1)
        widths = [first * 2**level for level in range(self.depth + 1)]
        same = padding == "same"
        inputs = [self.image_channels, *widths]
        self.down = nn.ModuleList(twice(before, after, same) for before, after in zip(inputs, widths, strict=False))
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.dropout = nn.Dropout(dropout)
        ups = list(zip(widths[:0:-1], widths[-2::-1], strict=True))  # from the lowest level on
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(below, here, kernel_size=2, stride=2) for below, here in ups)
        self.up = nn.ModuleList(twice(below, here, same) for below, here in ups)
        self.scores = nn.Conv2d(first, check_classes(num_classes), kernel_size=1)
        if padding == "valid":
            self.register_forward_pre_hook(check_fit, with_kwargs=True)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    @property
    def smallest_image(self) -> int:
        """The least size that leaves a pixel at every level: 188 for four levels that are not padded."""
        return 1 if self.padding == "same" else fitting(self.depth, 1)

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes oh ow"]:
        """Give each pixel a score for each class, or each that is far enough from the border."""
        maps = pad_to_multiple(images, 2**self.depth) if self.padding == "same" else images
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            maps = block(self.pool(maps) if level else maps)
            maps = self.dropout(maps) if level >= self.depth - 1 else maps  # the end of the way down
            skips.append(maps)
        for enlarge, block, skip in zip(self.enlarge, self.up, skips[-2::-1], strict=True):
            maps = enlarge(maps)
            maps = block(torch.cat([crop_centre(skip, maps.shape[2:]), maps], dim=1))
        scores: Tensor = self.scores(maps)
        return crop(scores, images.shape[2:]) if self.padding == "same" else scores


def check_fit(network: nn.Module, arguments: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
    """Refuse images of which pooling would drop a row or a column (a hook that runs before ``forward``).

    >>> unet(width=1)(torch.zeros(1, 1, 572, 570))
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: images of 570 columns do not fit: pooling would lose some; take 556 or 572
    """
    assert isinstance(network, UNet)  # noqa: S101  it registers this hook alone
    images = arguments[0] if arguments else named["images"]
    for name, size in zip(("rows", "columns"), images.shape[2:], strict=True):
        above = fitting(network.depth, size)
        if above != size:
            below = above - 2**network.depth
            nearest = f"{below} or {above}" if below >= network.smallest_image else f"{above}"
            raise InputError(f"images of {size} {name} do not fit: pooling would lose some; take {nearest}")


def twice(channels: int, filters: int, same: bool) -> nn.Sequential:  # noqa: FBT001
    """Convolve twice by 3×3, each followed by a ReLU."""
    layers = ((channels, filters), (filters, filters))
    padding = 1 if same else 0
    steps = ((nn.Conv2d(c, f, kernel_size=3, padding=padding), nn.ReLU(inplace=True)) for c, f in layers)
    return nn.Sequential(*(layer for step in steps for layer in step))


def fitting(depth: int, size: int) -> int:
    """Find the least size, from ``size`` on, that unpadded levels can halve and leave a pixel of the answer.

    A level takes 4 pixels away and must leave an even number; the lowest must leave enough for the way back.
    With :math:`m` pixels after the lowest level, the way back leaves :math:`2^d m - 4 (2^d - 1)`,
    and the way there began with :math:`2^d (m + 4) + 4 (2^d - 1)`.

    >>> fitting(depth=4, size=570), fitting(depth=4, size=1)
    (572, 188)
    """
    times = 1 << depth
    lost = 4 * (times - 1)
    lowest = max(lost // times + 1, -(-(size - lost) // times) - 4)
    return times * (lowest + 4) + lost


def unet(
    num_classes: SupportsIndex = 2,
    channels: SupportsIndex = 1,
    width: SupportsIndex = 64,
    depth: SupportsIndex = 4,
    padding: Literal["valid", "same"] = "valid",
    dropout: float = 0.5,
) -> UNet:
    """U-Net, as in the paper, or with convolutions that keep the size.

    With ``"same"``, scores have the image's rows and columns, for every image of at least one pixel.
    With ``"valid"``, a border is missing: 92 pixels on each side at depth 4, which the paper fills by mirroring.

    Args:
        num_classes: scores of each pixel.
        channels: of the images; the paper's are grey.
        width: filters of the first level; each level below has twice as many.
        depth: how often sides are halved.
        padding: whether convolutions are padded.
        dropout: the share of numbers that training leaves out in the two lowest levels.

    Raises:
        TypeError: a number is not whole.
        ValueError: a number is less than 1, ``padding`` another word, or ``dropout`` no share.

    >>> with torch.device("meta"):
    ...     network = unet()
    >>> sum(weight.numel() for weight in network.parameters())
    31030658
    >>> network(torch.zeros(1, 1, 572, 572, device="meta")).shape
    torch.Size([1, 2, 388, 388])
    """
    return UNet(num_classes, channels, width, depth, padding, dropout)
