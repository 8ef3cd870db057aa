"""Runs the node tests of the calculator's arithmetic, and then the lines of code that it writes."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import node
from cnnbook.ext.calculator import SETTINGS, first_state
from cnnbook.layers.keras import to_keras
from cnnbook.shapes import (
    conv_multiply_adds,
    conv_output_size,
    conv_parameters,
    conv_transpose_multiply_adds,
    pool_output_size,
    same_padding,
    transposed_output_size,
)

TESTS = Path(__file__).with_name("sizes.test.mjs")
PAIRS = ("size", "kernel", "stride", "padding", "dilation", "added")
KINDS = ["convolution", "transposed", "pooling"]
STARTS = [
    {},
    {"size": "224×200"},
    {"preset": "double", "stride": "3", "padding": "valid", "kernel": "2"},
    {"preset": "double", "padding": "same", "size": "9"},
    {"preset": "double", "output-padding": "1"},
    {"operation": "pooling", "kernel": "3", "padding": "1"},
    {"padding": "valid", "dilation": "2×3", "size": "9"},
    *({"preset": name} for name in json.loads(SETTINGS.read_text("utf-8"))["presets"]),
]


def drawn_state(rng):
    """A layer within the calculator's ranges; half of them are square."""
    highest = {"size": 12, "kernel": 5, "stride": 4, "padding": 3, "dilation": 3, "added": 3}
    pairs = {
        name: [int(number) for number in rng.integers(name not in {"padding", "added"}, most, 2)]
        for name, most in highest.items()
    }
    if rng.random() < 0.5:
        pairs = {name: pair[:1] * 2 for name, pair in pairs.items()}
    for name, usual, chance in [("dilation", 1, 0.5), ("added", 0, 0.5), ("stride", 1, 0.3)]:
        if rng.random() < chance:
            pairs[name] = [usual, usual]
    if rng.random() < 0.5:
        pairs["padding"] = str(rng.choice(["same", "valid"]))
    numbers = {name: int(rng.integers(1, 4)) for name in ("batch", "channels", "filters")}
    operation = str(rng.choice(KINDS))
    ceil = bool(rng.integers(2)) if operation == "pooling" and not isinstance(pairs["padding"], str) else False
    return {"operation": operation, "ceil": ceil} | numbers | pairs


def axes(state):
    """For each axis the numbers of the state."""
    word = isinstance(state["padding"], str)
    return [{name: state[name] if name == "padding" and word else state[name][i] for name in PAIRS} for i in (0, 1)]


def sides(operation, axis):
    """What is added before and after; of a transposed convolution, what is cut off its whole output with its room."""
    n, word = axis["size"], axis["padding"]
    if word == "same":
        row = n * axis["stride"] if operation == "transposed" else n
        return same_padding(row, axis["kernel"], axis["stride"], axis["dilation"])
    return (0, 0) if word == "valid" else (word, word)


def room(axis):
    """Pixels that Keras leaves behind the last copy of a kernel that is narrower than the stride."""
    return max(axis["stride"] - axis["dilation"] * (axis["kernel"] - 1) - 1, 0)


def by_shapes(state):
    """The output's sizes by cnnbook.shapes; none where it refuses."""
    found = []
    for axis in axes(state):
        steps = (axis["kernel"], axis["stride"])
        before, after = sides(state["operation"], axis)
        try:
            if state["operation"] == "transposed":
                word = isinstance(axis["padding"], str)
                padding, added = (0, room(axis)) if word else (axis["padding"], axis["added"])
                size = transposed_output_size(axis["size"], *steps, padding, axis["dilation"], added)
                found.append(size - (before + after if word else 0))
            elif state["operation"] == "pooling" and not isinstance(axis["padding"], str):
                found.append(pool_output_size(axis["size"], *steps, before, axis["dilation"], state["ceil"]))
            else:
                found.append(conv_output_size(axis["size"] + before + after, *steps, dilation=axis["dilation"]))
        except ValueError:
            return None
    return found


def by_torch(state, images, weight, bias):
    """The output by torch's functions; none where they refuse."""
    both, operation = axes(state), state["operation"]
    down, across = (sides(operation, axis) for axis in both)
    stride, dilation, words = state["stride"], state["dilation"], isinstance(state["padding"], str)
    try:
        if operation == "transposed" and words:
            rooms = [room(axis) for axis in both]
            whole = functional.conv_transpose2d(images, weight, bias, stride, output_padding=rooms, dilation=dilation)
            rows, columns = whole.shape[2:]
            return whole[:, :, down[0] : rows - down[1], across[0] : columns - across[1]]
        if operation == "transposed":
            added = state["added"]
            return functional.conv_transpose2d(images, weight, bias, stride, state["padding"], added, dilation=dilation)
        if operation == "pooling" and not words:
            options = {"dilation": dilation, "ceil_mode": state["ceil"]}
            return functional.max_pool2d(images, state["kernel"], stride, state["padding"], **options)
        if operation == "pooling":
            padded = functional.pad(images, (*across, *down), value=-torch.inf)
            return functional.max_pool2d(padded, state["kernel"], stride, dilation=dilation)
        padded = functional.pad(images, (*across, *down))
        return functional.conv2d(padded, weight, bias, stride, dilation=dilation)
    except RuntimeError:
        return None


def tensors(state, rng):
    """Images, and weights and bias of a layer, of small whole numbers."""
    channels, filters = state["channels"], state["filters"]
    pair = (channels, filters) if state["operation"] == "transposed" else (filters, channels)
    shapes = [(state["batch"], channels, *state["size"]), (*pair, *state["kernel"]), (filters,)]
    return [torch.tensor(rng.integers(-9, 10, shape), dtype=torch.float64) for shape in shapes]


