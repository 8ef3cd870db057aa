"""Pieces of a drawn step: tables of numbers, frames and words, and how they are put together to one SVG.

The colours are the palette's, which a page maps to its theme.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Num

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.style import printed

CELL = 36  # pixels; nine cells fit a phone
PHONE = 9 * CELL
_TITLE = 26  # height of the words above a table
_SIGN = 30  # room for ∗ and =
_GAP = 16
_TERM = 68  # width of one product
_LINE = 26
_STRONGEST_TINT = 0.32  # of the cell with the largest number; zero has the page's own colour

Table = Num[np.ndarray, "rows columns"]
Place = tuple[int, int]


class Part(NamedTuple):
    """A piece of SVG and its size in pixels."""

    svg: str
    width: float
    height: float


def document(part: Part, scale: float = 1) -> str:
    """Make a piece a figure of its own, which the page recolours and translates."""
    size = f'width="{scale * part.width:.0f}" height="{scale * part.height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cb-figure" {size} '
        f'viewBox="0 0 {part.width:.0f} {part.height:.0f}" font-size="15" fill="{LIGHT["ink"]}">'
        f"{_HATCH}{part.svg}</svg>"
    )


def table(
    role: str,
    values: Table,
    axes: int,
    *,
    border: Place = (0, 0),
    sign: str = "",
    over: str = "",
    cell: Callable[[Place, Callable[[float], str]], str] | None = None,
) -> Part:
    """Draw a table of numbers under its name and size, with what lies over it.

    Args:
        role: Its name, which is a colour of the palette.
        values: The numbers.
        axes: Of its sizes, how many are written.
        border: Rows and columns on each side that do not belong to it, hatched.
        sign: What stands before it.
        over: SVG that is laid on its cells.
        cell: Draws what a cell holds, given its place and what draws a number there; else the number of ``values``.
    """
    rows, columns = values.shape
    scale = np.abs(values[np.isfinite(values)]).max(initial=0) or 1
    pieces = []
    for (row, column), value in np.ndenumerate(values):
        outside = not (border[0] <= row < rows - border[0] and border[1] <= column < columns - border[1])
        filled = partial(_filled, role, (row, column), scale, outside)
        pieces.append(f'{_square(row, column)} fill="none" stroke="{LIGHT["rule"]}"/>')
        pieces.append(cell((row, column), filled) if cell else filled(value))
    left = _SIGN if sign else 0
    inner = [str(size - 2 * edge) for size, edge in zip(values.shape, border, strict=True)][-axes:]
    name = f'font-size="13" font-weight="600" text-anchor="start" fill="{LIGHT[role]}"'
    extent = f'font-size="13" text-anchor="end" fill="{LIGHT["muted"]}"'
    width = max(columns * CELL, 2.5 * CELL)
    middle = (width - columns * CELL) / 2
    body = (
        text(1, 9, role, name)
        + text(width - 1, 9, "×".join(inner), extent)
        + f'<g transform="translate({middle:g} {_TITLE})">{"".join(pieces)}{over}</g>'
    )
    mark = text(_SIGN / 2 - 3, _TITLE + rows * CELL / 2, sign, f'font-size="20" fill="{LIGHT["muted"]}"')
    svg = (mark if sign else "") + f'<g transform="translate({left + 2} 2)">{body}</g>'
    return Part(svg, left + width + 4, _TITLE + rows * CELL + 4)


def _filled(role: str, place: Place, scale: float, outside: bool, number: float) -> str:  # noqa: FBT001  bound by position
    """A number on its tint, or on the hatching of what does not belong to the table."""
    row, column = place
    tint = "output" if number > 0 else "input"
    shade = "url(#hatch)" if outside else LIGHT[tint if role == "output" else role]
    opacity = 1 if outside else _STRONGEST_TINT * min(1, abs(number) / scale)
    ink = f'fill="{LIGHT["muted"]}"' if outside else ""
    words = text((column + 0.5) * CELL, (row + 0.5) * CELL, number_word(number), ink)
    return f'{_square(row, column)} fill="{shade}" fill-opacity="{opacity:.2f}"/>{words}'


def _square(row: int, column: int) -> str:
    return f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}"'


def taps(kernel: Place, dilation: Place) -> str:
    """A kernel of so many rows and columns as it lies on a table: a frame for each weight."""
    return "".join(
        frame(row * dilation[0], column * dilation[1], "kernel", opacity=0.12) for row, column in np.ndindex(kernel)
    )


def corners(dilation: Place, numbers: Table, plus: str = "") -> str:
    """Write numbers small in the corners of the weights' frames, with ``plus`` before those that are not negative."""
    ink = f'font-size="10" text-anchor="end" fill="{LIGHT["kernel"]}" {_HALO}'
    return "".join(
        text(
            (column * dilation[1] + 1) * CELL - 4,
            (row * dilation[0] + 1) * CELL - 7,
            (plus if number >= 0 else "") + number_word(number),
            ink,
        )
        for (row, column), number in np.ndenumerate(numbers)
    )


