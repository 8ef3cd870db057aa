"""Operators that move units: other shapes and orders, parts, tensors put together, units picked by number."""

from collections.abc import Callable, Sequence

import torch

from cnnbook.summary._tracing import seen as see
from cnnbook.summary._tracing.call import Call, rule
from cnnbook.summary._tracing.seen import Seen
from cnnbook.summary._tracing.sight import Reader, offset
from cnnbook.summary._tracing.windows import each


@rule("view", "_unsafe_view", "reshape", "_reshape_alias", "unflatten", "flatten", "view_copy")
def reshape(call: Call) -> Seen:
    """Keep the order of the units."""
    return see.reshaped(call.seen[0], call.shape, call.to)


@rule("unsqueeze")
def unsqueeze(call: Call) -> Seen:
    """Put a dimension of one unit between others."""
    place = call["dim"] % len(call.to)
    return see.moved(call.seen[0], {dim: dim + (dim >= place) for dim in range(len(call.shape))})


@rule("squeeze")
def squeeze(call: Call) -> Seen:
    """Take dimensions of one unit out."""
    return see.without(call.seen[0], call.shape, {dim for dim in call.axes("dim") if call.shape[dim] == 1})


@rule("permute", "transpose", "t", "movedim", "numpy_T")
def permute(call: Call) -> Seen:
    """Put the dimensions in another order."""
    rank = len(call.shape)
    order = list(range(rank))
    if call.name == "permute":
        order = [dim % rank for dim in call["dims"]]
    else:
        one, other = (call["dim0"] % rank, call["dim1"] % rank) if call.name == "transpose" else (0, rank - 1)
        order[one], order[other] = order[other], order[one]
    return see.moved(call.seen[0], {dim: place for place, dim in enumerate(order)})


@rule("expand")
def expand(call: Call) -> Seen:
    """Repeat along dimensions of one unit."""
    return see.broadcast(call.seen[0], call.shape, call.to)


@rule("slice")
def cut(call: Call) -> Seen:
    """Keep every so many units from a first one on."""
    (dim,) = call.axes("dim")
    size, first = call.shape[dim], call["start"] or 0
    first = max(0, min(size, first + size if first < 0 else first))
    step = 1 if call["step"] is None else call["step"]
    if step == 1 and call.to[dim] == size:
        return call.seen[0]
    return see.read(call.seen[0], dim, size, offset(first, step), call.to[dim])


def taken(seen: Seen, shape: Sequence[int], dim: int, place: int) -> Seen:
    """Keep one unit along a dimension, which goes."""
    dim, place = dim % len(shape), place % shape[dim]
    return see.without(see.read(seen, dim, shape[dim], offset(place), 1), shape, [dim])


@rule("select")
def select(call: Call) -> Seen:
    """Keep one unit along a dimension."""
    return taken(call.seen[0], call.shape, call["dim"], call["index"])


@rule("flip", "roll")
def turned(call: Call) -> Seen:
    """Put units in another order."""
    seen = call.seen[0]
    for place, dim in enumerate(call.axes("dims")):
        size = call.shape[dim]
        order = mirrored(size) if call.name == "flip" else tiled(size, -each(call["shifts"], 1)[place])
        seen = see.read(seen, dim, size, order, size)
    return seen


def mirrored(size: int) -> Reader:
    """Read from the end."""
    return Reader(lambda unit: (size - 1 - unit,), 0)


def tiled(size: int, first: int = 0) -> Reader:
    """Read round and round."""
    return Reader(lambda unit: ((unit + first) % size,), 0)


@rule("repeat")
def repeat(call: Call) -> Seen:
    """Lay copies side by side."""
    shape = (1,) * (len(call.to) - len(call.shape)) + call.shape
    shape = tuple(places if size == 1 else size for size, places in zip(shape, call.to, strict=True))
    seen = see.broadcast(call.seen[0], call.shape, shape)
    for dim, (size, places) in enumerate(zip(shape, call.to, strict=True)):
        if size != places:
            seen = see.read(seen, dim, size, tiled(size), places)
    return seen


@rule("cat", "concatenate", "stack")
def cat(call: Call) -> Seen:
    """Put tensors one behind the other: what stands in the same place is united, and along the dimension follows."""
    dim = call["dim"] or 0
    shapes, seens = [tuple(tensor.shape) for tensor in call.inputs], call.seen
    dim %= len(call.to)
    if call.name == "stack":
        before = {d: d + (d >= dim) for d in range(len(call.to) - 1)}
        seens = [see.moved(seen, before) for seen in seens]
        shapes = [(*shape[:dim], 1, *shape[dim:]) for shape in shapes]
    return see.concatenated(seens, [shape[dim] if len(shape) == len(call.to) else 0 for shape in shapes], dim)


@rule("index_select", "gather", "index")
def index(call: Call) -> Seen:
    """Pick units by their numbers; where those are not known, positions must not lie on the dimension."""
    given = call["indices"] if call.name == "index" else [call["index"]]
    places = [dim for dim, one in enumerate(given) if one is not None] if call.name == "index" else call.axes("dim")
    seen, others = call.seen[0], [seen for seen in call.seen[1:] if seen]
    if others or len(places) != 1 or len(call.to) != len(call.shape) or call.name == "gather":
        return see.lost(call.seen)
    [dim], [numbers] = places, [one for one in given if one is not None]
    if numbers.is_meta or numbers.dtype == torch.bool:
        return see.unfollowed(seen, [dim])
    picked = numbers.tolist()
    return see.read(seen, dim, call.shape[dim], Reader(lambda unit: (picked[unit],), 0), call.to[dim])


@rule("index_add")
def index_add(call: Call) -> Seen:
    """Add units where their numbers say."""
    dim, source = call.axes("dim")[0], call["source"]
    if call["index"].is_meta or call.sees("index"):
        return see.joined([call.sees("self"), see.lost([call.sees("source")])])
    adds: dict[int, list[int]] = {}
    for unit, place in enumerate(call["index"].tolist()):
        adds.setdefault(place, []).append(unit)
    reader = Reader(lambda unit: adds.get(unit, ()), 0)
    return see.joined([call.sees("self"), see.read(call.sees("source"), dim, source.shape[dim], reader, call.to[dim])])


def pieces(call: Call) -> list[Seen]:
    """Cut a tensor along a dimension into several."""
    (dim,) = call.axes("dim") if call["dim"] is not None else (0,)
    if call.name == "unbind":
        return [taken(call.seen[0], call.shape, dim, place) for place in range(len(call.outputs))]
    found, first = [], 0
    for output in call.outputs:
        size = output.shape[dim]
        found.append(see.read(call.seen[0], dim, call.shape[dim], offset(first), size))
        first += size
    return found


SEVERAL: dict[str, Callable[[Call], list[Seen]]] = dict.fromkeys(
    ["split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes", "unbind", "chunk", "unsafe_chunk"], pieces
)
"""What is seen through each of several outputs."""
