"""Write a model of torch as one file that the book's live figures can run: weights and graph together."""

import copy
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export.graph_signature import InputKind

from cnnbook.data import Examples
from cnnbook.live.operators import OPERATORS, PASSED, Output, Refused, unknown
from cnnbook.live.safetensors import EXAMPLES, packed

VERSION = 1


def export(
    model: nn.Module, input_size: Sequence[int], path: str | os.PathLike[str], examples: Examples | None = None
) -> None:
    """Write a model, its graph and inputs to try as one file, which appears when it is whole.

    Args:
        model: any whose operators the engine knows; it stays as it was.
        input_size: ``(1, channels, rows, columns)``; a live figure may change rows and columns later.
        path: of the file, which by custom ends in ``.safetensors``.
        examples: images that a reader may send through it, and the names of its classes, one for each output.

    Raises:
        TypeError: ``model`` is no module, ``input_size`` no tuple, or ``examples`` are none.
        ValueError: ``input_size`` is no size of one image, an operator is not known (its layer is named),
            ``examples`` are no images of so many channels or name another number of classes than a classifier has
            outputs, or a number of theirs or of a weight does not fit into sixteen bits.
        OSError: the file cannot be written; an older one stays.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "small.safetensors")
        ...     export(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 8, 8), path)
        ...     header = path.read_bytes()
        >>> b"conv" in header, b"relu" in header
        (True, True)
    """
    _write(Path(path), content(model, input_size, examples))


def content(model: nn.Module, input_size: Sequence[int], examples: Examples | None = None) -> bytes:
    """Pack what :func:`export` writes.

    Raises:
        TypeError: as :func:`export`.
        ValueError: as :func:`export`.

    >>> content(nn.ReLU(), (1, 1, 8, 8)).endswith(b" ")  # no numbers follow the header
    True
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model={model!r} must be a torch.nn.Module, not {type(model).__name__}")
    if not isinstance(input_size, list | tuple):
        raise TypeError(
            f"input_size={input_size!r} must be (1, channels, rows, columns), not a {type(input_size).__name__}"
        )
    size = tuple(input_size)
    if len(size) != 4 or size[0] != 1 or any(type(n) is not int or n < 1 for n in size):  # noqa: PLR2004
        raise ValueError(f"input_size={input_size!r} must be (1, channels, rows, columns), whole numbers, at least 1")
    if examples is not None and not isinstance(examples, Examples):
        raise TypeError(f"examples must be cnnbook.data.Examples, not {type(examples).__name__}")
    graph, tensors, output = traced(model, size)
    if examples is not None:
        shape = tuple(examples.inputs.shape)
        if len(shape) != 4 or shape[1] != size[1] or 0 in shape:  # noqa: PLR2004
            raise ValueError(f"examples.inputs of the shape {shape} must be images of {size[1]} channels: (n, c, h, w)")
        if len(output) == 2 and output[1] != len(examples.classes):  # noqa: PLR2004  maps have no names
            raise ValueError(f"examples.classes has {len(examples.classes)} names for model's {output[1]} outputs")
        tensors[EXAMPLES] = examples.inputs
        graph |= {"examples": EXAMPLES, "classes": list(examples.classes)}
    return packed(tensors, graph)


def traced(model: nn.Module, size: tuple[int, ...]) -> tuple[dict[str, Any], dict[str, Tensor], tuple[int, ...]]:
    """List a model's operators as the engine reads them, the tensors that they name, and the output's shape.

    Each operator stands after its inputs; the shape has the batch first.
    """
    program = _program(model, size)
    known: dict[str, Any] = {}  # what each name of torch's graph stands for: a tensor, or the number of a node
    nodes: list[dict[str, Any]] = [{"name": "input", "op": "input", "inputs": []}]
    tensors: dict[str, Tensor] = {}
    held = {**dict(program.named_buffers()), **program.state_dict, **program.constants}
    for given in program.graph_signature.input_specs:
        known[given.arg.name] = Output(0) if given.kind == InputKind.USER_INPUT else held[str(given.target)]
    names: set[str] = {"input"}
    copies: set[int] = set()
    for call in program.graph.nodes:
        if call.op != "call_function":
            continue
        layer = _layer(call)
        written = str(call.target).removeprefix("aten.").split(".")[0]
        operator = written.rstrip("_")
        values = _arguments(call, known)
        try:
            if operator in PASSED and not values.get("train"):
                known[call.name] = values[PASSED[operator]]
                copies |= {known[call.name]} if operator == "clone" else set()
                continue
            node = OPERATORS.get(operator, unknown)(values, _shape(call), _shapes(call))
            if written != operator:
                _overwrite(node, nodes, known, copies)
        except Refused as refused:
            raise ValueError(
                f"model has the operator {operator!r} in the layer {layer or call.name!r}: {refused}; "
                f"the engine knows {', '.join(sorted(OPERATORS))}"
            ) from None
        name = _free(layer or call.name, node["op"], names)
        for word in [word for word, value in node.items() if isinstance(value, Tensor)]:
            tensors[f"{name}.{word}"] = node[word]
            node[word] = f"{name}.{word}"
        known[call.name] = Output(len(nodes))
        nodes.append({"name": name, **node})
    outputs = [known.get(given.arg.name) for given in program.graph_signature.output_specs]
    graph = {"version": VERSION, "input": list(size[1:]), "nodes": nodes, "output": _only(outputs)}
    [last] = program.graph.output_node().args[0]
    return graph, tensors, _shape(last)


def _only(outputs: list[Any]) -> Output:
    """Take a model's one output.

    Raises:
        ValueError: there are several, or it is no tensor that the model computes.
    """
    if len(outputs) != 1:
        raise ValueError(f"model gives {len(outputs)} outputs; a live figure shows one")
    if type(outputs[0]) is not Output:
        raise ValueError("model must give one tensor that it computes from its input")
    return outputs[0]


def _program(model: nn.Module, size: tuple[int, ...]) -> Any:
    """Let torch follow one input through a copy of the model.

    Raises:
        ValueError: the model cannot be copied, or does not run on an input of that size.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's own, about itself
        warnings.filterwarnings("ignore", "Using padding='same'")  # what it pads is refused later
        try:
            still = copy.deepcopy(model).eval().cpu().float()
            return torch.export.export(still, (torch.zeros(size),))
        except Exception as error:  # whatever the model's own code raises
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise ValueError(
                f"model={type(model).__name__} does not run on an input of {'×'.join(map(str, size))}: {reason}"
            ) from error


