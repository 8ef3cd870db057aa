"""Max unpooling on one to three axes, by loops and by layers."""

from math import prod

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional

from witnesses.operation import Case, each
from witnesses.pooling import BATCHES, LARGEST, SHAPES, SOME, loose, maps, operation, sizes, spread


@st.composite
def unpoolings(draw, axes, batches=BATCHES):
    """Pixels of a larger map, and their indices; some are read twice, as by windows that overlap."""
    pixels, weights = LARGEST[axes]
    size, kernel = each(draw, axes, 1, pixels // 2), each(draw, axes, 1, weights)
    stride = draw(st.none() | st.just(each(draw, axes, 1, 4)))
    steps = kernel if stride is None else stride
    larger = [(n - 1) * s + k for n, s, k in zip(size, steps, kernel, strict=True)]
    padding = tuple(draw(st.integers(0, (n - 1) // 2)) for n in larger)
    larger = [n - 2 * p for n, p in zip(larger, padding, strict=True)]
    options = {"kernel_size": kernel, "padding": padding} | ({"stride": stride} if stride is not None else {})
    if draw(st.booleans()):
        larger = [draw(st.integers(max(1, n - s + 1), n + s - 1)) for n, s in zip(larger, steps, strict=True)]
        batch_and_channels = draw(st.sampled_from([(), (7, 9)]))  # which torch does not look at
        options["output_size"] = draw(st.sampled_from([tuple, list]))([*batch_and_channels, *larger])

    unpooled = draw(maps(larger, batches))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    before = unpooled.shape[:-axes]
    indices = random.integers(0, prod(larger), (*before, prod(size)))
    input = np.take_along_axis(unpooled.reshape(*before, prod(larger)), indices, axis=-1)
    return Case({"input": input.reshape(*before, *size)}, options | {"indices": indices.reshape(*before, *size)})


def leaves_pixels(case):
    """Leave out larger maps without pixels: torch has no gradient there."""
    options = {"stride": None} | case.options
    axes = len(options["padding"])
    kernel = spread(options["kernel_size"], axes)
    steps = kernel if options["stride"] is None else options["stride"]
    along = zip(case.arrays["input"].shape[-axes:], kernel, steps, options["padding"], strict=False)
    return all((n - 1) * s + k != 2 * p for n, k, s, p in along)


def with_tensors(max_unpool):
    """Give the indices to torch as it wants them."""

    def unpool(input, indices, **options):
        return max_unpool(input, torch.from_numpy(indices), **options)

    return unpool


TWO = np.array([[[5.0, 7]]])
EXAMPLES = {
    "back to where it was": (
        Case({"input": TWO}, {"indices": np.array([[[1, 6]]]), "kernel_size": 2}),
        [[[0, 5, 0, 0], [0, 0, 7, 0]]],
    ),
    "into a larger map": (
        Case({"input": TWO}, {"indices": np.array([[[1, 8]]]), "kernel_size": 2, "output_size": (2, 5)}),
        [[[0, 5, 0, 0, 0], [0, 0, 0, 7, 0]]],
    ),
}
GOOD = Case(
    {"input": np.ones((1, 2, 3, 3))},
    {"indices": np.zeros((1, 2, 3, 3), dtype=np.int64), "kernel_size": 2, "output_size": (7, 6)},
)
MISTAKES = SHAPES | {
    "no channels": {"input": np.ones((1, 0, 3, 3))},
    "an index beyond the larger map": {"indices": np.full((1, 2, 3, 3), 42)},
    "an index before it": {"indices": np.full((1, 2, 3, 3), -1)},
    "indices of another shape": {"indices": np.zeros((1, 2, 9), dtype=np.int64)},
    "fractions for indices": {"indices": np.zeros((1, 2, 3, 3))},
    "a stride too large": {"output_size": (8, 6)},
    "a stride too small": {"output_size": (6, 4)},
    "one size for two axes": {"output_size": (6,)},
    "half a pixel": {"output_size": (6.5, 6)},
    "a number for a shape": {"output_size": 6},
    "window of zero": {"kernel_size": 0},
    "padding that leaves less than nothing": {"padding": 4, "output_size": None},
}
ON_IMAGES = {"examples": EXAMPLES, "good": GOOD, "mistakes": MISTAKES}
OPERATIONS = [
    operation(
        "max_unpool",
        axes,
        unpoolings(axes),
        oracle=with_tensors(oracle),
        loose=loose(unpoolings(axes, SOME), axes, kernel_size=sizes(axes, 1, 2, 5)).filter(leaves_pixels),
        **more,
    )
    for axes, oracle, more in [
        (1, functional.max_unpool1d, {}),
        (2, functional.max_unpool2d, ON_IMAGES),
        (3, functional.max_unpool3d, {}),
    ]
]
