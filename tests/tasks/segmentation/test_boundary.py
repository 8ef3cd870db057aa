"""Contours are compared as the definition says: by the distance to the nearest pixel of the other one."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.segmentation import find_boundaries

from cnnbook.tasks.segmentation.boundary import boundary_f, contours, mean_boundary_f
from label_maps import IGNORED, labels, pairs

tolerances = st.sampled_from([0, 1, math.sqrt(2), 1.9, 2.5, 100])


def contour_of(label, image):
    """Places of the class with a judged neighbour of another class; the image is a list of rows."""
    size = len(image), len(image[0])
    found = []
    for i, j in np.ndindex(size):
        beside = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
        inside = [image[k][m] for k, m in beside if 0 <= k < size[0] and 0 <= m < size[1]]
        if image[i][j] == label and any(other not in {label, IGNORED} for other in inside):
            found.append((i, j))
    return found


def by_loops(num_classes, predicted, target, tolerance):
    scores = np.full((len(target), num_classes), np.nan)
    for n, (found, wanted) in enumerate(zip(predicted.where(target != IGNORED, IGNORED), target, strict=True)):
        for label in range(num_classes):
            ours, theirs = contour_of(label, found.tolist()), contour_of(label, wanted.tolist())
            if ours and theirs:
                hits = [min(math.dist(place, other) for other in theirs) <= tolerance for place in ours]
                finds = [min(math.dist(place, other) for other in ours) <= tolerance for place in theirs]
                precision, recall = sum(hits) / len(hits), sum(finds) / len(finds)
                total = precision + recall
                scores[n, label] = 2 * precision * recall / total if total else 0
            elif ours or theirs:
                scores[n, label] = 0
    return scores


@given(pairs(side=7), tolerances)
def test_the_score_is_what_its_definition_says_in_loops(drawn, tolerance):
    num_classes, predicted, target = drawn
    found = boundary_f(predicted, target, num_classes, tolerance=tolerance, ignored=IGNORED)
    np.testing.assert_allclose(found, by_loops(num_classes, predicted, target, tolerance), atol=1e-12)


@given(pairs(side=7))
def test_contours_are_scikit_image_s_inner_boundaries_of_each_class(drawn):
    num_classes, predicted, _ = drawn
    edge = contours(predicted)
    for image, marked in zip(predicted, edge, strict=True):
        for label in range(num_classes):
            inner = find_boundaries((image == label).numpy(), connectivity=1, mode="inner")
            np.testing.assert_array_equal(marked & (image == label), inner)


def test_the_frame_of_the_image_is_no_contour():
    assert not contours(torch.zeros(1, 4, 5).long()).any()


def test_what_nobody_judged_has_no_contour_and_gives_none():
    image = torch.tensor([[[0, 0, 255, 1, 1]]])
    assert not contours(image, ignored=255).any()
    assert contours(image).int().tolist() == [[[0, 1, 1, 1, 0]]]


@given(labels((1, 4, 5), [-100, -1, 0, 1, 2]), st.sampled_from([-100, -1]))
def test_any_label_may_be_the_ignored_one(image, ignored):
    shifted = torch.where(image == ignored, 77, image)
    assert torch.equal(contours(image, ignored), contours(shifted, 77))


def test_a_square_moved_by_one_pixel_counted_by_hand():
    """A square of 3×3 has 8 contour pixels; moved to the right, its left column is one pixel off the other's."""
    target = torch.zeros(1, 5, 6).long()
    predicted = target.clone()
    target[:, 1:4, 1:4] = predicted[:, 1:4, 2:5] = 1
    exact = boundary_f(predicted, target, 2, tolerance=0)
    assert exact[0, 1].item() == pytest.approx(4 / 8)  # both share the pixels above and below in two columns
    assert boundary_f(predicted, target, 2, tolerance=1)[0].tolist() == [1, 1]


@given(pairs(side=7), tolerances, tolerances)
def test_a_larger_tolerance_never_scores_less(drawn, one, other):
    num_classes, predicted, target = drawn
    strict, lenient = (
        boundary_f(predicted, target, num_classes, tolerance=tolerance, ignored=IGNORED)
        for tolerance in sorted([one, other])
    )
    assert torch.equal(strict.isnan(), lenient.isnan())
    assert (strict.nan_to_num() <= lenient.nan_to_num() + 1e-12).all()


