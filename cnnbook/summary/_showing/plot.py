"""The picture of a network, drawn from its traced graph in the book's palette."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path

from cnnbook.draw import style
from cnnbook.draw.palette import LIGHT
from cnnbook.summary._showing.graph import Node, graph
from cnnbook.summary._showing.layout import Box, boxes
from cnnbook.summary._showing.table import size
from cnnbook.summary.rows import Summary

_ROLES = {"input": "input", "weights": "kernel", "without weights": "muted", "joined": "output"}
_WORDS = {
    "input": "input",
    "weights": "convolution or matrix product",
    "without weights": "without weights",
    "joined": "paths joined",
}
_SCALE = ["Higher: more rows. Wider: more channels.", "Below: the size of the maps."]
_REPEATS = ["A line and a number: so many such blocks."]
_POINTS = 72  # an inch
_WIDEST = 7.5  # inches: a page shows no more without making the words smaller
_MARGIN = 6.0
_RISE = 0.05  # of a line over other boxes: the longer, the higher
_SMALL = 9  # points
_LETTER = 0.62 * _SMALL  # points, about
_LINE = 1.6 * _SMALL


class Picture(Figure):
    """A figure that is shown once where a notebook shows the value of a cell, and its open figures behind it."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """Leave the picture to Matplotlib's own formats, but close it, or the notebook would show it again."""
        if "inline" in mpl.get_backend():
            plt.close(self)
        return {}


def draw(summary: Summary) -> Figure:
    """Draw a box for each layer that computes, from left to right, and a line for each input it takes.

    A box's height grows with the root of its map's rows, its width with the logarithm of the channels.
    """
    nodes = graph(summary)
    every = list(boxes(nodes).values())
    right = max(box.right for box in every)
    scale = min(1.0, _WIDEST * _POINTS / right)  # what is too wide is drawn narrower; its words are not
    # The first figure sets Matplotlib up, and what it sets must outlast the settings below.
    # Its layout does nothing; none at all would, once it is saved, become the one that the settings name.
    fixed = PlaceHolderLayoutEngine(adjust_compatible=True, colorbar_gridspec=True)
    figure = plt.figure(FigureClass=Picture, facecolor="none", layout=fixed)
    with mpl.rc_context(style.SETTINGS):
        ax = figure.add_axes((0, 0, 1, 1))
        low, high = _network(ax, every, linewidth=1 if scale == 1 else 0.6)
        for left, end, words in _repeats(every):
            ax.plot([left, end], [high + _LINE / 2] * 2, color=LIGHT["muted"], linewidth=1)
            ax.text((left + end) / 2, high + 0.7 * _LINE, words, ha="center", va="bottom", size=_SMALL)
        named = list(_sizes(every, _LETTER / scale))
        for x, line, words in named:
            ax.text(x, low - _LINE * (line + 1 / 3), words, ha="center", va="top", size=_SMALL, color=LIGHT["muted"])
        repeats = any(node.times > 1 for node in nodes)
        above = 2 * _LINE if repeats else _MARGIN
        limits = (low - _LINE * (1.5 + max(line for _, line, _ in named)), high + above)
        figure.set_size_inches(max(1, right * scale / _POINTS), (limits[1] - limits[0]) / _POINTS)
        ax.set(xlim=(0, max(right, _POINTS)), ylim=limits)
        ax.axis("off")
        kinds = [kind for kind in _ROLES if any(node.kind == kind for node in nodes)]
        handles = [Patch(facecolor=LIGHT[_ROLES[kind]], edgecolor="none", label=_WORDS[kind]) for kind in kinds]
        figure.legend(
            handles=handles,
            title="\n".join(_SCALE + _REPEATS * repeats),
            alignment="left",
            loc="upper left",
            bbox_to_anchor=(0, 0),
            ncols=2,
            fontsize=_SMALL + 1,  # on a telephone as well as on paper
            title_fontsize=_SMALL + 1,
        )
    figure.set_label(_described(summary, nodes))
    return figure


