"""Every data set hands out the same three things, and they fit each other."""

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
