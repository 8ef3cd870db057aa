"""The kinds of answer that can be written down: how each is read, and what it differs in.

The browser does the same in ``docs/live/exercise/model.js``; a test holds both against each other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Num

TOLERANCE = 1e-4  # a third may be written 0.3333, and float32 counts as exact

Answer = float | tuple[int, ...] | Num[np.ndarray, "..."]


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer is right, and what is wrong with it.

    >>> bool(Verdict(right=True)), Verdict(right=False, says="One size is missing.")
    (True, Not yet. One size is missing.)
    """

    right: bool
    says: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet. {self.says}"


def read_number(answer: Any, _right: Answer) -> float:
    """Read one number.

    Raises:
        TypeError: it is none, or several.

    >>> read_number(np.array([[7]]), 7)
    7
    >>> read_number("7", 7)
    Traceback (most recent call last):
    TypeError: answer must be a number, not str
    """
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer  # whatever its size: no float need hold it
    try:
        array = numbers(answer)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.size != 1:
        raise TypeError(f"answer must be a number, not {described(answer)}")
    number: float = array.item()
    return int(number) if number.is_integer() else number


def read_shape(answer: Any, _right: Answer) -> tuple[int, ...]:
    """Read a shape: whole numbers in their order.

    Raises:
        TypeError: it is no tuple or list of whole numbers.

    >>> read_shape([2, 3], (3, 2))
    (2, 3)
    >>> read_shape((2, 3.5), (3, 2))
    Traceback (most recent call last):
    TypeError: answer must be a tuple of whole numbers, such as (1, 28, 28), not (2, 3.5)
    """
    sizes = answer.tolist() if hasattr(answer, "tolist") else answer
    if not isinstance(sizes, tuple | list) or not all(isinstance(size, int | np.integer) for size in sizes):
        raise TypeError(f"answer must be a tuple of whole numbers, such as (1, 28, 28), not {described(answer)}")
    return tuple(map(int, sizes))


def read_array(answer: Any, right: Answer) -> Float[np.ndarray, "..."]:
    """Read an array; leading axes of one image or one channel may stand or be left out.

    Raises:
        TypeError: it holds something else than real numbers.
        ValueError: its rows have different lengths.

    >>> read_array([[[1, 2], [3, 4]]], np.zeros((2, 2)))
    array([[1., 2.],
           [3., 4.]])
    """
    array = numbers(answer)
    extra = max(0, array.ndim - np.ndim(right))
    return array.reshape(array.shape[extra:]) if set(array.shape[:extra]) <= {1} else array


def numbers(answer: Any) -> Float[np.ndarray, "..."]:
    """Take real numbers from arrays, tensors and nested lists.

    Raises:
        TypeError: there is something else among them.
        ValueError: rows have different lengths.

    >>> numbers([[1, 2], [3]])
    Traceback (most recent call last):
    ValueError: answer has rows of different lengths
    """
    try:
        array = np.asarray(detached(answer))
    except ValueError:
        raise ValueError("answer has rows of different lengths") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"answer must hold real numbers, not {described(answer)}")
    return array.astype(np.float64, copy=False)


def detached(answer: Any) -> Any:
    """Take a tensor out of its graph and off its device; everything else stays what it is."""
    return answer.detach().cpu() if hasattr(answer, "detach") else answer


def described(answer: Any) -> str:
    """Name a wrong answer in a message, without printing a screen of it."""
    if isinstance(answer, np.ndarray) or hasattr(answer, "detach"):
        return f"{type(answer).__name__} of shape {tuple(np.shape(detached(answer)))} and {answer.dtype}"
    written = repr(answer)
    short = isinstance(answer, tuple | list) and len(written) <= 60  # noqa: PLR2004  half a line
    return written if short else type(answer).__name__


def same(one: Answer, other: Answer) -> bool:
    """Compare two answers of one kind.

    >>> same(np.array([1, 2.00001]), np.array([1, 2])), same((1, 2), (1, 2, 3))
    (True, False)
    """
    if isinstance(one, int | tuple) and isinstance(other, int | tuple):
        return one == other  # whole numbers of any size
    if np.shape(one) != np.shape(other):
        return False
    return np.allclose(one, other, rtol=0, atol=TOLERANCE, equal_nan=True)


def number_differs(yours: Any, right: Any) -> str:
    """Say how far a number is off.

    >>> number_differs(7, 6)
    'Your number is too large by one.'
    """
    if not isinstance(yours, int) and not math.isfinite(yours):
        return "Your answer is NaN or infinite."
    if yours > right:
        return "Your number is too large by one." if yours - right == 1 else "Your number is too large."
    return "Your number is too small by one." if right - yours == 1 else "Your number is too small."


def shape_differs(yours: Any, right: Any) -> str:
    """Say which size is off.

    >>> shape_differs((3, 28, 26), (3, 26, 26))
    'Size 2 is too large.'
    """
    if len(yours) != len(right):
        return f"Your answer has {len(yours)} sizes; {len(right)} are needed."
    if sorted(yours) == sorted(right):
        return "The sizes are right, but their order is not."
    place = next(place for place, sizes in enumerate(zip(yours, right, strict=True)) if sizes[0] != sizes[1])
    return number_differs(yours[place], right[place]).replace("Your number", f"Size {place + 1}")


def array_differs(yours: Any, right: Any) -> str:
    """Say what is off about an array: its shape, its axes, its signs, or some of its numbers.

    >>> array_differs(np.array([[1, 3], [2, 4]]), np.array([[1, 2], [3, 4]]))
    'Rows and columns have changed places.'
    >>> array_differs(np.array([1, 2, 4]), np.array([1, 2, 3]))
    '1 of 3 numbers is wrong: number 3.'
    """
    if right.ndim > 1 and same(yours, np.swapaxes(right, -1, -2)):
        return "Rows and columns have changed places."
    if yours.shape != right.shape:
        return f"Your array has the shape {printed(yours.shape)}; {printed(right.shape)} is needed."
    bad = int(np.sum(~np.isfinite(yours)))
    if bad:
        return f"Of your {yours.size} numbers, {bad} are NaN or infinite."
    if same(yours, -right):
        return "Every sign is the wrong way round."
    wrong = np.argwhere(np.abs(yours - right) > TOLERANCE) + 1
    first = place_of(wrong[0].tolist())
    if len(wrong) == 1:
        return f"1 of {yours.size} numbers is wrong: {first}."
    return f"{len(wrong)} of {yours.size} numbers are wrong, the first of them: {first}."


def place_of(place: list[int]) -> str:
    """Say where a number stands, counted from one."""
    if len(place) == 1:
        return f"number {place[0]}"
    above = "".join(f"sheet {sheet}, " for sheet in place[:-2])
    return f"{above}row {place[-2]}, column {place[-1]}"


def printed(shape: tuple[int, ...]) -> str:
    """Write a shape as print does."""
    return "×".join(map(str, shape)) if shape else "of a single number"


class Kind(NamedTuple):
    """How an answer is read, and how a wrong one differs from the right one."""

    name: str
    read: Callable[[object, Answer], Answer]
    differs: Callable[[Any, Any], str]


NUMBER = Kind("number", read_number, number_differs)
SHAPE = Kind("shape", read_shape, shape_differs)
ARRAY = Kind("array", read_array, array_differs)


def kind_of(right: Answer) -> Kind:
    """Tell an answer's kind from the right one.

    >>> kind_of((10, 5, 5)).name, kind_of(np.zeros(3)).name, kind_of(7).name
    ('shape', 'array', 'number')
    """
    if isinstance(right, tuple):
        return SHAPE
    return ARRAY if np.ndim(right) else NUMBER
