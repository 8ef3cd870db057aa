"""Run a model once and note, layer by layer, what went in, what came out, and what each unit saw.

Every operator that torch runs passes through a dispatch mode, functional calls and methods of tensors too.
Hooks on the modules say to which layer it belongs.
"""

import time
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.weak import WeakTensorKeyDictionary

from cnnbook.summary._tracing import seen as see
from cnnbook.summary._tracing.call import Call, bound
from cnnbook.summary._tracing.counts import multiply_adds
from cnnbook.summary._tracing.rules import seen_by
from cnnbook.summary._tracing.seen import Seen
from cnnbook.summary._tracing.stand_in import attributes

OVERWRITING = {"copy_", "fill_", "zero_"}
VIEWS = {"_unsafe_view", "_reshape_alias", "lift_fresh", "_assert_async", "_local_scalar_dense"}


class Trail(NamedTuple):
    """Where a tensor comes from: what it sees, the layers that made it, and the parameters that it is made of."""

    seen: Seen = {}  # noqa: RUF012  a mapping that nobody writes
    made_by: frozenset[int] = frozenset()
    parameters: frozenset[int] = frozenset()


@dataclass
class Layer:
    """What was noted of one call of a module, or of one operator outside of them."""

    name: str
    kind: str
    parameters: dict[int, nn.Parameter] = field(default_factory=dict)
    multiply_adds: int | None = 0
    seconds: float = 0.0
    median_seconds: float | None = None
    inputs: list[Tensor] = field(default_factory=list)  # those made elsewhere, kept alive while the layer runs
    incoming: dict[frozenset[int], Seen] = field(default_factory=dict)
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    seen: Seen = field(default_factory=dict)
    bytes: int = 0
    from_shape: tuple[int, ...] = ()


class Frame(NamedTuple):
    """A module that is running."""

    name: str
    module: nn.Module
    shapes: list[tuple[int, ...]]


class NotTraceableError(RuntimeError):
    """Something needs numbers, and there are shapes only."""


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the layers of a model while it runs.

    Args:
        model: a copy that may be run.
        numbers: whether its tensors have any.
    """

    def __init__(self, model: nn.Module, *, numbers: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.layers: list[Layer] = []
        self.frames: list[Frame] = []
        self.running: Layer | None = None
        self.operator: tuple[str, list[tuple[int, ...]]] | None = None
        self.numbers = numbers
        self.leaked: Seen = {}
        self.trails: MutableMapping[Tensor, Trail] = WeakTensorKeyDictionary()
        self.root = model
        self.parameters = {id(weight): weight for weight in model.parameters()}
        self.unsure: Seen = {}
        for value in attributes(model):
            if isinstance(value, Tensor):
                self.trails[value] = Trail()
        for key, weight in self.parameters.items():
            self.trails[weight] = Trail(parameters=frozenset([key]))

    def give(self, inputs: Iterable[Tensor]) -> None:
        """Make tensors the model's inputs, which see themselves."""
        for number, tensor in enumerate(inputs):
            seen = see.pixels(number, tensor.shape)
            self.trails[tensor] = Trail(seen, frozenset([-1 - number]))
            self.unsure = {**self.unsure, **dict.fromkeys(seen, see.Unknown())}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Leave torch's compiler out, whose import takes seconds."""
        return False

    def trail(self, tensor: Tensor) -> Trail:
        """Where a tensor comes from.

        Without numbers, a tensor that no operator made is a constant.
        With numbers, NumPy or Python may have made it, from what the model was given.
        """
        found = self.trails.get(tensor)
        return Trail(self.unsure if self.numbers else {}) if found is None else found

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Listen to the modules."""
        handles = []
        for name, module in self.root.named_modules():
            handles.append(module.register_forward_pre_hook(self._entering(name), with_kwargs=True, prepend=True))
            handles.append(module.register_forward_hook(self._leaving))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str) -> Any:
        def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            tensors = _tensors([args, kwargs])
            self.frames.append(Frame(name, module, [tuple(tensor.shape) for tensor in tensors]))
            if self.running is None and is_layer(module, self.root):
                kind = type(module).__name__.removeprefix("Parametrized")
                self.running = Layer(name, kind, {id(w): w for w in module.parameters()})
                self._arrive(self.running, tensors)

        return enter

    def _leaving(self, module: nn.Module, _: Any, output: Any) -> None:
        frame = self.frames.pop()
        if self.running and frame.module is module and frame.name == self.running.name and is_layer(module, self.root):
            self._close(self.running, _tensors([output]))
            self.running = None

    def _arrive(self, layer: Layer, tensors: Iterable[Tensor]) -> None:
        """Note the tensors that were made by other layers."""
        for tensor in tensors:
            trail = self.trail(tensor)
            if len(self.layers) in trail.made_by or any(tensor is known for known in layer.inputs):
                continue
            layer.inputs.append(tensor)
            layer.from_shape = layer.from_shape or tuple(tensor.shape)
            if trail.seen or trail.made_by:
                layer.incoming.setdefault(trail.made_by, trail.seen)

    def _close(self, layer: Layer, outputs: Sequence[Tensor]) -> None:
        known = {_storage(tensor) for tensor in layer.inputs}
        made = {_storage(tensor): tensor for tensor in outputs}
        layer.bytes = sum(
            tensor.numel() * tensor.element_size() for storage, tensor in made.items() if storage not in known
        )
        layer.shapes = [tuple(tensor.shape) for tensor in outputs]
        layer.seen = next((seen for tensor in outputs if (seen := self.trail(tensor).seen)), {})
        layer.inputs.clear()
        self.layers.append(layer)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operator."""
        kwargs = dict(kwargs or {})
        self.operator = (_name(func), [tuple(tensor.shape) for tensor in _tensors([args, kwargs])])
        taken, named = (args, kwargs) if self.numbers else _without_numbers(func, args, kwargs)
        start = time.perf_counter()
        output = func(*taken, **named)
        seconds = time.perf_counter() - start
        self._note(func, args, kwargs, output, seconds)
        self.operator = None
        return output

    def _note(self, func: Any, args: Any, kwargs: Any, output: Any, seconds: float) -> None:
        inputs, outputs = _tensors([args, kwargs]), _tensors([output])
        trails = [self.trail(tensor) for tensor in inputs]
        name = _name(func)
        if name == "_local_scalar_dense":
            self.leaked = see.joined([self.leaked, see.lost(_unsure(trail.seen) for trail in trails)])
        if not outputs:
            return
        pointwise = torch.Tag.pointwise in func.tags
        named = bound(func, args, kwargs)
        plain = name if name in OVERWRITING else name.removesuffix("_")
        call = Call(plain, named, inputs, [trail.seen for trail in trails], outputs, pointwise)
        seens = [see.joined([seen, self.leaked]) if self.leaked else seen for seen in seen_by(call)]
        count = multiply_adds(call, func.namespace)
        made_by = frozenset[int]().union(*(trail.made_by for trail in trails))
        parameters = frozenset[int]().union(*(trail.parameters for trail in trails))
        changed = [output for output in outputs if any(output is given for given in inputs)]
        depends = any(trail.seen or trail.made_by for trail in trails)
        passes = func.is_view or name in VIEWS or not (depends or count)
        layer = self.running or (None if passes else Layer(self._place(), _plain(name)))
        if layer is not None:
            self._arrive(layer, (tensor for tensor, trail in zip(inputs, trails, strict=True) if trail.made_by))
            layer.from_shape = layer.from_shape or tuple(inputs[0].shape)
            layer.parameters |= {key: self.parameters[key] for key in parameters}
            known = count is not None and layer.multiply_adds is not None
            layer.multiply_adds = (layer.multiply_adds or 0) + (count or 0) if known else None
            layer.seconds += seconds
        if not passes:
            made_by, parameters = frozenset([len(self.layers)]), frozenset()
        for tensor, seen in zip(outputs, seens, strict=True):
            if any(tensor is one for one in changed) and seen != self.trail(tensor).seen:
                self._spoil(tensor, seen)
            self.trails[tensor] = Trail(seen, made_by, parameters)
        if layer is not None and layer is not self.running:
            layer.inputs += [tensor for tensor in inputs if not any(tensor is known for known in layer.inputs)]
            self._close(layer, outputs)

    def _spoil(self, written: Tensor, seen: Seen) -> None:
        """Other views of what was written to no longer see what they saw."""
        storage = _storage(written)
        for tensor, trail in list(self.trails.items()):
            if tensor is not written and _storage(tensor) == storage:
                same = tensor.shape == written.shape and tensor.stride() == written.stride()
                self.trails[tensor] = trail._replace(seen=seen if same else see.lost([trail.seen, _unsure(seen)]))

    def _place(self) -> str:
        return self.frames[-1].name if self.frames else ""


