"""What a reader is told, whatever is handed in."""

import re

import numpy as np
import pytest
import torch

from cnnbook.exercises import check, find

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")
RIGHT = {"number": "ten-and-four", "shape": "quiz-maps", "array": "transposed-by-hand"}
SQUARE = [[0, 0, 1], [0, 4, 6], [4, 12, 9]]


@pytest.mark.parametrize("answer", [7, 7.0, np.int64(7), np.float32(7), np.array(7), np.array([[7]]), torch.tensor(7)])
def test_a_number_may_come_in_any_form(answer):
    assert check("ten-and-four", answer)


@pytest.mark.parametrize(
    "answer", [(10, 5, 5), [10, 5, 5], np.array([10, 5, 5]), torch.zeros(10, 5, 5).shape, torch.tensor([10, 5, 5])]
)
def test_a_shape_may_come_in_any_form(answer):
    assert check("quiz-maps", answer)


@pytest.mark.parametrize(
    "answer",
    [
        SQUARE,
        np.array(SQUARE),
        np.array(SQUARE, dtype=np.uint8),
        torch.tensor(SQUARE),
        torch.tensor([[SQUARE]], dtype=torch.float32, requires_grad=True),
        torch.tensor(SQUARE, dtype=torch.float16),
        np.array(SQUARE) + 1e-6,
    ],
)
def test_an_array_may_come_in_any_form(answer):
    assert check("transposed-by-hand", answer)


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("ten-and-four", 8, "Your number is too large by one."),
        ("ten-and-four", 5, "Your number is too small."),
        ("ten-and-four", 6.5, "Your number is too small."),
        ("ten-and-four", 10**400, "Your number is too large."),
        ("ten-and-four", float("nan"), "Your answer is NaN or infinite."),
        ("ten-and-four", -np.inf, "Your answer is NaN or infinite."),
        ("quiz-maps", (5, 10, 5), "The sizes are right, but their order is not."),
        ("quiz-maps", (10, 5, 6), "Size 3 is too large by one."),
        ("quiz-maps", (10, 1, 5), "Size 2 is too small."),
        ("quiz-maps", (1, 10, 5, 5), "Your answer has 4 sizes; 3 are needed."),
        ("quiz-maps", (), "Your answer has 0 sizes; 3 are needed."),
        ("quiz-maps", (10**400, 5, 5), "Size 1 is too large."),
        ("transposed-by-hand", [[0, 0, 4], [0, 4, 12], [1, 6, 9]], "Rows and columns have changed places."),
        ("transposed-by-hand", [[1, 2]], "Your array has the shape 1×2; 3×3 is needed."),
        ("transposed-by-hand", 7, "Your array has the shape of a single number; 3×3 is needed."),
        ("transposed-by-hand", [], "Your array has the shape 0; 3×3 is needed."),
        ("transposed-by-hand", np.zeros((0, 3)), "Your array has the shape 0×3; 3×3 is needed."),
        ("transposed-by-hand", np.zeros((2, 3, 3)), "Your array has the shape 2×3×3; 3×3 is needed."),
        ("transposed-by-hand", -np.array(SQUARE), "Every sign is the wrong way round."),
        ("transposed-by-hand", [[0, 0, 1], [0, 4, 6], [4, 12, 8]], "1 of 9 numbers is wrong: row 3, column 3."),
        (
            "transposed-by-hand",
            [[0, 0, 1], [0, 5, 6], [4, 12, 8]],
            "2 of 9 numbers are wrong, the first of them: row 2, column 2.",
        ),
        (
            "transposed-by-hand",
            [[0, 0, 1], [0, np.nan, 6], [4, 12, np.inf]],
            "Of your 9 numbers, 2 are NaN or infinite.",
        ),
        ("stride-by-hand", [3, 8, 5], "1 of 3 numbers is wrong: number 2."),
        ("transposed-by-hand", np.zeros((9999, 9999)), "Your array has the shape 9999×9999; 3×3 is needed."),
    ],
)
def test_what_is_wrong_is_said(name, answer, says):
    verdict = check(name, answer)
    assert not verdict
    assert repr(verdict) == f"Not yet. {says}"