def _arguments(call: Any, known: dict[str, Any]) -> dict[str, Any]:
    """Give an operator's arguments their names, its defaults, and what they stand for."""

    def meant(value: Any) -> Any:
        if isinstance(value, torch.fx.Node):
            return known[value.name]
        return [meant(part) for part in value] if isinstance(value, list | tuple) else value

    schema = call.target._schema.arguments  # noqa: SLF001  torch has no other way to ask
    named = {argument.name: argument.default_value for argument in schema if argument.has_default_value()}
    named |= {argument.name: value for argument, value in zip(schema, call.args, strict=False)} | call.kwargs
    return {name: meant(value) for name, value in named.items()}


def _overwrite(node: dict[str, Any], nodes: list[dict[str, Any]], known: dict[str, Any], copies: set[int]) -> None:
    """Let every name of what an operator writes into stand for its output, the next node.

    Raises:
        Refused: the same numbers also have the name of their flattened form, or of their copy.
    """
    old = node["inputs"][0]
    if old in copies:
        raise Refused("it writes into what was copied; say inplace=False")
    if nodes[old]["op"] == "flatten" or any(one["op"] == "flatten" and old in one["inputs"] for one in nodes):
        raise Refused("it writes into what is flattened; say inplace=False")
    for name, value in known.items():
        if isinstance(value, Output) and value == old:
            known[name] = Output(len(nodes))


def _shape(call: Any) -> tuple[int, ...]:
    """Give the shape of what comes out.

    Raises:
        Refused: that is more than one tensor.
    """
    if not isinstance(call.meta["val"], Tensor):
        raise Refused("it gives more than one tensor")
    return tuple(call.meta["val"].shape)


def _shapes(call: Any) -> list[tuple[int, ...]]:
    """List the shapes of the tensors that go in."""
    return [tuple(node.meta["val"].shape) for node in call.all_input_nodes if isinstance(node.meta.get("val"), Tensor)]


def _layer(call: Any) -> str:
    """Name the module that calls, as the model names it."""
    stack = list(call.meta.get("nn_module_stack", {}).values())
    return str(stack[-1][0]) if stack else ""


def _free(name: str, op: str, taken: set[str]) -> str:
    """Give a node a name that no other has: a module that is called twice, or calls several operators."""
    choices = [name, f"{name}.{op}", *(f"{name}.{op}.{number}" for number in range(2, len(taken) + 3))]
    free = next(choice for choice in choices if choice not in taken)
    taken.add(free)
    return free


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        half.write_bytes(content)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
