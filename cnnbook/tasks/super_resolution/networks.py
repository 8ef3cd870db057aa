"""Three networks that enlarge a picture two or four times; they differ only in how a step doubles the sides.

All look at the small picture first, by four convolutions, then double the sides, once or twice.

==========================  =======================================  ==========================================
network                     a step that doubles the sides            what a new pixel is made of
==========================  =======================================  ==========================================
:func:`transposed`          transposed convolution of 3×3, stride 2  1, 2 or 4 pixels: a checkerboard threatens
:func:`resize_convolution`  each pixel four times, then a            always 9 places
                            convolution of 3×3
:func:`sub_pixel`           a convolution of 3×3 makes channels,     always 9 pixels, by kernels of its own
                            which are dealt out to the new pixels,
                            all steps at once
==========================  =======================================  ==========================================

None draws the picture itself: each adds to the bicubic enlargement what that lacks.
Large areas are right from the start, so the weights are spent on edges.
Before training nothing is added: the answer is the bicubic picture.

References:
    Dong, Loy & Tang (2016), Accelerating the super-resolution convolutional neural network.
    Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard artifacts.
    Shi et al. (2016), Real-time single image and video super-resolution using an efficient sub-pixel convolutional
    neural network.
    Kim, Lee & Lee (2016), Accurate image super-resolution using very deep convolutional networks: the residual.
"""

from collections.abc import Iterator
from typing import SupportsIndex

from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork
from cnnbook.shapes.checks import whole_number

SCALES = (2, 4)


class SuperResolution(ImageNetwork):
    """Convolutions at the small size, steps that enlarge, and the bicubic picture to which they add."""

    smallest_image = 1

    def __init__(self, body: nn.Sequential, steps: nn.Sequential, scale: int, channels: int) -> None:
        super().__init__()
        self.image_channels, self.scale = channels, scale
        self.body = body
        self.steps = steps
        learned = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
        for layer in learned:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        nn.init.zeros_(learned[-1].weight)

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c oh ow"]:
        """Enlarge each image; numbers may lie a little beyond the range of the image's."""
        bicubic = nn.functional.interpolate(images, scale_factor=self.scale, mode="bicubic", align_corners=False)
        missing: Tensor = self.steps(self.body(images))
        return bicubic + missing


def body(channels: int, width: int, layers: int) -> nn.Sequential:
    """Look at the small picture: by 5×5 first, then by 3×3."""
    first = [nn.Conv2d(channels, width, kernel_size=5, padding=2), nn.ReLU()]
    others = [(nn.Conv2d(width, width, kernel_size=3, padding=1), nn.ReLU()) for _ in range(layers - 1)]
    return nn.Sequential(*first, *(layer for pair in others for layer in pair))


def doublings(scale: int) -> int:
    """Count the steps that enlarge so many times.

    >>> doublings(4)
    2
    """
    return SCALES.index(scale) + 1


def checked(scale: SupportsIndex, width: SupportsIndex, channels: SupportsIndex) -> tuple[int, int, int]:
    """Refuse what is no size of such a network.

    >>> checked(3, 32, 3)
    Traceback (most recent call last):
    ValueError: scale=3 must be 2 or 4
    """
    if whole_number("scale", scale, least=1) not in SCALES:
        raise ValueError(f"scale={scale!r} must be {' or '.join(map(str, SCALES))}")
    return int(scale), whole_number("width", width, least=1), whole_number("channels", channels, least=1)


def transposed(scale: SupportsIndex = 4, width: SupportsIndex = 32, channels: SupportsIndex = 3) -> SuperResolution:
    """Enlarge by transposed convolutions of 3×3 with stride 2, as the lecture's segmentation network does.

    Kernels of 3 laid down at every second pixel overlap unevenly: on one pixel 4 of them, on its neighbours 2 or 1.
    So a checkerboard shows wherever training has not balanced them.

    Args:
        scale: how many times more rows and columns, 2 or 4.
        width: filters of each convolution.
        channels: of the images; 1 for grey ones.

    Raises:
        TypeError: a number is not whole.
        ValueError: a number is less than 1, or ``scale`` another than 2 and 4.

    >>> sum(weight.numel() for weight in transposed().parameters())
    49539
    >>> transposed(scale=2)(torch.zeros(1, 3, 15, 10)).shape
    torch.Size([1, 3, 30, 20])
    """
    scale, width, channels = checked(scale, width, channels)

    def steps() -> Iterator[nn.Module]:
        for _ in range(doublings(scale)):
            yield nn.ConvTranspose2d(width, width, kernel_size=3, stride=2, padding=1, output_padding=1)
            yield nn.ReLU()
        yield nn.Conv2d(width, channels, kernel_size=3, padding=1)

    return SuperResolution(body(channels, width, layers=4), nn.Sequential(*steps()), scale, channels)


def resize_convolution(
    scale: SupportsIndex = 4, width: SupportsIndex = 32, channels: SupportsIndex = 3
) -> SuperResolution:
    """Enlarge by copying each pixel four times, then convolve: as many weights as :func:`transposed`, no checkerboard.

    Every new pixel sees 9 places, so none is made of more kernels than its neighbours.
    Each step costs four times as much, for its convolution runs at the larger size.
    Arguments and errors are those of :func:`transposed`.

    >>> sum(weight.numel() for weight in resize_convolution().parameters())
    49539
    """
    scale, width, channels = checked(scale, width, channels)

    def steps() -> Iterator[nn.Module]:
        for _ in range(doublings(scale)):
            yield nn.Upsample(scale_factor=2, mode="nearest")
            yield nn.Conv2d(width, width, kernel_size=3, padding=1)
            yield nn.ReLU()
        yield nn.Conv2d(width, channels, kernel_size=3, padding=1)

    return SuperResolution(body(channels, width, layers=4), nn.Sequential(*steps()), scale, channels)


def sub_pixel(scale: SupportsIndex = 4, width: SupportsIndex = 32, channels: SupportsIndex = 3) -> SuperResolution:
    r"""Enlarge by dealing channels out: :math:`s^2` channels at one place become a square of :math:`s \times s` pixels.

    All convolutions run at the small size, which makes it the fastest.
    It has one more of them, and so about as many weights as :func:`transposed`.
    Arguments and errors are those of :func:`transposed`.

    >>> sum(weight.numel() for weight in sub_pixel().parameters())
    53296
    """
    scale, width, channels = checked(scale, width, channels)
    steps = nn.Sequential(
        nn.Conv2d(width, channels * scale**2, kernel_size=3, padding=1),
        nn.PixelShuffle(scale),  # y[c, s·i + a, s·j + b] = x[c·s² + a·s + b, i, j]
    )
    return SuperResolution(body(channels, width, layers=5), steps, scale, channels)
