"""Average pooling on one to three axes, by loops and by layers."""

import numpy as np
from hypothesis import strategies as st
from torch.nn import functional

from witnesses.operation import Case
from witnesses.pooling import BATCHES, IMAGE, MISTAKES, SOME, loose, loose_windows, operation, windows


@st.composite
def avg_poolings(draw, axes, batches=BATCHES):
    """Windows and their divisors; on one axis torch lets none be overridden, on three none needs the padding."""
    case = draw(windows(axes, most=1, within=axes == 3, batches=batches))
    options = {"count_include_pad": draw(st.booleans())}
    if axes > 1 and draw(st.booleans()):
        options["divisor_override"] = draw(st.none() | st.integers(1, 5) | st.integers(-5, -1))
    return case.but(options)


EXAMPLES = {
    "pairs of rows and columns": (Case({"input": IMAGE}, {"kernel_size": 2}), [[[11 / 4, 16 / 4]]]),
    "what is left over counts as it is": (
        Case({"input": IMAGE}, {"kernel_size": 2, "ceil_mode": True}),
        [[[11 / 4, 16 / 4], [4 / 2, 10 / 2]]],
    ),
    "padding counts": (
        Case({"input": IMAGE}, {"kernel_size": 2, "padding": 1}),
        [[[1 / 4, 5 / 4, 2 / 4], [3 / 4, 22 / 4, 8 / 4]]],
    ),
    "padding does not count": (
        Case({"input": IMAGE}, {"kernel_size": 2, "padding": 1, "count_include_pad": False}),
        [[[1 / 1, 5 / 2, 2 / 1], [3 / 2, 22 / 4, 8 / 2]]],
    ),
    "a divisor of one sums": (Case({"input": IMAGE}, {"kernel_size": 2, "divisor_override": 1}), [[[11, 16]]]),
}
ON_IMAGES = {
    "examples": EXAMPLES,
    "good": Case({"input": np.ones((1, 2, 6, 6))}, {"kernel_size": 3, "stride": 2, "padding": 1}),
    "mistakes": MISTAKES
    | {
        "nothing to divide by": {"divisor_override": 0},
        "a fraction to divide by": {"divisor_override": 1.5},
        "a truth to divide by": {"divisor_override": True},
    },
}
OPERATIONS = [
    operation(
        "avg_pool",
        axes,
        avg_poolings(axes),
        oracle=oracle,
        loose=loose(avg_poolings(axes, batches=SOME), axes, **loose_windows(axes)),
        **more,
    )
    for axes, oracle, more in [
        (1, functional.avg_pool1d, {}),
        (2, functional.avg_pool2d, ON_IMAGES),
        (3, functional.avg_pool3d, {}),
    ]
]