def struck(places: Sequence[Place]) -> str:
    """A stroke through each cell."""
    path = "".join(f"M{column * CELL + 6} {(row + 1) * CELL - 6}l{CELL - 12}-{CELL - 12}" for row, column in places)
    return f'<path d="{path}" stroke="{LIGHT["ink"]}" stroke-width="1.5"/>' if places else ""


def products(numbers: Table, weights: Table, total: float | None = None) -> Part:
    """Products in the rows and columns of the kernel; where ``total`` is given, what they add up to."""
    rows, columns = weights.shape
    pieces = []
    for (row, column), weight in np.ndenumerate(weights):
        x, y = (column + 0.5) * _TERM + 10, (row + 0.5) * _LINE
        if total is not None and (row, column) != (0, 0):
            pieces.append(text(column * _TERM + 9, y, "+", f'fill="{LIGHT["muted"]}"'))
        pieces.append(text(x, y, _product(float(numbers[row, column]), float(weight))))
    if total is None:
        return Part("".join(pieces), columns * _TERM + 20, rows * _LINE)
    end, middle = columns * _TERM + 14, (rows - 0.5) * _LINE
    pieces.append(text(end, middle, "=", f'fill="{LIGHT["muted"]}"'))
    bold = f'font-weight="700" text-anchor="start" fill="{LIGHT["output"]}"'
    pieces.append(text(end + 14, middle, number_word(total), bold))
    return Part("".join(pieces), end + 52, rows * _LINE)


def _product(number: float, weight: float) -> str:
    factor = f"({number_word(weight)})" if weight < 0 else number_word(weight)
    roles = {"input": number_word(number), "muted": "·", "kernel": factor}
    return "".join(f'<tspan fill="{LIGHT[role]}">{word}</tspan>' for role, word in roles.items())


def frame(row: int, column: int, role: str, opacity: float = 0) -> str:
    """Draw the outline of a cell."""
    return (
        f'{_square(row, column)} fill="{LIGHT[role]}" '
        f'fill-opacity="{opacity}" stroke="{LIGHT[role]}" stroke-width="2.5"/>'
    )


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    """Write words round a point."""
    anchor = "" if "text-anchor" in attributes else 'text-anchor="middle" '
    return f'<text x="{x:g}" y="{y:g}" {anchor}dominant-baseline="central" {attributes}>{words}</text>'


def number_word(value: float) -> str:
    """A number as the book prints it, with two decimals at most.

    >>> number_word(7 / 9), number_word(-2.0), number_word(-np.inf)
    ('0.78', '−2', '−∞')
    """
    return printed(f"{round(value, 2):g}").replace("-inf", "−∞")


def beside(parts: Sequence[Part]) -> Part:
    """Put pieces in a row, their middles on one line."""
    height, x, pieces = max(part.height for part in parts), 0.0, []
    for part in parts:
        pieces.append(f'<g transform="translate({x:g} {(height - part.height) / 2:g})">{part.svg}</g>')
        x += part.width
    return Part("".join(pieces), x, height)


def stack(parts: Sequence[Part]) -> Part:
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
