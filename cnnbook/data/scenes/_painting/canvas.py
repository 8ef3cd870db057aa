"""Paint with distances: a shape is a function that says how far a place lies outside of it.

Where the distance is negative, the pixel belongs to the shape; across the edge, the colour fades over one pixel.
Only sums, products, quotients, square roots and comparisons are used: these are exact to the last bit everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

Field = Float[np.ndarray, "rows columns"]
Colour = Float[np.ndarray, "3 #rows #columns"]


class Canvas:
    """A square picture under way, and what each of its pixels shows.

    Places in it are shares of its side: ``u`` to the right, ``v`` downwards, both from 0 to 1.

    Args:
        size: pixels on a side.
        roughness: a field of numbers around 0, from which leaves and clouds take their ragged edges.
    """

    def __init__(self, size: int, roughness: Field) -> None:
        self.size, self.roughness = size, roughness
        self.middles = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.image = np.zeros((3, size, size), np.float32)
        self.marks = np.zeros((size, size), np.uint8)

    def patch(
        self, origin: tuple[float, float], unit: float, frame: tuple[float, float, float, float], mark: int
    ) -> "Patch":
        """Cut out the pixels that something may touch, and measure them its own way.

        Args:
            origin: where its ``x`` and ``y`` are 0.
            unit: share of the side where they are 1; ``x`` runs to the right, ``y`` upwards.
            frame: left, low, right and high end of what it may touch, in its own units.
            mark: what its pixels will be known by.
        """
        left, low, right, high = frame
        columns = self._pixels(origin[0] + unit * left, origin[0] + unit * right)
        rows = self._pixels(origin[1] - unit * high, origin[1] - unit * low)
        x = (self.middles[None, columns] - np.float32(origin[0])) / np.float32(unit)
        y = (np.float32(origin[1]) - self.middles[rows, None]) / np.float32(unit)
        return Patch(self, rows, columns, x, y, unit * self.size, mark)

    def _pixels(self, first: float, last: float) -> slice:
        start = min(self.size, max(0, int(first * self.size) - 1))
        return slice(start, max(start, min(self.size, int(last * self.size) + 2)))


@dataclass(frozen=True, eq=False)
class Patch:
    """Some pixels of a canvas, measured from somewhere in some unit, and whose they become when painted."""

    canvas: Canvas
    rows: slice
    columns: slice
    x: Float[np.ndarray, "1 columns"]
    y: Float[np.ndarray, "rows 1"]
    pixels: float  # in a unit
    mark: int

    def paint(self, outside: Any, colour: Colour) -> None:
        """Paint a part of the thing: its colour, and its mark where the middle of a pixel lies within."""
        self.tint(outside, colour)
        np.putmask(self.canvas.marks[self.rows, self.columns], outside < 0, self.mark)

    def tint(self, outside: Any, colour: Colour, strength: float = 1.0) -> None:
        """Paint a detail or a shadow: colour alone, of at most the given strength."""
        cover = outside * np.float32(-self.pixels)
        cover += np.float32(0.5)
        np.minimum(np.maximum(cover, 0, out=cover), np.float32(strength), out=cover)
        image = self.canvas.image[:, self.rows, self.columns]
        change = colour - image
        change *= cover
        image += change

    def box(self, left: float, low: float, right: float, high: float, lean: float = 0.0) -> Field:
        """Measure from a rectangle, whose lower end is moved to the right by ``lean`` times its height."""
        x = self.x - (left + right) / 2
        if lean:
            x = x - lean * (high - self.y)
        return np.maximum(np.abs(x) - (right - left) / 2, np.abs(self.y - (low + high) / 2) - (high - low) / 2)

    def disc(self, x: float, y: float, wide: float, high: float) -> Field:
        """Measure from an ellipse with the given half axes: exact on its edge, nearly so beside it."""
        across, up = (self.x - x) / wide, (self.y - y) / high
        return (np.sqrt(across * across + up * up) - 1) * min(wide, high)

    def polygon(self, *corners: tuple[float, float]) -> Field:
        """Measure from a convex polygon; its corners go round with the clock."""
        sides = []
        for (x, y), (next_x, next_y) in zip(corners, (*corners[1:], corners[0]), strict=True):
            length = sqrt((next_x - x) ** 2 + (next_y - y) ** 2)
            right, up = (next_x - x) / length, (next_y - y) / length
            sides.append(right * (self.y - y) - up * (self.x - x))
        outside = sides[0]
        for side in sides[1:]:
            outside = np.maximum(outside, side)
        return outside


def rgb(red: float, green: float, blue: float) -> Colour:
    """Write a colour as an array that fits the canvas."""
    return np.array((red, green, blue), np.float32)[:, None, None]


def noise(bytes_: UInt8[np.ndarray, " n"], lattices: Sequence[int], size: int) -> Field:
    """Add up smooth fields of numbers between −1 and 1, each drawn on a lattice and halved against the one before.

    The lattices do not depend on the size: a larger picture shows the same field in finer detail.
    """
    total, weight, start = np.zeros((size, size), np.float32), 1.0, 0
    for lattice in lattices:
        points = bytes_[start : start + lattice * lattice].reshape(lattice, lattice).astype(np.float32)
        points = (points - np.float32(127.5)) * np.float32(weight / 127.5)
        start += lattice * lattice
        places = (np.arange(size, dtype=np.float32) + 0.5) / size * (lattice - 1)
        below = places.astype(np.int64)
        share = (places - below)[:, None]
        for _ in range(2):  # along one axis, then along the other
            steps = points[1:] - points[:-1]
            points = (points[below] + share * steps[below]).T
        total += points
        weight /= 2
    return total
