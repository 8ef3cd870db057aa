"""Runs the node tests of the playground's arithmetic, against NumPy and torch."""

import json
from pathlib import Path

import numpy as np
import torch

import node
from cnnbook.ext.playground import SETTINGS, first_state
from cnnbook.reference.avg_pool import avg_pool_loops
from cnnbook.reference.conv import conv_loops
from cnnbook.reference.conv_transpose import conv_transpose_loops
from cnnbook.reference.max_pool import max_pool_loops

TESTS = Path(__file__).with_name("convolution.test.mjs")
OPERATIONS = json.loads(SETTINGS.read_text("utf-8"))["operations"]
MODES = ["zeros", "reflect", "replicate", "circular"]
STARTS = [
    {},
    {"dims": "1"},
    {"dims": "2", "kernel": "3"},
    {"dims": "1", "size": "8", "kernel": "3", "padding": "1"},
    {"size": "8", "kernel": "5", "stride": "2", "padding": "2"},
    {"rows": "5", "columns": "3", "kernel": "2", "dilation": "2"},
    *({"dims": "1", "padding": "2", "padding-mode": mode} for mode in MODES),
    {"operation": "channels", "channels": "3", "filters": "3", "rows": "5", "kernel": "2", "stride": "2"},
    {"operation": "channels", "dims": "1", "channels": "1", "kernel": "3", "padding": "1"},
    {"operation": "max-pooling", "kernel": "3", "padding": "1", "dilation": "2"},
    {"operation": "average-pooling", "dims": "1", "size": "7", "kernel": "5", "stride": "3", "padding": "2"},
    {"operation": "transposed", "kernel": "3", "stride": "2", "padding": "1", "output-padding": "1"},
    {"operation": "transposed", "dims": "1", "size": "3", "stride": "3"},
    *({"preset": name} for name in json.loads(SETTINGS.read_text("utf-8"))["presets"]),
]


def drawn_state(rng, operation):
    """Whole numbers and settings within the operation's ranges, of which there is an output."""
    ranges = {"dilation": [1, 1], "output-padding": [0, 0]} | OPERATIONS[operation]["settings"]
    steps = ("stride", "padding", "dilation", "output-padding")
    pads = operation in {"convolution", "channels"}
    while True:
        dims, mode = int(rng.choice([1, 2])), str(rng.choice(MODES)) if pads else "zeros"
        drawn = {
            name: int(rng.integers(*ranges[name], endpoint=True)) for name in ("rows", "columns", "kernel", *steps)
        }
        rows, columns, kernel = drawn["rows"] if dims == 2 else 1, drawn["columns"], drawn["kernel"]
        if has_output(operation, mode, columns if dims == 1 else min(rows, columns), kernel, *map(drawn.get, steps)):
            break
    maps, filters = rng.integers(1, 4, 2) if operation == "channels" else (1, 1)
    weights = (filters, maps, kernel if dims == 2 else 1, kernel)
    return {name: drawn[name] for name in steps} | {
        "operation": operation,
        "dims": dims,
        "mode": mode,
        "input": rng.integers(-9, 10, (maps, rows, columns)).tolist(),
        "kernel": (np.ones(weights, int) if "pooling" in operation else rng.integers(-9, 10, weights)).tolist(),
        "bias": rng.integers(-9, 10, filters).tolist() if operation == "channels" else [0],
    }


def has_output(operation, mode, shortest, kernel, stride, padding, dilation, added):
    """Whether torch takes the settings for an input whose shortest side is given."""
    reach = dilation * (kernel - 1) + 1
    if operation == "transposed":
        return added < max(stride, dilation) and (shortest - 1) * stride + reach + added > 2 * padding
    if "pooling" in operation and 2 * padding > kernel:
        return False
    enough = padding <= {"reflect": shortest - 1, "circular": shortest}.get(mode, padding)
    return enough and reach <= shortest + 2 * padding


def convolved(state, image, weight):
    """The output of filters with biases."""
    settings = {name: state[name] for name in ("stride", "padding", "dilation")}
    module = torch.nn.Conv1d if state["dims"] == 1 else torch.nn.Conv2d
    filters, maps, *kernel = weight.shape
    bias = np.array(state["bias"], float)
    convolve = module(maps, filters, kernel, **settings, padding_mode=state["mode"], dtype=torch.float64)
    convolve.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    yield conv_loops(image, weight, bias, **settings, padding_mode=state["mode"])
    yield convolve(torch.tensor(image))


def pooled(state, image, weight):
    """The output of windows as large as the kernel."""
    settings = {"stride": state["stride"], "padding": state["padding"]}
    if state["operation"] == "max-pooling":
        settings["dilation"] = state["dilation"]
    axes, kernel = state["dims"], weight.shape[2:]
    kind = state["operation"].removesuffix("-pooling")[:3]
    loops = {"max": max_pool_loops, "ave": avg_pool_loops}[kind]
    theirs = getattr(torch.nn.functional, f"{'avg' if kind == 'ave' else kind}_pool{axes}d")
    yield loops(axes, image, kernel, **settings)
    yield theirs(torch.tensor(image), kernel, **settings)


def laid_down(state, image, weight):
    """The output of a kernel that every number lays down."""
    settings = {name: state[name.replace("_", "-")] for name in ("stride", "padding", "output_padding", "dilation")}
    theirs = getattr(torch.nn.functional, f"conv_transpose{state['dims']}d")
    yield conv_transpose_loops(image, weight, **settings)
    yield theirs(torch.tensor(image), torch.tensor(weight), **settings)


WITNESSES = {"max-pooling": pooled, "average-pooling": pooled, "transposed": laid_down}


def witness(state):
    """One configuration's output by the reference's loops and by torch."""
    image, weight = np.array([state["input"]], float), np.array(state["kernel"], float)
    if state["dims"] == 1:
        image, weight = image[..., 0, :], weight[..., 0, :]
    outputs = (
        np.asarray(maps.detach() if torch.is_tensor(maps) else maps)[0]
        for maps in WITNESSES.get(state["operation"], convolved)(state, image, weight)
    )
    return {"state": state} | {
        name: written(with_rows(state, maps)) for name, maps in zip(("numpy", "torch"), outputs, strict=True)
    }


def written(maps):
    """Maps as JSON has them, which knows no infinity."""
    return np.where(np.isinf(maps), None, maps).tolist()


def with_rows(state, maps):
    """Maps of rows, of which a signal has one."""
    return maps[:, None] if state["dims"] == 1 else maps


def start(attributes):
    """What Python draws first, with an axis of maps and one of filters."""
    first = first_state(attributes)
    axes = {"input": 3, "kernel": 4, "output": 3}
    arrays = {name: getattr(first, name) for name in axes}
    arrays = {name: array.reshape((1,) * (axes[name] - array.ndim) + array.shape) for name, array in arrays.items()}
    place = (0, *first.most_telling)[-3:]
    return {"attributes": attributes, "place": place} | {name: written(array) for name, array in arrays.items()}


def test_the_playgrounds_arithmetic_is_numpys_and_torchs():
    rng = np.random.default_rng(0)
    witnesses = [witness(drawn_state(rng, operation)) for operation in OPERATIONS for _ in range(500)]
    node.check(TESTS, {"witnesses": witnesses, "starts": list(map(start, STARTS))})
