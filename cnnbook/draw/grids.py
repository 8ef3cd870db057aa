"""Small arrays drawn as grids of cells with their numbers, and signed maps whose zero is the page's colour."""

from itertools import cycle

import numpy as np
from jaxtyping import Float, Num
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from cnnbook.draw.palette import CATEGORIES, LIGHT
from cnnbook.draw.style import SIGNED, printed
from cnnbook.reference.conv import real
from cnnbook.shapes import PerAxis, per_axis

Array = Num[np.ndarray, " columns"] | Num[np.ndarray, "rows columns"]
Region = slice | tuple[slice, slice]

TINT = 0.22  # opacity of a filled cell: its number, in ink, stays readable in both themes
STRONGEST_TINT = 0.6


def grid(
    ax: Axes,
    values: Array,
    *,
    role: str = "input",
    numbers: bool = True,
    padding: PerAxis = 0,
    outline: Region | list[Region] | None = None,
    outline_role: str = "kernel",
) -> None:
    """Draw an array as cells, row 0 on top, each with its number.

    Args:
        ax: Axes to draw on; they lose their frame, and one cell is one unit.
        values: The array; one axis is drawn as one row.
        role: The palette's name of the cells' colour; ``"signed"`` shades each cell by its value instead, orange above
            zero and blue below.
        numbers: Whether to write the values; leave them out beyond about 8×8.
        padding: How many cells on each border of the array are padding, per axis; they are grey and hatched.
        outline: What to frame, in NumPy's own words: ``np.s_[0:3, 1:4]``, or a list of these.
        outline_role: The palette's name of the frame's colour.

    Raises:
        ValueError: ``values`` has other than one or two axes or no cell, ``role`` is no name of the palette.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> grid(ax, np.array([[0, 1, 1], [0, 1, 1]]), outline=np.s_[0:2, 0:2])
    >>> [text.get_text() for text in ax.texts], len(ax.patches)
    (['0', '1', '1', '0', '1', '1'], 7)
    """
    cells = _two_axes(values)
    if role not in ["signed", *LIGHT]:
        raise ValueError(f"role must be 'signed' or a name of the palette ({', '.join(LIGHT)}), not {role!r}")
    if outline_role not in list(LIGHT):
        raise ValueError(f"outline_role must be a name of the palette ({', '.join(LIGHT)}), not {outline_role!r}")
    if role == "signed" and not np.isfinite(cells).all():
        raise ValueError("values must be finite to be shaded (role='signed'), without NaN or infinity")
    borders = (0, *per_axis("padding", padding, values.ndim, least=0))[-2:]
    scale = np.abs(cells).max() or 1
    for (row, column), value in np.ndenumerate(cells):
        place = (row, column)
        if any(not border <= i < size - border for i, size, border in zip(place, cells.shape, borders, strict=True)):
            _cell(ax, place, LIGHT["padding"], TINT)
            _cell(ax, place, LIGHT["padding"], 0, hatch="//")  # apart, for Matplotlib tints a cell's hatches with it
        elif role == "signed":
            _cell(ax, place, LIGHT["output" if value > 0 else "input"], STRONGEST_TINT * abs(value) / scale)
        else:
            _cell(ax, place, LIGHT[role], TINT)
        if numbers:
            _number(ax, place, value)
    frames: list[Region] = outline if isinstance(outline, list) else [outline] if outline else []
    for region in frames:
        _frame(ax, region, cells.shape, LIGHT[outline_role])
    _bare(ax, cells.shape)


