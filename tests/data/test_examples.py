"""Every data set hands out the same things, and they fit each other."""

import numpy as np
import pytest
import torch

from cnnbook.data import Examples


def test_a_choice_of_examples_keeps_inputs_and_labels_together():
    examples = Examples(torch.arange(4.0).reshape(4, 1), torch.tensor([0, 1, 2, 3]), ("a", "b", "c", "d"))
    chosen = examples[torch.tensor([3, 1])]
    assert chosen.inputs.flatten().tolist() == chosen.labels.tolist() == [3, 1]
    assert len(examples[2]) == 1
    assert len(examples[1:]) == 3


@pytest.mark.parametrize("place", [np.int64(2), np.uint8(2), torch.tensor(2), -2])
def test_one_place_may_be_any_kind_of_whole_number(place):
    examples = Examples(torch.arange(4.0).reshape(4, 1), torch.tensor([0, 1, 2, 3]), ("a", "b", "c", "d"))
    assert examples[place].labels.tolist() == [2]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("place", [1.5, "a", None, torch.tensor(1.5), (1, 0)])
def test_what_is_no_place_is_refused(place):
    with pytest.raises(TypeError):
        Examples(torch.zeros(2, 1), torch.tensor([0, 1]), ("no", "yes"))[place]


def test_two_sets_compare_without_an_error():
    one, other = (Examples(torch.zeros(2, 1), torch.tensor([0, 1]), ("no", "yes")) for _ in range(2))
    assert one == one  # noqa: PLR0124
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("classes", ["ny", None, 2, ["no", "yes"], (0, 1)])
def test_classes_that_are_no_names_are_refused(classes):
    with pytest.raises(TypeError, match=r"classes=.* must be a tuple of names"):
        Examples(torch.zeros(2, 1), torch.tensor([0, 1]), classes)


@pytest.mark.parametrize(
    ("inputs", "labels", "error", "message"),
    [
        (np.zeros((2, 1, 4)), torch.zeros(2, dtype=torch.int64), TypeError, "inputs must be .* not ndarray"),
        (
            torch.zeros(2, 1, dtype=torch.uint8),
            torch.zeros(2, dtype=torch.int64),
            TypeError,
            "not a torch.uint8 tensor",
        ),
        (torch.zeros(2, 1), torch.zeros(2), TypeError, "labels must be an int64 tensor, not a torch.float32 tensor"),
        (torch.zeros(2), torch.zeros(2, dtype=torch.int64), ValueError, "must have axes n, c"),
        (torch.zeros(2, 1), torch.zeros(3, dtype=torch.int64), ValueError, r"\(3,\) labels for 2 inputs"),
        (torch.zeros(2, 1), torch.tensor([0, 2]), ValueError, r"0…1 for 2 classes, not in 0…2"),
        (torch.zeros(2, 1), torch.tensor([-1, 0]), ValueError, r"not in -1…0"),
    ],
)
def test_what_does_not_fit_is_named(inputs, labels, error, message):
    with pytest.raises(error, match=message):
        Examples(inputs, labels, ("no", "yes"))


def test_every_pixel_may_have_a_label_of_its_own():
    examples = Examples(torch.zeros(2, 3, 4, 5), torch.ones(2, 4, 5, dtype=torch.int64), ("road", "car"), ignored=255)
    assert examples[1].labels.shape == (1, 4, 5)
    assert examples[1].ignored == 255


def test_ignored_labels_may_stand_where_others_may_not():
    labels = torch.tensor([[0, 255], [1, 255]])
    assert len(Examples(torch.zeros(2, 1, 2), labels, ("road", "car"), ignored=255)) == 2
    with pytest.raises(ValueError, match="not in 0…255"):
        Examples(torch.zeros(2, 1, 2), labels, ("road", "car"))
    with pytest.raises(ValueError, match="not in 0…7"):
        Examples(torch.zeros(2, 1, 2), torch.tensor([[0, 255], [7, 255]]), ("road", "car"), ignored=255)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(("ignored", "error"), [(1, ValueError), (0.5, TypeError), ("255", TypeError)])
def test_an_ignored_label_that_names_a_class_is_refused(ignored, error):
    with pytest.raises(error, match=f"ignored={ignored!r}"):
        Examples(torch.zeros(1, 1, 2), torch.zeros(1, 2, dtype=torch.int64), ("road", "car"), ignored)


def test_labels_of_other_places_than_the_inputs_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 5, 4\) labels for 2 inputs of 4×5"):
        Examples(torch.zeros(2, 3, 4, 5), torch.zeros(2, 5, 4, dtype=torch.int64), ("road", "car"))
