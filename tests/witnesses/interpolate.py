"""Interpolation on one to three axes, by loops and by layers."""

from math import ceil

import numpy as np
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import reference
from cnnbook.layers.upsample import Upsample
from witnesses.operation import Case, Operation, by_autograd, by_hand, each, loosened, numbers

NEAREST = ["nearest", "nearest-exact"]
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
LARGEST = {1: (12, 24), 2: (6, 12), 3: (4, 6)}  # pixels along an axis before and after: loops take their time


@st.composite
def interpolations(draw, axes, batches=(0, 1, 2)):
    """Maps, and the size they are to have or the factor to it; factors in hundredths never round to a tie."""
    fewest, most = LARGEST[axes]
    size = each(draw, axes, 1, fewest)
    (input,) = numbers(draw, (draw(st.sampled_from(batches)), draw(st.integers(1, 2)), *size))
    if draw(st.booleans()):
        options = {"size": draw(st.integers(1, most) | st.just(each(draw, axes, 1, most)))}
    else:
        hundredths = [st.integers(max(30, ceil(101 / n)), min(400, 100 * most // n)) for n in size]
        factors = tuple(draw(hundredth) / 100 for hundredth in hundredths)
        options = {"scale_factor": draw(st.sampled_from([factors, list(factors), max(factors), 2]))}
    mode = draw(st.sampled_from([*NEAREST, LINEAR[axes], LINEAR[axes]]))
    options |= {"mode": mode} if mode != "nearest" or draw(st.booleans()) else {}
    options |= {"align_corners": draw(st.sampled_from([None, False, True]))} if mode in LINEAR.values() else {}
    return Case({"input": input}, options)


def torch_agrees_with_itself(case):
    """Leave out where, on one and three axes, torch's *nearest* goes forward by the factor, and back by the size."""
    options, size = {"mode": "nearest", "scale_factor": None} | case.options, case.arrays["input"].shape[2:]
    factor = options["scale_factor"]
    if factor is None or options["mode"] != "nearest" or LINEAR.get(len(size)) == "bilinear":
        return True
    factors = factor if isinstance(factor, tuple | list) else [factor] * len(size)
    along = zip(size, factors, strict=False)
    return not any(f not in {1, 2} and (n <= n * f < n + 1 or 2 * n <= n * f < 2 * n + 1) for n, f in along)


def loose_interpolations(axes):
    """What may be wrong with them: shapes, numbers out of range, and modes that do not fit."""

    def along(*numbers):
        number = st.sampled_from(numbers)
        return number | st.lists(number, min_size=axes, max_size=axes + 1)

    return loosened(
        interpolations(axes, batches=(2,)),
        shapes={"input": st.lists(st.integers(0, 4), min_size=1, max_size=6)},
        options={
            "size": along(-1, 0, 1, 3) | st.none(),
            "scale_factor": along(-1, 0, 0.2, 0.5, 1.5, 2, float("nan"), float("inf")) | st.none(),
            "mode": st.sampled_from([*NEAREST, *LINEAR.values(), "cubic"]),
            "align_corners": st.sampled_from([None, False, True, "yes", 1]),
        },
    )


def upsample(input, scale_factor=None, **options):
    """Call the layer, which takes the factors of a tuple, as torch's does."""
    return Upsample(scale_factor=tuple(scale_factor) if isinstance(scale_factor, list) else scale_factor, **options)(
        input
    )


SIGNAL, SQUARE = np.array([[[10.0, 20]]]), np.array([[[[0.0, 8], [16, 24]]]])
EXAMPLES = {
    "nearest doubles": (Case({"input": SIGNAL}, {"scale_factor": 2}), [[[10, 10, 20, 20]]]),
    "nearest rounds down": (Case({"input": SIGNAL}, {"size": 3}), [[[10, 10, 20]]]),
    "nearest-exact asks at the middle": (
        Case({"input": np.array([[[1.0, 2, 3, 4]]])}, {"size": 2, "mode": "nearest-exact"}),
        [[[2, 4]]],
    ),
    "linear goes a quarter of the way": (
        Case({"input": SIGNAL}, {"scale_factor": 2, "mode": "linear"}),
        [[[10, 12.5, 17.5, 20]]],
    ),
    "linear from corner to corner": (
        Case({"input": SIGNAL}, {"size": 3, "mode": "linear", "align_corners": True}),
        [[[10, 15, 20]]],
    ),
    "bilinear from corner to corner": (
        Case({"input": SQUARE}, {"size": 3, "mode": "bilinear", "align_corners": True}),
        [[[[0, 4, 8], [8, 12, 16], [16, 20, 24]]]],
    ),
    "half the size is the mean of four": (
        Case({"input": SQUARE}, {"scale_factor": 0.5, "mode": "bilinear"}),
        [[[[12]]]],
    ),
}
GOOD = Case({"input": np.ones((1, 2, 4, 4))}, {"size": 8, "mode": "bilinear", "align_corners": False})
MISTAKES = {
    "no batch": {"input": np.ones((2, 4, 4))},
    "too few axes": {"input": np.ones((4, 4)), "mode": "nearest"},
    "too many axes": {"input": np.ones((1, 1, 1, 4, 4, 4)), "mode": "nearest"},
    "no pixels": {"input": np.ones((1, 2, 0, 4))},
    "no channels": {"input": np.ones((1, 0, 4, 4))},
    "both size and factor": {"scale_factor": 2},
    "neither size nor factor": {"size": None},
    "a size of zero": {"size": (8, 0)},
    "half a pixel": {"size": 2.5},
    "a truth": {"size": True},
    "three sizes for two axes": {"size": (8, 8, 8)},
    "a factor that leaves nothing": {"size": None, "scale_factor": 0.2},
    "a factor of zero": {"size": None, "scale_factor": 0},
    "a negative factor": {"size": None, "scale_factor": (2, -1)},
    "NaN": {"size": None, "scale_factor": float("nan")},
    "infinity": {"size": None, "scale_factor": float("inf")},
    "a word for a factor": {"size": None, "scale_factor": "2"},
    "three factors for two axes": {"size": None, "scale_factor": (2, 2, 2)},
    "a mode that does not exist": {"mode": "cubic"},
    "a mode for signals": {"mode": "linear"},
    "corners for nearest": {"mode": "nearest"},
    "a word for a truth": {"align_corners": "yes"},
}
ON_IMAGES = {"examples": EXAMPLES, "good": GOOD, "mistakes": MISTAKES}
OPERATIONS = [
    Operation(
        name=f"interpolate{axes}d",
        cases=interpolations(axes).filter(torch_agrees_with_itself),
        loose=loose_interpolations(axes).filter(torch_agrees_with_itself),
        oracle=functional.interpolate,
        witnesses={
            "loops": by_hand(reference.interpolate_loops, reference.interpolate_backward, ("input",)),
            "layer": by_autograd(upsample),
        },
        **(ON_IMAGES if LINEAR[axes] == "bilinear" else {}),
    )
    for axes in LARGEST
]
