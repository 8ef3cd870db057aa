"""A chain of layers drawn as rows of units, and all that one unit sees in them, down to the pixels."""

from collections.abc import Collection, Sequence
from itertools import accumulate

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import PHONE, Part, text
from cnnbook.shapes import Window, count_paths, receptive_fields
from cnnbook.shapes.fields import ReceptiveField

_ROW = 44  # pixels of the screen from one level to the next
_BARS = 46
_GUTTER = 60  # for the levels' names
_WIDEST = 14  # of a unit


class Pyramid:
    """What one unit of the last layer sees.

    Args:
        pixels: Units of the lowest row.
        layers: From the pixels upwards.
        unit: Of the last layer, from 0.

    Raises:
        ValueError: a layer that does not fit, or there is no such unit.

    >>> Pyramid(7, [Window(3), Window(3)], unit=1).seen
    [{1: 1, 2: 2, 3: 3, 4: 2, 5: 1}, {1: 1, 2: 1, 3: 1}, {1: 1}]
    """

    def __init__(self, pixels: int, layers: Sequence[Window], unit: int) -> None:
        self.layers = layers
        self.sizes = list(accumulate(layers, lambda size, layer: layer.output_size(size), initial=pixels))
        self.fields = [ReceptiveField(1, 1, 0), *receptive_fields(layers)]
        self.seen = [{unit: 1}]
        for level in reversed(range(len(layers))):
            counts = count_paths(self.sizes[level], layers[level:], unit)
            self.seen.insert(0, {place: ways for place, ways in enumerate(counts) if ways})
        ends = [
            self._middle(level, place) + side * self.fields[level].jump / 2
            for level, size in enumerate(self.sizes)
            for place, side in [(-self._padding(level), -1), (size - 1 + self._padding(level), 1)]
        ]
        self._left = min(ends)
        self._pitch = (PHONE - _GUTTER) / (max(ends) - self._left)

    def part(self) -> Part:
        """Draw the rows, the last layer on top, and below the pixels a bar for the paths to each."""
        top = len(self.layers)
        roles = ["input", *["kernel"] * (top - 1), "output"]
        rows = "".join(self._row(level, role) for level, role in enumerate(roles))
        svg = self._links() + self._frame() + rows + self._bars()
        return Part(svg, PHONE, (top + 1) * _ROW + _BARS)

    def _padding(self, level: int) -> int:
        """Units that the layer above adds on each side."""
        return -self.layers[level].reads(0)[0] if level < len(self.layers) else 0

    def _middle(self, level: int, unit: int) -> float:
        field = self.fields[level]
        return field.offset + unit * field.jump + (field.size - 1) / 2

    def _x(self, level: int, unit: int) -> float:
        return _GUTTER + (self._middle(level, unit) - self._left) * self._pitch

    def _y(self, level: int) -> float:
        return (len(self.layers) - level + 0.5) * _ROW

    def _width(self, level: int) -> float:
        return max(1, min(_WIDEST, 0.72 * self._pitch * self.fields[level].jump))

    def _row(self, level: int, role: str) -> str:
        others = [unit for unit in range(self.sizes[level]) if unit not in self.seen[level]]
        name = text(0, self._y(level), f"layer {level}" if level else "pixels", _NAME)
        pale = f'fill="{LIGHT["padding"]}" fill-opacity="0.22"'
        return name + self._marks(level, others, pale) + self._marks(level, self.seen[level], f'fill="{LIGHT[role]}"')

    def _marks(self, level: int, units: Collection[int], paint: str) -> str:
        width, y = self._width(level), self._y(level) - 8
        path = "".join(f"M{self._x(level, unit) - width / 2:.1f} {y:g}h{width:.1f}v16h{-width:.1f}z" for unit in units)
        return f'<path d="{path}" {paint}/>' if path else ""

    def _links(self) -> str:
        """A line from each unit that is seen to those that it reads."""
        lines = [
            f"M{self._x(level, unit):.1f} {self._y(level) + 8:g}"
            f"L{self._x(level - 1, read):.1f} {self._y(level - 1) - 8:g}"
            for level, layer in enumerate(self.layers, start=1)
            for unit in self.seen[level]
            for read in layer.reads(unit)
            if read in self.seen[level - 1]
        ]
        return f'<path d="{"".join(lines)}" fill="none" stroke="{LIGHT["muted"]}" stroke-opacity="0.55"/>'

    def _frame(self) -> str:
        """The receptive field, holes included."""
        [unit] = self.seen[-1]
        field = self.fields[-1].pixels(unit)
        left, right = self._x(0, field[0]) - self._width(0) / 2 - 3, self._x(0, field[-1]) + self._width(0) / 2 + 3
        place = f'x="{left:.1f}" y="{self._y(0) - 13:g}" width="{right - left:.1f}" height="26" rx="4"'
        return f'<rect {place} fill="none" stroke="{LIGHT["output"]}" stroke-width="2"/>'

    def _bars(self) -> str:
        most, width, y = max(self.seen[0].values(), default=1), self._width(0), self._y(0) + 19
        path = "".join(
            f"M{self._x(0, pixel) - width / 2:.1f} {y:g}h{width:.1f}v{max(1, _BARS * ways / most):.1f}h{-width:.1f}z"
            for pixel, ways in self.seen[0].items()
        )
        return text(0, y + 10, "paths", _NAME) + f'<path d="{path}" fill="{LIGHT["output"]}"/>'


_NAME = f'font-size="13" text-anchor="start" fill="{LIGHT["muted"]}"'