def mute(state, output):
    """For each axis, the pixels that nobody reads, at its start, between others and at its end: by what they change."""
    counts = []
    for axis, (n, o) in enumerate(zip(state["size"], output, strict=True)):
        pairs = {name: state[name] for name in PAIRS if isinstance(state[name], list)}
        alone = state | {name: [pair[axis], int(name not in {"padding", "added"})] for name, pair in pairs.items()}
        alone["size"] = [n, 1]
        ones = torch.ones(1, 1, state["kernel"][axis], 1, dtype=torch.float64)
        if state["operation"] == "transposed":
            touched = by_torch(alone, torch.ones(1, 1, n, 1).double(), ones, None)[0, 0, :, 0] != 0
            assert len(touched) == o
        else:
            each = torch.eye(n, dtype=torch.float64)[:, None, :, None]
            touched = by_torch(alone, each, ones, None).amax((1, 2, 3)) > 0
        read = touched.nonzero()[:, 0].tolist()
        size = len(touched)
        first, last = (read[0], read[-1]) if read else (size, size - 1)
        counts.append([first, max(last - first + 1 - len(read), 0), size - 1 - last])
    return counts


def fixture(state, rng):
    """What cnnbook.shapes and torch say of one layer."""
    images, weight, bias = tensors(state, rng)
    sizes, output = by_shapes(state), by_torch(state, images, weight, bias)
    assert sizes == (None if output is None else list(output.shape[2:])), state
    if sizes is None:
        return {"state": state, "sizes": None}
    learned = state["operation"] != "pooling"
    numbers = (state["channels"], state["filters"], tuple(state["kernel"]))
    parameters, multiply_adds = None, None
    if learned:
        parameters = conv_parameters(*numbers)
        assert parameters == weight.numel() + bias.numel()
        transposed = state["operation"] == "transposed"
        count, places = (conv_transpose_multiply_adds, state["size"]) if transposed else (conv_multiply_adds, sizes)
        multiply_adds = state["batch"] * count(*numbers, tuple(places))
        with FlopCounterMode(display=False) as counter:
            by_torch(state, images, weight, None)
        assert counter.get_total_flops() == 2 * multiply_adds
    exact = state["operation"] != "transposed"
    return {
        "state": state,
        "sizes": sizes,
        "sides": [sides(state["operation"], axis) for axis in axes(state)] if exact else None,
        "mute": mute(state, sizes),
        "shapes": [list(images.shape), list(weight.shape) if learned else None, list(output.shape)],
        "parameters": None if parameters is None else str(parameters),
        "multiplyAdds": None if multiply_adds is None else str(multiply_adds),
    }


def start(attributes):
    both = first_state(attributes)
    return {
        "attributes": attributes,
        "sizes": [axis.size for axis in both],
        "formulas": [axis.formula for axis in both],
    }


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """The lines of code that node has written down, once all of its tests have passed."""
    rng = np.random.default_rng(0)
    drawn = [fixture(drawn_state(rng), rng) for _ in range(600)]
    path = tmp_path_factory.mktemp("live") / "lines.json"
    node.check(TESTS, {"drawn": drawn, "starts": list(map(start, STARTS))}, LINES=str(path))
    return json.loads(path.read_text("utf-8"))


def test_the_calculators_arithmetic_is_that_of_shapes_and_torch(lines):
    assert {line["state"]["operation"] for line in lines} == set(KINDS)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_each_line_of_pytorch_makes_the_layer(lines):
    rng = np.random.default_rng(1)
    for line in lines:
        state = line["state"]
        images, weight, bias = tensors(state, rng)
        layer = eval(line["torch"], {"nn": nn}).double()  # noqa: S307  what the reader would run
        for module in layer.modules():
            if hasattr(module, "weight"):
                module.load_state_dict({"weight": weight, "bias": bias})
        assert torch.equal(layer(images), by_torch(state, images, weight, bias)), line


@pytest.fixture(scope="module")
def keras():
    """Keras on whatever backend there is."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="the dependency group `keras` is not installed: nox -s keras")


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_each_line_of_keras_makes_the_same_layer(lines, keras):
    rng = np.random.default_rng(2)
    written = [line for line in lines if line["keras"]]
    assert len(written) > len(lines) / 2
    for line in written:
        state, code = line["state"], line["keras"]
        images, weight, bias = tensors(state, rng)
        x = keras.ops.convert_to_tensor(images.movedim(1, -1).numpy(), "float32")
        make, called, kept = code.partition(")(x)") if state["operation"] != "pooling" else (code, "", "")
        made = eval(make + ")" * bool(called), {"keras": keras, "x": x})  # noqa: S307  what the reader would run
        if isinstance(made, keras.Layer):
            made(x)
            if state["operation"] != "pooling":
                name = "Conv2D" if state["operation"] == "convolution" else "Conv2DTranspose"
                made.set_weights([to_keras(name, weight).numpy(), bias.numpy()])
            output = eval(f"made(x){kept}", {"made": made, "x": x})  # noqa: S307
        else:
            output = made
        found = torch.tensor(keras.ops.convert_to_numpy(output)).movedim(-1, 1)
        torch.testing.assert_close(found.double(), by_torch(state, images, weight, bias), msg=str(line))


def test_keras_refuses_what_has_no_line(keras):
    with pytest.raises(ValueError, match="dilation"):
        keras.layers.Conv2DTranspose(1, 3, strides=2, dilation_rate=2)
    with pytest.raises((TypeError, ValueError), match="dilation_rate"):
        keras.layers.MaxPooling2D(2, dilation_rate=2)
