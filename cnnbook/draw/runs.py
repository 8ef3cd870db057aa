"""What several runs came to, side by side: the spread is seen before the mean."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from cnnbook.draw.palette import LIGHT

APART = 0.5  # of a row, above the first and below the last


def show_runs(ax: Axes, results: Mapping[str, Sequence[float] | Float[np.ndarray, " runs"]]) -> None:
    """Draw a row for each name, the first on top: a dot for each run, and a stroke for their mean.

    Args:
        ax: Axes to draw on; what the numbers are, and where they begin, is left to you.
        results: What each run came to, by the name of what ran: at least one number for each.

    Raises:
        ValueError: there is nothing to draw: no name, or a name without a number.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> show_runs(ax, {"5×5": [4.0, 6.0], "3×3": [3.0, 5.0]})
    >>> for label, mean in zip(ax.get_yticklabels(), ax.lines[1::2], strict=True):
    ...     print(label.get_text(), mean.get_xdata()[0])
    5×5 5.0
    3×3 4.0
    """
    if not results:
        raise ValueError(f"results={results!r} must name at least one thing that ran")
    for row, (name, numbers) in enumerate(results.items()):
        if np.ndim(numbers) != 1 or not np.size(numbers):
            raise ValueError(f"results[{name!r}]={numbers!r} must be a row of at least one number")
        ax.plot(numbers, [row] * len(numbers), "o", color=LIGHT["output"], alpha=0.6)
        ax.plot([float(np.mean(numbers))], [row], "|", markersize=18, color=LIGHT["kernel"])
    ax.set_yticks(range(len(results)), list(results))
    ax.set_ylim(len(results) - APART, -APART)
