"""Convolutions made of ordinary ones: grouped, depthwise, depthwise separable, causal."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference import (
    conv1d_causal,
    conv1d_causal_backward,
    conv1d_causal_stack,
    conv1d_causal_stack_backward,
    conv1d_loops,
    conv2d_depthwise,
    conv2d_depthwise_backward,
    conv2d_depthwise_separable,
    conv2d_depthwise_separable_backward,
    conv2d_grouped,
    conv2d_loops,
)
from cnnbook.shapes import Window, conv_parameters, depthwise_separable_parameters, receptive_field
from slopes import assert_slopes
from witnesses.conv_composed import (
    causal_convolutions,
    causal_stacks,
    depthwise_convolutions,
    separable_convolutions,
)


def test_a_group_hears_nothing_of_the_other():
    random = np.random.default_rng(0)
    image, weight = random.standard_normal((4, 5, 5)), random.standard_normal((6, 2, 3, 3))
    other = image + np.pad(np.ones((2, 5, 5)), [(2, 0), (0, 0), (0, 0)])
    before, after = conv2d_grouped(image, weight, groups=2), conv2d_grouped(other, weight, groups=2)
    np.testing.assert_array_equal(before[:3], after[:3])
    assert (before[3:] != after[3:]).all()


def test_a_separable_convolution_is_an_ordinary_one_with_fewer_weights():
    random = np.random.default_rng(0)
    image, look, mix = (random.standard_normal(shape) for shape in [(3, 6, 6), (3, 1, 3, 3), (8, 3, 1, 1)])
    ordinary = mix * look[:, 0]
    np.testing.assert_allclose(conv2d_depthwise_separable(image, look, mix), conv2d_loops(image, ordinary), atol=1e-12)
    assert ordinary.size == conv_parameters(3, 8, (3, 3), bias=False)
    assert look.size + mix.size == depthwise_separable_parameters(3, 8, (3, 3), bias=False)


@settings(max_examples=50)
@given(case=depthwise_convolutions())
def test_the_gradients_of_a_depthwise_convolution_are_slopes(case):
    assert_slopes(
        partial(conv2d_depthwise, **case.options),
        lambda grad, *arrays: conv2d_depthwise_backward(grad, *arrays, **case.options)[:2],
        [case.arrays["input"], case.arrays["weight"]],
    )


@settings(max_examples=50)
@given(case=separable_convolutions())
def test_the_gradients_of_a_separable_convolution_are_slopes(case):
    arrays = {"bias": np.zeros(len(case.arrays["pointwise"]))} | case.arrays
    assert_slopes(
        partial(conv2d_depthwise_separable, **case.options),
        lambda grad, *arrays: conv2d_depthwise_separable_backward(grad, *arrays[:3], **case.options),
        [arrays[name] for name in ("input", "depthwise", "pointwise", "bias")],
    )


@given(case=causal_convolutions(), data=st.data())
def test_no_output_hears_the_future(case, data):
    signal = case.arrays["input"]
    moment = data.draw(st.integers(0, signal.shape[-1] - 1))
    other = signal + (np.arange(signal.shape[-1]) > moment)
    weight, heard = case.arrays["weight"], moment // case.options["stride"] + 1
    before, after = (conv1d_causal(x, weight, **case.options) for x in (signal, other))
    np.testing.assert_array_equal(before[..., :heard], after[..., :heard])


def test_the_last_weight_meets_the_present_and_the_length_stays():
    signal = np.array([[1, 2, 3, 4]])
    assert conv1d_causal(signal, np.array([[[0, 0, 1]]])).tolist() == signal.tolist()
    assert conv1d_causal(signal, np.array([[[1, 0, 0]]])).tolist() == [[0, 0, 1, 2]]
    assert conv1d_causal(signal, np.array([[[0, 1]]]), stride=3).tolist() == [[1, 4]]


def test_it_is_padding_on_the_left_alone():
    random = np.random.default_rng(0)
    signal, weight = random.standard_normal((2, 9)), random.standard_normal((3, 2, 3))
    padded = np.pad(signal, [(0, 0), (4, 0)])
    np.testing.assert_allclose(conv1d_causal(signal, weight, dilation=2), conv1d_loops(padded, weight, dilation=2))


@settings(max_examples=50)
@given(case=causal_convolutions())
def test_the_gradients_of_a_causal_convolution_are_slopes(case):
    assert_slopes(
        partial(conv1d_causal, **case.options),
        lambda grad, *arrays: conv1d_causal_backward(grad, *arrays, **case.options)[:2],
        [case.arrays["input"], case.arrays["weight"]],
    )


@settings(max_examples=50)
@given(case=causal_stacks())
def test_the_gradients_of_a_stack_are_slopes(case):
    input, dilations = case.arrays["input"], case.options["dilations"]
    layers = range(len(dilations))

    def run(input, *arrays):
        return conv1d_causal_stack(input, arrays[: len(layers)], arrays[len(layers) :], dilations)

    def back(grad, input, *arrays):
        weights, biases = arrays[: len(layers)], arrays[len(layers) :]
        to_input, to_weights, to_biases = conv1d_causal_stack_backward(grad, input, weights, biases, dilations)
        return to_input, *to_weights, *to_biases

    arrays = [case.arrays[f"{name}{layer}"] for name in ("weight", "bias") for layer in layers]
    assert_slopes(run, back, [input, *arrays])


@pytest.mark.parametrize(("kernel", "layers"), [(2, 1), (2, 4), (3, 3), (2, 5)])
def test_a_stack_hears_as_far_as_its_receptive_field(kernel, layers):
    field = receptive_field([Window(kernel, dilation=2**layer) for layer in range(layers)]).size
    assert kernel != 2 or field == 2**layers
    length = field + 3
    last = np.eye(1, length)[:, ::-1]
    heard, *_ = conv1d_causal_stack_backward(last, np.zeros((1, length)), [np.ones((1, 1, kernel))] * layers)
    assert np.flatnonzero(heard).tolist() == list(range(length - field, length))


SIGNAL, KERNEL = np.ones((1, 5)), np.ones((1, 1, 2))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: conv2d_depthwise(np.ones((3, 3)), np.ones((3, 1, 2, 2))),
            ValueError,
            r"input has shape \(3, 3\); 4 axes",
        ),
        (lambda: conv2d_depthwise(np.ones((2, 3, 3)), np.ones((3, 1, 2, 2))), ValueError, "groups=2 must divide the 3"),
        (lambda: conv2d_depthwise(np.ones((2, 3, 3)), np.ones((2, 2, 2, 2))), ValueError, "has not the 4 channels"),
        (lambda: conv2d_depthwise(None, np.ones((2, 1, 2, 2))), TypeError, "input must be a NumPy array"),
        (
            lambda: conv2d_depthwise_separable(np.ones((2, 3, 3)), np.ones((2, 1, 2, 2)), np.ones((4, 2, 3, 3))),
            ValueError,
            "pointwise has shape .*; its filters must have one row and one column",
        ),
        (
            lambda: conv2d_depthwise_separable(np.ones((2, 3, 3)), np.ones((2, 1, 2, 2)), np.ones((4, 3, 1, 1))),
            ValueError,
            "has not the 3 channels",
        ),
        (lambda: conv1d_causal(SIGNAL, np.ones((1, 2))), ValueError, r"weight has shape \(1, 2\); 3 axes are needed"),
        (lambda: conv1d_causal(SIGNAL, KERNEL, dilation=0), ValueError, "dilation=0 must be at least 1"),
        (lambda: conv1d_causal(SIGNAL, KERNEL, stride=0), ValueError, "stride=0 must be at least 1"),
        (lambda: conv1d_causal(SIGNAL, KERNEL, stride=0.5), TypeError, "stride=0.5 must be a whole number"),
        (lambda: conv1d_causal(np.ones((2, 5)), KERNEL), ValueError, "has not the 1 channels"),
        (lambda: conv1d_causal(np.ones((1, 0)), KERNEL), ValueError, "n=0 must be at least 1"),
        (lambda: conv1d_causal(SIGNAL, np.ones((1, 1, 0))), ValueError, "none of them empty"),
        (lambda: conv1d_causal([1], KERNEL), TypeError, "input must be a NumPy array"),
        (
            lambda: conv1d_causal_backward(np.ones((1, 6)), SIGNAL, KERNEL),
            ValueError,
            r"\(1, 5\) is needed: the output",
        ),
        (lambda: conv1d_causal_stack(SIGNAL, []), ValueError, "weights is empty; a stack needs one layer at least"),
        (
            lambda: conv1d_causal_stack(SIGNAL, [KERNEL] * 2, [None]),
            ValueError,
            "biases has length 1; one is needed for",
        ),
        (lambda: conv1d_causal_stack(SIGNAL, [KERNEL], None, [1, 2]), ValueError, "dilations has length 2"),
        (lambda: conv1d_causal_stack(SIGNAL, [KERNEL, np.ones((1, 2, 2))]), ValueError, "has not the 2 channels"),
    ],
)
def test_what_does_not_fit_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
