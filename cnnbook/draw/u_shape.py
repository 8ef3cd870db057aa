"""A network that goes down and comes up, drawn as a U: each tensor to scale, with what is laid beside what."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnnbook.draw.palette import LIGHT

Shape = tuple[int, int, int]  # channels, rows, columns

_FIRST = 0.035  # thickness of the first level's stack, of the tallest map
_ROOM = 0.25  # between two levels, for a label and an arrow; of the tallest map
_COLUMNS = (0.0, 1.15, 1.95)  # middles of what goes down, is joined, comes up; of the tallest map
_AIR = 0.02  # of the tallest map, between an arrow and what it points at
_LABEL = 0.115  # of the tallest map: the height of a shape's digits, with their air


def u_shape(ax: Axes, down: list[Shape], joined: list[Shape], up: list[Shape]) -> None:
    """Draw the tensors of a U-Net: a side is as tall as it is long, and as thick as it has channels.

    On the way down, the part that is handed on is filled darker.
    What is laid beside shows two colours: what came over, and what came up.

    Args:
        ax: Axes to draw on; they lose their frame.
        down: What each level of the way down ends with, the largest maps first, the lowest level last.
        joined: What each level of the way up begins with, once the skip lies beside, from the lowest on.
        up: What each level of the way up ends with, from the lowest on.

    Raises:
        ValueError: the two ways do not have as many levels as belong together.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> u_shape(ax, down=[(4, 20, 20), (8, 6, 6)], joined=[(8, 12, 12)], up=[(4, 8, 8)])
    >>> [text.get_text() for text in ax.texts]
    ['4×20×20', '8×6×6', '8×12×12', '4×8×8', 'beside', 'twice 3×3', 'pool', 'enlarge']
    """
    if not len(down) - 1 == len(joined) == len(up) > 0:
        raise ValueError(f"down has {len(down)} shapes, joined {len(joined)}, up {len(up)}; down must have one more")
    tallest = max(shape[1] for shape in down)
    thin = tallest * _FIRST / down[0][0]  # of one channel
    left, middle, right = (tallest * place for place in _COLUMNS)
    room, air = tallest * _ROOM, tallest * _AIR
    heights = [max(rows for _, rows, _ in level) for level in zip(down, [*joined[::-1], down[-1]], strict=True)]
    centres = [-sum(heights[:level]) - level * room - height / 2 for level, height in enumerate(heights)]

    def draw(shape: Shape, x: float, level: int, colours: list[tuple[str, int]]) -> tuple[float, float]:
        """Draw one tensor with its shape below; return half its width, and how far down its words reach."""
        width, rows, place = thin * shape[0], shape[1], x - thin * shape[0] / 2
        for colour, channels in colours:
            corner = (place, centres[level] - rows / 2)
            edge = LIGHT[colour]
            ax.add_patch(Rectangle(corner, thin * channels, rows, facecolor=(edge, 0.25), edgecolor=edge))
            place += thin * channels
        ax.text(x, centres[level] - rows / 2 - air, "×".join(map(str, shape)), ha="center", va="top", fontsize=9)
        return width / 2, centres[level] - rows / 2 - tallest * _LABEL

    def arrow(start: tuple[float, float], end: tuple[float, float], colour: str = "muted") -> None:
        arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0)
        arrow.set_color(LIGHT[colour])
        ax.add_patch(arrow)

    halves, lows = zip(
        *(draw(shape, left, level, [("input", shape[0])]) for level, shape in enumerate(down)), strict=True
    )
    for level, low in enumerate(lows[:-1]):
        arrow((left, low), (left, centres[level + 1] + down[level + 1][1] / 2 + air))
    start = (left + halves[-1] + air, centres[-1])
    for level, (both, after) in reversed(list(enumerate(zip(joined[::-1], up[::-1], strict=True)))):
        over = down[level][0]
        half, low = draw(both, middle, level, [("input", over), ("output", both[0] - over)])
        arrow(start, (middle + half / 2, low))
        corner = (left - halves[level], centres[level] - both[1] / 2)
        ax.add_patch(Rectangle(corner, 2 * halves[level], both[1], facecolor=(LIGHT["input"], 0.5), edgecolor="none"))
        arrow((left + halves[level] + air, centres[level]), (middle - half - air, centres[level]), "input")
        wide, _ = draw(after, right, level, [("output", after[0])])
        arrow((middle + half + air, centres[level]), (right - wide - air, centres[level]))
        start = (right, centres[level] + after[1] / 2 + air)
    for x, word in [((left + middle) / 2, "beside"), ((middle + right) / 2, "twice 3×3")]:
        ax.text(x, centres[0] + air, word, ha="center", va="bottom")
    ax.text(left + 2 * air, (lows[0] + centres[1] + down[1][1] / 2) / 2, "pool", va="center")
    ax.text(middle + tallest * _LABEL, centres[-1], "enlarge", va="center")
    ax.axis("off")
    ax.set_aspect("equal")
    ax.autoscale_view()
