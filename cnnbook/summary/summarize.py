"""The entry: run a stand-in of the model once, and report."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnbook.shapes.checks import whole_number
from cnnbook.summary import seen as see
from cnnbook.summary.fields import fields
from cnnbook.summary.inputs import Inputs, arguments
from cnnbook.summary.rows import Row, Summary
from cnnbook.summary.seen import Axis, pixels
from cnnbook.summary.stand_in import stand_in
from cnnbook.summary.trace import Layer, Tracer, Trail

_ROUNDS = 5


def summarize(model: nn.Module, input_size: Any, *, time: bool = False, rounds: int = _ROUNDS) -> Summary:
    """Count, layer by layer, what a model computes: shapes, parameters, multiply-adds, memory, receptive fields.

    The model is not run.
    A stand-in without numbers takes its place, in evaluation mode, so the model stays exactly as it is.
    Where the flow of a ``forward`` depends on numbers, a copy is run with zeros instead, and the summary says so.

    A *multiply-add* is one product and its addition to a sum; it is two *FLOPs* (floating-point operations).
    Convolutions, matrix products and attention consist of them; biases, activations, normalisations and poolings
    count nothing.
    A receptive field is followed through every operator; where paths join, the widest counts.
    Behind an operator that is not known it is ``"?"``, and never a number that may be wrong.

    Args:
        model: any module of torch.
        input_size: the input's size ``(n, channels, *size)``, batch first, or an example tensor;
            a list of them for several inputs; a dictionary for named ones.
        time: whether to measure each layer on the processor, too: a copy of the model is run.
        rounds: how often it is run; each layer's time is the median.

    Raises:
        TypeError: ``model`` is no module, or ``input_size`` holds something else than sizes and tensors.
        ValueError: a size has a number below 1, or the model's ``forward`` fails: the message names the layer.

    >>> from torch import nn
    >>> summary = summarize(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)), (1, 3, 8, 8))
    >>> print(summary)
    Sequential, input 1×3×8×8
    ...
    0      Conv2d     1×8×8×8         224         13,824      2.0 KiB      3     1      −1
    1      ReLU       1×8×8×8           –              –      2.0 KiB      3     1      −1
    2      MaxPool2d  1×8×4×4           –              –        512 B      4     2      −1
    ...
    parameters: 224, 224 of them trainable
    multiply-adds: 13,824 (27,648 FLOPs)
    activations: 4.5 KiB
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    whole_number("rounds", rounds, least=1)
    inputs = arguments(model, input_size)
    with _undisturbed(model):
        tracer, note = _traced(model, inputs)
        seconds = _measured(model, inputs, rounds) if time else None
    if seconds is not None and len(seconds) != len(tracer.layers):
        raise ValueError("time=True: the model takes another way with numbers than without; its layers have no times")
    shapes = [tuple(tensor.shape) for tensor in _tensors(inputs)]
    axes = [sorted(pixels(number, shape)) for number, shape in enumerate(shapes)]
    return Summary(
        model=type(model).__name__,
        inputs=tuple(shapes),
        rows=tuple(_rows(tracer, axes, seconds)),
        parameters=sum(weight.numel() for weight in tracer.parameters.values()),
        trainable=sum(weight.numel() for weight in tracer.parameters.values() if weight.requires_grad),
        note=note,
    )


@contextmanager
def _undisturbed(model: nn.Module) -> Iterator[None]:
    """Leave random numbers and torch's settings as they were."""
    devices = {weight.device for weight in model.parameters() if weight.device.type == "cuda"}
    drawn, of_numpy, fast = random.getstate(), np.random.get_state(), torch.backends.mha.get_fastpath_enabled()  # noqa: NPY002
    torch.backends.mha.set_fastpath_enabled(False)  # its one operator would hide the layers
    try:
        with torch.random.fork_rng(sorted(device.index for device in devices)), torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        random.setstate(drawn)
        np.random.set_state(of_numpy)  # noqa: NPY002


def _traced(model: nn.Module, inputs: Inputs) -> tuple[Tracer, str]:
    """Trace without numbers, or where that fails, with zeros."""
    try:
        return _run(model, inputs, numbers=False), ""
    except Exception as refused:  # noqa: BLE001  whatever the model raises
        if any(weight.is_meta for weight in model.parameters()):
            raise _explained(refused) from refused
        reason = refused
    try:
        tracer = _run(model, inputs, numbers=True)
    except Exception as failed:
        raise _explained(failed) from failed
    return tracer, f"found by a run with zeros, for without numbers torch says: {_first_line(reason)}"


