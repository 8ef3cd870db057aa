"""Pages and records belong together: every exercise stands on a page, and the page asks what the record answers."""

import re
from pathlib import Path

import numpy as np
import pytest

from cnnbook.exercises import EXERCISES, ByHand

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("**/*.md"))
BOX = re.compile(r"^(:{3,})\{exercise\} [^\n]+\n:check: (\S+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def asked(pages):
    """What stands on the pages: name, question, and where."""
    return [(box[2], box[3].split("\n:::")[0], path) for path in pages for box in BOX.finditer(path.read_text("utf-8"))]


def says(question, number):
    """Whether a question names a number, in digits or as a word."""
    words = [WORDS[number]] if number < len(WORDS) else []
    words += ["colou?r"] if number == 3 else []  # red, green and blue
    digits = re.findall(r"\d+", question)
    return str(number) in digits or any(re.search(rf"\b{word}\b", question, re.IGNORECASE) for word in words)


def whole_numbers(value):
    """Numbers that a record gives, out of arrays, which the page prints by itself."""
    if isinstance(value, np.ndarray) or value is None:
        return []
    return [int(number) for number in np.ravel(value)]


QUESTIONS = asked(PAGES)


def test_every_exercise_stands_on_one_page():
    assert sorted(name for name, _, _ in QUESTIONS) == sorted(EXERCISES)


@pytest.mark.parametrize(("name", "question"), [(name, question) for name, question, _ in QUESTIONS])
def test_the_question_names_what_the_record_gives(name, question):
    exercise = EXERCISES[name]
    given = exercise.given.values() if isinstance(exercise, ByHand) else []
    numbers = {number for value in given for number in whole_numbers(value)}
    assert not [number for number in numbers if not says(question, number)]


@pytest.mark.parametrize("name", [name for name, exercise in EXERCISES.items() if not isinstance(exercise, ByHand)])
def test_a_page_that_asks_for_code_gives_no_solution_away(name):
    [question] = [question for asked_for, question, _ in QUESTIONS if asked_for == name]
    assert "def " not in question


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_exercises_claims_that_the_book_makes(name):
    entries = (ROOT / "docs/claims.md").read_text("utf-8")
    assert [claim for claim in EXERCISES[name].claims if f"{{claim-entry}} {claim}\n" not in entries] == []


def test_a_wrong_number_in_a_question_is_noticed():
    assert says("A row of `28` numbers, a kernel of five", 28)
    assert says("A kernel of Five", 5)
    assert not says("A row of `128` numbers", 28)
