"""The measures of segmentation are what their definitions say, and no undefined one passes for a number."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, jaccard_score, recall_score

from cnnbook.tasks.segmentation.metrics import ConfusionMatrix
from label_maps import IGNORED, pairs

MEASURES = ["pixel_accuracy", "mean_accuracy", "mean_iou", "frequency_weighted_iou", "mean_dice"]
PER_CLASS = ["accuracy", "iou", "dice"]


def counted(num_classes, predicted, target, ignored=None):
    matrix = ConfusionMatrix(num_classes, ignored)
    matrix.update(predicted, target)
    return matrix


def by_sets(num_classes, predicted, target):
    """The measures, told with sets of pixels instead of a table."""
    judged = [tuple(place) for place in np.argwhere(target.numpy() != IGNORED).tolist()]
    share = {"accuracy": [], "iou": [], "dice": []}
    for label in range(num_classes):
        here = {place for place in judged if target[place] == label}
        there = {place for place in judged if predicted[place] == label}
        share["accuracy"].append(len(here & there) / len(here) if here else math.nan)
        share["iou"].append(len(here & there) / len(here | there) if here | there else math.nan)
        share["dice"].append(2 * len(here & there) / (len(here) + len(there)) if here | there else math.nan)
    defined = {name: [value for value in values if not math.isnan(value)] for name, values in share.items()}
    return share | {
        "pixel_accuracy": sum(bool(predicted[place] == target[place]) for place in judged) / len(judged),
        "mean_accuracy": sum(defined["accuracy"]) / len(defined["accuracy"]),
        "mean_iou": sum(defined["iou"]) / len(defined["iou"]),
        "mean_dice": sum(defined["dice"]) / len(defined["dice"]),
        "frequency_weighted_iou": sum(share["iou"][int(target[place])] for place in judged) / len(judged),
    }


@given(pairs())
def test_every_measure_is_what_sets_of_pixels_say(drawn):
    num_classes, predicted, target = drawn
    assume((target != IGNORED).any())
    matrix, wanted = counted(num_classes, predicted, target, IGNORED), by_sets(*drawn)
    for name in MEASURES + PER_CLASS:
        np.testing.assert_allclose(getattr(matrix, name)(), wanted[name], atol=1e-12, err_msg=name)


@pytest.mark.filterwarnings("ignore:A single label was found")  # it is told all labels
@given(pairs())
def test_scikit_learn_counts_the_same(drawn):
    num_classes, predicted, target = drawn
    judged = target != IGNORED
    assume(judged.any())
    matrix = counted(num_classes, predicted, target, IGNORED)
    right, found, every = target[judged].numpy(), predicted[judged].numpy(), list(range(num_classes))
    np.testing.assert_array_equal(matrix.counts, confusion_matrix(right, found, labels=every))
    options = {"labels": every, "average": None, "zero_division": 0}
    assert matrix.pixel_accuracy() == pytest.approx(accuracy_score(right, found))
    np.testing.assert_allclose(matrix.accuracy().nan_to_num(0), recall_score(right, found, **options))
    np.testing.assert_allclose(matrix.iou().nan_to_num(0), jaccard_score(right, found, **options))
    np.testing.assert_allclose(matrix.dice().nan_to_num(0), f1_score(right, found, **options))


@given(pairs())
def test_torchmetrics_measures_the_same(drawn):
    library = pytest.importorskip("torchmetrics.functional.classification", exc_type=ImportError)
    num_classes, predicted, target = drawn
    assume(num_classes > 1 and (target != IGNORED).any())
    matrix = counted(num_classes, predicted, target, IGNORED)
    options = {"num_classes": num_classes, "ignore_index": IGNORED}
    table = library.multiclass_confusion_matrix(predicted, target, **options)
    np.testing.assert_array_equal(matrix.counts, table)
    for name, measure in [
        ("accuracy", library.multiclass_accuracy),
        ("iou", library.multiclass_jaccard_index),
        ("dice", library.multiclass_f1_score),
    ]:
        found = measure(predicted, target, average="none", **options)
        np.testing.assert_allclose(getattr(matrix, name)().nan_to_num(0), found, atol=1e-6, err_msg=name)
    overall = library.multiclass_accuracy(predicted, target, average="micro", **options)
    assert matrix.pixel_accuracy() == pytest.approx(float(overall), abs=1e-6)


def test_a_map_of_nine_pixels_counted_by_hand():
    target = torch.tensor([[0, 0, 0], [0, 1, 1], [2, 2, 255]])
    predicted = torch.tensor([[0, 0, 1], [0, 1, 2], [2, 2, 0]])
    matrix = counted(3, predicted, target, ignored=255)
    assert matrix.counts.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 2]]
    assert matrix.unjudged == 1
    assert matrix.pixel_accuracy() == 6 / 8
    assert matrix.accuracy().tolist() == [3 / 4, 1 / 2, 1]
    assert matrix.mean_accuracy() == pytest.approx(3 / 4)
    assert matrix.iou().tolist() == [3 / 4, 1 / 3, 2 / 3]
    assert matrix.mean_iou() == pytest.approx(7 / 12)
    assert matrix.frequency_weighted_iou() == pytest.approx((4 * 3 / 4 + 2 * 1 / 3 + 2 * 2 / 3) / 8)
    assert matrix.dice().tolist() == pytest.approx([6 / 7, 1 / 2, 4 / 5])


def test_rows_are_the_target_and_columns_the_prediction():
    assert counted(2, predicted=torch.tensor([[1, 1]]), target=torch.tensor([[0, 0]])).counts.tolist() == [
        [0, 2],
        [0, 0],
    ]


@given(pairs())
def test_dice_follows_from_iou(drawn):
    num_classes, predicted, target = drawn
    assume((target != IGNORED).any())
    matrix = counted(num_classes, predicted, target, IGNORED)
    iou = matrix.iou()
    torch.testing.assert_close(matrix.dice(), 2 * iou / (1 + iou), equal_nan=True)


@given(pairs())
def test_batches_and_sums_of_parts_count_as_the_whole(drawn):
    num_classes, predicted, target = drawn
    whole = counted(num_classes, predicted, target, IGNORED)
    batches, joined = ConfusionMatrix(num_classes, IGNORED), ConfusionMatrix(num_classes, IGNORED)
    for found, wanted in zip(predicted, target, strict=True):
        batches.update(found, wanted)
        joined += counted(num_classes, found, wanted, IGNORED)
    for other in (batches, joined):
        assert torch.equal(other.counts, whole.counts)
        assert other.unjudged == whole.unjudged


@given(pairs())
def test_what_a_prediction_says_where_nobody_judged_changes_nothing(drawn):
    num_classes, predicted, target = drawn
    elsewhere = torch.where(target == IGNORED, 1000, predicted)
    matrices = [counted(num_classes, maps, target, IGNORED) for maps in (predicted, elsewhere)]
    assert torch.equal(*(matrix.counts for matrix in matrices))


def test_a_sum_leaves_its_parts_as_they_were():
    one, other = (counted(2, torch.tensor([[0, 1]]), torch.tensor([[0, 0]])) for _ in range(2))
    assert (one + other).counts.tolist() == [[2, 2], [0, 0]]
    assert one.counts.tolist() == other.counts.tolist() == [[1, 1], [0, 0]]


def test_matrices_of_other_classes_do_not_add():
    with pytest.raises(ValueError, match=r"num_classes=2, .* and .*num_classes=3, .* must have the same"):
        ConfusionMatrix(2) + ConfusionMatrix(3)
    with pytest.raises(ValueError, match="must have the same num_classes and ignored"):
        ConfusionMatrix(2) + ConfusionMatrix(2, ignored=255)
    with pytest.raises(TypeError):
        ConfusionMatrix(2) + 1


def test_a_class_that_is_nowhere_has_no_iou_and_leaves_the_mean_alone():
    matrix = counted(3, torch.tensor([[0, 1]]), torch.tensor([[0, 1]]))
    for name in PER_CLASS:
        np.testing.assert_array_equal(getattr(matrix, name)(), [1, 1, math.nan])
    assert [getattr(matrix, name)() for name in MEASURES] == [1] * len(MEASURES)


def test_a_class_that_only_the_prediction_has_counts_as_an_error():
    matrix = counted(2, torch.tensor([[0, 1]]), torch.tensor([[0, 0]]))
    np.testing.assert_array_equal(matrix.iou(), [1 / 2, 0])
    np.testing.assert_array_equal(matrix.accuracy(), [1 / 2, math.nan])
    assert matrix.mean_iou() == 1 / 4
    assert matrix.frequency_weighted_iou() == 1 / 2


@pytest.mark.parametrize("name", MEASURES + PER_CLASS)
def test_images_that_nobody_judged_are_nan_with_a_word_of_why(name):
    matrix = counted(2, torch.zeros(3, 2, 2).long(), torch.full((3, 2, 2), 255), ignored=255)
    with pytest.warns(RuntimeWarning, match=r"is NaN: all 12 pixels bear the label ignored=255") as warned:
        value = getattr(matrix, name)()
    assert torch.as_tensor(value).isnan().all()
    assert [warning.filename for warning in warned] == [__file__]  # the line that asked, and once


@pytest.mark.parametrize("name", MEASURES + PER_CLASS)
def test_a_matrix_without_pixels_is_nan_with_a_word_of_why(name):
    with pytest.warns(RuntimeWarning, match="is NaN: there is no pixel yet"):
        assert torch.as_tensor(getattr(ConfusionMatrix(2), name)()).isnan().all()


@pytest.mark.parametrize(
    ("predicted", "target", "message"),
    [
        ([[0, 2]], [[0, 1]], "predicted holds the label 2; it must name one of the 2 classes 0…1$"),
        ([[0, -1]], [[0, 1]], "predicted holds the label -1"),
        ([[0, 255]], [[0, 1]], "predicted holds the label 255"),
        ([[0, 1]], [[0, 7]], "target holds the label 7; it must name one of the 2 classes 0…1 or be ignored=255"),
        ([[0, 1]], [[0, 1], [0, 1]], r"target has the shape \(2, 2\) and predicted \(1, 2\)"),
    ],
)
def test_maps_that_do_not_fit_are_refused_and_nothing_is_counted(predicted, target, message):
    matrix = ConfusionMatrix(2, ignored=255)
    with pytest.raises(ValueError, match=message):
        matrix.update(torch.tensor(predicted), torch.tensor(target))
    assert not matrix.counts.any()
    assert matrix.unjudged == 0


def test_scores_in_place_of_classes_are_refused():
    with pytest.raises(TypeError, match=r"predicted is torch.float32; .* scores.argmax\(1\)"):
        ConfusionMatrix(2).update(torch.zeros(1, 2, 4, 4), torch.zeros(1, 4, 4).long())


@pytest.mark.parametrize(("num_classes", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError)])
def test_a_number_of_classes_is_a_whole_number_of_at_least_one(num_classes, error):
    with pytest.raises(error, match="num_classes"):
        ConfusionMatrix(num_classes)


def test_a_matrix_says_what_it_has_counted():
    matrix = counted(2, torch.tensor([[0, 1]]), torch.tensor([[0, 255]]), ignored=255)
    assert repr(matrix) == "ConfusionMatrix(num_classes=2, ignored=255): 1 pixels, 1 left out"
