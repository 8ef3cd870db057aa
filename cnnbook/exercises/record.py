"""An exercise is a record: how its answer is computed, which mistakes are typical, and a worked solution.

The solution is the function under the record's decorator; it uses NumPy alone, so it is a second witness of the answer.
A mistake is a change of the computation.
So whoever makes it can be told truly: their answer is what this mistake gives.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from cnnbook.exercises.kinds import Answer, Kind, Verdict, kind_of, numbers, printed, same

Compute = Callable[..., Any]
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """A typical mistake: what to say to those who make it, and what it makes of the right computation."""

    says: str
    spoil: Callable[[Compute], Compute]


@dataclass(frozen=True, repr=False)
class Solution:
    """A worked solution: it prints as its source, and it can be called."""

    function: Compute

    def __call__(self, *arguments: Any) -> Any:
        """Run the solution."""
        return self.function(*arguments)

    @property
    def signature(self) -> str:
        """The function's name and the names of its arguments, as a reader would begin to write it."""
        return f"{self.function.__name__}({', '.join(inspect.signature(self.function).parameters)})"

    @property
    def code(self) -> str:
        """The source without its docstring, for a page that explains it in the reader's language."""
        return re.sub(r'^    """.*?"""\n', "", repr(self), count=1, flags=re.MULTILINE | re.DOTALL)

    def __repr__(self) -> str:
        source = inspect.getsource(self.function)
        return re.split(r"^(?=def )", source, maxsplit=1, flags=re.MULTILINE)[1].rstrip()


@dataclass(frozen=True)
class Exercise:
    """What all exercises have."""

    claims: tuple[str, ...]
    compute: Compute
    mistakes: tuple[Mistake, ...]
    solution: Solution

    @property
    def name(self) -> str:
        """The name under which it is checked: the solution's, with hyphens."""
        return self.solution.function.__name__.replace("_", "-")


@dataclass(frozen=True)
class ByHand(Exercise):
    """An exercise with one answer: a number, a shape or an array."""

    given: Given

    @cached_property
    def answer(self) -> Answer:
        """The right answer, computed from what is given."""
        return plain(self.compute(**self.given))

    @cached_property
    def wrong_answers(self) -> tuple[tuple[Answer, str], ...]:
        """What each mistake gives, and what to say of it."""
        return tuple((plain(mistake.spoil(self.compute)(**self.given)), mistake.says) for mistake in self.mistakes)

    @property
    def kind(self) -> Kind:
        """How the answer is read and compared."""
        return kind_of(self.answer)

    def check(self, answer: object) -> Verdict:
        """Compare an answer with the right one, then with what each mistake gives."""
        yours = self.kind.read(answer, self.answer)
        if same(yours, self.answer):
            return Verdict(right=True)
        made = [says for wrong, says in self.wrong_answers if same(yours, wrong)]
        return Verdict(right=False, says=made[0] if made else self.kind.differs(yours, self.answer))


@dataclass(frozen=True)
class InCode(Exercise):
    """An exercise whose answer is a function; it is run on drawn cases."""

    draw: Callable[[np.random.Generator], Given]
    runs: int = 50

    @cached_property
    def cases(self) -> tuple[Given, ...]:
        """The cases, always the same, the smallest first: so the first that fails is the one to look at."""
        random = np.random.default_rng(0)
        drawn = [self.draw(random) for _ in range(self.runs)]
        return tuple(sorted(drawn, key=amount))

    @cached_property
    def answers(self) -> list[Any]:
        """What is right in each case."""
        return [outcome(partial(self.compute, **case)) for case in self.cases]

    @cached_property
    def wrong_answers(self) -> tuple[tuple[list[Any], str], ...]:
        """What each mistake gives in each case, and what to say of it."""
        spoilt = [(mistake.spoil(self.compute), mistake.says) for mistake in self.mistakes]
        return tuple(([outcome(partial(wrong, **case)) for case in self.cases], says) for wrong, says in spoilt)

    def check(self, answer: object) -> Verdict:
        """Run a function on every case; where it fails, show the smallest, and name the mistake if it is a typical one.

        Raises:
            TypeError: the answer is no function.
        """
        if not callable(answer):
            raise TypeError(f"answer must be a function such as {self.solution.signature}, not {type(answer).__name__}")
        yours = [outcome(answer, *copies(case)) for case in self.cases]
        failed = [n for n, pair in enumerate(zip(yours, self.answers, strict=True)) if not agree(*pair)]
        if not failed:
            return Verdict(right=True)
        made = [says for wrong, says in self.wrong_answers if all(map(agree, yours, wrong))]
        example = report(self.cases[failed[0]], yours[failed[0]], self.answers[failed[0]])
        return Verdict(right=False, says="\n".join([*made[:1], *example]))


