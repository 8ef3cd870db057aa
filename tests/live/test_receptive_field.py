"""Runs the node tests of the explorer's arithmetic, against cnnbook.shapes and the gradients of torch."""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import conv1d

import node
from cnnbook.ext.receptive_field import SETTINGS, first_stack
from cnnbook.shapes import Window, count_paths, pool_output_size, receptive_fields

TESTS = Path(__file__).with_name("receptive-field.test.mjs")
PRESETS = json.loads(SETTINGS.read_text("utf-8"))["presets"]


def drawn_stack(rng):
    """A row and up to four layers, of which any may fit nowhere."""
    names, most = ("kernel", "stride", "padding", "dilation"), (5, 3, 3, 3)
    layers = [
        {"kind": str(rng.choice(["convolution", "pooling"]))}
        | {name: int(rng.integers(name != "padding", top + 1)) for name, top in zip(names, most, strict=True)}
        for _ in range(rng.integers(1, 5))
    ]
    return {"pixels": int(rng.integers(1, 30)), "layers": layers}


def window(layer):
    return Window(*(layer[name] for name in ("kernel", "stride", "padding", "dilation")))


def sizes_of(state):
    """The units of each level, as far as Python lets the layers be."""
    sizes = [state["pixels"]]
    for layer in state["layers"]:
        try:
            size = pool_output_size if layer["kind"] == "pooling" else Window.output_size
            sizes.append(
                size(sizes[-1], *window(layer)) if size is pool_output_size else size(window(layer), sizes[-1])
            )
        except ValueError:
            break
    return sizes


def slopes(pixels, layers, unit):
    """What torch finds on the way back from one unit, where all weights are 1."""
    row = torch.zeros(1, 1, pixels, dtype=torch.float64, requires_grad=True)
    output = row
    for layer in layers:
        kernel = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
        output = conv1d(output, kernel, None, layer.stride, layer.padding, layer.dilation)
    (found,) = torch.autograd.grad(output[0, 0, unit], row)
    return found[0, 0].to(torch.int64).tolist()


def witness(state, rng):
    sizes = sizes_of(state)
    level = int(rng.integers(len(sizes)))
    unit = int(rng.integers(sizes[level]))
    layers = [window(layer) for layer in state["layers"]]
    return {
        "state": state,
        "sizes": sizes,
        "fields": receptive_fields(layers),
        "place": [level, unit],
        "paths": count_paths(state["pixels"], layers[:level], unit),
        "slopes": slopes(state["pixels"], layers[:level], unit),
    }


def start(attributes):
    stack = first_stack(attributes)
    return {
        "attributes": attributes,
        "pixels": stack.sizes[0],
        "unit": next(iter(stack.seen[-1])),
        "layers": stack.layers,
    }


def test_the_explorers_arithmetic_is_pythons_and_torchs_gradient():
    rng = np.random.default_rng(0)
    starts = [
        {},
        {"unit": "1"},
        {"preset": "holes", "pixels": "30", "unit": "9"},
        *({"preset": name} for name in PRESETS),
    ]
    node.check(
        TESTS, {"witnesses": [witness(drawn_stack(rng), rng) for _ in range(600)], "starts": list(map(start, starts))}
    )
