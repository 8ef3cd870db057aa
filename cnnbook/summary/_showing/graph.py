"""The graph of a summary's layers as it is drawn: what computes nothing is left out, blocks that repeat stand once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cnnbook.summary.fields import Fields
from cnnbook.summary.rows import Row, Summary

_JOINS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}


@dataclass
class Node:
    """A layer that is drawn, or an input.

    Args:
        number: the row's place in the summary; below 0 an input.
        name: the row's.
        kind: ``"input"``, ``"weights"``, ``"without weights"`` or ``"joined"``.
        sign: of arithmetic between maps.
        pixels: rows of its map; 1 where there is none.
        channels: of its map.
        sources: the nodes before it.
        times: how often its block stands there.
        block: the name of that block.
    """

    number: int
    name: str
    kind: str
    sign: str
    pixels: int
    channels: int
    shape: tuple[int, ...]
    sources: list[int] = field(default_factory=list)
    times: int = 1
    block: str = ""


def graph(summary: Summary) -> list[Node]:
    """List what is drawn, each after its sources.

    >>> from torch import nn
    >>> from cnnbook.summary import summarize
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))
    >>> [(node.kind, node.channels, node.pixels) for node in graph(summarize(model, (1, 1, 8, 8)))]
    [('input', 1, 8), ('weights', 2, 6), ('without weights', 2, 3)]
    """
    drawn = {-1 - number: _node(-1 - number, "", "input", "", shape) for number, shape in enumerate(summary.inputs)}
    stands_for: dict[int, list[int]] = {number: [number] for number in drawn}
    made: dict[int, tuple[tuple[int, ...], Fields]] = {number: (node.shape, ()) for number, node in drawn.items()}
    for number, row in enumerate(summary.rows):
        sources = list(dict.fromkeys(node for source in row.sources for node in stands_for.get(source, [])))
        made[number] = (row.shape, row.fields)
        if not row.called or not sources or not _computes(row, [made[source] for source in row.sources]):
            stands_for[number] = sources
            continue
        joins = len(row.sources) > 1 and not row.multiply_adds
        kind = "joined" if joins else "weights" if row.multiply_adds != 0 else "without weights"
        drawn[number] = _node(number, row.name, kind, _JOINS.get(row.kind, ""), row.shape, sources)
        stands_for[number] = [number]
    return _folded(drawn)


def _computes(row: Row, before: list[tuple[tuple[int, ...], Fields]]) -> bool:
    """Whether a layer changes more than each number in its place: its output has another shape or sees more."""
    makes = row.activation_bytes > 0 and (row.shape, row.fields) not in before
    return row.multiply_adds != 0 or len(row.sources) > 1 or makes


def _node(number: int, name: str, kind: str, sign: str, shape: tuple[int, ...], sources: Sequence[int] = ()) -> Node:
    channels = shape[1] if len(shape) > 1 else 1
    return Node(number, name, kind, sign, shape[2] if len(shape) > 2 else 1, channels, shape, list(sources))  # noqa: PLR2004


def _folded(drawn: dict[int, Node]) -> list[Node]:
    """Leave out the blocks that equal the one before them, the largest blocks first."""
    for depth in range(1, 1 + max((node.name.count(".") + 1 for node in drawn.values()), default=0)):
        blocks: dict[str, list[Node]] = defaultdict(list)
        for node in drawn.values():
            parts = node.name.split(".")
            if len(parts) >= depth and parts[depth - 1].isdigit():
                blocks[".".join(parts[:depth])].append(node)
        first: list[Node] = []
        first_name = last = ""
        for name, nodes in blocks.items():
            if first and _follows(last, name) and _signature(nodes, name) == _signature(first, first_name):
                _replace(drawn, nodes, first, first_name)
            else:
                first, first_name = nodes, name
            last = name
    return list(drawn.values())


def _follows(name: str, next_name: str) -> bool:
    (path, _, number), (other, _, following) = name.rpartition("."), next_name.rpartition(".")
    return path == other and int(following) == int(number) + 1


def _signature(nodes: Iterable[Node], name: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(node.name.removeprefix(name), node.kind, node.shape) for node in nodes]


def _replace(drawn: dict[int, Node], nodes: list[Node], first: list[Node], name: str) -> None:
    """Let a block stand for one that equals it."""
    if len(first) < 2:  # noqa: PLR2004  one layer is no block
        return
    instead = {node.number: kept.number for node, kept in zip(nodes, first, strict=True)}
    for node, kept in zip(nodes, first, strict=True):
        kept.times, kept.block = kept.times + node.times, name
        del drawn[node.number]
    for node in drawn.values():
        node.sources = list(dict.fromkeys(instead.get(source, source) for source in node.sources))
