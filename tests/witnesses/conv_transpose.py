"""Transposed convolution on one to three axes, by loops and by layers."""

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import layers, reference
from witnesses.operation import Case, Operation, by_hand, by_layer, each, loosened, numbers

BATCHES = [(), (0,), (1,), (2,)]
LARGEST = {1: (12, 7), 2: (6, 4), 3: (3, 3)}  # pixels and weights along an axis: loops take their time


@st.composite
def transposed_convolutions(draw, axes, batches=BATCHES):
    """Input, weight, bias and options that fit each other, over the whole space."""
    pixels, weights = LARGEST[axes]
    groups, size, kernel = draw(st.integers(1, 3)), each(draw, axes, 1, pixels), each(draw, axes, 1, weights)
    stride, dilation = each(draw, axes, 1, 4), each(draw, axes, 1, 4)
    output_padding = tuple(draw(st.integers(0, max(*steps) - 1)) for steps in zip(stride, dilation, strict=True))
    options = {"stride": stride, "dilation": dilation, "groups": groups}
    if draw(st.booleans()):
        options["output_padding"] = output_padding
    else:
        output_padding = (0,) * axes
    spread = [
        (n - 1) * s + d * (k - 1) + 1 + more
        for n, k, s, d, more in zip(size, kernel, stride, dilation, output_padding, strict=True)
    ]
    if draw(st.booleans()):
        options["padding"] = tuple(draw(st.integers(0, min(4, (pixels - 1) // 2))) for pixels in spread)
    batch = draw(st.sampled_from(batches))
    channels, maps = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    input, weight, bias = numbers(
        draw, (*batch, groups * channels, *size), (groups * channels, maps, *kernel), groups * maps
    )
    return Case({"input": input, "weight": weight} | ({"bias": bias} if draw(st.booleans()) else {}), options)


def not_empty(case):
    """Leave out an empty batch, of which torch checks less."""
    return len(case.arrays["input"]) > 0


def loose_transposed_convolutions(axes):
    """What may be wrong with them: shapes, and numbers out of range."""

    def shape(least, most, ndim):
        return st.lists(st.integers(least, most), min_size=ndim - 1, max_size=ndim + 1)

    def per_axis(least, most):
        return st.one_of(st.integers(least, most), st.lists(st.integers(least, most), min_size=axes, max_size=axes + 1))

    return loosened(
        transposed_convolutions(axes, [(), (2,)]),
        shapes={"input": shape(0, 4, axes + 2), "weight": shape(0, 3, axes + 2), "bias": st.tuples(st.integers(0, 4))},
        options={
            "stride": per_axis(-1, 3),
            "padding": per_axis(-1, 6),
            "output_padding": per_axis(-1, 3),
            "groups": st.integers(-1, 4),
            "dilation": per_axis(-1, 3),
        },
    ).filter(not_empty)


SQUARE = np.array([[[[0.0, 1], [2, 3]]]])
EXAMPLES = {
    "each pixel times the kernel, at its own place": (
        Case({"input": SQUARE, "weight": SQUARE}),
        [[[[0, 0, 1], [0, 4, 6], [4, 12, 9]]]],
    ),
    "a stride as wide as the kernel leaves no overlap": (
        Case({"input": SQUARE, "weight": SQUARE}, {"stride": 2}),
        [[[[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]]],
    ),
    "padding is cut off": (Case({"input": SQUARE, "weight": SQUARE}, {"padding": 1}), [[[[4]]]]),
    "output padding is added at the end": (
        Case({"input": SQUARE, "weight": SQUARE}, {"padding": 1, "stride": 2, "output_padding": 1}),
        [[[[0, 2, 3], [2, 0, 3], [6, 6, 9]]]],
    ),
}
GOOD = Case(
    {"input": np.ones((2, 4, 5, 5)), "weight": np.ones((4, 3, 3, 3)), "bias": np.ones(6)},
    {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "dilation": 1},
)
MISTAKES = {
    "rank": {"input": np.ones((2, 2, 4, 5, 5))},
    "too few axes": {"input": np.ones((5, 5))},
    "channels": {"input": np.ones((2, 3, 5, 5))},
    "no pixels": {"input": np.ones((2, 4, 0, 5))},
    "stride of zero": {"stride": 0},
    "negative stride": {"stride": (1, -1)},
    "negative padding": {"padding": -1},
    "padding that cuts everything off": {"padding": 6},
    "output padding as wide as the stride": {"output_padding": (0, 2)},
    "negative output padding": {"output_padding": -1},
    "dilation of zero": {"dilation": 0},
    "no groups": {"groups": 0},
    "groups that do not divide the channels": {"groups": 3},
    "three numbers for two axes": {"stride": (2, 2, 2)},
    "half a pixel": {"padding": 0.5},
    "NaN": {"stride": float("nan")},
    "a truth": {"dilation": True},
    "nothing": {"stride": None},
    "a word": {"padding": "same"},
    "empty kernel": {"weight": np.ones((4, 3, 0, 3))},
    "no maps": {"weight": np.ones((4, 0, 3, 3))},
}


def layer(module):
    """Make a witness of a layer that takes its sizes from the arrays."""

    def build(shapes, groups=1, **options):
        channels, maps, *kernel = shapes["weight"]
        bias = "bias" in shapes
        return module(channels, maps * groups, tuple(kernel), groups=groups, bias=bias, dtype=torch.float64, **options)

    return by_layer(build)


def operation(axes, **more):
    """Gather who computes it on so many axes."""
    name, module = f"conv_transpose{axes}d", getattr(layers, f"ConvTranspose{axes}d")
    loops = getattr(reference, f"{name}_loops"), getattr(reference, f"{name}_backward")
    return Operation(
        name=name,
        cases=transposed_convolutions(axes),
        loose=loose_transposed_convolutions(axes),
        oracle=getattr(functional, name),
        witnesses={"loops": by_hand(*loops, ("input", "weight", "bias")), "layer": layer(module)},
        **more,
    )


OPERATIONS = [operation(1), operation(2, examples=EXAMPLES, good=GOOD, mistakes=MISTAKES), operation(3)]
