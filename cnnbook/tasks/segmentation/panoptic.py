r"""How good a panoptic map is: every pixel has a class, and every object its own number.

A *segment* is all pixels of an image that share class and number.
A predicted segment and one of the target match if they have the same class and an IoU above one half.
Then no segment can match two others, for two segments of one map share no pixel.

References:
    Kirillov, He, Girshick, Rother & Dollár (2019), Panoptic segmentation, section 4.
"""

from typing import SupportsIndex

import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor

from cnnbook.networks.images import check_classes
from cnnbook.tasks.segmentation.maps import check_ignored, check_labels, check_maps, is_class
from cnnbook.tasks.segmentation.metrics import Measure, warn_undefined

PanopticMap = tuple[Integer[Tensor, "*n h w"], Integer[Tensor, "*n h w"]]
"""A class for each pixel, and the number of the object that it belongs to."""


class PanopticQuality:
    r"""Match, over all batches, predicted segments with those of the target: PQ, SQ and RQ.

    .. math::
        \mathrm{PQ} = \underbrace{\frac{\sum_{(p, g) \in TP} \mathrm{IoU}(p, g)}{|TP|}}_{\mathrm{SQ}} \times
        \underbrace{\frac{|TP|}{|TP| + \frac12 |FP| + \frac12 |FN|}}_{\mathrm{RQ}}

    The matched pairs are the true positives; a predicted segment without a partner is a false positive, one of the
    target a false negative.
    They are counted for each class over all images.

    Pixels that nobody judged belong to no segment of the target, and are taken out of predicted segments before the IoU
    is computed.
    An unmatched prediction that lies on them with more than half of its pixels is no false positive.
    A predicted class may be ``ignored`` as well: the prediction leaves that pixel out.
    COCO's crowds are not known here: label them as ignored.

    A class without a segment in target and prediction is NaN and left out of the means.
    A class that has segments and no match has an SQ of 0, as in the benchmark's own program.
    Where no class has a segment, every measure is NaN, and a :class:`RuntimeWarning` says why.

    Args:
        num_classes: how many classes there are.
        ignored: the label of what nobody judged; ``None`` if all is judged.

    Raises:
        TypeError: ``num_classes`` or ``ignored`` is no whole number.
        ValueError: ``num_classes`` is less than 1, or ``ignored`` names a class.

    Example:
        Two cars stand in a row.
        Of the first, two of three pixels are found, and the second is missed.

        >>> quality, cars = PanopticQuality(num_classes=1, ignored=255), torch.tensor([[0, 0, 0, 0, 0]])
        >>> found = torch.tensor([[0, 0, 255, 255, 255]])
        >>> quality.update((found, torch.tensor([[7, 7, 0, 0, 0]])), (cars, torch.tensor([[1, 1, 1, 2, 2]])))
        >>> quality.mean_sq(), quality.mean_rq(), quality.mean_pq()
        (0.667, 0.667, 0.444)
    """

    true_positives: Int[Tensor, " classes"]
    """How many pairs match, for each class."""

    false_positives: Int[Tensor, " classes"]
    """How many predicted segments have no partner, for each class."""

    false_negatives: Int[Tensor, " classes"]
    """How many segments of the target have no partner, for each class."""

    iou_sum: Float[Tensor, " classes"]
    """The IoU of all matched pairs, added for each class."""

    def __init__(self, num_classes: SupportsIndex, ignored: SupportsIndex | None = None) -> None:
        self.num_classes = check_classes(num_classes)
        self.ignored = check_ignored(ignored, self.num_classes)
        self.true_positives, self.false_positives, self.false_negatives = torch.zeros(
            3, self.num_classes, dtype=torch.int64
        )
        self.iou_sum = torch.zeros(self.num_classes, dtype=torch.float64)

    def __repr__(self) -> str:
        counted = ", ".join(f"{int(count.sum())} {name}" for name, count in self._counts().items())
        return f"PanopticQuality(num_classes={self.num_classes}, ignored={self.ignored}): {counted}"

    def update(self, predicted: PanopticMap, target: PanopticMap) -> None:
        """Match the segments of some more images; nothing is counted if anything is refused.

        Args:
            predicted: classes and numbers of objects. Any whole numbers tell objects of an image apart.
                Give what cannot be counted, such as sky, one number in each image.
            target: the same of the target.

        Raises:
            TypeError: a panoptic map is no pair of tensors of whole numbers.
            ValueError: the maps differ in shape, or a class is outside ``0…num_classes - 1`` and not ``ignored``.
        """
        for name, pair in {"predicted": predicted, "target": target}.items():
            if not isinstance(pair, tuple) or len(pair) != len(("classes", "instances")):
                raise TypeError(f"{name} must be a pair of maps, classes and instances, not {type(pair).__name__}")
        maps = check_maps(
            **dict(zip(("predicted classes", "predicted instances"), predicted, strict=True)),
            **dict(zip(("target classes", "target instances"), target, strict=True)),
        )
        check_labels("predicted classes", maps[0], self.num_classes, self.ignored)
        check_labels("target classes", maps[2], self.num_classes, self.ignored)
        for classes, instances, target_classes, target_instances in zip(
            *(labels.cpu() for labels in maps), strict=True
        ):
            found = _segments(classes, instances, self.num_classes)
            wanted = _segments(target_classes, target_instances, self.num_classes)
            self._match(*found, *wanted)

    def _match(
        self,
        found: Int[Tensor, " pixels"],
        found_class: Int[Tensor, " found"],
        wanted: Int[Tensor, " pixels"],
        wanted_class: Int[Tensor, " wanted"],
    ) -> None:
        rows, columns = len(wanted_class) + 1, len(found_class) + 1  # row and column 0: in no segment
        overlap = torch.bincount(wanted * columns + found, minlength=rows * columns).view(rows, columns)
        shared, unjudged, area = overlap[1:, 1:], overlap[0, 1:], overlap.sum(0)[1:]
        union = overlap.sum(1)[1:, None] + area - unjudged - shared
        match = (wanted_class[:, None] == found_class) & (2 * shared > union)
        missed, false = ~match.any(1), ~match.any(0) & (2 * unjudged <= area)
        iou = torch.where(match, shared / union.double(), 0.0).sum(1)
        self.iou_sum.index_add_(0, wanted_class, iou)
        self.true_positives += torch.bincount(wanted_class[~missed], minlength=self.num_classes)
        self.false_negatives += torch.bincount(wanted_class[missed], minlength=self.num_classes)
        self.false_positives += torch.bincount(found_class[false], minlength=self.num_classes)

    def __add__(self, other: object) -> "PanopticQuality":
        """Join the counts of two parts of a set."""
        if not isinstance(other, PanopticQuality):
            return NotImplemented
        if (self.num_classes, self.ignored) != (other.num_classes, other.ignored):
            raise ValueError(f"{self!r} and {other!r} must have the same num_classes and ignored")
        joined = PanopticQuality(self.num_classes, self.ignored)
        for part in (self, other):
            joined.iou_sum += part.iou_sum
            joined.true_positives += part.true_positives
            joined.false_positives += part.false_positives
            joined.false_negatives += part.false_negatives
        return joined

    def pq(self) -> Float[Tensor, " classes"]:
        """Compute for each class its panoptic quality: the sum of IoUs over the mean number of segments."""
        return self._explained("PQ", self._pq)

    def sq(self) -> Float[Tensor, " classes"]:
        """Compute for each class its segmentation quality: the mean IoU of the matched pairs."""
        return self._explained("SQ", self._sq)

    def rq(self) -> Float[Tensor, " classes"]:
        """Compute for each class its recognition quality, which is the F1 score of its segments."""
        return self._explained("RQ", self._rq)

    def mean_pq(self) -> float:
        """Average :meth:`pq` over the classes that target or prediction have."""
        return self._explained("mean PQ", self._pq.nanmean().item())

    def mean_sq(self) -> float:
        """Average :meth:`sq` over the classes that target or prediction have."""
        return self._explained("mean SQ", self._sq.nanmean().item())

    def mean_rq(self) -> float:
        """Average :meth:`rq` over the classes that target or prediction have."""
        return self._explained("mean RQ", self._rq.nanmean().item())

    def _counts(self) -> dict[str, Int[Tensor, " classes"]]:
        return {"matched": self.true_positives, "false": self.false_positives, "missed": self.false_negatives}

    @property
    def _mean_segments(self) -> Float[Tensor, " classes"]:  # of prediction and target
        return self.true_positives + (self.false_positives + self.false_negatives).double() / 2

    @property
    def _pq(self) -> Float[Tensor, " classes"]:
        return self.iou_sum / self._mean_segments

    @property
    def _rq(self) -> Float[Tensor, " classes"]:
        return self.true_positives / self._mean_segments

    @property
    def _sq(self) -> Float[Tensor, " classes"]:
        mean = self.iou_sum / self.true_positives.clamp(min=1)
        return torch.where(self._mean_segments > 0, mean, torch.nan)

    def _explained(self, name: str, value: Measure) -> Measure:
        """Say why a value is NaN where no segment was counted."""
        if not self._mean_segments.any():
            warn_undefined(name, "no class has a segment that counts")
        return value


def _segments(
    classes: Int[Tensor, "h w"], instances: Int[Tensor, "h w"], num_classes: int
) -> tuple[Int[Tensor, " pixels"], Int[Tensor, " segments"]]:
    """Number the segments of an image from 1, with 0 for pixels in none, and name the class of each."""
    inside = is_class(classes, num_classes)
    numbers, number = torch.unique(instances[inside], return_inverse=True)
    pairs, segment = torch.unique(classes[inside] * len(numbers) + number, return_inverse=True)
    place = torch.zeros_like(classes)
    place[inside] = segment + 1
    return place.flatten(), pairs // max(len(numbers), 1)
