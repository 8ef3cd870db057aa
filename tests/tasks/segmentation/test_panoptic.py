"""Segments are matched as Kirillov et al. define it, with what nobody judged taken out."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnbook.tasks.segmentation.panoptic import PanopticQuality
from label_maps import IGNORED, labels

MEANS, PER_CLASS = ["mean_pq", "mean_sq", "mean_rq"], ["pq", "sq", "rq"]


@st.composite
def panoptic_pairs(draw, *, left_out=True):
    """The number of classes, and two panoptic maps that are often alike, so that segments match."""
    num_classes = draw(st.integers(1, 3))
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 5)))
    classes = list(range(num_classes))
    target = draw(labels(shape, [*classes, IGNORED])), draw(labels(shape, [0, 7]))
    other = draw(labels(shape, classes + [IGNORED] * left_out)), draw(labels(shape, [-3, 9]))
    alike = draw(labels(shape, [0, 1, 1])).bool() & (left_out | (target[0] != IGNORED))
    predicted = torch.where(alike, target[0], other[0]), torch.where(alike, target[1] // 7 * 12 - 3, other[1])
    return num_classes, predicted, target


def segments(classes, instances):
    """Name each segment by class and instance, and give its pixels; void is apart."""
    found = {}
    for place in np.ndindex(classes.shape):
        if classes[place] != IGNORED:
            found.setdefault((int(classes[place]), int(instances[place])), set()).add(place)
    return found


def by_sets(num_classes, predicted, target):
    """Sum of IoUs, true positives, false positives, false negatives of each class."""
    sums = np.zeros((4, num_classes))
    for found_maps, wanted_maps in zip(zip(*predicted, strict=True), zip(*target, strict=True), strict=True):
        found, wanted = segments(*found_maps), segments(*wanted_maps)
        void = {place for place in np.ndindex(wanted_maps[0].shape) if wanted_maps[0][place] == IGNORED}
        matched = set()
        for name, pixels in wanted.items():
            partners = []
            for other, theirs in found.items():
                iou = len(pixels & theirs) / len(pixels | (theirs - void))
                if other[0] == name[0] and iou > 0.5:
                    partners.append((other, iou))
            assert len(partners) <= 1  # the paper's theorem
            if partners:
                sums[:2, name[0]] += partners[0][1], 1
                matched.add(partners[0][0])
            else:
                sums[3, name[0]] += 1
        for other, theirs in found.items():
            if other not in matched and len(theirs & void) / len(theirs) <= 0.5:
                sums[2, other[0]] += 1
    return sums


def matched(num_classes, predicted, target, ignored=IGNORED):
    quality = PanopticQuality(num_classes, ignored)
    quality.update(predicted, target)
    return quality


@given(panoptic_pairs())
def test_segments_match_as_their_sets_of_pixels_do(drawn):
    quality = matched(*drawn)
    found = quality.iou_sum, quality.true_positives, quality.false_positives, quality.false_negatives
    np.testing.assert_allclose(np.stack(found), by_sets(*drawn), atol=1e-12)


@given(panoptic_pairs(left_out=False))
def test_torchmetrics_measures_the_same(drawn):
    """It takes what a prediction leaves out for void, which the benchmark does not: here, nothing is left out."""
    library = pytest.importorskip("torchmetrics.functional.detection", exc_type=ImportError)
    num_classes, predicted, target = drawn
    quality = matched(*drawn)
    assume((quality.true_positives + quality.false_positives + quality.false_negatives).any())
    maps = [torch.stack([classes, instances + 3], dim=-1) for classes, instances in (predicted, target)]
    theirs = library.panoptic_quality(
        *maps, things=set(range(num_classes)), stuffs=set(), return_sq_and_rq=True, return_per_class=True
    )
    for name, values in zip(PER_CLASS, theirs.reshape(num_classes, 3).T, strict=True):
        ours = getattr(quality, name)()
        there = ~ours.isnan()
        np.testing.assert_allclose(ours[there], values[there], atol=1e-9, err_msg=name)


@given(panoptic_pairs())
def test_the_quality_is_the_product_of_its_two_parts(drawn):
    quality = matched(*drawn)
    assume((quality.true_positives + quality.false_positives + quality.false_negatives).any())
    torch.testing.assert_close(quality.pq(), quality.sq() * quality.rq(), equal_nan=True)
    for mean, parts in zip(MEANS, PER_CLASS, strict=True):
        values = getattr(quality, parts)()
        assert getattr(quality, mean)() == pytest.approx(values[~values.isnan()].mean().item())


def test_two_cars_and_a_sky_counted_by_hand():
    """The sky is found but for one pixel of five, one car but for one of three, the other is called sky."""
    classes = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]])
    instances = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 2, 2]])
    found_classes = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 0, 0]])
    found_instances = torch.tensor([[0, 0, 0, 5, 5, 5, 5, 8, 8]])
    quality = matched(2, (found_classes, found_instances), (classes, instances))
    assert quality.true_positives.tolist() == [1, 1]
    assert quality.false_positives.tolist() == [1, 0]
    assert quality.false_negatives.tolist() == [0, 1]
    assert quality.sq().tolist() == [3 / 4, 3 / 4]
    assert quality.rq().tolist() == [2 / 3, 2 / 3]
    assert quality.pq().tolist() == [1 / 2, 1 / 2]


def test_half_of_the_union_is_no_match():
    target = torch.zeros(1, 4).long(), torch.zeros(1, 4).long()
    half = torch.tensor([[0, 0, 255, 255]]), torch.zeros(1, 4).long()
    assert matched(1, half, target).pq().tolist() == [0]


def test_pixels_that_nobody_judged_are_taken_out_of_a_prediction():
    target = torch.tensor([[0, 0, 255, 255]]), torch.zeros(1, 4).long()
    everywhere = torch.zeros(1, 4).long(), torch.zeros(1, 4).long()
    assert matched(1, everywhere, target).pq().tolist() == [1]


@pytest.mark.parametrize(("judged", "false"), [(1, 0), (2, 1)])
def test_a_prediction_that_lies_mostly_where_nobody_judged_is_no_false_positive(judged, false):
    """Four predicted pixels, of which some lie on another class and the rest on what nobody judged."""
    classes = torch.full((1, 4), 255)
    classes[:, :judged] = 1
    quality = matched(2, (torch.zeros(1, 4).long(),) * 2, (classes, torch.zeros(1, 4).long()))
    assert quality.false_positives.tolist() == [false, 0]
    assert quality.false_negatives.tolist() == [0, 1]


def test_the_numbers_of_objects_only_tell_them_apart():
    classes = torch.zeros(1, 6).long()
    one, other = torch.tensor([[1, 1, 1, 2, 2, 2]]), torch.tensor([[-(2**62)] * 3 + [2**62] * 3])
    assert matched(1, (classes, one), (classes, other)).true_positives.tolist() == [2]


def test_the_same_number_in_two_images_or_two_classes_is_two_objects():
    classes, ones = torch.tensor([[[0, 1]], [[0, 1]]]), torch.ones(2, 1, 2).long()
    assert matched(2, (classes, ones), (classes, ones)).true_positives.tolist() == [2, 2]


@given(panoptic_pairs())
def test_batches_and_sums_of_parts_count_as_the_whole(drawn):
    num_classes, predicted, target = drawn
    whole = matched(*drawn)
    batches, joined = PanopticQuality(num_classes, IGNORED), PanopticQuality(num_classes, IGNORED)
    for image in range(len(target[0])):
        part = tuple(maps[image] for maps in predicted), tuple(maps[image] for maps in target)
        batches.update(*part)
        joined += matched(num_classes, *part)
    for other in (batches, joined):
        for name in ["iou_sum", "true_positives", "false_positives", "false_negatives"]:
            torch.testing.assert_close(getattr(other, name), getattr(whole, name))


def test_a_class_without_segments_has_no_quality_and_leaves_the_mean_alone():
    one = torch.zeros(1, 4).long(), torch.zeros(1, 4).long()
    quality = matched(2, one, one)
    for name in PER_CLASS:
        np.testing.assert_array_equal(getattr(quality, name)(), [1, math.nan])
    assert quality.mean_pq() == 1


@pytest.mark.parametrize("name", MEANS + PER_CLASS)
def test_images_that_nobody_judged_are_nan_with_a_word_of_why(name):
    zeros = torch.zeros(2, 2).long()
    quality = matched(2, (zeros, zeros), (zeros + 255, zeros))
    with pytest.warns(RuntimeWarning, match="is NaN: no class has a segment that counts") as warned:
        assert torch.as_tensor(getattr(quality, name)()).isnan().all()
    assert [warning.filename for warning in warned] == [__file__]


def test_maps_that_do_not_fit_are_refused_and_nothing_is_counted():
    zeros = torch.zeros(2, 3).long()
    quality = PanopticQuality(2, ignored=255)
    for predicted, error, message in [
        (zeros, TypeError, "predicted must be a pair of maps, classes and instances, not Tensor"),
        ((zeros, zeros, zeros), TypeError, "predicted must be a pair"),
        ((zeros, zeros.mT), ValueError, r"predicted instances has the shape \(3, 2\) and predicted classes \(2, 3\)"),
        ((zeros, zeros.float()), TypeError, "predicted instances is torch.float32"),
        ((zeros + 2, zeros), ValueError, "predicted classes holds the label 2; .* or be ignored=255"),
    ]:
        with pytest.raises(error, match=message):
            quality.update(predicted, (zeros, zeros))
    with pytest.raises(ValueError, match="target classes holds the label 2"):
        quality.update((zeros, zeros), (zeros + 2, zeros))
    assert not quality.false_positives.any()
    with pytest.raises(ValueError, match="must have the same num_classes and ignored"):
        quality + PanopticQuality(2)


def test_a_quality_says_what_it_has_counted():
    one = torch.zeros(1, 4).long(), torch.zeros(1, 4).long()
    assert repr(matched(1, one, one)).endswith("ignored=255): 1 matched, 0 false, 0 missed")
