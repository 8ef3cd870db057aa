"""The U of a U-Net, drawn to scale."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.u_shape import u_shape

DOWN, JOINED, UP = [(4, 44, 44), (8, 18, 18), (16, 5, 5)], [(16, 10, 10), (8, 12, 12)], [(8, 6, 6), (4, 8, 8)]


@pytest.fixture
def ax():
    ax = Figure().subplots()
    u_shape(ax, DOWN, JOINED, UP)
    return ax


def boxes(ax, colour):
    drawn = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [patch for patch in drawn if to_hex(patch.get_facecolor()) == LIGHT[colour]]


def test_a_box_is_as_tall_as_a_side_and_as_thick_as_its_channels(ax):
    down = [box for box in boxes(ax, "input") if box.get_edgecolor()[3]][:3]
    assert [box.get_height() for box in down] == [44, 18, 5]
    thin = down[0].get_width() / 4
    assert [box.get_width() / thin for box in down] == pytest.approx([4, 8, 16])


def test_what_is_joined_shows_what_came_over_and_what_came_up(ax):
    over = [box for box in boxes(ax, "input") if box.get_edgecolor()[3]][3:]
    assert [box.get_height() for box in over] == [10, 12]
    beside = [box for box in boxes(ax, "output") if box.get_height() in {10, 12}]
    for left, right in zip(over, beside, strict=True):
        assert left.get_x() + left.get_width() == pytest.approx(right.get_x())
        assert left.get_width() == pytest.approx(right.get_width())


def test_the_dark_part_is_the_middle_that_is_handed_on(ax):
    dark = [box for box in boxes(ax, "input") if not box.get_edgecolor()[3]]
    whole = [box for box in boxes(ax, "input") if box.get_edgecolor()[3]][1::-1]
    assert [box.get_height() for box in dark] == [10, 12]
    for part, box in zip(dark, whole, strict=True):
        assert part.get_y() - box.get_y() == pytest.approx((box.get_height() - part.get_height()) / 2)


def test_every_step_is_an_arrow(ax):
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == 2 + 2 + 2 + 2  # down, over, up, on


def test_two_ways_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="down has 2 shapes, joined 2, up 2; down must have one more"):
        u_shape(Figure().subplots(), DOWN[:2], JOINED, UP)
