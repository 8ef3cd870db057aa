"""Tensors drawn as stacked sheets: one sheet for each channel, the first in front, rows down, columns to the right."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnnbook.draw.palette import LIGHT
from cnnbook.shapes import whole_number

DEPTH = 0.28  # how far a sheet peeps out behind the one before it, in pixels
MOST_DEPTH = 2.5  # of a whole stack: beyond, the sheets move together
GAP = 2.2  # between two stacks, wide enough for an arrow


def sheets(
    ax: Axes, shape: tuple[int, int, int], *, left: float = 0, role: str = "input", roles: list[str] | None = None
) -> float:
    """Draw one tensor of channels, rows and columns as a stack of sheets; one unit is one pixel.

    Args:
        ax: Axes to draw on.
        shape: Channels, rows, columns.
        left: Where the front sheet begins; it stands centred on the height zero.
        role: The palette's name of the sheets' colour.
        roles: One name for each channel instead, the front sheet's first.

    Returns:
        How wide the stack is.

    Raises:
        TypeError: a size is no whole number.
        ValueError: a size is below one, there are not three, or a name is not in the palette or not given for each.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> sheets(ax, (3, 7, 7))  # seven columns, and two sheets that peep out
    7.56
    >>> len(ax.patches)  # paper and tint for each sheet
    6
    """
    if len(shape) != 3:  # noqa: PLR2004  channels, rows, columns
        raise ValueError(f"shape={shape!r} must have three numbers: channels, rows, columns")
    names = ("channels", "rows", "columns")
    channels, rows, columns = (whole_number(name, size, least=1) for name, size in zip(names, shape, strict=True))
    colours = roles or [role] * channels
    if len(colours) != channels:
        raise ValueError(f"roles={roles!r} must name one colour for each of {channels} channels")
    for name in colours:
        if name not in LIGHT:
            raise ValueError(f"role {name!r} must be a name of the palette ({', '.join(LIGHT)})")
    depth = min(DEPTH, MOST_DEPTH / channels)
    for behind in reversed(range(channels)):
        corner = (left + behind * depth, -rows / 2 + behind * depth)
        ax.add_patch(Rectangle(corner, columns, rows, facecolor=LIGHT["paper"], edgecolor="none"))
        colour = LIGHT[colours[behind]]
        ax.add_patch(Rectangle(corner, columns, rows, facecolor=(colour, 0.22), edgecolor=colour, linewidth=1))
    return columns + (channels - 1) * depth


def layers(ax: Axes, shapes: list[tuple[int, int, int]], steps: list[str]) -> None:
    """Draw tensors one after the other, each under its shape, with an arrow and a word for the step between two.

    Args:
        ax: Axes to draw on; they lose their frame.
        shapes: Channels, rows, columns of each tensor, the input first.
        steps: What stands between two of them: one fewer than ``shapes``.

    Raises:
        ValueError: there is not one step between every two tensors.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> layers(ax, [(3, 7, 7), (10, 5, 5)], ["ten filters"])
    >>> [text.get_text() for text in ax.texts]
    ['3×7×7', '10×5×5', 'ten filters']
    """
    if len(steps) != len(shapes) - 1:
        raise ValueError(f"steps={steps!r} must be one fewer than the {len(shapes)} shapes")
    edges, left = [], 0.0
    height = max(rows for _, rows, _ in shapes) / 2 + MOST_DEPTH
    for number, shape in enumerate(shapes):
        role = "input" if number == 0 else "output" if number == len(shapes) - 1 else "kernel"
        width = sheets(ax, shape, left=left, role=role)
        label = "×".join(map(str, shape))
        ax.text(left + width / 2, -height + MOST_DEPTH - 0.8, label, ha="center", va="top")
        edges.append((left, left + width))
        left += width + GAP
    for ((_, end), (start, _)), step in zip(pairwise(edges), steps, strict=True):
        ax.add_patch(FancyArrowPatch((end + 0.2, 0), (start - 0.2, 0), arrowstyle="->", mutation_scale=12))
        ax.text((end + start) / 2, height - 0.4, step, ha="center", va="bottom")
    ax.set(xlim=(-0.2, left - GAP + 0.2), ylim=(-height + MOST_DEPTH - 2.6, height + 1.2), aspect="equal")
    ax.set_axis_off()
