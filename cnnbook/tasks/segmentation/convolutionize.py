r"""A classifier slides for free: its fully connected layers, written as convolutions, answer at every place.

A unit that reads :math:`c \times h \times w` numbers has a weight for each, and so has a kernel of that shape.
Reshape its weights, and it is a convolution that fits the maps of the original size once: the same score.
Larger maps it fits more often, and what neighbouring windows share is computed once.

What exactly is equal, in evaluation:

1. On images of the original size, the scores are the classifier's.
2. On larger ones, the scores at row :math:`i` and column :math:`j` are those that the fully connected layers give for
   the window of :math:`h \times w` of the *maps* that begins there.
3. If nothing before them pads, rounds up or looks at the whole image, these are also the classifier's scores for a
   window of the *image*: the one that begins at row :math:`si` and column :math:`sj`, with :math:`s` the product of
   all strides.  LeNet-5 is such a network.

AlexNet and VGG pad.  To a window that is cut out, what lies beyond its border is zero; in the larger image the
picture goes on there.  So for them 1 and 2 hold, and 3 does not: near a window's border they see more than the cut.

References:
    Sermanet et al. (2014), OverFeat: section 3.5.
    Long, Shelhamer & Darrell (2015), Fully convolutional networks for semantic segmentation: section 3.1.
"""

import copy
from math import prod
from typing import SupportsIndex, cast

from jaxtyping import Float
from torch import Tensor, fx, nn

from cnnbook.layers.checks import InputError
from cnnbook.networks.images import ImageNetwork
from cnnbook.shapes.checks import per_axis
from cnnbook.tasks.segmentation._graph import Rewriting, note_shapes

Pair = tuple[int, int]
"""Rows and columns."""


class FullyConvolutional(ImageNetwork):
    """A classifier without fully connected layers: a map of scores for each class."""

    def __init__(self, layers: fx.GraphModule, channels: int, image_size: Pair) -> None:
        super().__init__()
        self.image_channels, self.image_size = channels, image_size
        self.layers = layers
        self.register_forward_pre_hook(_check_window, with_kwargs=True)

    @property
    def smallest_image(self) -> int:
        """The size for which the classifier was made."""
        return min(self.image_size)

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes oh ow"]:
        """Give each window a score for each class."""
        scores: Tensor = self.layers(images)
        return scores


def _check_window(network: nn.Module, arguments: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
    """Refuse images that are large enough on one side only."""
    assert isinstance(network, FullyConvolutional)  # noqa: S101  it registers this hook alone
    images = arguments[0] if arguments else named["images"]
    found, needed = tuple(images.shape[2:]), network.image_size
    if any(n < least for n, least in zip(found, needed, strict=True)):
        small, least = ("×".join(map(str, size)) for size in (found, needed))
        raise InputError(f"images of {small} pixels are too small; at least {least} are needed")


def convolutionize(
    classifier: nn.Module, image_size: SupportsIndex | tuple[SupportsIndex, SupportsIndex]
) -> FullyConvolutional:
    """Turn a classifier into a fully convolutional network with the same weights.

    Fully connected layers become convolutions.
    Adaptive average pooling goes where it changes nothing, and becomes a window that slides where it does.
    All else stays, names included, and the classifier itself is not changed.

    Args:
        classifier: any that flattens its maps, or averages them, and ends in fully connected layers.
        image_size: rows and columns of the images that it was made for; one number, or one for each.

    Raises:
        TypeError: the classifier is no module, or a size is not whole.
        ValueError: a size is less than 1, or the classifier does not fit it; it has no :class:`torch.nn.Linear`,
            or one whose inputs are not maps in a row; something behind the flattening looks at several numbers;
            or its ``forward`` cannot be read: it depends on what the numbers are.

    >>> classifier = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 6 * 6, 10))
    >>> network = convolutionize(classifier, image_size=8)
    >>> network.layers.get_submodule("3")
    Conv2d(2, 10, kernel_size=(6, 6), stride=(1, 1))
    >>> network(torch.zeros(1, 1, 8, 8)).shape, network(torch.zeros(1, 1, 10, 12)).shape
    (torch.Size([1, 10, 1, 1]), torch.Size([1, 10, 3, 5]))
    """
    if not isinstance(classifier, nn.Module):
        raise TypeError(f"classifier must be a torch.nn.Module, not {type(classifier).__name__}")
    size = cast("Pair", per_axis("image_size", image_size, axes=2, least=1))
    name = type(classifier).__name__
    channels = _channels(classifier, size)
    try:
        layers = fx.symbolic_trace(copy.deepcopy(classifier))
    except Exception as error:  # whatever the classifier's own code raises
        raise ValueError(f"classifier={name} cannot be read: {error}") from error
    note_shapes(layers, channels, size)
    Rewriting(layers).run()
    layers.train(classifier.training)
    return FullyConvolutional(layers, channels, size)


def _channels(classifier: nn.Module, size: Pair) -> int:
    """Find how many channels the images have: said, or the first convolution's, or what is left for a row of pixels."""
    for layer in classifier.modules():
        if isinstance(layer, ImageNetwork):
            return layer.image_channels
        if isinstance(layer, nn.Conv2d):
            return layer.in_channels
        if isinstance(layer, nn.Linear):
            return max(layer.in_features // prod(size), 1)
    raise ValueError(f"classifier={type(classifier).__name__} has no nn.Linear that could become a convolution")
