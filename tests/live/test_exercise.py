"""The answer box in the browser judges as Python does, and says the same words."""

import json
from pathlib import Path

import numpy as np

import node
from cnnbook.exercises import EXERCISES, ByHand
from cnnbook.exercises.kinds import TOLERANCE
from cnnbook.ext.exercises import data
from cnnbook.ext.live import SOURCES

TESTS = Path(__file__).with_name("exercise.test.mjs")


def tried(exercise):
    """The right answer, every mistake, and answers that are wrong in no typical way."""
    right = exercise.answer
    yield from [right, *(wrong for wrong, _ in exercise.wrong_answers)]
    if exercise.kind.name == "number":
        yield from [right + 1, right - 1, right + 7, right - 7, -right, right + 0.5]
    elif exercise.kind.name == "shape":
        yield from [right[::-1], right[:-1], (*right, 1), (right[0] + 1, *right[1:]), (*right[:-1], right[-1] + 5)]
        yield from [(right[0] - 1, *right[1:]), tuple(size + 3 for size in right), (max(0, right[0] - 3), *right[1:])]
    else:
        one, last = right.copy(), right.copy()
        one.flat[0] += 3
        last.flat[-1] -= 0.5
        yield from [right.T, -right, one, last, right + 4, right[:1], np.vstack([right, right]), right + TOLERANCE / 2]


def judged(exercise, answer):
    """An answer as the page reads it, and what Python says of it."""
    verdict = exercise.check(answer)
    return {"answer": np.asarray(answer).tolist(), "right": verdict.right, "says": verdict.says}


def readable(exercise, answer):
    """Whether the answer box has as many axes as the answer."""
    return exercise.kind.name != "array" or (np.ndim(answer) == np.ndim(exercise.answer) and np.size(answer))


def test_the_answer_box_judges_as_python_does():
    by_hand = [exercise for exercise in EXERCISES.values() if isinstance(exercise, ByHand)]
    fixtures = [
        {
            "name": exercise.name,
            "data": data(exercise),
            "judged": [judged(exercise, answer) for answer in tried(exercise) if readable(exercise, answer)],
        }
        for exercise in by_hand
    ]
    node.check(TESTS, fixtures)


def test_browser_and_python_are_equally_tolerant():
    settings = json.loads((SOURCES / "exercise" / "settings.json").read_text("utf-8"))
    assert settings["tolerance"] == TOLERANCE
