"""Adaptive and global pooling on one to three axes, by loops and by layers."""

import numpy as np
from hypothesis import strategies as st
from torch.nn import functional

from witnesses.operation import Case, each
from witnesses.pooling import BATCHES, IMAGE, LARGEST, SHAPES, SOME, loose, maps, operation, sizes, spread


@st.composite
def adaptive_poolings(draw, axes, batches=BATCHES):
    """Maps and any number of bins; on one axis torch does not let ``None`` keep the size."""
    most = LARGEST[axes][0]
    bins = st.integers(1, most)  # torch has no gradient where there are none
    wanted = draw(bins | st.tuples(*[bins | st.none() if axes > 1 else bins] * axes))
    return Case({"input": draw(maps(each(draw, axes, 1, most), batches))}, {"output_size": wanted})


def torch_looks_at_the_shape(case):
    """Leave out one bin, the mean of whatever there is, and no channels, which torch takes on some numbers of axes."""
    shape, wanted = case.arrays["input"].shape, case.options["output_size"]
    return 0 not in shape[:2] and not set(spread(wanted, 1)) <= {1, None}


@st.composite
def whole_maps(draw, axes):
    """Maps alone."""
    return Case({"input": draw(maps(each(draw, axes, 1, LARGEST[axes][0])))})


def mean(axes):
    """Make torch's mean of every map."""

    def function(input):
        return input.mean(tuple(range(-axes, 0)))

    return function


def largest(axes, max_pool):
    """Make torch's largest number of every map: of equal numbers, the first has the gradient."""

    def function(input):
        return max_pool(input, input.shape[-axes:]).flatten(-axes).squeeze(-1)

    return function


EXAMPLES = {
    "uneven bins overlap": (
        Case({"input": IMAGE}, {"output_size": (2, 3)}),
        [[[11 / 4, 14 / 4, 16 / 4], [9 / 4, 22 / 4, 24 / 4]]],
    ),
    "one bin is the whole map": (Case({"input": IMAGE}, {"output_size": 1}), [[[41 / 12]]]),
    "as many bins as pixels": (Case({"input": IMAGE}, {"output_size": (None, 4)}), IMAGE.tolist()),
    "more bins than pixels": (Case({"input": IMAGE[:, :1, :2]}, {"output_size": (1, 3)}), [[[1, 3, 5]]]),
}
MISTAKES = SHAPES | {
    "fewer bins than none": {"output_size": (1, -1)},
    "half a bin": {"output_size": 2.5},
    "a truth": {"output_size": True},
    "nothing": {"output_size": None},
    "three numbers for two axes": {"output_size": (2, 2, 2)},
}
GOOD = Case({"input": np.ones((1, 2, 6, 6))}, {"output_size": 3})
ON_IMAGES = {"examples": EXAMPLES, "good": GOOD, "mistakes": MISTAKES}
OPERATIONS = []
for axes, adaptive, max_pool, more in [
    (1, functional.adaptive_avg_pool1d, functional.max_pool1d, {}),
    (2, functional.adaptive_avg_pool2d, functional.max_pool2d, ON_IMAGES),
    (3, functional.adaptive_avg_pool3d, functional.max_pool3d, {}),
]:
    cases = adaptive_poolings(axes)
    may_fit = loose(adaptive_poolings(axes, SOME), axes, output_size=sizes(axes, -1, 1, 2, 5)).filter(
        torch_looks_at_the_shape
    )
    OPERATIONS += [
        operation("adaptive_avg_pool", axes, cases, oracle=adaptive, loose=may_fit, **more),
        operation("global_avg_pool", axes, whole_maps(axes), oracle=mean(axes)),
        operation("global_max_pool", axes, whole_maps(axes), oracle=largest(axes, max_pool)),
    ]
