"""What the tables of all poolings share: maps, windows, and what may be wrong with them."""

import inspect

import numpy as np
import torch
from hypothesis import strategies as st

from cnnbook import layers, reference
from witnesses.operation import Case, Operation, by_autograd, by_hand, each, loosened, numbers

BATCHES = [(), (0,), (1,), (2,)]
SOME = [(), (2,)]  # of an empty batch torch checks less
LARGEST = {1: (12, 7), 2: (8, 5), 3: (4, 3)}  # pixels of a map and of a window along an axis: loops take their time


@st.composite
def maps(draw, size, batches=BATCHES):
    """Numbers, and now and then some that are equal, infinite or none."""
    (input,) = numbers(draw, (*draw(st.sampled_from(batches)), draw(st.integers(1, 2)), *size))
    kind = draw(st.sampled_from(["all different", "ties", "infinite", "NaN"]))
    if kind != "all different":
        input = input.round()
    if kind in {"infinite", "NaN"}:
        input[input > 1] = -np.inf if kind == "infinite" else np.nan
    return input


@st.composite
def windows(draw, axes, *, most=4, within=False, batches=BATCHES):
    """Maps, and windows that fit them: with dilations up to ``most``, and without the help of padding if ``within``."""
    pixels, weights = LARGEST[axes]
    kernel, stride = each(draw, axes, 1, weights), draw(st.none() | st.just(each(draw, axes, 1, 4)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    room = [(pixels + 2 * p - 1) // max(1, k - 1) for k, p in zip(kernel, padding, strict=True)]
    dilation = tuple(draw(st.integers(1, max(1, min(most, n)))) for n in room)
    least = [d * (k - 1) + 1 - (0 if within else 2 * p) for k, p, d in zip(kernel, padding, dilation, strict=True)]
    size = [draw(st.integers(max(1, n), max(n, pixels))) for n in least]
    options = {"kernel_size": kernel, "padding": padding, "ceil_mode": draw(st.booleans())}
    options |= {"stride": stride} if stride is not None else {}
    options |= {"dilation": dilation} if most > 1 else {}
    return Case({"input": draw(maps(size, batches))}, options)


def loose(cases, axes, **options):
    """What may be wrong: the shape, and numbers out of range."""
    shape = st.lists(st.integers(0, 5), min_size=axes, max_size=axes + 3)
    return loosened(cases, shapes={"input": shape}, options=options)


def sizes(axes, *numbers):
    """One of these numbers, or one for each axis, or one too many."""
    number = st.sampled_from(numbers)
    return number | st.lists(number, min_size=axes, max_size=axes + 1)


def loose_windows(axes):
    """What may become of their options."""
    return {
        "kernel_size": sizes(axes, -1, 0, 1, 2, 3, 9),
        "stride": sizes(axes, -1, 0, 1, 2, 5) | st.none(),
        "padding": sizes(axes, -1, 0, 1, 2, 4),
        "ceil_mode": st.booleans(),
    }


def spread(value, axes):
    """Give an option one number for each axis, as far as it has any."""
    return list(value) if isinstance(value, tuple | list) else [value] * axes


def operation(name, axes, cases, **more):
    """Gather who computes it on so many axes."""
    function = f"{name}{axes}d"
    loops = reference.__dict__.get(f"{function}_loops") or reference.__dict__[function]
    backward = reference.__dict__[f"{function}_backward"]
    witnesses = {"loops": by_hand(loops, backward, ("input",))}
    layer = layers.__dict__.get("".join(map(str.capitalize, name.split("_"))) + f"{axes}d")
    if layer is not None:
        witnesses["layer"] = by_call(layer)
    return Operation(name=function, cases=cases, witnesses=witnesses, **more)


def by_call(layer):
    """Make a witness of a layer without weights: what its call has no name for is given to its constructor."""
    names = inspect.signature(layer.forward).parameters

    def function(input, **options):
        tensors = {name: torch.from_numpy(value) for name, value in options.items() if isinstance(value, np.ndarray)}
        given = {name: (options | tensors)[name] for name in names if name in options}
        return layer(**{name: value for name, value in options.items() if name not in given})(input, **given)

    return by_autograd(function)


SHAPES = {
    "too many axes": {"input": np.ones((1, 1, 2, 6, 6))},
    "too few axes": {"input": np.ones((6, 6))},
    "no pixels": {"input": np.ones((1, 2, 0, 6))},
}
MISTAKES = SHAPES | {
    "no channels": {"input": np.ones((1, 0, 6, 6))},
    "no window": {"kernel_size": None},
    "window of zero": {"kernel_size": (2, 0)},
    "window larger than the padded map": {"kernel_size": 9},
    "stride of zero": {"stride": 0},
    "negative stride": {"stride": (1, -1)},
    "half a pixel": {"stride": 1.5},
    "NaN": {"stride": float("nan")},
    "negative padding": {"padding": -1},
    "padding more than half a window": {"padding": (1, 2)},
    "a word": {"padding": "same"},
    "a truth": {"padding": True},
    "three numbers for two axes": {"kernel_size": (2, 2, 2)},
}
IMAGE = np.array([[[1.0, 5, 0, 2], [3, 2, 7, 7], [0, 4, 9, 1]]])
