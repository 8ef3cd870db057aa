"""What the units of one axis see of one axis of the input: intervals of pixels that repeat, shifted, along the axis.

A chain of convolutions moves its field by the same jump from unit to unit.
Behind a transposed convolution or an interpolation the units take turns; behind a join of unlike branches each differs.
So a sight lists the intervals of the first units, and the pixels by which those of the next round are shifted.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from math import gcd, lcm
from typing import NamedTuple

from cnnbook.shapes.fields import TransposedWindow, Window

_RIM = 32  # units on each side that are looked at one by one

Interval = tuple[int, int]  # the first and the last pixel, both seen


class Reader(NamedTuple):
    """A layer along one axis: unit ``u`` reads ``reads(u)``, and unit ``u + units`` the same, shifted by ``step``.

    ``units=0``: nothing repeats.
    """

    reads: Callable[[int], Iterable[int]]
    units: int = 1
    step: int = 1

    def extent(self, size: int, count: int, rounds: int) -> set[int]:
        """List the units that ``count`` units read, of ``size``, without padding; of many those near the rim."""
        near = _RIM * self.units * self.step * rounds
        rim = chain(range(near), range(count - near, count)) if 0 < 2 * near < count else range(count)
        return {read for unit in rim for read in self.reads(unit) if 0 <= read < size}


def window(layer: Window) -> Reader:
    """Read as a convolution or a pooling does."""
    return Reader(layer.reads, 1, int(layer.stride))


def transposed(layer: TransposedWindow) -> Reader:
    """Read as a transposed convolution does.

    >>> reader = transposed(TransposedWindow(kernel=3, stride=2))
    >>> PIXEL.read_by(reader, count=9).intervals  # even units stand under two kernels, odd ones under one
    ((-1, 0), (0, 0))
    """
    return Reader(layer.reads, int(layer.stride), 1)


def offset(start: int, step: int = 1) -> Reader:
    """Read every ``step``-th unit from ``start`` on."""
    return Reader(lambda u: (start + u * step,), 1, step)


class Sight(NamedTuple):
    """The interval that each unit sees.

    Args:
        intervals: of units 0, 1, ...; ``None`` where a unit sees nothing.
        shift: pixels from one round of the intervals to the next; ``None`` if they are those of all units there are.
    """

    intervals: tuple[Interval | None, ...]
    shift: int | None

    @property
    def rounds(self) -> int:
        """Units after which intervals repeat; 0 if they do not."""
        return 0 if self.shift is None else len(self.intervals)

    def at(self, unit: int) -> Interval | None:
        """Give the interval of one unit; before the first and behind the last, where they repeat, stands padding."""
        if self.shift is None:
            return self.intervals[unit] if 0 <= unit < len(self.intervals) else None
        rounds, place = divmod(unit, len(self.intervals))
        interval = self.intervals[place]
        return interval and (interval[0] + rounds * self.shift, interval[1] + rounds * self.shift)

    def read_by(self, layer: Reader, count: int) -> "Sight":
        """Compute what the ``count`` units of a layer see that read these units.

        >>> PIXEL.read_by(window(Window(3, padding=1)), count=8).read_by(window(Window(2, stride=2)), count=4)
        Sight(intervals=((-1, 2),), shift=2)
        """
        period = len(self.intervals)
        if self.shift is None or not layer.units:
            return Sight(tuple(hull(map(self.at, layer.reads(unit))) for unit in range(count)), None)
        rounds = period // gcd(period, layer.step)
        units = rounds * layer.units
        if units > count:
            return self.read_by(layer._replace(units=0), count)
        intervals = tuple(hull(map(self.at, layer.reads(unit))) for unit in range(units))
        return Sight(intervals, self.shift * (rounds * layer.step // period)).shortest()

    def shortest(self) -> "Sight":
        """Write the same with the fewest intervals."""
        period = len(self.intervals)
        for units in range(1, period if self.shift is not None else 0):
            if period % units or (self.shift or 0) * units % period:
                continue
            shorter = Sight(self.intervals[:units], (self.shift or 0) * units // period)
            if all(shorter.at(unit) == interval for unit, interval in enumerate(self.intervals)):
                return shorter
        return self

    def joined(self, other: "Sight", count: int) -> "Sight":
        """Unite what ``count`` units see on two ways."""
        if self == other:
            return self
        period = lcm(len(self.intervals), len(other.intervals))
        together = [hull([self.at(unit), other.at(unit)]) for unit in range(max(period, count))]
        if None not in {self.shift, other.shift} and period <= count and self.after(period) == other.after(period):
            return Sight(tuple(together[:period]), self.after(period)).shortest()
        return Sight(tuple(together[:count]), None)

    def after(self, units: int) -> int:
        """Count the pixels by which the field moves in so many units, whole rounds of them."""
        return (self.shift or 0) * (units // len(self.intervals))

    def cover(self, units: Iterable[int], seen: Interval | None) -> Interval | None:
        """Give the interval that some units see together, of what all see."""
        if seen is None:
            return None
        within = ((max(one[0], seen[0]), min(one[1], seen[1])) for one in map(self.at, units) if one)
        return hull(one for one in within if one[0] <= one[1])


PIXEL = Sight(((0, 0),), 1)
"""Each unit sees itself: the input."""


def moved(interval: Interval | None, pixels: int) -> Interval | None:
    """Shift an interval."""
    return interval and (interval[0] + pixels, interval[1] + pixels)


def hull(intervals: Iterable[Interval | None]) -> Interval | None:
    """Give the smallest interval that holds all.

    >>> hull([(0, 2), None, (4, 5)])
    (0, 5)
    """
    ends = list(chain.from_iterable(filter(None, intervals)))
    return (min(ends), max(ends)) if ends else None
