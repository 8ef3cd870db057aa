"""Convolution on one to three axes: by loops, by the other ways, as compositions, by layers."""

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import layers, reference
from cnnbook.reference.windows import Window
from witnesses.operation import Case, Operation, by_hand, by_layer, loosened, numbers

DOUBLE = torch.float64
NAMES = ("input", "weight", "bias")
MODES = ["zeros", "reflect", "replicate", "circular"]
LARGEST = {1: (12, 7, 4, 4), 2: (12, 7, 4, 4), 3: (5, 3, 2, 2)}  # pixels, weights, padding, dilation: loops take time


def along(draw, axes, mode):
    """Size, kernel, stride, padding and dilation along one axis: a kernel first, then a picture that it fits."""
    pixels, weights, paddings, dilations = LARGEST[axes]
    kernel = draw(st.integers(1, weights))
    dilation = draw(st.integers(1, min(dilations, (pixels + 2 * paddings - 1) // max(kernel - 1, 1))))
    reach = dilation * (kernel - 1) + 1
    padding = draw(st.integers(max(0, (reach - pixels + 1) // 2), paddings))
    least = max(1, reach - 2 * padding, {"reflect": padding + 1, "circular": padding}.get(mode, 1))
    return draw(st.integers(least, pixels)), kernel, draw(st.integers(1, 4)), padding, dilation


def geometry(draw, axes, mode, words=("same", "valid")):
    """Size, kernel, and the options that say how it slides, along all axes."""
    size, kernel, stride, padding, dilation = zip(*[along(draw, axes, mode) for _ in range(axes)], strict=True)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    match draw(st.sampled_from(["pixels", "one number", *words])):
        case "same" if all(r // 2 < n for r, n in zip(reach, size, strict=True)):
            options |= {"padding": "same", "stride": 1}
        case "valid" if all(r <= n for r, n in zip(reach, size, strict=True)):
            options["padding"] = "valid"
        case "one number":
            options |= {name: each[0] for name, each in options.items() if len(set(each)) == 1}
    return size, kernel, options


@st.composite
def convolutions(draw, axes, most_channels=2, most_filters=2):
    """Input, weight, bias and options that fit each other, over the whole space."""
    mode = draw(st.sampled_from(MODES))
    size, kernel, options = geometry(draw, axes, mode)
    batch, groups = draw(st.sampled_from([(), (0,), (1,), (2,)])), draw(st.integers(1, 3))
    channels, filters = draw(st.integers(1, most_channels)), draw(st.integers(1, most_filters))
    input, weight, bias = numbers(
        draw, (*batch, groups * channels, *size), (groups * filters, channels, *kernel), groups * filters
    )
    arrays = {"input": input, "weight": weight} | ({"bias": bias} if draw(st.booleans()) else {})
    return Case(arrays, options | {"groups": groups, "padding_mode": mode})


def loose_convolutions(axes):
    """Convolutions of which something may not fit."""
    few = st.integers(1, 3)
    return loosened(
        convolutions(axes),
        {
            "input": st.tuples(st.integers(0, 2), *[few] * (axes + 1)) | st.tuples(*[few] * (axes + 1)),
            "weight": st.tuples(*[few] * (axes + 2)),
            "bias": st.tuples(few),
        },
        {
            "stride": st.integers(-1, 3) | st.tuples(*[st.integers(-1, 3)] * axes),
            "padding": st.sampled_from(["same", "valid", "full"]) | st.integers(-1, 13),
            "dilation": st.integers(1, 13) | st.tuples(*[st.integers(1, 4)] * axes),
            "groups": st.integers(-1, 4),
            "padding_mode": st.sampled_from(MODES),
        },
    )


def in_torch(axes):
    """Ask torch's function for zeros, and torch's layer for what only the layer knows."""
    function, module = getattr(functional, f"conv{axes}d"), getattr(torch.nn, f"Conv{axes}d")

    def oracle(input, weight, bias=None, padding_mode="zeros", **options):
        if padding_mode == "zeros":
            return function(input, weight, bias, **options)
        channels, filters = weight.shape[1] * options["groups"], weight.shape[0]
        padding = options.get("padding", 0)
        if not isinstance(padding, str) and np.min(padding) < 0:
            raise ValueError(
                "torch crops by a negative padding of copies, and refuses one of zeros: neither is a padding"
            )
        layer = module(channels, filters, weight.shape[2:], device="meta", padding_mode=padding_mode, **options)
        return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (input,))

    return oracle


def by_matrix(input, weight, bias=None, **options):
    """Multiply by the matrix, whose rows know no shape."""
    matrix = reference.conv2d_matrix(weight, input.shape[-2:], **options)
    places = Window.of(weight.shape[2:], options["stride"], options["padding"], options["dilation"]).places(
        input.shape[-2:]
    )
    output = (input.reshape(-1, matrix.shape[1]) @ matrix.T).reshape(*input.shape[:-3], len(weight), *places)
    return output if bias is None else output + bias[:, None, None]


def conv_layer(module):
    """Make a witness of a layer that takes its sizes from the arrays."""

    def build(shapes, groups=None, **options):
        filters, channels, *kernel = shapes["weight"]
        groups = shapes["input"][-len(kernel) - 1] if groups is None else groups  # depthwise
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


def reference_ways(axes, *ways):
    """Make a witness of each way to convolve that the reference knows."""
    return {
        way: by_hand(getattr(reference, f"conv{axes}d_{way}"), getattr(reference, f"conv{axes}d_{backward}"), NAMES)
        for way, backward in ways
    }


WAYS = [(way, f"{way}_backward") for way in ["windows", "matmul", "fft"]]
OPERATIONS = [
    Operation(
        name="conv1d",
        cases=convolutions(axes=1),
        loose=loose_convolutions(axes=1),
        oracle=in_torch(axes=1),
        witnesses=reference_ways(1, ("loops", "backward")) | {"layer": conv_layer(layers.Conv1d)},
    ),
    Operation(
        name="conv2d",
        cases=convolutions(axes=2),
        loose=loose_convolutions(axes=2),
        oracle=in_torch(axes=2),
        witnesses=reference_ways(2, ("loops", "backward"), *WAYS) | {"layer": conv_layer(layers.Conv2d)},
        examples=EXAMPLES,
        good=GOOD,
        mistakes=MISTAKES,
    ),
    Operation(
        name="conv2d as a matrix",
        cases=convolutions(axes=2),
        oracle=in_torch(axes=2),
        witnesses={"matrix": by_hand(by_matrix, reference.conv2d_matrix_backward, NAMES)},
        examples=EXAMPLES,
    ),
    Operation(
        name="conv3d",
        cases=convolutions(axes=3),
        loose=loose_convolutions(axes=3),
        oracle=in_torch(axes=3),
        witnesses=reference_ways(3, ("loops", "backward")) | {"layer": conv_layer(layers.Conv3d)},
    ),
]
