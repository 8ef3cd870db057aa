"""Boxes, classes and pixels of objects fit each other and their picture."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook.data import ObjectExamples, Objects
from cnnbook.data.objects import cut_boxes, scale_boxes, tight_boxes

BOX = torch.tensor([[1.0, 2, 3, 5]])
LABEL = torch.tensor([0])


def test_a_choice_of_pictures_keeps_their_objects():
    none = Objects(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    examples = ObjectExamples(torch.arange(3.0).reshape(3, 1, 1, 1), (none,) * 3, ("cat",))
    one = Objects(BOX - 1, LABEL)
    examples = ObjectExamples(torch.zeros(3, 1, 6, 6) + torch.arange(3)[:, None, None, None], (none, one, none), ("c",))
    for which, places in ((1, [1]), (-2, [1]), (slice(1, None), [1, 2]), (torch.tensor([2, 1]), [2, 1])):
        chosen = examples[which]
        assert chosen.inputs[:, 0, 0, 0].tolist() == places
        assert [len(objects) for objects in chosen.objects] == [int(place == 1) for place in places]
    assert examples[torch.tensor([False, True, False])].objects == (one,)


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({"boxes": np.zeros((1, 4))}, TypeError, "boxes must be a floating-point tensor, not ndarray"),
        ({"boxes": BOX.long()}, TypeError, "not a torch.int64 tensor"),
        ({"boxes": BOX[0]}, ValueError, r"boxes must have the shape \(boxes, 4\), not \(4,\)"),
        ({"boxes": torch.zeros(1, 5)}, ValueError, r"4\), not \(1, 5\)"),
        ({"boxes": torch.tensor([[3.0, 2, 3, 5]])}, ValueError, r"x0 < x1 and y0 < y1, not \[3.0, 2.0, 3.0, 5.0\]"),
        ({"boxes": torch.tensor([[1.0, 5, 3, 2]])}, ValueError, "y0 < y1"),
        ({"boxes": torch.tensor([[1.0, 2, torch.inf, 5]])}, ValueError, "inf"),
        ({"boxes": torch.tensor([[1.0, 2, torch.nan, 5]])}, ValueError, "nan"),
        ({"labels": torch.tensor([0.0])}, TypeError, "labels must be a torch.int64 tensor, not a torch.float32"),
        ({"labels": None}, TypeError, "labels must be a torch.int64 tensor, not NoneType"),
        ({"labels": torch.tensor([0, 0])}, ValueError, r"labels must be one per box: \(2,\) for 1 boxes"),
        ({"labels": torch.tensor([-1])}, ValueError, "labels must be at least 0, not -1"),
        ({"difficult": torch.tensor([1])}, TypeError, "difficult must be a torch.bool tensor"),
        ({"difficult": torch.tensor([True, False])}, ValueError, r"difficult must be one per box"),
        ({"instances": torch.zeros(2, 2)}, TypeError, "instances must be a torch.int64 tensor"),
        ({"instances": torch.tensor([0, 1])}, ValueError, r"axes h and w, not the shape \(2,\)"),
        ({"instances": torch.tensor([[0, 2]])}, ValueError, "-1…1 for 1 boxes, not in 0…2"),
        ({"instances": torch.tensor([[-2, 1]])}, ValueError, "not in -2…1"),
    ],
)
def test_parts_that_do_not_fit_are_named(parts, error, said):
    with pytest.raises(error, match=said):
        Objects(**{"boxes": BOX, "labels": LABEL, **parts})


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({"inputs": torch.zeros(1, 3, 6, 4, dtype=torch.uint8)}, TypeError, "inputs must be a floating-point tensor"),
        ({"inputs": torch.zeros(3, 6, 4)}, ValueError, "axes n, c, h and w"),
        ({"objects": [Objects(BOX, LABEL)]}, TypeError, "objects must be a tuple of Objects, not list"),
        ({"objects": ()}, ValueError, "one per picture: 0 for 1"),
        ({"classes": ["cat"]}, TypeError, "must be a tuple of names"),
        ({"classes": ()}, ValueError, r"objects\[0\] has the label 0; there are 0 classes"),
        ({"objects": (Objects(BOX + 2, LABEL),)}, ValueError, r"the box \[3.0, 4.0, 5.0, 7.0\], outside .* 6×4 pixels"),
        ({"objects": (Objects(BOX - 1.5, LABEL),)}, ValueError, "outside of its picture"),
        (
            {"objects": (Objects(BOX, LABEL, instances=torch.zeros(4, 6, dtype=torch.int64)),)},
            ValueError,
            "an instance map of 4×6 pixels, and its picture 6×4",
        ),
    ],
)
def test_sets_that_do_not_fit_are_named(parts, error, said):
    good = {"inputs": torch.zeros(1, 3, 6, 4), "objects": (Objects(BOX, LABEL),), "classes": ("cat",)}
    assert len(ObjectExamples(**good)) == 1
    with pytest.raises(error, match=said):
        ObjectExamples(**{**good, **parts})


@given(arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(-1, 3)))
def test_a_tight_box_touches_its_object_on_all_sides(instances):
    numbers = sorted(set(instances.flatten().tolist()) - {-1, 0})
    instances = np.where(instances > 0, np.searchsorted(numbers, instances) + 1, instances)
    boxes = tight_boxes(torch.from_numpy(instances)).int().tolist()
    assert len(boxes) == len(numbers)
    for number, (x0, y0, x1, y1) in enumerate(boxes, start=1):
        inside = (instances == number)[y0:y1, x0:x1]
        assert inside.sum() == (instances == number).sum()
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_a_number_without_a_pixel_has_no_box():
    with pytest.raises(ValueError, match="each of 1…2; no pixel is 1"):
        tight_boxes(torch.tensor([[0, 2]]))


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 2000), st.integers(1, 2000))
def test_a_box_around_the_whole_picture_stays_one(h, w, oh, ow):
    assert scale_boxes(torch.tensor([[0.0, 0, w, h]]), (h, w), (oh, ow)).tolist() == [[0, 0, ow, oh]]


@pytest.mark.parametrize("box", [[0, 0, 6, 4], [-2, 0, 2, 2], [2, 1, 2, 3], [4, 0, 5, 2], [0, 0, float("nan"), 2]])
def test_boxes_that_leave_the_picture_are_named(box):
    with pytest.raises(ValueError, match=r"a\.xml has the box .* empty or outside of its picture of 4×4 pixels"):
        cut_boxes(torch.tensor([box]).float(), (4, 4), "a.xml")