def amount(case: Given) -> tuple[float, float]:
    """How much there is to read in a case: how many numbers, and how large they are."""
    return sum(map(np.size, case.values())), sum(float(np.sum(np.abs(value))) for value in case.values())


def copies(case: Given) -> list[Any]:
    """The arguments of a case, which the reader's function may change as it likes."""
    return [np.copy(value) if isinstance(value, np.ndarray) else value for value in case.values()]


def outcome(function: Compute, *arguments: Any) -> Any:
    """What a function returns: numbers, or an exception that says why there are none."""
    try:
        with np.errstate(all="ignore"):  # an overflow shows in the numbers
            made = function(*arguments)
    except Exception as error:  # noqa: BLE001  the reader's function may raise anything
        return error
    try:
        return numbers(made)
    except (TypeError, ValueError) as error:
        return NoNumbers("None; is the return missing?" if made is None else f"no numbers: {error}")


class NoNumbers(Exception):  # noqa: N818  it is shown, and never raised
    """Stands for a result that is no array of numbers."""


def agree(one: Any, other: Any) -> bool:
    """Whether two functions did the same: return the same numbers, or fail."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return isinstance(one, Exception) and isinstance(other, Exception)
    return same(one, other)


def report(case: Given, got: Any, wanted: Any) -> list[str]:
    """Tell a case, what came out, and what is right."""
    arguments = [shown(value, f"{name} = ") for name, value in case.items()]
    return ["Take:", *indented(arguments), *compared(got, wanted)]


def compared(got: Any, wanted: Any) -> list[str]:
    """Set what came out beside what is right."""
    if isinstance(got, NoNumbers):
        return [f"Your function returns {got}"]
    if isinstance(got, Exception):
        return [f"Your function raises {type(got).__name__}: {got}"]
    both = [("Your function returns", got), ("Right is", wanted)]
    return [line for said, value in both for line in [f"{said}{sized(value)}:", *indented([shown(value)])]]


def sized(value: Any) -> str:
    """Say the shape of an array, where one says it."""
    return f" (shape {printed(value.shape)})" if np.ndim(value) else ""


def shown(value: Any, before: str = "") -> str:
    """Write an array or a number as one would type it, behind other words."""
    if not isinstance(value, np.ndarray):
        return f"{before}{value!r}"
    if not value.ndim:
        return f"{before}{value:g}"
    plainly: Any = {"float_kind": "{:g}".format}
    return before + np.array2string(value, separator=", ", prefix=before, threshold=200, formatter=plainly)


def indented(lines: list[str]) -> list[str]:
    """Set lines in."""
    return [f"    {line}" for text in lines for line in text.splitlines()]


def plain(answer: Any) -> Answer:
    """Take NumPy's scalars for numbers; arrays become float64.

    >>> plain(np.float64(6)), plain((np.int64(2), 3)), plain([1, 2])
    (6, (2, 3), array([1., 2.]))
    """
    if isinstance(answer, tuple):
        return tuple(int(size) for size in answer)
    array = numbers(answer)
    if array.ndim:
        return array
    return int(array) if float(array).is_integer() else float(array)


def by_hand(
    compute: Compute, *, claims: str, given: Given, mistakes: list[Mistake]
) -> Callable[[Callable[[], Any]], ByHand]:
    """Make an exercise with one answer of the function that works it out.

    Args:
        compute: the reference, which gets what is given by name.
        claims: the claims of the book that it exercises, such as ``"C2.4 C2.13"``.
        given: the numbers of the question.
        mistakes: the typical mistakes, the likeliest first.
    """
    return lambda solve: ByHand(tuple(claims.split()), compute, tuple(mistakes), Solution(solve), given)


def in_code(
    compute: Compute, *, claims: str, draw: Callable[[np.random.Generator], Given], mistakes: list[Mistake]
) -> Callable[[Compute], InCode]:
    """Make an exercise in writing a function of the function that a reader should write.

    Args:
        compute: the reference, which gets each case by name.
        claims: the claims of the book that it exercises.
        draw: draws one case: the arguments, by name.
        mistakes: the typical mistakes, the likeliest first.
    """
    return lambda solve: InCode(tuple(claims.split()), compute, tuple(mistakes), Solution(solve), draw)