@given(pairs(), tolerances)
def test_what_a_prediction_says_where_nobody_judged_changes_nothing(drawn, tolerance):
    num_classes, predicted, target = drawn
    elsewhere = torch.where(target == IGNORED, 1000, predicted)
    scores = [
        boundary_f(maps, target, num_classes, tolerance=tolerance, ignored=IGNORED) for maps in (predicted, elsewhere)
    ]
    torch.testing.assert_close(*scores, equal_nan=True)


@given(pairs(side=7), tolerances)
def test_prediction_and_target_may_change_places(drawn, tolerance):
    num_classes, predicted, target = drawn
    target = target.clamp(max=num_classes - 1)
    torch.testing.assert_close(
        boundary_f(predicted, target, num_classes, tolerance=tolerance),
        boundary_f(target, predicted, num_classes, tolerance=tolerance),
        equal_nan=True,
    )


@pytest.mark.parametrize(("columns", "score"), [(2, 0), (1, 1)])
def test_the_paper_s_tolerance_is_a_share_of_the_diagonal(columns, score):
    """On 120×160 pixels the diagonal is 200, so that 1.5 pixels are near and 2 are not."""
    target = torch.zeros(1, 120, 160).long()
    target[..., 80:] = 1
    predicted = torch.zeros_like(target)
    predicted[..., 80 + columns :] = 1
    assert boundary_f(predicted, target, 2).tolist() == [[score, score]]


def test_a_class_without_contour_in_both_maps_has_no_score():
    edge = torch.tensor([[[0, 0, 1, 1]]])
    scores = boundary_f(edge, edge, 3)
    np.testing.assert_array_equal(scores, [[1, 1, math.nan]])
    assert mean_boundary_f(edge, edge, 3) == 1


def test_a_contour_in_one_map_alone_scores_nothing():
    edge, none = torch.tensor([[[0, 0, 1, 1]]]), torch.zeros(1, 1, 4).long()
    assert boundary_f(edge, none, 2, tolerance=100).tolist() == [[0, 0]]
    assert boundary_f(none, edge, 2, tolerance=100).tolist() == [[0, 0]]


def test_the_mean_is_over_classes_first_and_then_over_images_with_contours():
    edge, none = torch.tensor([[0, 0, 0, 1]]), torch.zeros(1, 4).long()
    three = torch.tensor([[0, 2, 2, 1]])
    target, predicted = torch.stack([edge, none, three]), torch.stack([edge, none, none])
    assert mean_boundary_f(predicted, target, 3, tolerance=0) == pytest.approx((1 + 0) / 2)


@pytest.mark.parametrize(("label", "ignored"), [(255, 255), (1, None)])
def test_a_mean_of_no_contour_is_nan_with_a_word_of_why(label, ignored):
    maps = torch.ones(2, 3, 3).long(), torch.full((2, 3, 3), label)
    with pytest.warns(RuntimeWarning, match="mean boundary F is NaN: no image has a contour") as warned:
        assert math.isnan(mean_boundary_f(*maps, 2, ignored=ignored))
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize(
    ("tolerance", "error"), [(-1, ValueError), (math.nan, ValueError), (math.inf, ValueError), ("2", TypeError)]
)
def test_a_tolerance_is_a_number_of_pixels(tolerance, error):
    with pytest.raises(error, match="tolerance="):
        boundary_f(torch.zeros(2, 2).long(), torch.zeros(2, 2).long(), 2, tolerance=tolerance)


def test_maps_that_do_not_fit_are_refused():
    maps = torch.zeros(2, 3).long()
    with pytest.raises(ValueError, match="they must be equal"):
        boundary_f(maps, maps.mT, 2)
    with pytest.raises(ValueError, match="target holds the label 2"):
        boundary_f(maps, maps + 2, 2)
    with pytest.raises(ValueError, match="predicted holds the label 2"):
        boundary_f(maps + 2, maps, 2)
    with pytest.raises(ValueError, match="ignored=1 must name none"):
        boundary_f(maps, maps, 2, ignored=1)
