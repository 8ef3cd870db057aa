"""The book's Matplotlib look, for scripts and for notebooks."""

import re
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.backend_bases import register_backend
from matplotlib.backends import backend_svg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from cnnbook.draw.palette import LIGHT, NEGATIVE, POSITIVE

SETTINGS: Any = {
    "figure.figsize": (6.0, 2.8),
    "figure.dpi": 96,
    "figure.constrained_layout.use": True,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.04,
    "svg.fonttype": "none",  # words stay text: translated later, and set in the page's font
    "svg.hashsalt": "cnnbook",  # equal drawings are equal files
    # The page's own colour shines through.
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "font.family": "sans-serif",
    "font.size": 11,
    "mathtext.fontset": "stix",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": LIGHT["muted"],
    "axes.labelcolor": LIGHT["ink"],
    "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "grid.color": LIGHT["rule"],
    "patch.edgecolor": LIGHT["ink"],
    "hatch.color": LIGHT["padding"],
    "lines.linewidth": 2,
    "image.interpolation": "none",  # a pixel is a square
    "image.cmap": "gray",
    "axes.prop_cycle": cycler(color=[LIGHT[name] for name in ("input", "output", "kernel", "green", "muted")]),
}

SIGNED = LinearSegmentedColormap.from_list(
    "signed",
    [
        (0, (*to_rgb(NEGATIVE), 1)),
        (0.5, (*to_rgb(NEGATIVE), 0)),
        (0.5, (*to_rgb(POSITIVE), 0)),
        (1, (*to_rgb(POSITIVE), 1)),
    ],
)
"""Blue below zero, orange above; zero is transparent, so that it has the page's own colour."""

_MINUS = re.compile(r"(?<![\w.)-])-(?=\.?\d)|(?<=\de)-(?=\d)")  # before a number, and not between two


def use() -> None:
    """Draw in the book's look from here on; a notebook's figures become SVG.

    It also registers the colour map ``signed``, and makes every SVG carry its own description (`description`).

    >>> use()
    >>> print(f"{mpl.colormaps['signed'](0.5)[3]:.1f}")  # zero is transparent
    0.0
    """
    mpl.rcParams.update(SETTINGS)
    register_backend("svg", _Canvas)
    backend_svg.RendererSVG = _Renderer  # type: ignore[misc]  # the canvas has no other way to choose it
    if SIGNED.name not in mpl.colormaps:
        mpl.colormaps.register(SIGNED)
    if _in_notebook():
        from matplotlib_inline.backend_inline import set_matplotlib_formats  # noqa: PLC0415  comes with a kernel only

        set_matplotlib_formats("svg", bbox_inches="tight")  # type: ignore[no-untyped-call]


def reset(_gallery_conf: dict[str, Any], _script: str) -> None:
    """Start each gallery script from the book's look (Sphinx-Gallery's ``reset_modules``)."""
    mpl.rcdefaults()
    mpl.use("agg")
    use()


def description(figure: Figure) -> str:
    """What a reader hears instead of the figure: its label, or else its titles, one to a line.

    >>> figure = Figure(); ax = figure.subplots()
    >>> _ = ax.set_title("Loss falls"); description(figure)
    'Loss falls'
    >>> figure.set_label("A curve that falls to the right."); description(figure)
    'A curve that falls to the right.'
    """
    if label := str(figure.get_label()):
        return " ".join(label.split())
    titles = [
        figure.get_suptitle(),
        *(ax.get_title(loc=at) for ax in figure.axes for at in ("left", "center", "right")),
    ]
    return "\n".join(" ".join(title.split()) for title in titles if title)


def printed(text: str) -> str:
    """Set numbers as print does: with a minus sign, not a hyphen.

    >>> printed("-5.4, on MNIST-1D, page 2-3")
    '−5.4, on MNIST-1D, page 2-3'
    """
    return _MINUS.sub("−", text)


class _Canvas(FigureCanvasSVG):
    def print_svg(self, filename: Any, *, metadata: dict[str, Any] | None = None, **options: Any) -> None:
        """Write the figure with its description as the SVG's title, and without the date."""
        title = {"Title": text} if (text := description(self.figure)) else {}
        super().print_svg(  # type: ignore[no-untyped-call]
            filename,
            metadata={"Date": None} | title | (metadata or {}),
            bbox_inches_restore=options.get("bbox_inches_restore"),
        )


class _Renderer(backend_svg.RendererSVG):
    def draw_text(self, gc: Any, x: float, y: float, s: str, *text: Any, ismath: Any = False, **options: Any) -> None:
        """Draw words as text, with minus signs, but formulas as outlines, which need no font."""
        with mpl.rc_context({"svg.fonttype": "path" if ismath else mpl.rcParams["svg.fonttype"]}):
            shown = s if ismath else printed(s)
            super().draw_text(gc, x, y, shown, *text, ismath=ismath, **options)  # type: ignore[no-untyped-call,misc]


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython  # noqa: PLC0415  optional
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
