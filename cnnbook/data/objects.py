"""Objects in pictures: where each stands, of which class it is, and which pixels are its own."""

from dataclasses import dataclass, replace
from operator import index
from typing import SupportsIndex

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from cnnbook.data.examples import kind_of

NOBODY = -1  # in an instance map: nobody has judged whose pixel this is


@dataclass(frozen=True, eq=False)  # equal tensors have no single truth value
class Objects:
    """The objects of one picture.

    Args:
        boxes: for each object its left, upper, right and lower edge ``x0 y0 x1 y1``, in pixels.
            Pixel ``i`` reaches from ``i`` to ``i + 1``: a box around the first pixel alone is ``0 0 1 1``.
        labels: for each object, the index of its class.
        difficult: objects that nobody need find, such as the crowds of COCO; ``None`` if there are none.
        instances: for each pixel 0 where no object is, ``i`` where the ``i``-th is (the first is 1),
            and −1 where nobody has judged; ``None`` if nobody has drawn them.

    Raises:
        TypeError: a part is no tensor of its kind (floating-point boxes, int64 labels and instances, bool difficult).
        ValueError: a shape is another, a box is empty or not finite, a label is negative, or an instance has no box.

    Example:
        Two objects, one left of the other; the second covers two pixels.

        >>> pair = Objects(torch.tensor([[0.0, 0, 1, 1], [1, 0, 2, 2]]), torch.tensor([0, 1]),
        ...                instances=torch.tensor([[1, 2], [0, 2]]))
        >>> len(pair), pair.instances.eq(2).sum().item()
        (2, 2)
        >>> Objects(torch.tensor([[3.0, 0, 3, 1]]), torch.tensor([0]))
        Traceback (most recent call last):
        ValueError: boxes must have x0 < x1 and y0 < y1, not [3.0, 0.0, 3.0, 1.0]
    """

    boxes: Float[Tensor, "boxes 4"]
    labels: Int[Tensor, " boxes"]
    difficult: Bool[Tensor, " boxes"] | None = None
    instances: Int[Tensor, "h w"] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.boxes, Tensor) or not self.boxes.is_floating_point():
            raise TypeError(f"boxes must be a floating-point tensor, not {kind_of(self.boxes)}")
        for name, value, dtype in (
            ("labels", self.labels, torch.int64),
            ("difficult", self.difficult, torch.bool),
            ("instances", self.instances, torch.int64),
        ):
            allowed = name != "labels" and value is None
            if not allowed and not (isinstance(value, Tensor) and value.dtype == dtype):
                raise TypeError(f"{name} must be a {dtype} tensor, not {kind_of(value)}")
        self._check_boxes()
        count = len(self.boxes)
        for name, value in (("labels", self.labels), ("difficult", self.difficult)):
            if value is not None and tuple(value.shape) != (count,):
                raise ValueError(f"{name} must be one per box: {tuple(value.shape)} for {count} boxes")
        if count and int(self.labels.min()) < 0:
            raise ValueError(f"labels must be at least 0, not {int(self.labels.min())}")
        if self.instances is not None:
            if self.instances.ndim != 2:  # noqa: PLR2004 (rows and columns)
                raise ValueError(f"instances must have axes h and w, not the shape {tuple(self.instances.shape)}")
            if self.instances.numel() and not NOBODY <= int(self.instances.min()) <= int(self.instances.max()) <= count:
                raise ValueError(
                    f"instances must lie in {NOBODY}…{count} for {count} boxes, "
                    f"not in {int(self.instances.min())}…{int(self.instances.max())}"
                )

    def _check_boxes(self) -> None:
        if self.boxes.ndim != 2 or self.boxes.shape[1] != 4:  # noqa: PLR2004 (a row of x0 y0 x1 y1 for each)
            raise ValueError(f"boxes must have the shape (boxes, 4), not {tuple(self.boxes.shape)}")
        x0, y0, x1, y1 = self.boxes.unbind(1)
        wrong = ~(self.boxes.isfinite().all(1) & (x0 < x1) & (y0 < y1))
        if wrong.any():
            raise ValueError(f"boxes must have x0 < x1 and y0 < y1, not {self.boxes[wrong][0].tolist()}")

    def __len__(self) -> int:
        """Count the objects."""
        return len(self.boxes)


