"""Every exercise has a right answer, a solution that finds it alone, and mistakes that can be told apart."""

import re
from itertools import combinations
from pathlib import Path
from typing import get_args

import jaxtyping
import numpy as np
import pytest

from cnnbook import exercises
from cnnbook.exercises import EXERCISES, ByHand, InCode
from cnnbook.exercises.kinds import same
from cnnbook.exercises.record import agree

ROOT = Path(__file__).parents[2]
BY_HAND = [exercise for exercise in EXERCISES.values() if isinstance(exercise, ByHand)]
IN_CODE = [exercise for exercise in EXERCISES.values() if isinstance(exercise, InCode)]
SAYS = re.compile(r"[A-Z0-9].*[.!?:]", re.DOTALL)

every = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
by_hand = pytest.mark.parametrize("exercise", BY_HAND, ids=lambda exercise: exercise.name)
in_code = pytest.mark.parametrize("exercise", IN_CODE, ids=lambda exercise: exercise.name)


def with_names_of(exercise):
    """A mistake's function, as a reader would have written it: its arguments come by position."""
    return [
        lambda *arguments, mistake=mistake: mistake.spoil(exercise.compute)(
            **dict(zip(exercise.cases[0], arguments, strict=True))
        )
        for mistake in exercise.mistakes
    ]


def test_there_are_exercises_of_every_section_and_kind():
    assert len(EXERCISES) >= 40
    sections = {claim.split(".")[0] for exercise in EXERCISES.values() for claim in exercise.claims}
    assert {"C1", "C2", "C5"} <= sections
    assert {exercise.kind.name for exercise in BY_HAND} == {"number", "shape", "array"}
    assert len(IN_CODE) >= 10


def test_names_are_unique_and_listed():
    assert exercises.names() == list(EXERCISES)
    assert sum(
        1 for section in exercises.SECTIONS for value in vars(section).values() if isinstance(value, ByHand | InCode)
    ) == len(EXERCISES)


@every
def test_the_solution_is_right(exercise):
    answer = exercise.solution() if isinstance(exercise, ByHand) else exercise.solution
    assert exercises.check(exercise.name, answer)


@every
def test_the_solution_stands_alone(exercise):
    """What a page prints runs with NumPy alone: it asks neither the reference nor the record."""
    names = {"np": np} | {name: getattr(jaxtyping, name) for name in ("Float", "Int", "Num")}
    exec(repr(exercise.solution), names)  # noqa: S102
    function = names[exercise.name.replace("-", "_")]
    assert exercises.check(exercise.name, function() if isinstance(exercise, ByHand) else function)


@every
def test_claims_have_the_syllabus_form_and_there_is_one(exercise):
    assert exercise.claims
    assert all(re.fullmatch(r"C\d\.\d+", claim) for claim in exercise.claims)


@every
def test_every_mistake_says_something_of_its_own(exercise):
    says = [mistake.says for mistake in exercise.mistakes]
    assert len(set(says)) == len(says) > 0
    assert all(SAYS.fullmatch(sentence) for sentence in says)


@by_hand
def test_every_mistake_by_hand_is_told_from_the_right_answer_and_from_the_others(exercise):
    answers = [exercise.answer, *(wrong for wrong, _ in exercise.wrong_answers)]
    assert not any(same(one, other) for one, other in combinations(answers, 2))
    for wrong, says in exercise.wrong_answers:
        verdict = exercises.check(exercise.name, wrong)
        assert not verdict
        assert verdict.says == says


@by_hand
def test_an_answer_by_hand_is_small_enough_for_the_page(exercise):
    assert np.all(np.isfinite(exercise.answer))
    assert np.ndim(exercise.answer) <= 2
    if exercise.kind.name == "array":
        assert max(exercise.answer.shape) <= 7  # more would not fit a phone


@by_hand
def test_what_is_given_is_not_changed_by_computing(exercise):
    before = {name: np.copy(value) for name, value in exercise.given.items() if isinstance(value, np.ndarray)}
    exercise.compute(**exercise.given)
    assert all(np.array_equal(value, exercise.given[name]) for name, value in before.items())


@in_code
def test_every_mistake_in_code_is_recognised_with_the_smallest_case_that_shows_it(exercise):
    for mistake, function in zip(exercise.mistakes, with_names_of(exercise), strict=True):
        verdict = exercises.check(exercise.name, function)
        assert not verdict
        assert verdict.says.startswith(f"{mistake.says}\nTake:\n")


@in_code
def test_mistakes_in_code_differ_from_each_other(exercise):
    outcomes = [values for values, _ in exercise.wrong_answers]
    for one, other in combinations(outcomes, 2):
        assert not all(map(agree, one, other))
    assert all(any(isinstance(value, np.ndarray) for value in values) for values in outcomes)


@in_code
def test_the_reference_answers_every_case(exercise):
    assert not [value for value in exercise.answers if isinstance(value, Exception)]


@in_code
def test_cases_have_the_names_that_the_solution_uses_and_grow(exercise):
    names = re.search(r"\((.*)\)", exercise.solution.signature)[1].split(", ")
    assert all(list(case) == names for case in exercise.cases)
    amounts = [sum(map(np.size, case.values())) for case in exercise.cases]
    assert amounts == sorted(amounts)
    assert exercise.cases[0].keys() == exercise.cases[-1].keys()


@in_code
def test_the_solution_of_a_function_says_what_goes_in(exercise):
    annotations = exercise.solution.function.__annotations__
    assert annotations.keys() >= {"return", *exercise.cases[0]}
    assert not any(get_args(annotation) == () and annotation is np.ndarray for annotation in annotations.values())


def test_an_unknown_name_gets_close_matches():
    with pytest.raises(ValueError, match=r"there is no exercise 'im2cols'; did you mean 'im2col'\?"):
        exercises.check("im2cols", 1)
    with pytest.raises(ValueError, match=r"there is no exercise 'zzzz'; exercises\.names\(\) lists them"):
        exercises.solution("zzzz")
    with pytest.raises(ValueError, match="there is no exercise 3"):
        exercises.check(3, 1)


def test_a_solution_prints_as_its_source_and_runs():
    solution = exercises.solution("ten-and-four")
    assert repr(solution).startswith("def ten_and_four() -> int:\n")
    assert solution() == 7
    assert solution.code == "def ten_and_four() -> int:\n    return 10 - 4 + 1"
    im2col = exercises.solution("im2col")
    assert im2col.signature == "im2col(input, kernel_size)"
    assert im2col(np.ones((1, 2, 2)), 1).shape == (1, 4)
