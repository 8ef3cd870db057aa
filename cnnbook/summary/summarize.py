"""The entry: run a stand-in of the model once, and report."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from textwrap import shorten
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnbook.shapes.checks import whole_number
from cnnbook.summary._showing.table import size
from cnnbook.summary._tracing.inputs import Inputs, arguments
from cnnbook.summary._tracing.seen import Axis, pixels
from cnnbook.summary._tracing.stand_in import stand_in
from cnnbook.summary._tracing.trace import Layer, Tracer, is_layer
from cnnbook.summary.fields import fields
from cnnbook.summary.rows import Row, Summary

_ROUNDS = 5


class ForwardError(ValueError):
    """A model that cannot be called with the inputs it was given."""


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
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise TypeError(
                f"{name or 'model'} is compiled to TorchScript, which hides its layers: give what it was made of"
            )
        if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params():  # type: ignore[misc]
            raise ValueError(
                f"{name or 'model'}, {type(module).__name__}, has weights without a size: call the model once"
            )
    whole_number("rounds", rounds, least=1)
    inputs = arguments(model, input_size)
    with _undisturbed(model):
        tracer, note = _traced(model, inputs)
        if time:
            tracer = _measured(model, inputs, rounds, tracer)
    shapes = [tuple(tensor.shape) for tensor in _tensors(inputs)]
    axes = [sorted(pixels(number, shape)) for number, shape in enumerate(shapes)]
    return Summary(
        model=type(model).__name__,
        inputs=tuple(shapes),
        rows=tuple(_rows(tracer, axes)),
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
        return _run(stand_in(model, numbers=False), inputs, numbers=False), ""
    except ForwardError as error:
        if any(weight.is_meta for weight in model.parameters()):
            raise
        reason = error.__cause__
    return _run(stand_in(model, numbers=True), inputs, numbers=True), (
        f"found by a run with zeros, so it may be another way with other numbers; without them torch says: "
        f"{_first_line(reason)}"
    )


def _run(double: nn.Module, inputs: Inputs, *, numbers: bool) -> Tracer:
    """Run a stand-in once."""
    args, named = _given(double, inputs, numbers=numbers)
    tracer = Tracer(double, numbers=numbers)
    tracer.give(_tensors((args, named)))
    try:
        with tracer.hooked(), tracer:
            double(*args, **named)
    except Exception as error:
        raise ForwardError(f"forward fails in {_place(tracer, double)}: {_first_line(error)}") from error
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


def _place(tracer: Tracer, model: nn.Module) -> str:
    """Where a run ended: the innermost module, what it got, and the operator that failed."""
    name, module, shapes = tracer.frames[-1] if tracer.frames else ("", model, [])
    where = f"{name or 'the model'}, {type(module).__name__}, which gets {', '.join(map(size, shapes)) or 'nothing'}"
    if tracer.operator and not is_layer(module, model):
        operator, taken = tracer.operator
        where += f", in {operator} of {' and '.join(map(size, taken))}"
    return where


def _first_line(error: BaseException | None) -> str:
    return shorten(next(iter(str(error).strip().splitlines()), type(error).__name__), 160, placeholder=" …")


def _measured(model: nn.Module, inputs: Inputs, rounds: int, tracer: Tracer) -> Tracer:
    """Run a copy with numbers, and give each layer the median of its times."""
    double = stand_in(model, numbers=True)
    _, *runs = [_run(double, inputs, numbers=True) for _ in range(rounds + 1)]  # the first warms up
    if len(tracer.layers) != len(runs[0].layers):  # torch has other operators for numbers than for shapes
        tracer = runs[0]
    for layer, *measured in zip(tracer.layers, *(run.layers for run in runs), strict=True):
        layer.median_seconds = median(one.seconds for one in measured)
    return tracer


def _rows(tracer: Tracer, axes: list[list[Axis]]) -> Iterator[Row]:
    counted: set[int] = set()
    for layer in tracer.layers:
        yield _row(layer, axes, counted)
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


def _row(layer: Layer, axes: list[list[Axis]], counted: set[int]) -> Row:
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
        seconds=layer.median_seconds,
    )


def _size(weights: Any) -> int:
    return sum(weight.numel() for weight in weights)


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