def _network(ax: Any, every: list[Box], linewidth: float) -> tuple[float, float]:
    """Draw boxes, signs and lines, and say how low and how high they reach."""
    placed = {box.node.number: box for box in every}
    low, high = min(box.y - box.height / 2 for box in every), max(box.y + box.height / 2 for box in every)
    for box in every:
        for source in box.node.sources:
            path, peak = _edge(placed[source], box, every)
            ax.add_patch(PathPatch(path, facecolor="none", edgecolor=LIGHT["muted"], linewidth=linewidth, zorder=1))
            high = max(high, peak)
        colour = LIGHT[_ROLES[box.node.kind]]
        if box.node.sign:
            middle = (box.x + box.width / 2, box.y)
            ax.plot(
                *middle,
                "o",
                markersize=box.height,
                markeredgewidth=1,
                markerfacecolor=LIGHT["paper"],
                markeredgecolor=colour,
            )
            ax.text(*middle, box.node.sign, ha="center", va="center_baseline", size=_SMALL, zorder=3)
        else:
            corner = (box.x, box.y - box.height / 2)
            ax.add_patch(Rectangle(corner, box.width, box.height, facecolor=colour, edgecolor="none", zorder=2))
    return low, high


def _edge(source: Box, target: Box, every: list[Box]) -> tuple[Path, float]:
    """Connect two boxes: straight where nothing lies between them, else over what does; and say how high it goes."""
    start, end = (source.right, source.y), (target.x, target.y)
    between = [box for box in every if source.right < box.x + box.width / 2 < target.x]
    if not any(abs(box.y - source.y) < box.height / 2 + 1 for box in between):
        turn = (max(start[0], *(box.right for box in between)) if between else start[0], start[1])
        return Path([start, turn, end]), max(start[1], end[1])
    span = end[0] - start[0]
    peak = max(box.y + box.height / 2 for box in between) + _MARGIN + _RISE * span
    bend = min(30.0, span / 2)
    corners = [(start[0], peak), (start[0] + bend, peak), (end[0] - bend, peak), (end[0], peak)]
    points = [start, corners[0], corners[0], corners[1], corners[2], corners[3], corners[3], end]
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve]), peak


def _repeats(every: list[Box]) -> Iterator[tuple[float, float, str]]:
    """Where blocks stand for several: from, to, and how many."""
    for (times, _), run in groupby(every, key=lambda box: (box.node.times, box.node.block)):
        if times > 1:
            found = list(run)
            yield min(box.x for box in found), max(box.right for box in found), f"×{times}"


def _sizes(every: list[Box], letter: float) -> Iterator[tuple[float, int, str]]:
    """Where maps have another size than those before: the middle of each run, a line with room for it, and the size."""
    columns = groupby(sorted(every, key=_middle), key=_middle)
    tallest = [max(column, key=lambda box: box.height) for _, column in columns]
    free = [float("-inf")] * 2  # from where on each line is
    for shape, run in groupby(tallest, key=lambda box: box.node.shape[2:]):
        found = list(run)
        words = size(shape) if shape else str(found[-1].node.channels)
        middle = (found[0].x + found[-1].right) / 2
        line = next((line for line, begin in enumerate(free) if middle - len(words) * letter / 2 > begin), None)
        if line is not None:
            yield middle, line, words
            free[line] = middle + (len(words) / 2 + 1) * letter


def _middle(box: Box) -> float:
    return round(box.x + box.width / 2, 3)


def _described(summary: Summary, nodes: list[Node]) -> str:
    maps = [node for node in nodes if node.number >= 0] or nodes
    computing = sum(node.times for node in nodes if node.kind == "weights")
    joins = sum(node.times for node in nodes if node.kind == "joined")
    ends = f"from {size(summary.inputs[0])} to {size(maps[-1].shape)}" if summary.inputs else ""
    paths = f"; paths join in {joins} place{'s' if joins > 1 else ''}" if joins else ""
    return f"{summary.model}, drawn from left to right {ends}: {computing} layers with weights{paths}."