@pytest.mark.parametrize(
    ("name", "answer", "error", "says"),
    [
        ("ten-and-four", "7", TypeError, "answer must be a number, not str"),
        ("ten-and-four", None, TypeError, "not NoneType"),
        ("ten-and-four", True, TypeError, "not bool"),
        ("ten-and-four", 7 + 0j, TypeError, "not complex"),
        ("ten-and-four", [7, 8], TypeError, r"answer must be a number, not \[7, 8\]"),
        ("ten-and-four", np.zeros((2, 2)), TypeError, r"not ndarray of shape \(2, 2\) and float64"),
        ("ten-and-four", [[1], [2, 3]], TypeError, "answer must be a number"),
        ("quiz-maps", 250, TypeError, r"answer must be a tuple of whole numbers, such as \(1, 28, 28\), not int"),
        ("quiz-maps", "10x5x5", TypeError, "not str"),
        ("quiz-maps", (10, 5.0, 5), TypeError, r"not \(10, 5.0, 5\)"),
        ("quiz-maps", np.zeros((10, 5, 5)), TypeError, r"not ndarray of shape \(10, 5, 5\)"),
        ("transposed-by-hand", [[1, 2], [3]], ValueError, "answer has rows of different lengths"),
        ("transposed-by-hand", [["a"]], TypeError, r"answer must hold real numbers, not \[\['a'\]\]"),
        ("transposed-by-hand", np.array([[True]]), TypeError, "not ndarray of shape"),
        ("transposed-by-hand", [[1j]], TypeError, "answer must hold real numbers"),
        ("transposed-by-hand", {"a": 1}, TypeError, "not dict"),
        ("transposed-by-hand", [[10**400]], TypeError, "answer must hold real numbers"),
        (
            "im2col",
            np.zeros(3),
            TypeError,
            r"answer must be a function such as im2col\(input, kernel_size\), not ndarray",
        ),
    ],
)
def test_what_is_no_answer_is_refused(name, answer, error, says):
    with pytest.raises(error, match=says):
        check(name, answer)


def said(function, name="softmax"):
    verdict = check(name, function)
    assert not verdict
    return repr(verdict)


def test_an_error_inside_a_function_is_shown_with_the_input_that_caused_it():
    text = said(lambda scores: scores / 0 if len(scores) > 2 else {}["nothing"])
    assert "Take:\n    scores = [" in text
    assert "Your function raises KeyError: 'nothing'" in text


def test_a_function_that_takes_other_arguments_is_told_so():
    assert "Your function raises TypeError" in said(lambda: 1)
    assert "missing 1 required positional argument: 'more'" in said(lambda scores, more: 1)  # noqa: ARG005


def test_a_function_that_returns_nothing_is_told_so():
    assert "Your function returns None; is the return missing?" in said(lambda scores: None)  # noqa: ARG005


@pytest.mark.parametrize("returned", ["text", [[1], [1, 2]], {1, 2}])
def test_a_function_that_returns_no_numbers_is_told_so(returned):
    assert "Your function returns no numbers: answer" in said(lambda scores: returned)  # noqa: ARG005


def test_what_came_out_stands_beside_what_is_right():
    text = said(lambda scores: scores * 0 + 1)
    assert "Your function returns (shape 2):\n    [1, 1]\nRight is (shape 2):\n    [" in text


def test_rows_of_an_array_stand_below_each_other():
    text = said(lambda values, indices, kernel_size: values, "unpool")  # noqa: ARG005
    assert re.search(r"^    values = \[\[\d+\]\]\n    indices = \[\[\d\]\]\n    kernel_size = 2$", text, re.MULTILINE)
    text = said(lambda picture, weight: picture, "slide-over-picture")  # noqa: ARG005
    first, second = re.search(r"^(    input = \[)\[.*\n( +)\[", text, re.MULTILINE).groups()
    assert len(first) == len(second)


def test_a_wrong_shape_is_seen():
    assert "Your function returns (shape 1×2):" in said(lambda scores: find("softmax").solution(scores)[None])


def test_a_function_may_spoil_its_input():
    def greedy(scores):
        scores -= scores.max()
        np.exp(scores, out=scores)
        scores /= scores.sum()
        return scores

    assert check("softmax", greedy)
    assert check("softmax", greedy)


def test_a_function_may_answer_in_lists_and_tensors():
    assert check("softmax", lambda scores: torch.softmax(torch.tensor(scores), 0))
    assert check("softmax", lambda scores: torch.softmax(torch.tensor(scores), 0).tolist())


def test_the_smallest_failing_case_is_shown():
    def right_for_two(scores):
        return find("softmax").solution(scores) if len(scores) < 3 else scores

    assert said(right_for_two).split("scores = [")[1].split("]")[0].count(",") == 2


def test_what_was_interrupted_is_not_judged():
    def interrupted(_scores):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("softmax", interrupted)


def test_a_class_may_be_the_function():
    class Layer:
        def __call__(self, scores):
            return find("softmax").solution(scores)

    assert check("softmax", Layer())
