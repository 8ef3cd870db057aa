"""Maps of labels: a colour for each class, or for each instance, and a key that names them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from cnnbook.draw.palette import LABELS

Map = Int[np.ndarray, "rows columns"]


def colour_of(label: int) -> str:
    """Find the colour of a label, as ``#rrggbb``; after the last one they begin again.

    >>> colour_of(0) == colour_of(len(LABELS))
    True
    """
    return LABELS[label % len(LABELS)]


def show_labels(ax: Axes, labels: Map, *, nothing: int | None = None) -> AxesImage:
    """Draw a map of classes: each pixel in its class's colour.

    Args:
        ax: axes to draw on; they lose their frame.
        labels: for each pixel the number of its class.
        nothing: a label that stays the page's own colour, such as the ignored one, or the ground behind instances.

    Raises:
        ValueError: ``labels`` has other than two axes, or a label below 0.
        TypeError: labels that are no whole numbers.

    >>> from matplotlib.figure import Figure
    >>> shown = show_labels(Figure().subplots(), np.array([[0, 1], [1, 255]]), nothing=255)
    >>> shown.get_array()[1, 1, 3], shown.get_array()[0, 0, 3]
    (np.float64(0.0), np.float64(1.0))
    """
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"labels must be whole numbers, not {labels.dtype}")
    if labels.ndim != 2:  # noqa: PLR2004 (rows and columns)
        raise ValueError(f"labels must have two axes, rows and columns, not the shape {labels.shape}")
    drawn = labels if nothing is None else labels[labels != nothing]
    if drawn.size and drawn.min() < 0:
        raise ValueError(f"labels must be at least 0, not {drawn.min()}")
    colours = np.array([[*to_rgb(colour), 1.0] for colour in LABELS])
    image = colours[labels % len(LABELS)]
    if nothing is not None:
        image[labels == nothing] = 0
    ax.axis("off")
    return ax.imshow(image)


def key(figure: Figure, names: Sequence[str], *, labels: Sequence[int] | None = None, columns: int = 5) -> None:
    """Name the colours below a figure.

    Args:
        figure: the figure whose maps are explained.
        names: what each label means.
        labels: the labels that these names belong to; by default 0, 1, 2, …
        columns: how many stand beside each other.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> key(figure, ["sky", "road"])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['sky', 'road']
    """
    labels = range(len(names)) if labels is None else labels
    patches = [Patch(color=colour_of(label), label=name) for label, name in zip(labels, names, strict=True)]
    figure.legend(handles=patches, loc="outside lower center", ncols=columns, handlelength=1, columnspacing=1.8)