_OF_TORCH = tuple(kind for kind in vars(nn).values() if isinstance(kind, type) and kind is not nn.Module)


def is_layer(module: nn.Module, root: nn.Module) -> bool:
    """Whether a module is one layer: it holds no others, and is not a whole model that calls functions."""
    if isinstance(module, nn.MultiheadAttention):
        return True
    holds = any(name != "parametrizations" for name, _ in module.named_children())
    return not holds and (module is not root or isinstance(module, _OF_TORCH))


def _unsure(seen: Seen) -> Seen:
    return {axis: state if see.is_all(axis, state) else see.Unknown() for axis, state in seen.items()}


def _name(func: Any) -> str:
    name: str = func._schema.name  # noqa: SLF001  torch has no other way to ask
    return name.rpartition("::")[2]


def _plain(name: str) -> str:
    """Call an operator what its users call it.

    >>> _plain("max_pool2d_with_indices"), _plain("add_"), _plain("_softmax")
    ('max_pool2d', 'add', 'softmax')
    """
    return name.strip("_").removesuffix("_with_indices").removeprefix("native_").removeprefix("safe_")


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout == torch.strided else id(tensor)  # noqa: SLF001


def _without_numbers(func: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Take the numbers out of what is computed with, and make no new ones."""
    arguments = func._schema.arguments  # noqa: SLF001
    kwargs = dict(kwargs)
    if any(tensor.is_meta for tensor in _tensors([args, kwargs])):
        written = [value for argument, value in zip(arguments, args, strict=False) if _is_written(argument)]
        if any(isinstance(value, Tensor) and not value.is_meta for value in written):
            raise NotTraceableError(f"{_name(func)} writes into a tensor that was made before")
        args, kwargs = tree_map_only(Tensor, lambda tensor: tensor.to("meta"), (args, kwargs))
    elif _tensors([args, kwargs]):
        return args, kwargs
    if any(argument.name == "device" for argument in arguments):
        counts = _name(func) == "arange"  # where units are picked by number, the numbers have to be there
        kwargs |= {"device": torch.device("cpu" if counts else "meta")}
    if "pin_memory" in kwargs:
        kwargs["pin_memory"] = None
    return args, kwargs


def _is_written(argument: Any) -> bool:
    return argument.alias_info is not None and argument.alias_info.is_write
