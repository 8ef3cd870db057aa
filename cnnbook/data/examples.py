"""What every data set hands out: inputs, their labels and the names of the classes."""

from dataclasses import dataclass, replace
from operator import index
from typing import SupportsIndex

import torch
from jaxtyping import Float, Int
from torch import Tensor

from cnnbook.shapes import whole_number


@dataclass(frozen=True, eq=False)  # equal tensors have no single truth value
class Examples:
    """Inputs, a label for each or for each of its places, and what the labels mean.

    A series has one axis of size (``n c l``), an image two (``n c h w``).

    Args:
        inputs: One input per row, channels second.
        labels: For each input, the index of its class in ``classes``; or one for each of its pixels (``n h w``).
        classes: The names of the classes.
        ignored: The label of what nobody judged, such as the contours of Pascal VOC; ``None`` if all is judged.

    Raises:
        TypeError: inputs that are no floating-point tensor, labels that are no int64 tensor,
            classes that are no tuple of names.
        ValueError: inputs without a channel axis, labels that are neither one for each input nor one for each of
            its places, a label that names no class, an ignored label that names one.

    Example:
        >>> pair = Examples(torch.zeros(2, 1, 40), torch.tensor([0, 1]), ("low", "high"))
        >>> len(pair), pair[1].labels.tolist()
        (2, [1])
    """

    inputs: Float[Tensor, "n c *size"]
    labels: Int[Tensor, "n *places"]
    classes: tuple[str, ...]
    ignored: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, Tensor) or not self.inputs.is_floating_point():
            raise TypeError(f"inputs must be a floating-point tensor, not {kind_of(self.inputs)}")
        if not isinstance(self.labels, Tensor) or self.labels.dtype != torch.int64:
            raise TypeError(f"labels must be an int64 tensor, not {kind_of(self.labels)}")
        if not isinstance(self.classes, tuple) or not all(isinstance(name, str) for name in self.classes):
            raise TypeError(f"classes={self.classes!r} must be a tuple of names")
        if self.inputs.ndim < 2:  # noqa: PLR2004 (count and channel)
            raise ValueError(f"inputs must have axes n, c and sizes, not the shape {tuple(self.inputs.shape)}")
        count, _, *size = self.inputs.shape
        if tuple(self.labels.shape) not in {(count,), (count, *size)}:
            raise ValueError(
                f"labels must be one per input or one per place: {tuple(self.labels.shape)} labels for {count} inputs"
                + (f" of {'×'.join(map(str, size))}" if size else "")
            )
        if self.ignored is not None:
            whole_number("ignored", self.ignored, least=-(2**31))
            if 0 <= self.ignored < len(self.classes):
                raise ValueError(f"ignored={self.ignored} must name none of the {len(self.classes)} classes")
        judged = self.labels if self.ignored is None else self.labels[self.labels != self.ignored]
        if judged.numel() and not 0 <= int(judged.min()) <= int(judged.max()) < len(self.classes):
            raise ValueError(
                f"labels must lie in 0…{len(self.classes) - 1} for {len(self.classes)} classes, "
                f"not in {int(judged.min())}…{int(judged.max())}"
            )

    def __len__(self) -> int:
        """Count the examples."""
        return self.inputs.shape[0]

    def __getitem__(self, which: SupportsIndex | slice | Int[Tensor, " chosen"]) -> "Examples":
        """Choose examples by their places; one place gives a set of one."""
        if not isinstance(which, slice) and not (isinstance(which, Tensor) and which.ndim):
            which = torch.tensor([index(which)])
        return replace(self, inputs=self.inputs[which], labels=self.labels[which])


def kind_of(value: object) -> str:
    """Name a value's kind, for messages.

    >>> kind_of([1, 2]), kind_of(torch.zeros(2))
    ('list', 'a torch.float32 tensor')
    """
    return f"a {value.dtype} tensor" if isinstance(value, Tensor) else type(value).__name__
