"""The lecture's network: convolutions shrink the picture eight times, transposed ones enlarge it again.

Strides shrink, and not pooling, because *where* matters here: a convolution with a stride learns what it keeps.
At 200×200 pixels the sides are 200, 100, 50, 25, 50, 100, 200.
The last layer's 3 is the number of classes; it has nothing to do with colours, nor with the kernel's 3.

==================  ==================================  =================================================
what differs        Keras                               here
==================  ==================================  =================================================
images              from 0 to 255; the first layer      from 0 to 1
                    divides
answers             probabilities, after a softmax      scores: ``.softmax(1)`` gives the probabilities
uneven sides        the answer is larger than the       the image is filled with zeros below and to the
                    image, 208 for 203                  right, and the answer is cut back to its size
==================  ==================================  =================================================

References:
    Chollet (2021), Deep learning with Python, 2nd edition: section 9.2.
"""

from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from cnnbook.layers.keras import from_keras
from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.shapes import same_padding
from cnnbook.shapes.checks import whole_number
from cnnbook.tasks.segmentation.borders import crop, pad_to_multiple

SHRINKS = 8  # three strides of 2


class SameConv2d(nn.Conv2d):
    """A convolution of 3×3 that pads as Keras's ``padding="same"``: with stride 2, more after than before.

    >>> SameConv2d(1, 1, stride=2)(torch.zeros(1, 1, 25, 50)).shape
    torch.Size([1, 1, 13, 25])
    """

    def __init__(self, channels: int, filters: int, stride: int = 1) -> None:
        super().__init__(channels, filters, kernel_size=3, stride=stride)

    def forward(self, input: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:  # noqa: A002  as in torch
        """Pad each axis by what its size needs, then convolve."""
        rows, columns = (same_padding(n, 3, self.stride[0]) for n in input.shape[2:])
        return super().forward(nn.functional.pad(input, (*columns, *rows)))


class SameConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution of 3×3 that cuts as Keras's ``padding="same"``: the size times the stride is left.

    PyTorch's ``padding`` cuts both sides alike, so with stride 2 it cannot do this.

    >>> SameConvTranspose2d(1, 1, stride=2)(torch.zeros(1, 1, 25, 50)).shape
    torch.Size([1, 1, 50, 100])
    """

    def __init__(self, channels: int, filters: int, stride: int = 1) -> None:
        super().__init__(channels, filters, kernel_size=3, stride=stride)
        self.before, _ = same_padding(2 * stride, 3, stride)  # equal for all multiples of the stride

    def forward(
        self,
        input: Float[Tensor, "n c h w"],  # noqa: A002  as in torch
        output_size: Sequence[int] | None = None,
    ) -> Float[Tensor, "n c_out oh ow"]:
        """Lay the kernels down, then cut; ``output_size`` is left to the cut.

        Raises:
            ValueError: ``output_size`` is given.
        """
        if output_size is not None:
            raise ValueError(f"output_size={output_size} must be None: 'same' knows one size only")
        size = [n * self.stride[0] for n in input.shape[2:]]
        return crop(super().forward(input), size, self.before)


class LectureFCN(ImageNetwork):
    """Six convolutions, three of them with stride 2; six transposed ones, three of them with stride 2; scores."""

    smallest_image = 1

    def __init__(self, num_classes: SupportsIndex = 3, width: SupportsIndex = 64) -> None:
        super().__init__()
        w = whole_number("width", width, least=1)
        self.down = nn.Sequential(
            *(SameConv2d(3, w, stride=2), nn.ReLU(), SameConv2d(w, w), nn.ReLU()),  # n 64 100 100 from 200 pixels
            *(SameConv2d(w, 2 * w, stride=2), nn.ReLU(), SameConv2d(2 * w, 2 * w), nn.ReLU()),  # n 128 50 50
            *(SameConv2d(2 * w, 4 * w, stride=2), nn.ReLU(), SameConv2d(4 * w, 4 * w), nn.ReLU()),  # n 256 25 25
        )
        self.up = nn.Sequential(
            *(SameConvTranspose2d(4 * w, 4 * w), nn.ReLU()),
            *(SameConvTranspose2d(4 * w, 4 * w, stride=2), nn.ReLU()),  # n 256 50 50
            *(SameConvTranspose2d(4 * w, 2 * w), nn.ReLU()),
            *(SameConvTranspose2d(2 * w, 2 * w, stride=2), nn.ReLU()),  # n 128 100 100
            *(SameConvTranspose2d(2 * w, w), nn.ReLU()),
            *(SameConvTranspose2d(w, w, stride=2), nn.ReLU()),  # n 64 200 200
        )
        self.scores = SameConv2d(w, check_classes(num_classes))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
                nn.init.xavier_uniform_(layer.weight)  # as Keras draws
                nn.init.zeros_(layer.bias)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n classes h w"]:
        """Give each pixel a score for each class."""
        maps = self.up(self.down(pad_to_multiple(images, SHRINKS)))
        return crop(self.scores(maps), images.shape[2:])


def lecture_fcn(num_classes: SupportsIndex = 3, width: SupportsIndex = 64) -> LectureFCN:
    """The lecture's fully convolutional network, with Keras's ``same`` padding.

    Scores have the image's rows and columns, for every image of at least one pixel.

    Args:
        num_classes: scores of each pixel; three are foreground, background, contour.
        width: filters of the first layer; later ones have two and four times as many.

    Raises:
        TypeError: a number is not whole.
        ValueError: a number is less than 1.

    >>> sum(weight.numel() for weight in lecture_fcn().parameters())
    2880643
    >>> lecture_fcn(width=4)(torch.zeros(1, 3, 203, 100)).shape
    torch.Size([1, 3, 203, 100])
    """
    return LectureFCN(num_classes, width)


def load_keras_arrays(network: LectureFCN, arrays: Sequence[Shaped[np.ndarray, "..."]]) -> None:
    """Give a network the weights of the lecture's model in Keras; after any refusal it is as it was.

    Args:
        network: changed in place.
        arrays: what ``model.get_weights()`` returns: a kernel and a bias for each layer, from first to last.

    Raises:
        TypeError: ``network`` is another.
        ValueError: there are more or fewer arrays, or their shapes are others.

    >>> load_keras_arrays(lecture_fcn(width=1), [])
    Traceback (most recent call last):
    ValueError: arrays=0 must be 26: a kernel and a bias for each of 13 layers
    """
    if not isinstance(network, LectureFCN):
        raise TypeError(f"network must be a LectureFCN, not {type(network).__name__}")
    learned = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    if len(arrays) != 2 * len(learned):
        raise ValueError(
            f"arrays={len(arrays)} must be {2 * len(learned)}: a kernel and a bias for each of {len(learned)} layers"
        )
    pairs = []
    for number, layer in enumerate(learned):
        kernel, bias = (torch.from_numpy(np.asarray(array)) for array in arrays[2 * number : 2 * number + 2])
        kind = "Conv2DTranspose" if isinstance(layer, nn.ConvTranspose2d) else "Conv2D"
        pairs += [(layer.get_parameter("weight"), from_keras(kind, kernel)), (layer.get_parameter("bias"), bias)]
    for number, (own, value) in enumerate(pairs):
        if own.shape != value.shape:
            raise ValueError(f"arrays[{number}], in our order {tuple(value.shape)}, must be {tuple(own.shape)}")
    with torch.no_grad():
        for own, value in pairs:
            own.copy_(value)
