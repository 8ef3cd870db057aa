"""One step of a convolution drawn as a textbook does: the kernel lies on the input, and the sum is written out.

The numbers come from :mod:`cnnbook.reference`; the colours are the palette's, which a page maps to its theme.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.style import printed
from cnnbook.reference.conv import conv_loops, real
from cnnbook.reference.windows import Window
from cnnbook.shapes import per_axis

CELL = 36  # pixels; nine cells fit a phone
_TITLE = 26  # height of the words above a grid
_SIGN = 30  # room for ∗ and =
_GAP = 16
_TERM = 68  # width of one product of the sum
_LINE = 26
_STRONGEST_TINT = 0.32  # of the cell with the largest number; zero has the page's own colour

Table = Num[np.ndarray, "rows columns"]
Place = tuple[int, int]


class Part(NamedTuple):
    """A piece of SVG and its size in pixels."""

    svg: str
    width: float
    height: float


@dataclass(frozen=True)
class Slide:
    """A kernel that slides over a small input; a signal is an input of one row.

    Args:
        input: The numbers that the kernel reads.
        kernel: The weights.
        stride: Cells from one window to the next, down and across.
        padding: Zeros on each border, above and below, left and right.
        dilation: Cells from one weight to the next, down and across.

    >>> edge = Slide(np.array([[0, 0, 0, 1, 1, 1]]), np.array([[-1, 0, 1]]))
    >>> edge.output
    array([[0., 1., 1., 0.]])
    """

    input: Table
    kernel: Table
    stride: Place = (1, 1)
    padding: Place = (0, 0)
    dilation: Place = (1, 1)

    def __post_init__(self) -> None:
        for name in ("input", "kernel"):
            shape = real(name, getattr(self, name)).shape
            if len(shape) != 2 or 0 in shape:  # noqa: PLR2004  rows and columns
                raise ValueError(f"{name} must have rows and columns, at least one of each, not the shape {shape}")
        for name, least in [("stride", 1), ("padding", 0), ("dilation", 1)]:
            object.__setattr__(self, name, per_axis(name, getattr(self, name), axes=2, least=least))

    @cached_property
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes.

        Raises:
            ValueError: the kernel does not fit the padded input, or a setting is out of range.
        """
        images, filters = self.input[None, None], self.kernel[None, None]
        maps = conv_loops(images, filters, stride=self.stride, padding=self.padding, dilation=self.dilation)
        output: Float[np.ndarray, "rows columns"] = maps[0, 0]
        return output

    @cached_property
    def padded(self) -> Table:
        """The input within its border of zeros."""
        return np.pad(self.input, [(border, border) for border in self.padding])

    @property
    def places(self) -> Sequence[Place]:
        """The cells of the output in reading order."""
        return list(np.ndindex(self.output.shape))

    @property
    def axes(self) -> int:
        """One for a signal, two for a picture."""
        return 1 if len(self.input) == len(self.kernel) == 1 else 2

    @property
    def most_telling(self) -> Place:
        """The first place of the largest output, where the kernel finds most of what it looks for."""
        row, column = np.unravel_index(self.output.argmax(), self.output.shape)
        return int(row), int(column)

    def under(self, place: Place) -> Table:
        """The numbers under the kernel at one output."""
        window = Window.of(self.kernel.shape, self.stride, self.padding, self.dilation)
        return self.padded[window.at(place)]


def still(slide: Slide, place: Place = (0, 0)) -> str:
    """Draw one step as an SVG that fits a phone: input above, kernel and output below, then the sum of ``place``."""
    total = sum_part(slide, place)  # refuses what is no place
    row, column = place
    moved = (row * slide.stride[0] * CELL, column * slide.stride[1] * CELL)
    reading = input_part(slide, window=f'<g transform="translate({moved[1]} {moved[0]})">{{}}</g>')
    ring = f'<g transform="translate({column * CELL} {row * CELL})">{{}}</g>'
    weights, writing = kernel_part(slide), output_part(slide, ring=ring)
    beside = weights.width + writing.width <= max(reading.width, 9 * CELL)
    rows = [
        [reading],
        [weights, writing] if beside else [weights],
        [] if beside else [writing],
        [total],
    ]
    return document(_stack([_beside(parts) for parts in rows if parts]))


def document(part: Part) -> str:
    """Make a piece a figure of its own, which the page recolours and translates."""
    size = f'width="{part.width:.0f}" height="{part.height:.0f}" viewBox="0 0 {part.width:.0f} {part.height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cb-figure" {size} font-size="15" fill="{LIGHT["ink"]}">'
        f"{_HATCH}{part.svg}</svg>"
    )


def input_part(slide: Slide, window: str = "{}") -> Part:
    """The padded input with the kernel lying on its first window; ``window`` wraps the kernel, to move it."""
    taps = "".join(
        _frame(row * slide.dilation[0], column * slide.dilation[1], "kernel", opacity=0.12)
        + _text(
            (column * slide.dilation[1] + 1) * CELL - 4,
            (row * slide.dilation[0] + 1) * CELL - 7,
            _number(weight),
            f'font-size="10" text-anchor="end" fill="{LIGHT["kernel"]}" {_HALO}',
        )
        for (row, column), weight in np.ndenumerate(slide.kernel)
    )
    return _grid("input", slide.padded, slide.axes, border=slide.padding, over=window.format(taps))


def kernel_part(slide: Slide) -> Part:
    """The weights, after the sign of convolution."""
    return _grid("kernel", slide.kernel, slide.axes, sign="∗")


