r"""How good the contours of a map are: the boundary F score.

A map can be right almost everywhere and still have ragged edges, for few pixels lie at an edge.
So the contours are compared alone: which lie where they should, and which were found?

References:
    Csurka, Larlus & Perronnin (2013), What is a good evaluation measure for semantic segmentation?
"""

from math import hypot, isfinite
from typing import SupportsIndex

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from cnnbook.networks.images import check_classes
from cnnbook.shapes.checks import real_number, whole_number
from cnnbook.tasks.segmentation.maps import check_ignored, check_labels, check_maps, is_class
from cnnbook.tasks.segmentation.metrics import warn_undefined

SHARE_OF_DIAGONAL = 0.0075
"""The tolerance of the paper, as a share of the image's diagonal."""


def contours(labels: Integer[Tensor, "*n h w"], ignored: SupportsIndex | None = None) -> Bool[Tensor, "*n h w"]:
    """Mark the pixels that have a neighbour of another class above, below, to the left or to the right.

    So a contour is two pixels wide, one on either side: each is the contour of its own class.
    The frame of the image is no contour.
    Neither is the rim of what nobody judged: there a pixel has no neighbour to differ from.

    Raises:
        TypeError: the labels are no whole numbers.
        ValueError: they have other axes.

    >>> contours(torch.tensor([[[0, 0, 1, 1]]])).int().tolist()
    [[[0, 1, 1, 0]]]
    """
    (maps,) = check_maps(labels=labels)
    judged = torch.ones_like(maps, dtype=torch.bool)
    if ignored is not None:
        judged = torch.ne(maps, whole_number("ignored", ignored, least=-(2**63)))
    edge = torch.zeros_like(judged)
    for label, known, marked in [(maps, judged, edge), (maps.mT, judged.mT, edge.mT)]:
        above, below = np.s_[:, :-1], np.s_[:, 1:]
        differ = (label[above] != label[below]) & known[above] & known[below]
        marked[above] |= differ
        marked[below] |= differ
    return edge.view_as(labels)


def boundary_f(
    predicted: Integer[Tensor, "*n h w"],
    target: Integer[Tensor, "*n h w"],
    num_classes: SupportsIndex,
    *,
    tolerance: float | None = None,
    ignored: SupportsIndex | None = None,
) -> Float[Tensor, "n classes"]:
    r"""Compare the contours of each class in each image: harmonic mean of precision and recall.

    .. math::
        P = \frac{|\{z \in B : d(z, B') \le \theta\}|}{|B|}, \quad
        R = \frac{|\{z \in B' : d(z, B) \le \theta\}|}{|B'|}, \quad
        F = \frac{2 P R}{P + R}

    :math:`B` is the contour of the class in the prediction and :math:`B'` in the target, as :func:`contours` marks it.
    :math:`d` is the Euclidean distance to the nearest pixel of the other contour, and :math:`\theta` the tolerance.

    If one map has a contour of the class and the other has none, the score is 0.
    If neither has one, there is no score: NaN.
    What nobody judged is taken out of both maps, so nothing depends on what the prediction says there.
    Where a band of ignored pixels hides every contour, as in Pascal VOC, only contours that stray from it are seen.

    Args:
        predicted: a class for each pixel.
        target: the right class for each pixel, or ``ignored``.
        num_classes: how many classes there are.
        tolerance: in pixels; ``None`` is 0.75 % of the image's diagonal, as in the paper. 0 asks for the same pixels.
        ignored: the label of what nobody judged.

    Returns:
        A row for each image, a column for each class.

    Raises:
        TypeError: a map is no tensor of whole numbers, a number is none.
        ValueError: the maps differ in shape, a label that counts names no class, the tolerance is below 0.

    Example:
        The edge is predicted one column too far to the right.

        >>> predicted, target = torch.tensor([[0, 0, 0, 1, 1]]), torch.tensor([[0, 0, 1, 1, 1]])
        >>> boundary_f(predicted, target, num_classes=2, tolerance=0).tolist()
        [[0.0, 0.0]]
        >>> boundary_f(predicted, target, num_classes=2, tolerance=1).tolist()
        [[1.0, 1.0]]
    """
    num_classes = check_classes(num_classes)
    ignored = check_ignored(ignored, num_classes)
    predicted, target = check_maps(predicted=predicted, target=target)
    check_labels("target", target, num_classes, ignored)
    judged = is_class(target, num_classes)
    check_labels("predicted", predicted[judged], num_classes, ignored=None)
    if tolerance is None:
        tolerance = SHARE_OF_DIAGONAL * hypot(*target.shape[1:])
    elif not (isfinite(real_number("tolerance", tolerance)) and tolerance >= 0):
        raise ValueError(f"tolerance={tolerance!r} must be a number of pixels of at least 0")

    unjudged = -1
    both = [torch.where(judged, labels, unjudged) for labels in (predicted, target)]
    edges = [torch.where(contours(labels, unjudged), labels, unjudged).cpu().numpy() for labels in both]
    scores = torch.full((len(target), num_classes), torch.nan, dtype=torch.float64)
    for image, (found, wanted) in enumerate(zip(*edges, strict=True)):
        for label in {*np.unique(found), *np.unique(wanted)} - {unjudged}:
            precision, recall = _near(found == label, wanted == label, tolerance)
            scores[image, label] = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    return scores


def mean_boundary_f(
    predicted: Integer[Tensor, "*n h w"],
    target: Integer[Tensor, "*n h w"],
    num_classes: SupportsIndex,
    *,
    tolerance: float | None = None,
    ignored: SupportsIndex | None = None,
) -> float:
    """Average :func:`boundary_f` over the classes of each image, then over the images.

    A class without a contour in either map is left out, and so is an image without any contour.
    If no contour is left, the mean is NaN, and a :class:`RuntimeWarning` says so.

    Example:
        >>> edge, none = torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 0, 0, 0]])
        >>> mean_boundary_f(torch.stack([edge, none]), torch.stack([edge, none]), num_classes=2)
        1.0
    """
    scores = boundary_f(predicted, target, num_classes, tolerance=tolerance, ignored=ignored)
    return _explained(scores.nanmean(1).nanmean().item())


def _near(found: Bool[np.ndarray, "h w"], wanted: Bool[np.ndarray, "h w"], tolerance: float) -> tuple[float, float]:
    """Return which share of each contour lies near the other; a contour without another is far from it."""
    if not found.any() or not wanted.any():
        return 0.0, 0.0
    to_wanted, to_found = distance_transform_edt(~wanted), distance_transform_edt(~found)
    return float((to_wanted[found] <= tolerance).mean()), float((to_found[wanted] <= tolerance).mean())


def _explained(mean: float) -> float:
    if np.isnan(mean):
        warn_undefined("mean boundary F", "no image has a contour between pixels that are judged")
    return mean
