"""Batch normalisation and local response normalisation, by loops and by layers."""

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import reference
from cnnbook.layers.norm import BatchNorm2d, LocalResponseNorm
from witnesses.operation import Case, Operation, by_autograd, by_hand, each, loosened, numbers
from witnesses.pooling import by_call


@st.composite
def batches(draw, axes, least=0):
    """Images, running averages, and perhaps a scale and a shift for each channel."""
    training, channels = draw(st.booleans()), draw(st.integers(1, 4))
    shape = (draw(st.integers(least, 4)), channels, *each(draw, axes, least, 4))
    input, weight, bias, mean, spread = numbers(draw, shape, *[channels] * 4)
    if input.size == channels:
        input = np.concatenate([input, input + 1])  # one number has no variance
    running = {"running_mean": mean, "running_var": spread**2}
    if training and draw(st.booleans()):
        running = dict.fromkeys(running)
    learned = draw(st.sampled_from([{}, {"weight": weight}, {"weight": weight, "bias": bias}]))
    options = {"training": training, "momentum": draw(st.sampled_from([0.1, 0.5, 1, 0]))}
    return Case({"input": input} | learned, options | running | {"eps": draw(st.sampled_from([1e-5, 0.1, 1]))})


def with_running(output, running_mean, running_var):
    """Append the running averages as they are afterwards: training has changed them in place."""
    lists = [output.reshape(-1)] + [running for running in (running_mean, running_var) if running is not None]
    return torch.cat(lists) if isinstance(output, torch.Tensor) else np.concatenate(lists)


def copies(running_mean, running_var, copy):
    """Copy what will be changed, for the next witness."""
    return [None if running is None else copy(running) for running in (running_mean, running_var)]


def by_torch(input, running_mean, running_var, **options):
    """Normalise as torch does."""
    running = copies(running_mean, running_var, torch.tensor)
    return with_running(functional.batch_norm(input, *running, **options), *running)


def by_loops(input, running_mean, running_var, **options):
    """Normalise by loops."""
    running = copies(running_mean, running_var, np.array)
    return with_running(reference.batch_norm_loops(input, *running, **options), *running)


def back_by_loops(grad_output, input, running_mean, running_var, weight=None, *, training=False, eps=1e-5):
    """Give the gradients of that; none goes through the running averages."""
    grad_output = grad_output[: input.size].reshape(input.shape)
    return reference.batch_norm_backward(grad_output, input, running_mean, running_var, weight, training, eps)


def by_layer(input, running_mean, running_var, training, weight=None, bias=None, **options):
    """Normalise by a layer whose weights and running averages are these."""
    running = copies(running_mean, running_var, torch.tensor)
    layer = BatchNorm2d(
        input.shape[1],
        affine=weight is not None,
        bias=bias is not None,
        track_running_stats=running_mean is not None,
        dtype=torch.float64,
        **options,
    ).train(training)
    state = {"weight": weight, "bias": bias, "running_mean": running[0], "running_var": running[1]}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    return with_running(torch.func.functional_call(layer, state, (input,)), *running)


