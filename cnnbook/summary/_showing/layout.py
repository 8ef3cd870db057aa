"""Where the layers of a network stand in its picture: columns by depth, lanes for branches."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt

from cnnbook.summary._showing.graph import Node

_HIGH, _WIDE = 7.0, 1.3  # points for the root of a pixel, for each doubling of the channels
_LEAST = 5.0
_COLUMN, _LANE = 9.0, 7.0  # points between boxes
_SIGN = 9.0  # a sum's circle


@dataclass
class Box:
    """A node in its place: the middle of its left side, and its size, in points."""

    node: Node
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its other side."""
        return self.x + self.width


def boxes(nodes: list[Node]) -> dict[int, Box]:
    """Place nodes, each to the right of its sources."""
    consumers: dict[int, list[Node]] = defaultdict(list)
    depth: dict[int, int] = {}
    placed: dict[int, Box] = {}
    columns: dict[int, list[Box]] = defaultdict(list)
    for node in nodes:
        depth[node.number] = 1 + max((depth[source] for source in node.sources), default=-1)
        for source in node.sources:
            consumers[source].append(node)
    before: dict[int, frozenset[int]] = {}
    for node in nodes:
        box = Box(node, 0, _lane(node, placed, consumers, before), *_extent(node))
        placed[node.number] = box
        before[node.number] = frozenset([node.number]).union(*(before[source] for source in node.sources))
        columns[depth[node.number]].append(box)
    x = 0.0
    for _, column in sorted(columns.items()):
        _push_apart(column)
        widest = max(box.width for box in column)
        for box in column:
            box.x = x + (widest - box.width) / 2
        x += widest + _COLUMN
    return placed


def _extent(node: Node) -> tuple[float, float]:
    if node.sign:
        return _SIGN, _SIGN
    return _LEAST + _WIDE * log2(node.channels), max(_LEAST, _HIGH * sqrt(node.pixels))


def _lane(
    node: Node, placed: dict[int, Box], consumers: dict[int, list[Node]], before: dict[int, frozenset[int]]
) -> float:
    """A chain keeps its lane, a join returns to that of the fork, branches spread."""
    sources = [placed[source] for source in node.sources]
    if not sources:
        return 0.0
    if len(sources) > 1:
        common = frozenset.intersection(*(before[source] for source in node.sources))
        return placed[max(common)].y if common else sources[0].y
    [source] = sources
    branches = [other for other in consumers[source.node.number] if len(other.sources) == 1]
    if len(branches) == 1:
        return source.y
    middle = (len(branches) - 1) / 2
    if len(branches) == 2:  # noqa: PLR2004  the longer way goes on, the way round it stands beside
        branches.sort(key=lambda branch: -_length(branch, consumers))
        middle = 0.0
    spacing = max(_extent(branch)[1] for branch in branches) + _LANE
    return source.y - (branches.index(node) - middle) * spacing


def _length(node: Node, consumers: dict[int, list[Node]]) -> int:
    """Count the layers of a chain that begins here, up to where it forks or joins."""
    length, after = 1, consumers[node.number]
    while len(after) == 1 and len(after[0].sources) == 1:
        length, after = length + 1, consumers[after[0].number]
    return length


def _push_apart(column: list[Box]) -> None:
    """Let no two boxes of a column overlap."""
    column.sort(key=lambda box: -box.y)
    for above, below in pairwise(column):
        below.y = min(below.y, above.y - (above.height + below.height) / 2 - _LANE)
