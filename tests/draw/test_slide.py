"""The drawing of one step says what the reference computes."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook.draw import svg
from cnnbook.draw.slide import Slide, still

EDGE = Slide(np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0), np.repeat([[-1, 0, 1]], 3, axis=0))
NUMBERS = st.integers(-9, 9)
PAIRS = st.tuples


@st.composite
def slides(draw):
    tables = [draw(arrays(int, PAIRS(st.integers(1, 6), st.integers(1, 6)), elements=NUMBERS)) for _ in range(2)]
    steps = [draw(PAIRS(st.integers(least, 3), st.integers(least, 3))) for least in (1, 0, 1)]
    slide = Slide(*tables, *steps)
    reach = [d * (k - 1) + 1 for d, k in zip(slide.dilation, slide.kernel.shape, strict=True)]
    assume(all(r <= n for r, n in zip(reach, slide.padded.shape, strict=True)))
    return slide


def texts(drawing):
    """What stands in a drawing, word by word."""
    root = ET.fromstring(drawing)  # noqa: S314  our own drawing
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]


@settings(deadline=None, max_examples=60)
@given(slides())
def test_the_output_is_torchs(slide):
    image, weight = (torch.tensor(table, dtype=torch.float64)[None, None] for table in (slide.input, slide.kernel))
    expected = torch.nn.functional.conv2d(
        image, weight, stride=slide.stride, padding=slide.padding, dilation=slide.dilation
    )
    assert np.array_equal(slide.output, expected[0, 0])


@settings(deadline=None, max_examples=40)
@given(slides())
def test_what_lies_under_the_kernel_adds_up_to_the_output(slide):
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


def test_a_kernel_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        still(Slide(np.zeros((2, 2)), np.zeros((3, 3))))