LOOPS = by_hand(by_loops, back_by_loops, ("input", "weight", "bias"))
GOOD = Case(
    {"input": np.arange(24.0).reshape(3, 2, 2, 2), "weight": np.ones(2), "bias": np.ones(2)},
    {"training": True, "running_mean": np.zeros(2), "running_var": np.ones(2), "eps": 1e-5},
)
PAIR = np.array([[[1.0]], [[3.0]]])
EXAMPLES = {
    "two numbers become minus one and one": (
        Case({"input": PAIR}, {"training": True, "running_mean": np.zeros(1), "running_var": np.ones(1), "eps": 1e-14}),
        [-1, 1, 0.2, 1.1],  # then the running mean and variance
    ),
    "by running averages": (
        Case({"input": PAIR}, {"running_mean": np.array([2.0]), "running_var": np.array([4.0]), "eps": 0}),
        [-0.5, 0.5, 2, 4],
    ),
    "scale and shift come last": (
        Case(
            {"input": PAIR, "weight": np.array([10.0]), "bias": np.array([7.0])},
            {"training": True, "running_mean": None, "running_var": None, "eps": 1e-14},
        ),
        [-3, 17],
    ),
}
MISTAKES = {
    "one number to a channel": {"input": np.ones((1, 2, 1, 1))},
    "nothing added to the variance": {"eps": 0},
    "less than nothing added": {"eps": -1e-5},
    "a word added": {"eps": "small"},
    "a word for a share": {"momentum": "0.1"},
}
MISTAKES_OF_FUNCTIONS = MISTAKES | {
    "no channels": {"input": np.ones(3)},
    "other channels": {"input": np.ones((3, 4, 2, 2))},
    "a mean for too many": {"running_mean": np.zeros(3)},
    "a variance for too few": {"running_var": np.ones(1)},
    "a mean alone": {"running_var": None},
    "a scale for too many": {"weight": np.ones(3)},
    "whole numbers to change": {"running_mean": np.zeros(2, dtype=int)},
    "nothing to normalise by": {"running_mean": None, "running_var": None, "training": False},
}
LOOSE = loosened(
    batches(axes=1, least=1),  # of an empty batch torch checks nothing
    shapes={
        "input": st.lists(st.integers(1, 3), min_size=1, max_size=4),
        "weight": st.lists(st.integers(0, 3), min_size=1, max_size=1),
        "bias": st.lists(st.integers(0, 3), min_size=1, max_size=1),
    },
    options={
        "running_mean": st.none() | st.just(np.ones(2)),
        "running_var": st.none() | st.just(np.ones(2)),
        "training": st.booleans(),
        "eps": st.sampled_from([-1, 0, 1]),
    },
)


@st.composite
def responses(draw, batch=(0, 1, 2)):
    """Images, or what has another number of axes, and a window that may be wider than there are channels."""
    size = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    (input,) = numbers(draw, (draw(st.sampled_from(batch)), draw(st.integers(1, 8)), *size))
    options = {
        "alpha": draw(st.sampled_from([1e-4, 0.5, 2])),
        "beta": draw(st.sampled_from([0.75, 1, 0.5])),
        "k": draw(st.sampled_from([1, 2, 0.5])),
    }
    return Case({"input": input}, options | {"size": draw(st.integers(1, 9))})


CHANNELS = np.array([[[1.0], [2.0], [3.0], [4.0]]])
MORE = {
    1: {"loose": LOOSE, "examples": EXAMPLES, "good": GOOD, "mistakes": MISTAKES_OF_FUNCTIONS},
    2: {"good": GOOD, "mistakes": MISTAKES},
}
OPERATIONS = [
    *[
        Operation(
            name=f"batch_norm{axes}d",
            cases=batches(axes),
            oracle=by_torch,
            witnesses={"loops": LOOPS} | ({"layer": by_autograd(by_layer)} if axes == len("hw") else {}),
            **MORE.get(axes, {}),
        )
        for axes in range(4)
    ],
    Operation(
        name="local_response_norm",
        cases=responses(),
        loose=loosened(
            responses(batch=(2,)),
            shapes={"input": st.lists(st.integers(1, 3), min_size=1, max_size=5)},
            options={"size": st.sampled_from([-1, 0, 1, 9])},
        ),
        oracle=functional.local_response_norm,
        witnesses={
            "loops": by_hand(reference.local_response_norm_loops, reference.local_response_norm_backward, ("input",)),
            "layer": by_call(LocalResponseNorm),
        },
        examples={
            "three channels at a time": (
                Case({"input": CHANNELS}, {"size": 3, "alpha": 3, "beta": 1}),
                [[[1 / 6], [2 / 15], [3 / 30], [4 / 26]]],
            ),
            "of an even number, one more lies before": (
                Case({"input": CHANNELS}, {"size": 2, "alpha": 2, "beta": 1}),
                [[[1 / 2], [2 / 6], [3 / 14], [4 / 26]]],
            ),
        },
        good=Case({"input": np.ones((2, 4, 3))}, {"size": 3}),
        mistakes={
            "too few axes": {"input": np.ones((2, 4))},
            "no channels to sum": {"size": 0},
            "half a channel": {"size": 2.5},
            "a word": {"alpha": "small"},
            "nothing": {"beta": None},
            "another word": {"k": "one"},
        },
    ),
]
