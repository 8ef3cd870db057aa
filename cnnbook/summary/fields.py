"""What a layer sees of the inputs, as it is reported: size, jump and offset of its receptive field on each axis."""

from fractions import Fraction
from typing import Literal, NamedTuple

from cnnbook.shapes.fields import ReceptiveField
from cnnbook.summary._tracing.seen import Along, Axis, Seen, Spread, State, is_all


class Field(NamedTuple):
    """The receptive field of a layer's units on one axis of an input.

    Args:
        size: pixels from the first to the last that a unit sees, of the unit that sees most; padding counts.
            ``"all"``: the whole axis, where positions were mixed or a single unit sees it;
            ``"?"``: it is not known; 0: nothing of this input.
        jump: pixels by which the field moves from one unit to the next (their stride), on average
            where units take turns; ``None`` where it does not move, or not evenly.
        offset: the pixel with which the field of unit 0 begins; below 0 it begins in the padding.
    """

    size: int | Literal["all", "?"]
    jump: Fraction | None = None
    offset: int | None = None

    def __str__(self) -> str:
        """Give the size."""
        return "–" if self.size == 0 else str(self.size)

    def receptive_field(self) -> ReceptiveField:
        """Give the same as :mod:`cnnbook.shapes` does for a chain.

        Raises:
            ValueError: the units do not all see equally much, evenly spaced.

        >>> Field(5, Fraction(2), -1).receptive_field()
        ReceptiveField(size=5, jump=2, offset=-1)
        """
        if isinstance(self.size, str) or self.jump is None or self.jump.denominator > 1 or self.offset is None:
            raise ValueError(f"{self!r} is no field of one size that moves by whole pixels")
        return ReceptiveField(self.size, int(self.jump), self.offset)


Fields = tuple[tuple[Field, ...], ...]
"""For each input, for each of its spatial axes."""


def fields(seen: Seen, axes: list[list[Axis]]) -> Fields:
    """Report what is seen of each input."""
    return tuple(tuple(_field(axis, seen[axis]) if axis in seen else Field(0) for axis in one) for one in axes)


def _field(axis: Axis, state: State) -> Field:
    if is_all(axis, state):
        return Field("all")
    if isinstance(state, Spread) and not state.dims:
        return Field(_size(state.cover), None, state.cover and state.cover[0])
    if not isinstance(state, Along):
        return Field("?")
    sight = state.sight
    shown = sight.intervals if sight.shift is not None else sight.intervals[: state.units]
    jump = None if sight.shift is None else Fraction(sight.shift, len(sight.intervals))
    first = sight.at(0)
    return Field(max(map(_size, shown)), jump, first and first[0])


def _size(interval: tuple[int, int] | None) -> int:
    return interval[1] - interval[0] + 1 if interval else 0


def shown(several: Fields, attribute: str = "size") -> str:
    """Write fields for a reader: one number where all axes agree, else rows × columns; inputs apart.

    >>> shown(((Field(3), Field(3)),)), shown(((Field(3), Field("all")), (Field(0),)))
    ('3', '3×all; –')
    """
    words = ["×".join(_agreed([_word(field, attribute) for field in axes])) for axes in several if axes]
    return "; ".join(_agreed(words)) or "–"


def _word(field: Field, attribute: str) -> str:
    if attribute == "size":
        return str(field)
    value = getattr(field, attribute)
    if value is None:
        return "–"
    return (
        f"{float(value):.3g}"
        if isinstance(value, Fraction) and value.denominator > 1
        else f"{int(value)}".replace("-", "−")
    )


def _agreed(words: list[str]) -> list[str]:
    return words[:1] if len(set(words)) == 1 else words