def output_part(slide: Slide, ring: str = "{}", cells: Sequence[str] = ()) -> Part:
    """The output with a ring round its first cell; ``ring`` wraps the ring, each of ``cells`` a number, to show it."""
    return _grid("output", slide.output, slide.axes, sign="=", over=ring.format(_frame(0, 0, "output")), wraps=cells)


def sum_part(slide: Slide, place: Place) -> Part:
    """The products under the kernel in its own rows and columns, and what they add up to."""
    if place not in slide.places:
        raise ValueError(f"place={place!r} must be a cell of the output, whose shape is {slide.output.shape}")
    rows, columns = slide.kernel.shape
    pieces = []
    for (row, column), number in np.ndenumerate(slide.under(place)):
        x, y = (column + 0.5) * _TERM + 10, (row + 0.5) * _LINE
        if (row, column) != (0, 0):
            pieces.append(_text(column * _TERM + 9, y, "+", f'fill="{LIGHT["muted"]}"'))
        pieces.append(_text(x, y, _product(number, float(slide.kernel[row, column]))))
    end, middle = columns * _TERM + 14, (rows - 0.5) * _LINE
    pieces.append(_text(end, middle, "=", f'fill="{LIGHT["muted"]}"'))
    total = f'font-weight="700" text-anchor="start" fill="{LIGHT["output"]}"'
    pieces.append(_text(end + 14, middle, _number(slide.output[place]), total))
    return Part("".join(pieces), end + 52, rows * _LINE)


def _product(number: float, weight: float) -> str:
    factor = f"({_number(weight)})" if weight < 0 else _number(weight)
    roles = {"input": _number(number), "muted": "·", "kernel": factor}
    return "".join(f'<tspan fill="{LIGHT[role]}">{word}</tspan>' for role, word in roles.items())


def _grid(
    role: str,
    values: Table,
    axes: int,
    *,
    border: Place = (0, 0),
    sign: str = "",
    over: str = "",
    wraps: Sequence[str] = (),
) -> Part:
    """Draw a table of numbers under its name and size, with what lies over it."""
    rows, columns = values.shape
    scale = np.abs(values).max() or 1
    pieces = []
    for index, ((row, column), value) in enumerate(np.ndenumerate(values)):
        outside = not (border[0] <= row < rows - border[0] and border[1] <= column < columns - border[1])
        tint = "output" if value > 0 else "input"
        fill = LIGHT[tint if role == "output" else role]
        shade = "url(#hatch)" if outside else fill
        opacity = 1 if outside else _STRONGEST_TINT * abs(value) / scale
        square = f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}"'
        ink = f'fill="{LIGHT["muted"]}"' if outside else ""
        number = _text((column + 0.5) * CELL, (row + 0.5) * CELL, _number(value), ink)
        shown = f'{square} fill="{shade}" fill-opacity="{opacity:.2f}"/>{number}'
        pieces.append(f'{square} fill="none" stroke="{LIGHT["rule"]}"/>')
        pieces.append(wraps[index].format(shown) if wraps else shown)
    left = _SIGN if sign else 0
    inner = [str(size - 2 * edge) for size, edge in zip(values.shape, border, strict=True)][-axes:]
    name = f'font-size="13" font-weight="600" text-anchor="start" fill="{LIGHT[role]}"'
    extent = f'font-size="13" text-anchor="end" fill="{LIGHT["muted"]}"'
    width = max(columns * CELL, 2.5 * CELL)
    middle = (width - columns * CELL) / 2
    body = (
        _text(1, 9, role, name)
        + _text(width - 1, 9, "×".join(inner), extent)
        + f'<g transform="translate({middle:g} {_TITLE})">{"".join(pieces)}{over}</g>'
    )
    mark = _text(_SIGN / 2 - 3, _TITLE + rows * CELL / 2, sign, f'font-size="20" fill="{LIGHT["muted"]}"')
    svg = (mark if sign else "") + f'<g transform="translate({left + 2} 2)">{body}</g>'
    return Part(svg, left + width + 4, _TITLE + rows * CELL + 4)


def _frame(row: int, column: int, role: str, opacity: float = 0) -> str:
    return (
        f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}" fill="{LIGHT[role]}" '
        f'fill-opacity="{opacity}" stroke="{LIGHT[role]}" stroke-width="2.5"/>'
    )


def _text(x: float, y: float, words: str, attributes: str = "") -> str:
    anchor = "" if "text-anchor" in attributes else 'text-anchor="middle" '
    return f'<text x="{x:g}" y="{y:g}" {anchor}dominant-baseline="central" {attributes}>{words}</text>'


def _number(value: float) -> str:
    return printed(f"{value:g}")


def _beside(parts: Sequence[Part]) -> Part:
    """Put pieces in a row, their middles on one line."""
    height, x, pieces = max(part.height for part in parts), 0.0, []
    for part in parts:
        pieces.append(f'<g transform="translate({x:g} {(height - part.height) / 2:g})">{part.svg}</g>')
        x += part.width
    return Part("".join(pieces), x, height)


def _stack(parts: Sequence[Part]) -> Part:
    """Put pieces below each other, their middles on one line."""
    width, y, pieces = max(part.width for part in parts), 0.0, []
    for part in parts:
        pieces.append(f'<g transform="translate({(width - part.width) / 2:g} {y:g})">{part.svg}</g>')
        y += part.height + _GAP
    return Part("".join(pieces), width, y - _GAP)


_HALO = f'stroke="{LIGHT["paper"]}" stroke-width="3" paint-order="stroke"'
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<path d="M3 0V6" stroke="{LIGHT["padding"]}" stroke-opacity="0.45"/></pattern></defs>'
)
