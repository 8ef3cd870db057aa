"""Convolution on one to three axes, by loops and by layers."""

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional
from witnesses.operation import Case, Operation, by_hand, by_layer, each, numbers

from cnnbook import layers, reference

DOUBLE = torch.float64


@st.composite
def convolutions(draw, axes):
    """Input, weight, bias and options that fit each other, over the whole space."""
    groups, kernel, dilation = draw(st.integers(1, 3)), each(draw, axes, 1, 4), each(draw, axes, 1, 3)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = draw(st.sampled_from(["same", "valid", 1, each(draw, axes, 0, 3)]))
    stride = 1 if padding == "same" else draw(st.sampled_from([2, each(draw, axes, 1, 4)]))
    pixels = {"same": [r // 2 for r in reach], "valid": [0] * axes, 1: [1] * axes}.get(padding, padding)
    size = [max(1, r - 2 * p) + more for r, p, more in zip(reach, pixels, each(draw, axes, 0, 4), strict=True)]
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    channels, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    input, weight, bias = numbers(
        draw, (*batch, groups * channels, *size), (groups * filters, channels, *kernel), groups * filters
    )
    arrays = {"input": input, "weight": weight} | ({"bias": bias} if draw(st.booleans()) else {})
    return Case(arrays, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups})


def layer(module):
    """Make a witness of a layer that takes its sizes from the arrays."""

    def build(shapes, groups, **options):
        filters, channels, *kernel = shapes["weight"]
        bias = "bias" in shapes
        return module(channels * groups, filters, tuple(kernel), groups=groups, bias=bias, dtype=DOUBLE, **options)

    return by_layer(build)


EDGE = np.tile([-1.0, 0, 1], (1, 1, 3, 1))
DARK_LEFT_BRIGHT_RIGHT = np.tile([0.0, 0, 0, 1, 1, 1], (1, 1, 4, 1))
OPTIONS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
EXAMPLES = {
    "an upright edge is found": (
        Case({"input": DARK_LEFT_BRIGHT_RIGHT, "weight": EDGE}, OPTIONS),
        [[[[0, 3, 3, 0], [0, 3, 3, 0]]]],
    ),
    "a lying edge is not": (
        Case({"input": DARK_LEFT_BRIGHT_RIGHT, "weight": EDGE.swapaxes(2, 3)}, OPTIONS),
        [[[[0, 0, 0, 0], [0, 0, 0, 0]]]],
    ),
}

GOOD = Case(
    {"input": np.ones((2, 4, 9, 9)), "weight": np.ones((6, 2, 3, 3)), "bias": np.ones(6)},
    {"stride": 1, "padding": 0, "dilation": 1, "groups": 2},
)
MISTAKES = {
    "rank": {"input": np.ones((2, 2, 2, 9, 9))},
    "too few axes": {"input": np.ones((9, 9))},
    "channels": {"input": np.ones((2, 3, 9, 9))},
    "kernel larger than padded input": {"input": np.ones((2, 4, 2, 9))},
    "no pixels": {"input": np.ones((2, 4, 0, 9)), "padding": 2},
    "stride of zero": {"stride": 0},
    "negative stride": {"stride": (1, -1)},
    "negative padding": {"padding": -1},
    "dilation of zero": {"dilation": 0},
    "dilation beyond the input": {"dilation": (1, 5)},
    "no groups": {"groups": 0},
    "groups that do not divide the channels": {"groups": 3},
    "three numbers for two axes": {"stride": (1, 1, 1)},
    "half a pixel": {"padding": 0.5},
    "NaN": {"stride": float("nan")},
    "a truth": {"dilation": True},
    "nothing": {"stride": None},
    "word": {"padding": "sane"},
    "same with a stride": {"padding": "same", "stride": 2},
    "empty kernel": {"weight": np.ones((6, 2, 0, 3))},
    "no filters": {"weight": np.ones((0, 2, 3, 3))},
}

NAMES = ("input", "weight", "bias")
OPERATIONS = [
    Operation(
        name="conv1d",
        cases=convolutions(axes=1),
        oracle=functional.conv1d,
        witnesses={
            "loops": by_hand(reference.conv1d_loops, reference.conv1d_backward, NAMES),
            "layer": layer(layers.Conv1d),
        },
    ),
    Operation(
        name="conv2d",
        cases=convolutions(axes=2),
        oracle=functional.conv2d,
        witnesses={
            "loops": by_hand(reference.conv2d_loops, reference.conv2d_backward, NAMES),
            "layer": layer(layers.Conv2d),
        },
        examples=EXAMPLES,
        good=GOOD,
        mistakes=MISTAKES,
    ),
]
