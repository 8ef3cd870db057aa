"""What every data set hands out: inputs, their labels and the names of the classes."""

from dataclasses import dataclass
from operator import index
from typing import SupportsIndex

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)  # equal tensors have no single truth value
class Examples:
    """Inputs, one label for each, and what the labels mean.

    A series has one axis of size (``n c l``), an image two (``n c h w``).

    Args:
        inputs: One input per row, channels second.
        labels: For each input, the index of its class in ``classes``.
        classes: The names of the classes.

    Raises:
        TypeError: inputs that are no floating-point tensor, labels that are no int64 tensor,
            classes that are no tuple of names.
        ValueError: inputs without a channel axis, a number of labels other than that of the inputs,
            a label that names no class.

    Example:
        >>> pair = Examples(torch.zeros(2, 1, 40), torch.tensor([0, 1]), ("low", "high"))
        >>> len(pair), pair[1].labels.tolist()
        (2, [1])
    """

    inputs: Float[Tensor, "n c *size"]
    labels: Int[Tensor, " n"]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, Tensor) or not self.inputs.is_floating_point():
            raise TypeError(f"inputs must be a floating-point tensor, not {_kind(self.inputs)}")
        if not isinstance(self.labels, Tensor) or self.labels.dtype != torch.int64:
            raise TypeError(f"labels must be an int64 tensor, not {_kind(self.labels)}")
        if not isinstance(self.classes, tuple) or not all(isinstance(name, str) for name in self.classes):
            raise TypeError(f"classes={self.classes!r} must be a tuple of names")
        if self.inputs.ndim < 2:  # noqa: PLR2004 (count and channel)
            raise ValueError(f"inputs must have axes n, c and sizes, not the shape {tuple(self.inputs.shape)}")
        if self.labels.shape != self.inputs.shape[:1]:
            raise ValueError(
                f"labels must be one per input: {tuple(self.labels.shape)} labels for {self.inputs.shape[0]} inputs"
            )
        if len(self) and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(self.classes):
            raise ValueError(
                f"labels must lie in 0…{len(self.classes) - 1} for {len(self.classes)} classes, "
                f"not in {int(self.labels.min())}…{int(self.labels.max())}"
            )

    def __len__(self) -> int:
        """Count the examples."""
        return self.inputs.shape[0]

    def __getitem__(self, which: SupportsIndex | slice | Int[Tensor, " chosen"]) -> "Examples":
        """Choose examples by their places; one place gives a set of one."""
        if not isinstance(which, slice) and not (isinstance(which, Tensor) and which.ndim):
            which = torch.tensor([index(which)])
        return Examples(self.inputs[which], self.labels[which], self.classes)


def _kind(value: object) -> str:
    return f"a {value.dtype} tensor" if isinstance(value, Tensor) else type(value).__name__
