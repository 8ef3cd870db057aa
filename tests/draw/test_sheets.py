"""Tensors as stacked sheets."""

import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.sheets import GAP, layers, sheets


@pytest.fixture
def ax():
    return Figure().subplots()


def fronts(ax):
    """The tinted sheets in the order in which they are drawn."""
    return [patch for patch in ax.patches if patch.get_edgecolor()[3] and hasattr(patch, "get_x")]


def test_every_channel_is_a_sheet_and_the_first_is_drawn_last_and_in_front(ax):
    sheets(ax, (3, 4, 5), roles=["vermilion", "green", "blue"])
    drawn = fronts(ax)
    assert [sheet.get_edgecolor()[:3] for sheet in drawn] == [
        to_rgba(LIGHT[c])[:3] for c in ("blue", "green", "vermilion")
    ]
    assert [sheet.get_x() for sheet in drawn] == sorted((sheet.get_x() for sheet in drawn), reverse=True)
    assert {(sheet.get_width(), sheet.get_height()) for sheet in drawn} == {(5, 4)}


def test_a_thick_stack_stays_narrower_than_its_sheets_are_many(ax):
    assert sheets(ax, (500, 3, 3)) < 3 + 3


def test_stacks_stand_apart_so_that_an_arrow_fits_between(ax):
    layers(ax, [(3, 7, 7), (10, 5, 5), (20, 3, 3)], ["a", "b"])
    lefts = sorted({min(s.get_x() for s in fronts(ax) if s.get_height() == rows) for rows in (7, 5, 3)})
    assert len(lefts) == 3
    assert lefts[1] - lefts[0] > 7 + GAP


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((3, 7), {}, r"shape=\(3, 7\) must have three numbers"),
        ((0, 7, 7), {}, "channels=0 must be at least 1"),
        ((1, 7.5, 7), {}, "rows=7.5 must be a whole number"),
        ((1, 7, 7), {"role": "red"}, "role 'red' must be a name of the palette"),
        ((2, 7, 7), {"roles": ["input"]}, "one colour for each of 2 channels"),
    ],
)
def test_what_cannot_be_drawn_is_refused(ax, shape, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        sheets(ax, shape, **options)


def test_a_step_is_missing(ax):
    with pytest.raises(ValueError, match="one fewer than the 2 shapes"):
        layers(ax, [(1, 2, 2), (1, 1, 1)], [])
