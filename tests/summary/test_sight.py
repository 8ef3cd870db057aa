"""What units see agrees with the arithmetic of chains, and with the paths that lead to them."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.shapes import TransposedWindow, Window, count_paths, receptive_fields
from cnnbook.summary._tracing.sight import PIXEL, Reader, Sight, hull, transposed, window

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

small = st.integers(1, 4)
windows = st.builds(Window, kernel=small, stride=small, padding=st.integers(0, 3), dilation=small)
spreading = st.builds(
    TransposedWindow, kernel=small, stride=small, padding=st.integers(0, 1), dilation=small, output_padding=st.just(0)
)


def sizes(layers, n):
    return list(accumulate(layers, lambda size, layer: layer.output_size(size), initial=n))


def sights(layers, n):
    """The sight after each layer of a chain."""
    found = [PIXEL]
    for layer, count in zip(layers, sizes(layers, n)[1:], strict=True):
        reader = window(layer) if isinstance(layer, Window) else transposed(layer)
        found.append(found[-1].read_by(reader, count))
    return found


@given(st.lists(windows, max_size=4))
def test_of_a_chain_of_windows_a_sight_says_what_the_receptive_field_does(layers):
    for (size, jump, offset), sight in zip(receptive_fields(layers), sights(layers, n=2000)[1:], strict=True):
        assert sight == Sight(((offset, offset + size - 1),), jump)


@settings(max_examples=300)
@given(layers=st.lists(windows | spreading, min_size=1, max_size=4), n=st.integers(8, 40), data=st.data())
def test_no_path_comes_from_outside_what_is_seen(layers, n, data):
    try:
        units = sizes(layers, n)[-1]
    except ValueError:
        return
    unit = data.draw(st.integers(0, units - 1))
    interval = sights(layers, n)[-1].at(unit)
    seen = [pixel for pixel, ways in enumerate(count_paths(n, layers, unit)) if ways]
    assert all(interval[0] <= pixel <= interval[1] for pixel in seen)


@settings(max_examples=200)
@given(layers=st.lists(windows | spreading, min_size=1, max_size=3))
def test_away_from_the_rim_the_paths_begin_and_end_with_what_is_seen(layers):
    n = 400
    try:
        units = sizes(layers, n)[-1]
    except ValueError:
        return
    for unit in range(units // 2, units // 2 + 6):
        interval = sights(layers, n)[-1].at(unit)
        seen = [pixel for pixel, ways in enumerate(count_paths(n, layers, unit)) if ways] if unit < units else []
        if interval and interval[0] >= 0 and interval[1] < n and seen:
            assert (seen[0], seen[-1]) == interval


def test_by_hand_a_transposed_convolution_takes_turns():
    sight = PIXEL.read_by(transposed(TransposedWindow(kernel=3, stride=2)), count=9)
    assert [sight.at(unit) for unit in range(4)] == [(-1, 0), (0, 0), (0, 1), (1, 1)]


def test_where_paths_join_the_interval_holds_both():
    one, other = Sight(((0, 2),), 2), Sight(((-1, 0),), 2)
    assert one.joined(other, count=5) == Sight(((-1, 2),), 2)


def test_paths_that_move_at_another_pace_are_joined_unit_by_unit():
    fixed, moving = Sight(((0, 3),), 0), Sight(((0, 0),), 2)
    joined = fixed.joined(moving, count=4)
    assert joined == Sight(((0, 3), (0, 3), (0, 4), (0, 6)), None)
    assert joined.at(4) is None


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 5)), min_size=1, max_size=3), st.integers(0, 3))
def test_a_sight_written_twice_as_long_is_the_same(intervals, shift):
    sight = Sight(tuple((first, first + more) for first, more in intervals), shift).shortest()
    period = len(sight.intervals)
    twice = Sight(tuple(sight.at(unit) for unit in range(2 * period)), 2 * sight.shift)
    assert twice.shortest() == sight


def test_a_unit_that_reads_nothing_sees_nothing():
    sight = PIXEL.read_by(Reader(lambda unit: (unit,) if unit % 2 else (), 2, 2), count=6)
    assert [sight.at(unit) for unit in range(4)] == [None, (1, 1), None, (3, 3)]
    assert sight.cover(range(6), (0, 9)) == (1, 5)
    assert hull([None]) is None