@dataclass(frozen=True, eq=False)
class ObjectExamples:
    """Pictures, the objects in each, and what their labels mean.

    Args:
        inputs: one picture per row.
        objects: for each picture its objects; their boxes count pixels of ``inputs``.
        classes: the names of the classes.

    Raises:
        TypeError: inputs that are no floating-point tensor, objects that are no tuple of :class:`Objects`,
            classes that are no tuple of names.
        ValueError: inputs of other axes, not one :class:`Objects` per picture, a label that names no class, a box that
            leaves its picture, an instance map of another size.

    Example:
        >>> cat = Objects(torch.tensor([[10.0, 20, 30, 40]]), torch.tensor([0]))
        >>> examples = ObjectExamples(torch.zeros(1, 3, 50, 50), (cat,), ("cat",))
        >>> len(examples), examples[0].objects[0].boxes.tolist()
        (1, [[10.0, 20.0, 30.0, 40.0]])
    """

    inputs: Float[Tensor, "n c h w"]
    objects: tuple[Objects, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, Tensor) or not self.inputs.is_floating_point():
            raise TypeError(f"inputs must be a floating-point tensor, not {kind_of(self.inputs)}")
        if not isinstance(self.objects, tuple) or not all(isinstance(one, Objects) for one in self.objects):
            raise TypeError(f"objects must be a tuple of Objects, not {kind_of(self.objects)}")
        if not isinstance(self.classes, tuple) or not all(isinstance(name, str) for name in self.classes):
            raise TypeError(f"classes={self.classes!r} must be a tuple of names")
        if self.inputs.ndim != len("nchw"):
            raise ValueError(f"inputs must have axes n, c, h and w, not the shape {tuple(self.inputs.shape)}")
        if len(self.objects) != len(self.inputs):
            raise ValueError(f"objects must be one per picture: {len(self.objects)} for {len(self.inputs)} pictures")
        for place, objects in enumerate(self.objects):
            self._check(objects, f"objects[{place}]")

    def _check(self, objects: Objects, name: str) -> None:
        height, width = self.inputs.shape[2:]
        if len(objects) and int(objects.labels.max()) >= len(self.classes):
            raise ValueError(
                f"{name} has the label {int(objects.labels.max())}; there are {len(self.classes)} classes, from 0 on"
            )
        outside = (objects.boxes < 0) | (objects.boxes > objects.boxes.new_tensor([width, height, width, height]))
        if outside.any():
            box = objects.boxes[outside.any(1)][0].tolist()
            raise ValueError(f"{name} has the box {box}, outside of its picture of {height}×{width} pixels")
        if objects.instances is not None and tuple(objects.instances.shape) != (height, width):
            size = "×".join(map(str, objects.instances.shape))
            raise ValueError(f"{name} has an instance map of {size} pixels, and its picture {height}×{width}")

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.inputs)

    def __getitem__(self, which: SupportsIndex | slice | Int[Tensor, " chosen"]) -> "ObjectExamples":
        """Choose pictures by their places; one place gives a set of one."""
        if not isinstance(which, slice) and not (isinstance(which, Tensor) and which.ndim):
            which = torch.tensor([index(which)])
        places = torch.arange(len(self))[which].tolist()
        return replace(self, inputs=self.inputs[which], objects=tuple(self.objects[place] for place in places))


def scale_boxes(
    boxes: Float[Tensor, "boxes 4"], old: tuple[int, int], new: tuple[int, int]
) -> Float[Tensor, "boxes 4"]:
    """Move boxes along when their picture is resized: ``x`` grows by the ratio of columns, ``y`` by that of rows.

    Args:
        boxes: ``x0 y0 x1 y1`` in pixels of the old picture.
        old: its rows and columns.
        new: rows and columns of the new one.

    A picture of 100 rows and 200 columns shrinks to 50 by 50: rows by a half, columns by a quarter.

    >>> scale_boxes(torch.tensor([[40.0, 20, 80, 60]]), (100, 200), (50, 50)).tolist()
    [[10.0, 10.0, 20.0, 30.0]]
    """
    (h, w), (oh, ow) = old, new
    return boxes * boxes.new_tensor([ow, oh, ow, oh]) / boxes.new_tensor([w, h, w, h])  # exact at the edges


def cut_boxes(boxes: Float[Tensor, "boxes 4"], size: tuple[int, int], origin: object) -> Float[Tensor, "boxes 4"]:
    """Cut what stands out of a picture by one pixel at most, as rounding leaves it; ``origin`` is what a refusal names.

    Raises:
        ValueError: a box is empty, or stands out by more.

    >>> cut_boxes(torch.tensor([[-1.0, 0, 5, 4]]), (4, 4), "cat.xml").tolist()
    [[0.0, 0.0, 4.0, 4.0]]
    >>> cut_boxes(torch.tensor([[0.0, 0, 9, 4]]), (4, 4), "cat.xml")
    Traceback (most recent call last):
    ValueError: cat.xml has the box [0.0, 0.0, 9.0, 4.0], which is empty or outside of its picture of 4×4 pixels
    """
    rows, columns = size
    largest = boxes.new_tensor([columns, rows, columns, rows])
    cut = boxes.clamp(boxes.new_zeros(4), largest)
    wrong = ((cut - boxes).abs() > 1).any(1) | (cut[:, 0] >= cut[:, 2]) | (cut[:, 1] >= cut[:, 3])
    wrong |= ~boxes.isfinite().all(1)
    if wrong.any():
        raise ValueError(
            f"{origin} has the box {boxes[wrong][0].tolist()}, "
            f"which is empty or outside of its picture of {rows}×{columns} pixels"
        )
    return cut


def tight_boxes(instances: Int[Tensor, "h w"]) -> Float[Tensor, "boxes 4"]:
    """Find the smallest box around each object of an instance map, in the order of their numbers.

    Raises:
        ValueError: a number from 1 to the largest has no pixel.

    >>> tight_boxes(torch.tensor([[0, 1, 1], [2, 0, 0]])).tolist()
    [[1.0, 0.0, 3.0, 1.0], [0.0, 1.0, 1.0, 2.0]]
    """
    boxes = []
    for number in range(1, int(instances.max()) + 1 if instances.numel() else 1):
        rows, columns = (instances == number).nonzero(as_tuple=True)
        if not len(rows):
            raise ValueError(f"instances must show each of 1…{int(instances.max())}; no pixel is {number}")
        boxes.append([int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1])
    return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
