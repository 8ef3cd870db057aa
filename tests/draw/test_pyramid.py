"""The drawn stack shows every unit, and of what a unit sees neither more nor less than there is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import PHONE, document
from cnnbook.draw.pyramid import Pyramid
from cnnbook.shapes import Window, count_paths

LECTURE = [Window(3), Window(3), Window(3, stride=2), Window(3)]


def marks(drawing, role):
    """How many units are filled with a colour."""
    paths = re.findall(f'<path d="([^"]*)" fill="{LIGHT[role]}"', drawing)
    return sum(path.count("z") for path in paths)


def test_the_lectures_unit_sees_eleven_pixels():
    stack = Pyramid(13, LECTURE, unit=0)
    assert stack.sizes == [13, 11, 9, 4, 2]
    assert [len(level) for level in stack.seen] == [11, 9, 7, 3, 1]


def test_every_unit_is_drawn_once_and_every_path_has_a_bar():
    drawing = document(Pyramid(13, LECTURE, unit=0).part())
    assert marks(drawing, "input") == 11
    assert marks(drawing, "kernel") == 9 + 7 + 3
    assert marks(drawing, "output") == 1 + 11  # the unit, and a bar for each pixel that it sees
    assert marks(drawing, "padding") == (13 + 11 + 9 + 4 + 2) - (11 + 9 + 7 + 3 + 1)


@given(
    kernels=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2)), min_size=1, max_size=4
    ),
    pixels=st.integers(16, 40),
    data=st.data(),
)
def test_what_is_seen_is_what_has_paths_and_nothing_leaves_the_picture(kernels, pixels, data):
    layers = [Window(*numbers) for numbers in kernels]
    try:
        last = Pyramid(pixels, layers, 0).sizes[-1]
    except ValueError:
        return
    unit = data.draw(st.integers(0, last - 1))
    stack = Pyramid(pixels, layers, unit)
    counts = count_paths(pixels, layers, unit)
    assert stack.seen[0] == {pixel: ways for pixel, ways in enumerate(counts) if ways}
    part = stack.part()
    starts = [float(x) for x in re.findall(r"M(-?[\d.]+) ", part.svg)]
    assert all(0 <= x <= PHONE for x in starts)


def test_a_unit_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"unit=2 must be below 2, the number of units after the last layer"):
        Pyramid(13, LECTURE, unit=2)


def test_a_layer_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="kernel"):
        Pyramid(4, LECTURE, unit=0)
