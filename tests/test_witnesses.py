"""Every witness of a convolution says the same as torch, forward and backward, and refuses the same mistakes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import layers, reference

# torch says that it copies the input there, which we neither mind nor do
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def torch_functional(axes, input, weight, bias, grad_output, **options):
    """The oracle."""
    arrays = [None if array is None else torch.from_numpy(array).requires_grad_() for array in (input, weight, bias)]
    output = [functional.conv1d, functional.conv2d][axes - 1](*arrays, **options)
    if grad_output is None:
        return output
    output.backward(torch.from_numpy(grad_output))
    return output.detach(), *[None if array is None else array.grad for array in arrays]


def loops(axes, input, weight, bias, grad_output, **options):
    forward = [reference.conv1d_loops, reference.conv2d_loops][axes - 1]
    backward = [reference.conv1d_backward, reference.conv2d_backward][axes - 1]
    return forward(input, weight, bias, **options), *backward(grad_output, input, weight, **options)


def layer(axes, input, weight, bias, grad_output, **options):
    groups, kernel_size = options["groups"], weight.shape[2:]
    channels = (weight.shape[1] * groups, len(weight))
    module = [layers.Conv1d, layers.Conv2d][axes - 1](
        *channels, kernel_size, bias=bias is not None, dtype=torch.float64, **options
    )
    arrays = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    module.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    input = torch.from_numpy(input).requires_grad_()
    output = module(input)
    output.backward(torch.from_numpy(grad_output))
    return output.detach(), input.grad, module.weight.grad, None if bias is None else module.bias.grad


WITNESSES = [loops, layer]


@st.composite
def convolutions(draw, axes):
    """Input, weight, bias and options that fit each other, over the whole space."""

    def each(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * axes))

    groups, kernel, dilation = draw(st.integers(1, 3)), each(1, 4), each(1, 3)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = draw(st.sampled_from(["same", "valid", 1, each(0, 3)]))
    stride = 1 if padding == "same" else draw(st.sampled_from([2, each(1, 4)]))
    pixels = {"same": [r // 2 for r in reach], "valid": [0] * axes, 1: [1] * axes}.get(padding, padding)
    size = [max(1, r - 2 * p) + more for r, p, more in zip(reach, pixels, each(0, 4), strict=True)]
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    channels, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2))

    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    input = random.standard_normal((*batch, groups * channels, *size))
    weight = random.standard_normal((groups * filters, channels, *kernel))
    bias = random.standard_normal(groups * filters) if draw(st.booleans()) else None
    return input, weight, bias, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: witness.__name__)
@settings(deadline=None)
@given(data=st.data())
def test_every_witness_agrees_with_torch_forward_and_backward(witness, axes, data):
    input, weight, bias, options = data.draw(convolutions(axes))
    shape = torch_functional(axes, input, weight, bias, None, **options).shape
    grad_output = np.random.default_rng(0).standard_normal(shape)
    expected = torch_functional(axes, input, weight, bias, grad_output, **options)
    found = witness(axes, input, weight, bias, grad_output, **options)
    for name, ours, torchs in zip(["output", "input", "weight", "bias"], found, expected, strict=True):
        if torchs is not None:
            assert ours.shape == torchs.shape, name
            np.testing.assert_allclose(ours, torchs, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: witness.__name__)
def test_what_filter_finds_what_by_hand(witness):
    dark_left_bright_right = np.tile([0.0, 0, 0, 1, 1, 1], (1, 1, 4, 1))
    vertical_edge = np.tile([-1.0, 0, 1], (1, 1, 3, 1))
    options = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    found, *_ = witness(2, dark_left_bright_right, vertical_edge, None, np.zeros((1, 1, 2, 4)), **options)
    assert found.tolist() == [[[[0, 3, 3, 0], [0, 3, 3, 0]]]]
    transposed = np.ascontiguousarray(vertical_edge.swapaxes(2, 3))
    found, *_ = witness(2, dark_left_bright_right, transposed, None, np.zeros((1, 1, 2, 4)), **options)
    assert found.tolist() == [[[[0, 0, 0, 0], [0, 0, 0, 0]]]]


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


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: witness.__name__)
def test_every_witness_refuses_every_mistake_and_names_the_argument(witness, mistake):
    good = {"input": np.ones((2, 4, 9, 9)), "weight": np.ones((6, 2, 3, 3)), "bias": np.ones(6)}
    options = {"stride": 1, "padding": 0, "dilation": 1, "groups": 2}
    witness(2, **good, grad_output=np.ones((2, 6, 7, 7)), **options)  # nothing else is wrong
    with pytest.raises((TypeError, ValueError)) as refusal:
        witness(2, **good | {"grad_output": np.ones((2, 6, 7, 7))} | options | mistake)
    named = {*mistake, "input"} | ({"weight", "kernel", "out_channels"} if "weight" in mistake else set())
    assert any(name in str(refusal.value) for name in named), refusal.value
