r"""How good a map of classes is: all measures that follow from one table of counts.

The table says of each class how often it was taken for each other: :math:`n_{ij}` pixels of class :math:`i` were
predicted as class :math:`j`.
Class :math:`i` has :math:`t_i = \sum_j n_{ij}` pixels in the target and :math:`p_i = \sum_j n_{ji}` in the prediction.

The pixels of all images are counted together, and then divided once, as the benchmarks do.
A large image weighs more than a small one, and the mean over images of their own scores is another number.

References:
    Long, Shelhamer & Darrell (2015), Fully convolutional networks for semantic segmentation, section 5.
    Everingham et al. (2010), The Pascal visual object classes challenge.
    Dice (1945), Measures of the amount of ecologic association between species.
"""

import warnings
from typing import SupportsIndex, TypeVar

import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor

from cnnbook.networks.images import check_classes
from cnnbook.tasks.segmentation.maps import check_ignored, check_labels, check_maps

Measure = TypeVar("Measure", float, Tensor)


class ConfusionMatrix:
    r"""Count, over all batches, how many pixels of each class were predicted as each class.

    .. math:: n_{ij} = |\{\text{pixels of class } i \text{ that are predicted as } j\}|

    Pixels that nobody judged are left out: there a prediction may say anything, and nothing changes.

    A class without pixels in the target has no accuracy; one without pixels in target and prediction has neither IoU
    nor Dice.
    It is NaN for that class, and the means leave the class out.
    A class that only the prediction has is an error, so its IoU and its Dice are 0 and count.

    Where no pixel is left to count, every measure is NaN, and a :class:`RuntimeWarning` says why.

    Args:
        num_classes: how many classes there are; labels are ``0…num_classes - 1``.
        ignored: the label of what nobody judged, such as 255 in Pascal VOC; ``None`` if all is judged.

    Raises:
        TypeError: ``num_classes`` or ``ignored`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``ignored`` names a class.

    Example:
        Of three pixels of class 0, one is taken for class 1; the fourth pixel is found.

        >>> matrix = ConfusionMatrix(num_classes=2)
        >>> matrix.update(predicted=torch.tensor([[0, 0], [1, 1]]), target=torch.tensor([[0, 0], [0, 1]]))
        >>> matrix.counts.tolist()
        [[2, 1], [0, 1]]
        >>> matrix.pixel_accuracy(), matrix.iou().tolist(), round(matrix.mean_iou(), 3)
        (0.75, [0.667, 0.5], 0.583)
    """

    counts: Int[Tensor, "target predicted"]
    """The table: a row for each class of the target, a column for each class of the prediction."""

    unjudged: int
    """How many pixels were left out."""

    def __init__(self, num_classes: SupportsIndex, ignored: SupportsIndex | None = None) -> None:
        self.num_classes = check_classes(num_classes)
        self.ignored = check_ignored(ignored, self.num_classes)
        self.counts = torch.zeros(self.num_classes, self.num_classes, dtype=torch.int64)
        self.unjudged = 0

    def __repr__(self) -> str:
        counted = f"{int(self.counts.sum())} pixels, {self.unjudged} left out"
        return f"ConfusionMatrix(num_classes={self.num_classes}, ignored={self.ignored}): {counted}"

    def update(self, predicted: Integer[Tensor, "*n h w"], target: Integer[Tensor, "*n h w"]) -> None:
        """Count the pixels of some more images; nothing is counted if anything is refused.

        Args:
            predicted: a class for each pixel.
            target: the right class for each pixel, or ``ignored``.

        Raises:
            TypeError: a map is no tensor of whole numbers.
            ValueError: the maps differ in shape, or a label that counts names no class.
        """
        predicted, target = check_maps(predicted=predicted, target=target)
        check_labels("target", target, self.num_classes, self.ignored)
        judged = torch.ones_like(target, dtype=torch.bool) if self.ignored is None else target != self.ignored
        check_labels("predicted", predicted[judged], self.num_classes, ignored=None)
        pairs = target[judged] * self.num_classes + predicted[judged]
        self.counts += torch.bincount(pairs, minlength=self.num_classes**2).cpu().view_as(self.counts)
        self.unjudged += target.numel() - len(pairs)

    def __add__(self, other: object) -> "ConfusionMatrix":
        """Join the counts of two parts of a set, such as those of two processes."""
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        if (self.num_classes, self.ignored) != (other.num_classes, other.ignored):
            raise ValueError(f"{self!r} and {other!r} must have the same num_classes and ignored")
        joined = ConfusionMatrix(self.num_classes, self.ignored)
        joined.counts += self.counts + other.counts
        joined.unjudged = self.unjudged + other.unjudged
        return joined

    def pixel_accuracy(self) -> float:
        r"""Compute the share of pixels whose class is right.

        .. math:: \frac{\sum_i n_{ii}}{\sum_i t_i}

        It flatters: who calls every pixel background is right wherever there is background.
        """
        return self._explained("pixel accuracy", (self._right.sum() / self._target.sum()).item())

    def accuracy(self) -> Float[Tensor, " classes"]:
        r"""Compute for each class the share of its pixels that were found: its recall.

        .. math:: \frac{n_{ii}}{t_i}
        """
        return self._explained("accuracy", self._right / self._target)

    def mean_accuracy(self) -> float:
        """Average :meth:`accuracy` over the classes that the target has."""
        return self._explained("mean accuracy", (self._right / self._target).nanmean().item())

    def iou(self) -> Float[Tensor, " classes"]:
        r"""Compute for each class its intersection over union, also called the Jaccard index.

        .. math:: \mathrm{IoU}_i = \frac{n_{ii}}{t_i + p_i - n_{ii}}
        """
        return self._explained("IoU", self._iou)

    def mean_iou(self) -> float:
        """Average :meth:`iou` over the classes that target or prediction have."""
        return self._explained("mean IoU", self._iou.nanmean().item())

    def frequency_weighted_iou(self) -> float:
        r"""Average :meth:`iou` over the pixels of the target: a class counts as often as it is seen.

        .. math:: \frac{\sum_i t_i\, \mathrm{IoU}_i}{\sum_i t_i}
        """
        weighted = (self._target * self._iou).nansum() / self._target.sum()  # 0 · NaN where a class is nowhere
        return self._explained("frequency-weighted IoU", weighted.item())

    def dice(self) -> Float[Tensor, " classes"]:
        r"""Compute for each class its Dice coefficient, which is the F1 score of its pixels.

        .. math:: \mathrm{Dice}_i = \frac{2 n_{ii}}{t_i + p_i} = \frac{2\, \mathrm{IoU}_i}{1 + \mathrm{IoU}_i}
        """
        return self._explained("Dice", self._dice)

    def mean_dice(self) -> float:
        """Average :meth:`dice` over the classes that target or prediction have."""
        return self._explained("mean Dice", self._dice.nanmean().item())

    @property
    def _right(self) -> Float[Tensor, " classes"]:
        return self.counts.diagonal().double()

    @property
    def _target(self) -> Float[Tensor, " classes"]:
        return self.counts.sum(1).double()

    @property
    def _predicted(self) -> Float[Tensor, " classes"]:
        return self.counts.sum(0).double()

    @property
    def _iou(self) -> Float[Tensor, " classes"]:
        return self._right / (self._target + self._predicted - self._right)

    @property
    def _dice(self) -> Float[Tensor, " classes"]:
        return 2 * self._right / (self._target + self._predicted)

    def _explained(self, name: str, value: Measure) -> Measure:
        """Say why a value is NaN where nothing was counted."""
        if not self.counts.any():
            why = f"all {self.unjudged} pixels bear the label ignored={self.ignored}"
            warn_undefined(name, why if self.unjudged else "there is no pixel yet")
        return value


def warn_undefined(name: str, why: str) -> None:
    """Warn that a measure is NaN, at the line that asked for it.

    >>> import warnings
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     _ = ConfusionMatrix(num_classes=2).mean_iou()
    >>> print(caught[0].message)
    mean IoU is NaN: there is no pixel yet
    """
    asked = 4  # this function, the one that explains, the measure, and who called it
    warnings.warn(f"{name} is NaN: {why}", RuntimeWarning, stacklevel=asked)
