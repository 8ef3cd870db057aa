"""Max pooling on one to three axes, by loops and by layers."""

import numpy as np
from torch.nn import functional

from witnesses.operation import Case
from witnesses.pooling import IMAGE, MISTAKES, SOME, loose, loose_windows, operation, sizes, spread, windows


def sees_a_pixel(n, kernel, stride, padding, dilation):
    """Say whether no window lies in the padding altogether: there torch names a pixel that is none."""
    return all(any(0 <= start + dilation * k < n for k in range(kernel)) for start in range(-padding, 0, stride))


def torch_is_sound(case):
    """Leave out what makes torch's gradient write beyond its memory; what torch refuses may stay."""
    options = {"stride": None} | case.options
    kernel, dilation = options["kernel_size"], options["dilation"]
    axes = max(len(value) for value in options.values() if isinstance(value, tuple))
    stride = kernel if options["stride"] is None else options["stride"]
    along = zip(
        case.arrays["input"].shape[-axes:],
        *[spread(value, axes) for value in (kernel, stride, options["padding"], dilation)],
        strict=False,
    )
    return all(s < 1 or 2 * p > k or sees_a_pixel(n, k, s, p, d) for n, k, s, p, d in along)


EXAMPLES = {
    "pairs of rows and columns": (Case({"input": IMAGE}, {"kernel_size": 2}), [[[5, 7]]]),
    "windows that overlap": (Case({"input": IMAGE}, {"kernel_size": 2, "stride": 1}), [[[5, 7, 7], [4, 9, 9]]]),
    "the row that is left over": (Case({"input": IMAGE}, {"kernel_size": 2, "ceil_mode": True}), [[[5, 7], [4, 9]]]),
    "padding is below every number": (
        Case({"input": -IMAGE}, {"kernel_size": 2, "padding": 1}),
        [[[-1, 0, -2], [0, -2, -1]]],
    ),
    "every other pixel": (Case({"input": IMAGE}, {"kernel_size": 2, "stride": 1, "dilation": 2}), [[[9, 5]]]),
}
GOOD = Case({"input": np.ones((1, 2, 6, 6))}, {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1})
ON_IMAGES = {
    "examples": EXAMPLES,
    "good": GOOD,
    "mistakes": MISTAKES | {"dilation of zero": {"dilation": 0}, "dilation beyond the map": {"dilation": (1, 4)}},
}
OPERATIONS = [
    operation(
        "max_pool",
        axes,
        windows(axes).filter(torch_is_sound),
        oracle=oracle,
        loose=loose(
            windows(axes, batches=SOME), axes, **loose_windows(axes), dilation=sizes(axes, -1, 0, 1, 2, 9)
        ).filter(torch_is_sound),
        **more,
    )
    for axes, oracle, more in [
        (1, functional.max_pool1d, {}),
        (2, functional.max_pool2d, ON_IMAGES),
        (3, functional.max_pool3d, {}),
    ]
]
