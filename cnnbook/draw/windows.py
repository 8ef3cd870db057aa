"""The windows on a row of pixels, drawn at its two ends, where sizes are decided.

The row is what a convolution or a pooling reads, or what a transposed convolution is laid down on.
"""

from dataclasses import dataclass
from functools import cached_property

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import PHONE, Part, text
from cnnbook.shapes import whole_number

_CELL = 24  # pixels, where there is room
_LINE = 14  # from one window to the next
_TITLE = 24
_SHOWN = 3  # windows at each end


@dataclass(frozen=True)
class Windows:
    """Windows on a padded row.

    Args:
        pixels: Of the row itself, :math:`n`.
        places: Windows, :math:`o`.
        kernel: Pixels that a window reads, :math:`k`.
        stride: Pixels from one window to the next.
        dilation: Pixels from one weight to the next.
        before: Pixels that are added at the beginning, hatched.
        after: Pixels that are added at the end.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, or below 0 of those that are added.

    >>> Windows(6, 3, kernel=3, stride=2, after=1).taps(2)
    [4, 5, 6]
    """

    pixels: int
    places: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        for name in ("pixels", "places", "kernel", "stride", "dilation", "before", "after"):
            whole_number(name, getattr(self, name), least=0 if name in {"before", "after"} else 1)

    def taps(self, place: int) -> list[int]:
        """The pixels that a window reads, counted from the row's first; the padding before it is negative."""
        first = place * self.stride - self.before
        return [first + tap * self.dilation for tap in range(self.kernel)]

    def reads(self, pixel: int) -> bool:
        """Whether some window reads a pixel.

        >>> [Windows(5, 2, kernel=2, stride=2).reads(pixel) for pixel in range(5)]
        [True, True, True, True, False]
        """
        steps = [pixel + self.before - tap * self.dilation for tap in range(self.kernel)]
        return any(step % self.stride == 0 and 0 <= step // self.stride < self.places for step in steps)

    @cached_property
    def shown(self) -> list[range]:
        """The stretches that are drawn: both ends, or the whole row where it is not much longer."""
        first, stop = -self.before, self.pixels + self.after
        end = self.dilation * (self.kernel - 1) + 1 + (_SHOWN - 1) * self.stride
        if stop - first <= 2 * end + 1:
            return [range(first, stop)]
        return [range(first, first + end), range(stop - end, stop)]


def ends(windows: Windows, role: str = "input") -> Part:
    """Draw the ends of a row, a stroke through each pixel that is not read, and below them the windows on them.

    Args:
        windows: What is drawn.
        role: The row's name, which is a colour of the palette.

    >>> ends(Windows(224, 112, kernel=3, stride=2, before=1, after=1)).width
    328.0
    """
    stretches = windows.shown
    cells = sum(map(len, stretches)) + 1.5 * (len(stretches) - 1)
    breadth = min(_CELL * cells, float(PHONE))
    cell = breadth / cells
    pieces = [
        text(1, 9, role, f'font-size="13" font-weight="600" text-anchor="start" fill="{LIGHT[role]}"'),
        text(breadth - 1, 9, str(windows.pixels), f'font-size="13" text-anchor="end" fill="{LIGHT["muted"]}"'),
    ]
    left, lines = 0.0, 1
    for stretch in stretches:
        if left:
            pieces.append(text(left - 0.75 * cell, _TITLE + cell / 2, "⋯", f'fill="{LIGHT["muted"]}"'))
        pieces += [_pixel(windows, pixel, left + (pixel - stretch.start) * cell, cell, role) for pixel in stretch]
        standing = _standing(windows, stretch)
        lines = max(lines, len(standing))
        for line, taps in enumerate(standing):
            pieces.append(_window([left + (tap - stretch.start + 0.5) * cell for tap in taps], line, cell))
        left += (len(stretch) + 1.5) * cell
    svg = f'<g transform="translate(2 2)">{"".join(pieces)}</g>'
    return Part(svg, breadth + 4, _TITLE + cell + (lines + 0.75) * _LINE)


def _standing(windows: Windows, stretch: range) -> list[list[int]]:
    """The windows that lie on a stretch, from its first pixel to its last."""
    around = range(
        max((stretch.start + windows.before) // windows.stride, 0),
        min((stretch.stop + windows.before) // windows.stride + 1, windows.places),
    )
    found = (windows.taps(place) for place in around)
    return [taps for taps in found if taps[0] >= stretch.start and taps[-1] < stretch.stop]


def _pixel(windows: Windows, pixel: int, x: float, cell: float, role: str) -> str:
    inside = 0 <= pixel < windows.pixels
    square = f'<rect x="{x:g}" y="{_TITLE}" width="{cell:g}" height="{cell:g}"'
    fill = f'{square} fill="{LIGHT[role] if inside else "url(#hatch)"}" fill-opacity="{0.16 if inside else 1}"/>'
    outline = f'{square} fill="none" stroke="{LIGHT["muted"]}" stroke-width="0.8"/>'
    if windows.reads(pixel):
        return fill + outline
    stroke = f"M{x + cell / 6:g} {_TITLE + cell * 5 / 6:g}l{cell * 2 / 3:g}-{cell * 2 / 3:g}"
    return f'{fill}{outline}<path d="{stroke}" stroke="{LIGHT["ink"]}" stroke-width="1.5"/>'


def _window(middles: list[float], line: int, cell: float) -> str:
    """A line from the first weight to the last, and a dot for each."""
    y = _TITLE + cell + (line + 1) * _LINE
    path = f'<path d="M{middles[0]:g} {y:g}H{middles[-1]:g}" stroke="{LIGHT["kernel"]}" stroke-width="1.5"/>'
    radius = min(3.5, cell / 3)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{LIGHT["kernel"]}"/>' for x in middles)
    return path + dots
