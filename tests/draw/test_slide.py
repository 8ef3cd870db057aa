"""The drawing of one step says what the reference computes."""

import re

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook.draw import svg
from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import still
from drawings import texts

EDGE = Slide(np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0), np.repeat([[-1, 0, 1]], 3, axis=0))
NUMBERS = st.integers(-9, 9)
PAIRS = st.tuples


@st.composite
def slides(draw):
    """The arguments of a slide whose kernel fits."""
    tables = [draw(arrays(int, PAIRS(st.integers(1, 6), st.integers(1, 6)), elements=NUMBERS)) for _ in range(2)]
    steps = [draw(PAIRS(st.integers(least, 3), st.integers(least, 3))) for least in (1, 0, 1)]
    for size, kernel, padding, dilation in zip(*(table.shape for table in tables), *steps[1:], strict=True):
        assume(dilation * (kernel - 1) + 1 <= size + 2 * padding)
    return *tables, *steps


@settings(max_examples=60)
@given(slides())
def test_the_output_is_torchs(drawn):
    slide = Slide(*drawn)
    image, weight = (torch.tensor(table, dtype=torch.float64)[None, None] for table in (slide.input, slide.kernel))
    expected = torch.nn.functional.conv2d(
        image, weight, stride=slide.stride, padding=slide.padding, dilation=slide.dilation
    )
    assert np.array_equal(slide.output, expected[0, 0])


@settings(max_examples=40)
@given(slides())
def test_what_lies_under_the_kernel_adds_up_to_the_output(drawn):
    slide = Slide(*drawn)
    for place in slide.places:
        assert np.sum(slide.under(place) * slide.kernel) == slide.output[place]


def test_the_sum_is_written_out():
    words = texts(still(EDGE, (0, 1)))
    assert [word for word in words if "·" in word] == ["0·(−1)", "0·0", "1·1"] * 3
    assert words[-2:] == ["=", "3"]


def test_the_most_telling_place_is_the_first_of_the_largest_outputs():
    assert EDGE.most_telling == (0, 1)


@pytest.mark.parametrize(
    ("slide", "sizes"),
    [(EDGE, ["4×6", "3×3", "2×4"]), (Slide(np.zeros((1, 8)), np.ones((1, 3)), padding=(0, 1)), ["8", "3", "8"])],
)
def test_sizes_have_as_many_numbers_as_dimensions_and_leave_the_padding_out(slide, sizes):
    words = texts(still(slide))
    assert [words[words.index(name) + 1] for name in ("input", "kernel", "output")] == sizes


def test_its_words_reach_the_translators_and_its_numbers_do_not():
    assert svg.words(still(EDGE)) == ["input", "kernel", "output"]


@pytest.mark.parametrize("slide", [EDGE, Slide(np.zeros((1, 8)), np.ones((1, 5)), padding=(0, 1))])
def test_it_fits_a_phone(slide):
    assert svg.width(still(slide)) <= 410  # shrinks to no less than four fifths there


def test_the_page_can_recolour_it():
    drawing = still(EDGE)
    assert svg.is_figure(drawing)
    assert not re.search(r'\bstyle=|fill="(?!#|url|none)', drawing)


def test_one_step_for_both_directions_is_a_step_for_each():
    assert Slide(EDGE.input, EDGE.kernel, stride=2, padding=1).output.shape == (2, 3)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input": [[1, 2]]}, TypeError, "input must be a NumPy array, not list"),
        ({"kernel": None}, TypeError, "kernel must be a NumPy array, not NoneType"),
        ({"input": np.ones(3)}, ValueError, r"input must have rows and columns.* \(3,\)"),
        ({"kernel": np.ones((0, 3))}, ValueError, r"kernel must have rows and columns.* \(0, 3\)"),
        ({"stride": (0, 1)}, ValueError, "stride=0 must be at least 1"),
        ({"stride": (1,)}, ValueError, "one for each axis"),
        ({"padding": (-1, 0)}, ValueError, "padding=-1 must be at least 0"),
        ({"padding": "same"}, TypeError, "padding='same' must be a whole number"),
        ({"dilation": 1.5}, TypeError, "dilation=1.5 must be a whole number"),
    ],
)
def test_what_cannot_slide_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        Slide(**{"input": EDGE.input, "kernel": EDGE.kernel} | arguments)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("place", [(2, 0), (-1, 0), (0.5, 0), 1, None])
def test_a_place_outside_the_output_is_refused(place):
    with pytest.raises(ValueError, match=r"place=.* must be a cell of the output, whose shape is \(2, 4\)"):
        still(EDGE, place)


def test_a_kernel_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        still(Slide(np.zeros((2, 2)), np.zeros((3, 3))))
