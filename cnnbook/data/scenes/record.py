"""What is known of every street scene: classes, instances, boxes, distances."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import SupportsIndex

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import max_pool2d

from cnnbook.data.examples import Examples
from cnnbook.data.objects import ObjectExamples, Objects
from cnnbook.data.scenes._painting.street import KINDS

THINGS = KINDS
CLASSES = ("sky", "building", "road", "pavement", *THINGS)
FOREGROUND, BACKGROUND, CONTOUR = 1, 2, 3


@dataclass(frozen=True, eq=False)  # equal tensors have no single truth value
class Scenes:
    """Street scenes, and all that is known of them.

    Args:
        images: Colours of each pixel, red, green and blue, from 0 to 255.
        classes: What each pixel shows: its place in ``CLASSES``.
        instances: Whose pixel it is: the row in the scene's ``objects``, counted from 1; 0 where nothing stands.
        objects: For each scene the things that can be seen in it, from far to near: the boxes that just hold their
            pixels, and their places in ``THINGS``.
        distances: For each scene how far away these things stand, in metres.
    """

    images: UInt8[Tensor, "n 3 h w"]
    classes: UInt8[Tensor, "n h w"]
    instances: UInt8[Tensor, "n h w"]
    objects: tuple[Objects, ...]
    distances: tuple[Float[Tensor, " boxes"], ...]

    def __len__(self) -> int:
        """Count the scenes."""
        return len(self.images)

    def __getitem__(self, which: SupportsIndex | slice) -> "Scenes":
        """Choose scenes by their places; one place gives a set of one."""
        chosen = range(len(self))[which]
        places = [chosen] if isinstance(chosen, int) else list(chosen)
        return Scenes(
            self.images[places],
            self.classes[places],
            self.instances[places],
            tuple(self.objects[place] for place in places),
            tuple(self.distances[place] for place in places),
        )

    def __iter__(self) -> Iterator["Scenes"]:
        """Go through the scenes, one by one."""
        return (self[place] for place in range(len(self)))

    @property
    def trimaps(self) -> UInt8[Tensor, "n h w"]:
        """Mark the things as 1, what lies behind them as 2, and their contours as 3, as the Oxford pets are marked.

        A contour is where the instance changes within one pixel of 96: half of its width lies on either side.
        """
        radius = max(1, round(self.images.shape[-1] / 96))
        largest = partial(max_pool2d, kernel_size=2 * radius + 1, stride=1, padding=radius)
        numbers = self.instances.float()
        changes = largest(numbers) != -largest(-numbers)
        marks = torch.where(self.instances > 0, FOREGROUND, BACKGROUND)
        return torch.where(changes, CONTOUR, marks).to(torch.uint8)

    def semantic(self) -> Examples:
        """Return images from 0 to 1, and for each pixel the class that it shows.

        >>> from cnnbook.data.scenes import scenes
        >>> streets = scenes(2, size=32).semantic()
        >>> streets.inputs.shape, streets.labels.shape, streets.classes[:4]
        (torch.Size([2, 3, 32, 32]), torch.Size([2, 32, 32]), ('sky', 'building', 'road', 'pavement'))
        """
        return Examples(self.images / 255, self.classes.long(), CLASSES)

    def foreground(self) -> Examples:
        """Return images from 0 to 1, and for each pixel whether it is foreground (0), background (1) or contour (2).

        The marks of the trimap begin at 1, a network's classes at 0: hence one less.
        """
        return Examples(self.images / 255, self.trimaps.long() - 1, ("foreground", "background", "contour"))

    def detection(self) -> ObjectExamples:
        """Return images from 0 to 1, and the things in each with their boxes.

        >>> from cnnbook.data.scenes import scenes
        >>> street = scenes(1, seed=3).detection()
        >>> [street.classes[label] for label in street.objects[0].labels]
        ['sign']
        """
        return ObjectExamples(self.images / 255, self.objects, THINGS)
