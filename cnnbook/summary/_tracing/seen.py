"""What a tensor sees of the inputs: for each axis of an input, where its pixels have come to lie in the tensor.

Along a dimension the units see one interval each (:class:`Along`), a single unit too, so that a chain can go on.
Where positions were mixed, all units of a tensor see one interval (:class:`Spread` over no dimension).
Where positions were shuffled in a way that is not followed, only what they see together is known.
And behind an operator that is not known, nothing is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from cnnbook.summary._tracing.sight import PIXEL, Interval, Reader, Sight, hull

Shape = Sequence[int]


class Axis(NamedTuple):
    """A spatial axis of an input."""

    input: int
    dim: int
    pixels: int


class Along(NamedTuple):
    """Unit ``index[dim] // inner % units`` of the axis sees what ``sight`` says.

    Of a dimension that was not flattened with others, ``inner`` is 1 and ``units`` is its size.
    Intervals go on in the padding as if the input did; ``cover`` holds the pixels that all units do see together.
    """

    dim: int
    inner: int
    units: int
    sight: Sight
    cover: Interval | None


class Spread(NamedTuple):
    """All units together see ``cover``; each sees all of it if they differ along no dimension."""

    dims: frozenset[int]
    cover: Interval | None


class Unknown(NamedTuple):
    """An operator that is not known stood on the way."""


State = Along | Spread | Unknown
Seen = Mapping[Axis, State]


def pixels(number: int, shape: Shape) -> Seen:
    """What an input sees of itself: all its axes but the batch and the channels are spatial."""
    axes = [Axis(number, dim, size) for dim, size in enumerate(shape) if dim > 1]
    return {axis: Along(axis.dim, 1, axis.pixels, PIXEL, (0, axis.pixels - 1)) for axis in axes}


def settled(axis: Axis, state: Along | Spread) -> Along | Spread:
    """Forget where a single unit lies, before its dimension goes, or more than windows are laid over it."""
    if not isinstance(state, Along) or state.units != 1:
        return state
    interval, seen = state.sight.at(0), state.cover
    if interval is None or seen is None:
        return Spread(frozenset(), None)
    # What it sees of the input, and of the padding beyond it.
    first = interval[0] if seen[0] <= max(0, interval[0]) else seen[0]
    last = interval[1] if seen[1] >= min(axis.pixels - 1, interval[1]) else seen[1]
    return Spread(frozenset(), (first, last))


def dims(state: Along | Spread) -> frozenset[int]:
    """The dimensions along which units differ."""
    return frozenset() if isinstance(state, Along) and state.units == 1 else places(state)


def places(state: Along | Spread) -> frozenset[int]:
    """The dimensions along which units lie, a single unit too."""
    return frozenset([state.dim]) if isinstance(state, Along) else state.dims


def is_all(axis: Axis, state: State) -> bool:
    """Whether each unit sees the whole axis."""
    if isinstance(state, Unknown) or dims(state) or state.cover is None:
        return False
    return state.cover[0] <= 0 and state.cover[1] >= axis.pixels - 1


def joined(seens: Iterable[Seen]) -> Seen:
    """Unite what tensors of one shape see."""
    result: dict[Axis, State] = {}
    for seen in seens:
        for axis, state in seen.items():
            result[axis] = _join(axis, result[axis], state) if axis in result else state
    return result


def _join(axis: Axis, one: State, other: State) -> State:
    if one == other or is_all(axis, one):
        return one
    if is_all(axis, other):
        return other
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return Unknown()
    if isinstance(one, Along) and isinstance(other, Along) and one[:3] == other[:3]:
        return one._replace(sight=one.sight.joined(other.sight, one.units), cover=hull([one.cover, other.cover]))
    one, other = settled(axis, one), settled(axis, other)
    for along, fixed in [(one, other), (other, one)]:
        if isinstance(along, Along) and not dims(fixed):
            sight = along.sight.joined(Sight((fixed.cover,), 0), along.units)
            return along._replace(sight=sight, cover=hull([one.cover, other.cover]))
    return Spread(dims(one) | dims(other), hull([one.cover, other.cover]))


def lost(seens: Iterable[Seen]) -> Seen:
    """What is seen through an operator that is not known: nothing is certain but what saw everything."""
    result: dict[Axis, State] = {}
    for seen in seens:
        for axis, state in seen.items():
            result[axis] = state if is_all(axis, state) or is_all(axis, result.get(axis, state)) else Unknown()
    return result


def broadcast(seen: Seen, shape: Shape, to: Shape) -> Seen:
    """Repeat a tensor along the dimensions where it has one unit, as arithmetic does."""
    order = {dim: dim + len(to) - len(shape) for dim in range(len(shape))}
    return moved(mixed(seen, [dim for dim, place in order.items() if shape[dim] != to[place]]), order)


def moved(seen: Seen, order: Mapping[int, int]) -> Seen:
    """Move dimensions to other places."""
    return {axis: _moved(state, order) for axis, state in seen.items()}


def _moved(state: State, order: Mapping[int, int]) -> State:
    if isinstance(state, Along):
        return state._replace(dim=order[state.dim])
    if isinstance(state, Spread):
        return state._replace(dims=frozenset(order[dim] for dim in state.dims))
    return state


def mixed(seen: Seen, over: Iterable[int]) -> Seen:
    """Let all units along some dimensions see what each of them sees: a sum, a softmax, a matrix product."""
    gone = frozenset(over)
    return {axis: _mixed(axis, state, gone) for axis, state in seen.items()}


def _mixed(axis: Axis, state: State, gone: frozenset[int]) -> State:
    if isinstance(state, Along) and state.dim in gone:
        state = settled(axis, state)
    if isinstance(state, Unknown) or not dims(state) & gone:
        return state
    return Spread(dims(state) - gone, state.cover)


def without(seen: Seen, shape: Shape, gone: Collection[int]) -> Seen:
    """Take dimensions out, along which each unit now sees what all did."""
    stay = [dim for dim in range(len(shape)) if dim not in gone]
    return moved(mixed(seen, gone), {dim: place for place, dim in enumerate(stay)})


def read(seen: Seen, dim: int, size: int, layer: Reader, count: int) -> Seen:
    """Read windows along a dimension of ``size`` units; ``count`` of them come out."""
    return {axis: _read(axis, state, dim, size, layer, count) for axis, state in seen.items()}


def _read(axis: Axis, state: State, dim: int, size: int, layer: Reader, count: int) -> State:
    if isinstance(state, Along) and is_all(axis, state):
        state = settled(axis, state)
    if isinstance(state, Spread) and not state.dims:  # a unit may read nothing but padding
        same = Along(dim, 1, count, Sight((state.cover,) * size, None).read_by(layer, count), state.cover)
        return state if set(same.sight.intervals) == {state.cover} else same
    if isinstance(state, Unknown) or dim not in places(state):
        return state
    if not isinstance(state, Along) or (state.inner, state.units) != (1, size):
        all_are_read = len(layer.extent(size, count, rounds=0)) == size
        return Spread(dims(state), state.cover) if all_are_read else Unknown()
    together = state.sight.cover(layer.extent(size, count, state.sight.rounds), state.cover)
    return Along(dim, 1, count, state.sight.read_by(layer, count), together)


def unfollowed(seen: Seen, over: Iterable[int]) -> Seen:
    """Lose sight of the positions along some dimensions: they are put in an order that is not followed."""
    gone = frozenset(over)
    return {
        axis: state if isinstance(state, Unknown) or not dims(state) & gone else Unknown()
        for axis, state in seen.items()
    }


def reshaped(seen: Seen, old: Shape, new: Shape) -> Seen:
    """Follow the axes through a change of shape that keeps the order of the units."""
    groups = _groups(old, new)
    return {axis: _reshaped(axis, state, old, new, groups) for axis, state in seen.items()}


def _reshaped(axis: Axis, state: State, old: Shape, new: Shape, groups: list[tuple[range, range]]) -> State:
    if isinstance(state, Unknown) or not dims(state):
        return state if isinstance(state, Unknown) else settled(axis, state)
    inside = [(before, after) for before, after in groups if dims(state) & frozenset(before)]
    if isinstance(state, Along):
        [(before, after)] = inside
        inner = state.inner * prod(old[state.dim + 1 : before.stop])
        for dim in after:
            behind = prod(new[dim + 1 : after.stop])
            fits = behind * new[dim] % (inner * state.units) == 0 if new[dim] > 1 else False
            if inner % behind == 0 and fits:
                return state._replace(dim=dim, inner=inner // behind)
    return Spread(frozenset(dim for _, after in inside for dim in after if new[dim] > 1), state.cover)


def _groups(old: Shape, new: Shape) -> list[tuple[range, range]]:
    """Match the dimensions before and after a change of shape: runs with the same number of units.

    >>> _groups((1, 3, 4, 5), (1, 3, 20))
    [(range(0, 1), range(0, 1)), (range(1, 2), range(1, 2)), (range(2, 4), range(2, 3))]
    """
    groups, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        first, units, others = (i, j), 1, 1
        while True:
            if i < len(old) and (units < others or i == first[0] or j >= len(new)):
                units, i = units * old[i], i + 1
            elif j < len(new):
                others, j = others * new[j], j + 1
            if units == others and (i, j) != first and i > first[0] and j > first[1]:
                break
            if i >= len(old) and j >= len(new):
                break
        groups.append((range(first[0], i), range(first[1], j)))
    return groups


def concatenated(seens: Sequence[Seen], sizes: Sequence[int], dim: int) -> Seen:
    """Put tensors one behind the other along a dimension."""
    axes = dict.fromkeys(axis for seen in seens for axis in seen)
    return {axis: _concatenated(axis, [seen.get(axis) for seen in seens], sizes, dim) for axis in axes}


def _concatenated(axis: Axis, states: Sequence[State | None], sizes: Sequence[int], dim: int) -> State:
    if any(isinstance(state, Unknown) for state in states):
        return Unknown()
    parts = [state for state in states if not isinstance(state, Unknown)]
    known = [state for state in parts if state is not None]
    elsewhere = any(dims(state) - {dim} for state in known)
    alike = len(known) == len(parts) and len(set(known)) == 1
    if not any(dim in places(state) for state in known) and (elsewhere or alike):
        return joined({axis: state} for state in known)[axis]
    if elsewhere or not all(_lies(state, dim, size) for state, size in zip(parts, sizes, strict=True)):
        return Spread(frozenset([dim]).union(*map(dims, known)), hull(state.cover for state in known))
    intervals = [interval for state, size in zip(parts, sizes, strict=True) for interval in _intervals(state, size)]
    together = hull(state.cover for state in known)
    return Along(dim, 1, len(intervals), Sight(tuple(intervals), None), together)


def _lies(state: Along | Spread | None, dim: int, size: int) -> bool:
    """Whether the units of a part lie along a dimension, or see all the same, or nothing."""
    return state is None or not dims(state) or state[:3] == (dim, 1, size)


def _intervals(state: Along | Spread | None, size: int) -> list[Interval | None]:
    if isinstance(state, Along):  # a single unit may lie elsewhere
        return [state.sight.at(unit if dims(state) else 0) for unit in range(size)]
    return [state.cover if isinstance(state, Spread) else None] * size
