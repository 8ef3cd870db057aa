"""What is no map of labels is refused, with its name, its value and what is allowed."""

import numpy as np
import pytest
import torch

from cnnbook.tasks.segmentation.maps import check_ignored, check_labels, check_maps, is_class


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16])
def test_every_kind_of_whole_number_becomes_int64_with_a_batch_axis(dtype):
    labels = torch.tensor([[0, 1, 2], [3, 4, 100]]).to(dtype)
    (maps,) = check_maps(labels=labels)
    assert maps.dtype == torch.int64
    assert maps.tolist() == [labels.tolist()]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.zeros((2, 2), dtype=int), TypeError, "target must be a torch.Tensor, not ndarray"),
        (torch.zeros(2, 2), TypeError, r"target is torch.float32; a whole number .* scores.argmax\(1\)"),
        (torch.zeros(2, 2, dtype=torch.bool), TypeError, "target is torch.bool; a whole number for each pixel"),
        (torch.zeros(2, 2, dtype=torch.complex64), TypeError, "target is torch.complex64"),
        (torch.zeros(2).long(), ValueError, r"target has the shape \(2,\); axes n h w are needed, or h w"),
        (torch.zeros(1, 3, 2, 2).long(), ValueError, r"target has the shape \(1, 3, 2, 2\)"),
    ],
)
def test_what_is_no_map_of_whole_numbers_is_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_maps(target=labels)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2, 2), (1, 2, 2)])
def test_maps_of_different_shapes_are_refused_with_both(shape):
    with pytest.raises(ValueError, match=r"target has the shape .* and predicted .*; they must be equal") as error:
        check_maps(predicted=torch.zeros(2, 2).long(), target=torch.zeros(shape).long())
    assert str(shape) in str(error.value)
    assert "(2, 2)" in str(error.value)


def test_maps_on_different_devices_are_refused_with_both():
    with pytest.raises(ValueError, match="target is on meta and predicted on cpu; move one of them"):
        check_maps(predicted=torch.zeros(2, 2).long(), target=torch.zeros(2, 2, device="meta").long())


@pytest.mark.parametrize("ignored", [0, 2, np.int64(1)])
def test_an_ignored_label_that_names_a_class_is_refused(ignored):
    with pytest.raises(ValueError, match=r"ignored=.* must name none of the 3 classes 0…2"):
        check_ignored(ignored, num_classes=3)


@pytest.mark.parametrize("ignored", [-100, -1, 3, 255, None])
def test_any_other_label_may_be_ignored(ignored):
    assert check_ignored(ignored, num_classes=3) == ignored


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("ignored", [2.0, "255", True])
def test_an_ignored_label_is_a_whole_number(ignored):
    with pytest.raises(TypeError, match=r"ignored=.* must be a whole number"):
        check_ignored(ignored, num_classes=2)


@pytest.mark.parametrize("label", [-1, 3, 255])
def test_a_label_of_no_class_is_refused_with_its_value(label):
    with pytest.raises(ValueError, match=f"target holds the label {label}; it must name one of the 3 classes 0…2"):
        check_labels("target", torch.tensor([0, 2, label]), num_classes=3, ignored=None)
    with pytest.raises(ValueError, match=f"label {label}; .* 0…2 or be ignored=99"):
        check_labels("target", torch.tensor([0, 99, label]), num_classes=3, ignored=99)


def test_the_ignored_label_may_stand_among_the_labels():
    check_labels("target", torch.tensor([0, 2, 255]), num_classes=3, ignored=255)
    assert is_class(torch.tensor([0, 2, 255]), num_classes=3).tolist() == [True, True, False]
