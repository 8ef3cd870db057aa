"""Exercises with answers that are checked: ``exercises.check("transposed-by-hand", my_array)``.

The verdict says *right*, or what is wrong.
It is true because it is computed: every typical mistake is made on the exercise, and your answer compared with that.
"""

from difflib import get_close_matches

from cnnbook.exercises import (
    backwards,
    channels,
    cheaper,
    networks,
    pooling,
    segmentation,
    sizes,
    sliding,
    transposed,
    upsampling,
    why,
)
from cnnbook.exercises.kinds import Verdict
from cnnbook.exercises.record import ByHand, Exercise, InCode, Mistake, Solution

__all__ = ["ByHand", "Exercise", "InCode", "Mistake", "Solution", "Verdict", "check", "find", "names", "solution"]

SECTIONS = [why, sliding, sizes, channels, cheaper, pooling, backwards, networks, upsampling, transposed, segmentation]
EXERCISES = {
    exercise.name: exercise
    for section in SECTIONS
    for exercise in vars(section).values()
    if isinstance(exercise, ByHand | InCode)
}


def check(name: str, answer: object) -> Verdict:
    """Say whether an answer is right, and if not, what is wrong.

    Args:
        name: the exercise, as it stands on the page.
        answer: a number, a tuple of sizes, an array (a nested list or a tensor will do), or a function.

    Returns:
        A verdict, which counts as true when the answer is right.

    Raises:
        TypeError: the answer is of another kind than the exercise asks for.
        ValueError: there is no such exercise, or an array's rows have different lengths.

    >>> check("ten-and-four", 7)
    Right.
    >>> check("ten-and-four", 6)
    Not yet. You have forgotten the + 1: that counts the steps, and there is one place more.
    """
    return find(name).check(answer)


def names() -> list[str]:
    """List the names of all exercises, in the book's order.

    >>> names()[0]
    'film-fully-connected'
    """
    return list(EXERCISES)


def solution(name: str) -> Solution:
    """Give the worked solution of an exercise: it prints as its source, and it can be called.

    Raises:
        ValueError: there is no such exercise.

    >>> solution("ten-and-four")
    def ten_and_four() -> int:
        ...
        return 10 - 4 + 1
    >>> solution("ten-and-four")()
    7
    """
    return find(name).solution


def find(name: str) -> ByHand | InCode:
    """Find an exercise by its name.

    Raises:
        ValueError: there is none of that name; the message offers names that are close.

    >>> find("ten-and-for")
    Traceback (most recent call last):
    ValueError: there is no exercise 'ten-and-for'; did you mean 'ten-and-four' or 'ten-and-four-dilated'?
    """
    if name not in EXERCISES:
        close = get_close_matches(str(name), EXERCISES)
        advice = f"did you mean {' or '.join(map(repr, close))}?" if close else "exercises.names() lists them"
        raise ValueError(f"there is no exercise {name!r}; {advice}")
    return EXERCISES[name]