def _run(model: nn.Module, inputs: Inputs, *, numbers: bool) -> Tracer:
    """Run a stand-in once."""
    double = stand_in(model, numbers=numbers)
    args, named = _given(model, inputs, numbers=numbers)
    tracer = Tracer(double, numbers=numbers)
    for number, tensor in enumerate(_tensors((args, named))):
        tracer.trails[tensor] = Trail(pixels(number, tensor.shape), frozenset([-1 - number]))
    try:
        with tracer.hooked(), tracer:
            double(*args, **named)
    except Exception as error:
        error.cnnbook_place = _place(tracer)  # type: ignore[attr-defined]
        raise
    return tracer


def _given(model: nn.Module, inputs: Inputs, *, numbers: bool) -> Inputs:
    """Take copies of the inputs, with numbers or without."""
    weight = next(iter([*model.parameters(), *model.buffers()]), torch.zeros(()))

    def copied(tensor: Tensor) -> Tensor:
        if not numbers:
            return tensor.detach().to("meta", copy=True)
        return torch.zeros_like(tensor, device=weight.device) if tensor.is_meta else tensor.detach().clone()

    given: Inputs = tree_map_only(Tensor, copied, inputs)
    return given


def _place(tracer: Tracer) -> str:
    """Where a run ended: the innermost module, what it got, and the operator that failed."""
    frame = tracer.frames[-1]
    got = ", ".join("×".join(map(str, shape)) for shape in frame.shapes) or "nothing"
    where = f"{frame.name or 'the model'}, {type(frame.module).__name__}, which gets {got}"
    if tracer.operator and not isinstance(frame.module, nn.modules.conv._ConvNd):  # noqa: SLF001
        name, shapes = tracer.operator
        where += f", in {name} of {', '.join('×'.join(map(str, shape)) for shape in shapes)}"
    return where


def _explained(error: Exception) -> ValueError:
    place = getattr(error, "cnnbook_place", "the model")
    return ValueError(f"forward fails in {place}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _measured(model: nn.Module, inputs: Inputs, rounds: int) -> list[float]:
    """Run a copy with numbers, and take the median of each layer's times."""
    runs = [[layer.seconds for layer in _run(model, inputs, numbers=True).layers] for _ in range(rounds + 1)]
    return [median(times) for times in zip(*runs[1:], strict=True)]  # the first run warms up


def _rows(tracer: Tracer, axes: list[list[Axis]], seconds: list[float] | None) -> Iterator[Row]:
    counted: set[int] = set()
    for place, layer in enumerate(tracer.layers):
        yield _row(layer, axes, counted, seconds[place] if seconds else None)
        counted |= set(layer.parameters)
    for name, module in tracer.root.named_modules():
        own = {id(weight): weight for weight in module.parameters(recurse=False)}
        unused = {key: weight for key, weight in own.items() if key not in counted}
        if unused:
            yield Row(
                name,
                type(module).__name__,
                (),
                parameters=_size(unused.values()),
                trainable=_size(weight for weight in unused.values() if weight.requires_grad),
                multiply_adds=0,
                called=False,
            )
            counted |= set(unused)


def _row(layer: Layer, axes: list[list[Axis]], counted: set[int], seconds: float | None) -> Row:
    weights = layer.parameters
    incoming = [(tuple(sorted(made_by)), fields(seen, axes)) for made_by, seen in layer.incoming.items() if made_by]
    return Row(
        layer.name,
        layer.kind,
        tuple(layer.shapes),
        parameters=_size(weights.values()),
        trainable=_size(weight for weight in weights.values() if weight.requires_grad),
        shared=_size(weight for key, weight in weights.items() if key in counted),
        multiply_adds=layer.multiply_adds,
        activation_bytes=layer.bytes,
        fields=fields(layer.seen, axes),
        branches=tuple(incoming) if len(incoming) > 1 else (),
        sources=tuple(sorted(frozenset[int]().union(*layer.incoming))),
        seconds=seconds,
    )


def _size(weights: Any) -> int:
    return sum(weight.numel() for weight in weights)


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
