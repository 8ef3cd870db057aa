"""A row's ends, as they are drawn, are those of the row that torch reads."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.draw.pieces import PHONE, document
from cnnbook.draw.windows import Windows, ends
from drawings import texts

HALVE = Windows(224, 112, kernel=3, stride=2, before=1, after=1)


@st.composite
def windows(draw):
    """A row on which all its windows stand."""
    numbers = [st.integers(1, most) for most in (30, 5, 4, 3)] + [st.integers(0, 3)] * 2
    pixels, kernel, stride, dilation, before, after = (draw(number) for number in numbers)
    reach = dilation * (kernel - 1) + 1
    pixels = max(pixels, reach)
    places = (pixels + before + after - reach) // stride + 1
    return Windows(pixels, places, kernel, stride, dilation, before, after)


@given(windows())
def test_a_pixel_is_read_where_its_change_changes_an_output(drawn):
    row = torch.eye(drawn.pixels)[:, None]
    padded = torch.nn.functional.pad(row, (drawn.before, drawn.after))
    outputs = torch.nn.functional.conv1d(
        padded, torch.ones(1, 1, drawn.kernel), stride=drawn.stride, dilation=drawn.dilation
    )
    assert [drawn.reads(pixel) for pixel in range(drawn.pixels)] == (outputs.amax((1, 2)) > 0).tolist()


@given(windows())
def test_what_is_shown_are_both_ends_and_it_fits_a_phone(drawn):
    first, last = drawn.shown[0], drawn.shown[-1]
    assert (first.start, last.stop) == (-drawn.before, drawn.pixels + drawn.after)
    assert len(drawn.shown) == 1 or first.stop < last.start
    assert ends(drawn).width <= PHONE + 4


@given(windows())
def test_every_window_that_is_drawn_lies_on_the_pixels_that_are(drawn):
    dots = re.findall(r'<circle cx="([\d.]+)"', ends(drawn).svg)
    cells = re.findall(r'<rect x="([\d.]+)" y="24" width="([\d.]+)"', ends(drawn).svg)
    middles = {round(float(x) + float(width) / 2, 1) for x, width in cells}
    assert all(min(abs(float(x) - middle) for middle in middles) < 0.2 for x in dots)


def test_both_ends_of_a_long_row_show_three_windows_and_the_padding_that_nobody_reads():
    part = ends(HALVE)
    assert texts(document(part)) == ["input", "224", "⋯"]
    assert part.svg.count("<circle") == 3 * (3 + 2)  # the last stretch begins within a window
    assert part.svg.count("#hatch") == 2
    assert part.svg.count('stroke-width="1.5"') - 5 == 1  # one stroke, beside the windows' lines


def test_a_short_row_is_drawn_as_a_whole():
    part = ends(Windows(8, 8, kernel=3, before=1, after=1), role="output")
    assert texts(document(part)) == ["output", "8"]
    assert part.svg.count("<circle") == 8 * 3


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"pixels": 0}, ValueError, "pixels=0 must be at least 1"),
        ({"places": 0}, ValueError, "places=0 must be at least 1"),
        ({"before": -1}, ValueError, "before=-1 must be at least 0"),
        ({"stride": 1.5}, TypeError, r"stride=1\.5 must be a whole number"),
    ],
)
def test_what_is_no_row_of_windows_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        Windows(**{"pixels": 8, "places": 6, "kernel": 3} | options)