def matrix(ax: Axes, values: Num[np.ndarray, "rows columns"], *, numbers: bool = True) -> None:
    """Draw a matrix with a colour for each weight that stands in it, so that shared weights are seen; zeros stay empty.

    Equal values count as the same weight.
    Beyond as many weights as the palette has categories, every weight has the kernel's colour.

    Raises:
        ValueError: ``values`` has other than two axes, or no cell.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> matrix(ax, np.array([[7, 9, 0], [0, 7, 9]]))
    >>> [text.get_text() for text in ax.texts]
    ['7', '9', '7', '9']
    >>> len({cell.get_facecolor() for cell in ax.patches})  # two weights, and the page
    3
    """
    cells = _two_axes(values)
    if values.ndim != 2:  # noqa: PLR2004  rows and columns
        raise ValueError(f"values must have two axes (rows, columns), not the shape {values.shape}")
    weights = [weight for weight in dict.fromkeys(cells.ravel().tolist()) if weight != 0]
    few = len(weights) <= len(CATEGORIES)
    colours = dict(zip(weights, CATEGORIES if few else cycle(["kernel"]), strict=False))
    for place, value in np.ndenumerate(cells):
        _cell(ax, place, LIGHT[colours.get(value, "paper")], 2 * TINT if value else 0)
        if numbers and value:
            _number(ax, place, value)
    _bare(ax, cells.shape)


def show_signed(ax: Axes, image: Num[np.ndarray, "h w"], limit: float | None = None) -> AxesImage:
    """Show a signed map: orange above zero, blue below, and zero in the page's own colour.

    Args:
        ax: Axes to draw on; they lose their ticks.
        image: The map.
        limit: The size of value that has the full colour; by default the map's largest.

    Raises:
        ValueError: ``limit`` is not positive.

    >>> from matplotlib.figure import Figure
    >>> show_signed(Figure().subplots(), np.array([[-3.0, 1.0]])).get_clim()
    (-3.0, 3.0)
    """
    numbers = np.asarray(image, dtype=np.float64)  # a mask is a map too, and -128 has no positive among its kind
    if numbers.ndim != 2 or numbers.size == 0:  # noqa: PLR2004  rows and columns
        raise ValueError(
            f"image must have two axes (rows, columns) and at least one pixel, not the shape {image.shape}"
        )
    if limit is None:
        limit = float(np.abs(numbers).max()) or 1.0
    if not 0 < limit < np.inf:
        raise ValueError(f"limit must be positive and finite, not {limit}")
    ax.set(xticks=[], yticks=[])
    return ax.imshow(image, cmap=SIGNED, vmin=-limit, vmax=limit)


def _two_axes(values: Array) -> Float[np.ndarray, "rows columns"]:
    numbers = real("values", values)
    if values.ndim not in {1, 2} or values.size == 0:
        raise ValueError(f"values must have one or two axes and at least one cell, not the shape {values.shape}")
    return np.atleast_2d(numbers)


def _cell(ax: Axes, place: tuple[int, ...], colour: str, opacity: float, hatch: str | None = None) -> None:
    row, column = place
    face = (colour, opacity) if opacity else "none"
    ax.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=LIGHT["muted"], linewidth=0.8, hatch=hatch))


def _number(ax: Axes, place: tuple[int, ...], value: float) -> None:
    row, column = place
    ax.text(column + 0.5, row + 0.5, printed(f"{value:.3g}"), ha="center", va="center_baseline")


def _frame(ax: Axes, region: Region, shape: tuple[int, ...], colour: str) -> None:
    both = region if isinstance(region, tuple) else (slice(None), region)
    if len(both) != 2 or not all(isinstance(part, slice) for part in both):  # noqa: PLR2004  rows and columns
        raise TypeError(f"outline={region!r} must be a slice, or one for rows and one for columns: np.s_[0:3, 1:4]")
    rows, columns = both
    top, bottom, _ = rows.indices(shape[0])
    left, right, _ = columns.indices(shape[1])
    ax.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=3, zorder=3)
    )


def _bare(ax: Axes, shape: tuple[int, ...]) -> None:
    rows, columns = shape
    margin = 0.05  # half of the thickest frame
    ax.set(xlim=(-margin, columns + margin), ylim=(rows + margin, -margin), aspect="equal")
    ax.set_axis_off()
