"""The drawing of a transposed convolution says what the reference computes, one input at a time."""

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
from cnnbook.draw.stamp import Stamp
from drawings import texts

FOUR = np.array([[0, 1], [2, 3]])
BY_HAND = Stamp(FOUR, FOUR)
NUMBERS = st.integers(-9, 9)
PAIRS = st.tuples


@st.composite
def stamps(draw):
    """The arguments of a stamp whose padding leaves something."""
    tables = [draw(arrays(int, PAIRS(st.integers(1, 4), st.integers(1, 4)), elements=NUMBERS)) for _ in range(2)]
    stride, padding, dilation, added = (
        draw(PAIRS(st.integers(least, 3), st.integers(least, 3))) for least in (1, 0, 1, 0)
    )
    for size, kernel, s, p, d, more in zip(
        *(table.shape for table in tables), stride, padding, dilation, added, strict=True
    ):
        assume(more < max(s, d) and (size - 1) * s - 2 * p + d * (kernel - 1) + more >= 0)
    return *tables, stride, padding, dilation, added


@settings(max_examples=60)
@given(stamps())
def test_the_output_is_torchs(drawn):
    stamp = Stamp(*drawn)
    image, weight = (torch.tensor(table, dtype=torch.float64)[None, None] for table in (stamp.input, stamp.kernel))
    expected = torch.nn.functional.conv_transpose2d(
        image,
        weight,
        stride=stamp.stride,
        padding=stamp.padding,
        output_padding=stamp.output_padding,
        dilation=stamp.dilation,
    )
    assert np.array_equal(stamp.output, expected[0, 0])


@settings(max_examples=40)
@given(stamps())
def test_each_step_adds_its_stamp_at_its_own_place(drawn):
    stamp = Stamp(*drawn)
    total = np.zeros_like(stamp.totals[0])
    for place, (row, column), after in zip(stamp.places, stamp.steps, stamp.totals, strict=True):
        rows, columns = (
            (row + stamp.dilation[0] * np.arange(len(stamp.kernel))),
            (column + stamp.dilation[1] * np.arange(len(stamp.kernel[0]))),
        )
        total[np.ix_(rows, columns)] += stamp.stamp(place)
        assert np.array_equal(total, after)


@settings(max_examples=40)
@given(stamps())
def test_the_last_total_within_the_border_is_the_output(drawn):
    stamp = Stamp(*drawn)
    total = stamp.totals[-1]
    (above, left), (rows, columns) = stamp.padding, total.shape
    assert np.array_equal(total[above : rows - above, left : columns - left], stamp.output)


@settings(max_examples=40)
@given(stamps())
def test_its_kernel_touches_what_the_convolution_back_reads(drawn):
    stamp = Stamp(*drawn)
    back = Slide(stamp.totals[-1], stamp.kernel, stride=stamp.stride, dilation=stamp.dilation)
    assume(back.output.shape == stamp.input.shape)  # an output padding of a whole stride leaves room for one more
    assert stamp.untouched == back.untouched


def test_the_still_picture_shows_the_whole_output_and_the_products_of_one_input():
    words = texts(still(BY_HAND, (1, 1)))
    assert [word for word in words if "·" in word] == ["3·0", "3·1", "3·2", "3·3"]
    start = words.index("output")
    assert words[start : start + 11] == ["output", "3×3", *"001046", "4", "12", "9"]
    assert words[start + 11 : start + 15] == ["+0", "+3", "+6", "+9"]


def test_a_negative_product_has_one_sign():
    assert "−3" in texts(still(Stamp(np.array([[3]]), np.array([[-1, 1]]))))[-4:]


def test_the_largest_input_is_the_most_telling():
    assert BY_HAND.most_telling == (1, 1)


@pytest.mark.parametrize(
    ("stamp", "sizes"),
    [
        (BY_HAND, ["2×2", "2×2", "3×3"]),
        (Stamp(FOUR, np.ones((3, 3)), stride=2, padding=1, output_padding=1), ["2×2", "3×3", "4×4"]),
        (Stamp(np.ones((1, 3)), np.ones((1, 3)), padding=(0, 1)), ["3", "3", "3"]),
    ],
)
def test_sizes_have_as_many_numbers_as_dimensions_and_leave_out_what_is_cut_off(stamp, sizes):
    words = texts(still(stamp))
    assert [words[words.index(name) + 1] for name in ("input", "kernel", "output")] == sizes


def test_it_fits_a_phone():
    wide = Stamp(np.ones((3, 3)), np.ones((5, 5)), stride=2)
    assert svg.width(still(wide)) <= 410  # shrinks to no less than four fifths there


def test_the_page_can_recolour_it_and_translate_its_words():
    drawing = still(BY_HAND)
    assert svg.is_figure(drawing)
    assert svg.words(drawing) == ["input", "kernel", "output"]
    assert not re.search(r'\bstyle=|fill="(?!#|url|none)', drawing)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input": [[1, 2]]}, TypeError, "input must be a NumPy array, not list"),
        ({"kernel": np.ones(3)}, ValueError, r"kernel must have rows and columns.* \(3,\)"),
        ({"stride": 0}, ValueError, "stride=0 must be at least 1"),
        ({"output_padding": (-1, 0)}, ValueError, "output_padding=-1 must be at least 0"),
        ({"output_padding": 0.5}, TypeError, "output_padding=0.5 must be a whole number"),
    ],
)
def test_what_cannot_be_laid_down_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        Stamp(**{"input": FOUR, "kernel": FOUR} | arguments)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("place", [(2, 0), (-1, 0), 1, None])
def test_a_place_outside_the_input_is_refused(place):
    with pytest.raises(ValueError, match=r"place=.* must be a cell of the input, whose shape is \(2, 2\)"):
        still(BY_HAND, place)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"padding": 2}, "must leave at least one"), ({"output_padding": 1}, "must be below stride=1")],
)
def test_what_leaves_nothing_or_adds_too_much_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        still(Stamp(FOUR, FOUR, **settings))
