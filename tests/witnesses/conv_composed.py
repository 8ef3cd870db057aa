"""Convolutions made of ordinary ones: grouped, depthwise, depthwise separable, causal; and patches as columns."""

import torch
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import layers, reference
from witnesses.conv import (
    EXAMPLES,
    GOOD,
    MISTAKES,
    conv_layer,
    convolutions,
    geometry,
    in_torch,
    loose_convolutions,
    reference_ways,
)
from witnesses.operation import Case, Operation, by_autograd, by_hand, numbers


def depthwise_in_torch(input, weight, bias=None, **options):
    """Ask torch for as many groups as channels."""
    return in_torch(2)(input, weight, bias, groups=input.shape[-3], **options)


@st.composite
def depthwise_convolutions(draw, most_filters=2):
    """Convolutions with one channel to a group."""
    case = draw(convolutions(axes=2, most_channels=1, most_filters=most_filters))
    return Case(case.arrays, {name: option for name, option in case.options.items() if name != "groups"})


def separable_in_torch(input, depthwise, pointwise, bias=None, **options):
    """Ask torch for both layers."""
    return functional.conv2d(depthwise_in_torch(input, depthwise, **options), pointwise, bias)


@st.composite
def separable_convolutions(draw, most_filters=2):
    """A depthwise convolution, and filters that mix what it finds."""
    case, filters = draw(depthwise_convolutions(most_filters)), draw(st.integers(1, 3))
    arrays = {"input": case.arrays["input"], "depthwise": case.arrays["weight"]}
    arrays["pointwise"], bias = numbers(draw, (filters, len(case.arrays["weight"]), 1, 1), filters)
    return Case(arrays | ({"bias": bias} if draw(st.booleans()) else {}), case.options)


def separable_layer(input, depthwise, pointwise, bias=None, **options):
    """Give the layer its three parameters."""
    filters, channels = pointwise.shape[:2]
    module = layers.DepthwiseSeparableConv2d(
        channels, filters, tuple(depthwise.shape[2:]), bias=bias is not None, **options
    )
    parameters = {"depthwise.weight": depthwise, "pointwise.weight": pointwise, "pointwise.bias": bias}
    given = {name: parameter for name, parameter in parameters.items() if parameter is not None}
    return torch.func.functional_call(module, given, (input,), strict=True)


def causal_in_torch(input, weight, bias=None, stride=1, dilation=1, groups=1):
    """Pad on the left alone."""
    past = functional.pad(input, (dilation * (weight.shape[2] - 1), 0))
    return functional.conv1d(past, weight, bias, stride=stride, dilation=dilation, groups=groups)


@st.composite
def causal_convolutions(draw):
    """Signals and filters; whatever a kernel reaches, it fits the past."""
    groups, channels, filters = (draw(st.integers(1, 3)) for _ in range(3))
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    input, weight, bias = numbers(
        draw,
        (*batch, groups * channels, draw(st.integers(1, 12))),
        (groups * filters, channels, draw(st.integers(1, 7))),
        groups * filters,
    )
    options = {"stride": draw(st.integers(1, 4)), "dilation": draw(st.integers(1, 4)), "groups": groups}
    return Case({"input": input, "weight": weight} | ({"bias": bias} if draw(st.booleans()) else {}), options)


def stacked(convolve):
    """Put causal layers on top of each other; the layers' arrays are called weight0, bias0, weight1 …."""

    def stack(input, dilations, **arrays):
        for layer, dilation in enumerate(dilations):
            input = convolve(input, arrays[f"weight{layer}"], arrays[f"bias{layer}"], dilation=dilation)
        return input

    return stack


@st.composite
def causal_stacks(draw):
    """Up to four layers, each with its own dilation."""
    batch, channels = draw(st.sampled_from([(), (0,), (1,), (2,)])), draw(st.integers(1, 3))
    (input,) = numbers(draw, (*batch, channels, draw(st.integers(1, 12))))
    arrays, dilations = {"input": input}, draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    for layer in range(len(dilations)):
        filters = draw(st.integers(1, 3))
        shape = (filters, channels, draw(st.integers(1, 4)))
        arrays[f"weight{layer}"], arrays[f"bias{layer}"] = numbers(draw, shape, filters)
        channels = filters
    return Case(arrays, {"dilations": dilations})


def stack_by_hand(case, grad_output):
    """Give the reference its lists."""
    dilations, input = case.options["dilations"], case.arrays["input"]
    weights, biases = (
        [case.arrays[f"{name}{layer}"] for layer in range(len(dilations))] for name in ("weight", "bias")
    )
    output = reference.conv1d_causal_stack(input, weights, biases, dilations)
    if grad_output is None:
        return output, {}
    to_input, *to_layers = reference.conv1d_causal_stack_backward(grad_output, input, weights, biases, dilations)
    gradients = {"input": to_input}
    for layer, (to_weight, to_bias) in enumerate(zip(*to_layers, strict=True)):
        gradients |= {f"weight{layer}": to_weight, f"bias{layer}": to_bias}
    return output, gradients


@st.composite
def images(draw):
    """Images, and patches that fit them."""
    size, kernel, options = geometry(draw, axes=2, mode="zeros", words=())
    (input,) = numbers(draw, (*draw(st.sampled_from([(), (0,), (1,), (2,)])), draw(st.integers(1, 3)), *size))
    return Case({"input": input}, options | {"kernel_size": kernel})


@st.composite
def columns(draw):
    """As many columns as patches fit an image."""
    case = draw(images())
    *batch, channels, height, width = case.arrays["input"].shape
    shape = functional.unfold(torch.zeros(channels, height, width), **case.options).shape
    (input,) = numbers(draw, (*batch, *shape))
    return Case({"input": input}, case.options | {"output_size": (height, width)})


def unfold(input, kernel_size, stride, padding, dilation):
    """Call the columns' argument as torch does."""
    return reference.im2col(input, kernel_size, dilation, padding, stride)


def fold(input, output_size, kernel_size, stride, padding, dilation):
    """Call the image's argument as torch does."""
    return reference.col2im(input, output_size, kernel_size, dilation, padding, stride)


def unfold_backward(grad_output, input, kernel_size, stride, padding, dilation):
    """Send a gradient back from columns to the image."""
    return fold(grad_output, input.shape[-2:], kernel_size, stride, padding, dilation)


def fold_backward(grad_output, kernel_size, stride, padding, dilation):
    """Send a gradient back from the image to columns."""
    return unfold(grad_output, kernel_size, stride, padding, dilation)


SEPARABLE = by_hand(
    reference.conv2d_depthwise_separable,
    reference.conv2d_depthwise_separable_backward,
    ("input", "depthwise", "pointwise", "bias"),
)
OPERATIONS = [
    Operation(
        name="conv2d in groups",
        cases=convolutions(axes=2),
        loose=loose_convolutions(axes=2),
        oracle=in_torch(axes=2),
        witnesses=reference_ways(2, ("grouped", "grouped_backward")),
        examples=EXAMPLES,
        good=GOOD,
        mistakes=MISTAKES,
    ),
    Operation(
        name="conv2d depthwise",
        cases=depthwise_convolutions(),
        oracle=depthwise_in_torch,
        witnesses=reference_ways(2, ("depthwise", "depthwise_backward")) | {"layer": conv_layer(layers.Conv2d)},
    ),
    Operation(
        name="conv2d depthwise separable",
        cases=separable_convolutions(),
        oracle=separable_in_torch,
        witnesses={"loops": SEPARABLE},
    ),
    Operation(
        name="conv2d depthwise separable, one kernel to a channel",
        cases=separable_convolutions(most_filters=1),
        oracle=separable_in_torch,
        witnesses={"loops": SEPARABLE, "layer": by_autograd(separable_layer)},
    ),
    Operation(
        name="conv1d causal",
        cases=causal_convolutions(),
        oracle=causal_in_torch,
        witnesses=reference_ways(1, ("causal", "causal_backward")) | {"layer": conv_layer(layers.CausalConv1d)},
    ),
    Operation(
        name="conv1d causal stack",
        cases=causal_stacks(),
        oracle=stacked(causal_in_torch),
        witnesses={"loops": stack_by_hand},
    ),
    Operation(
        name="unfold",
        cases=images(),
        oracle=functional.unfold,
        witnesses={"im2col": by_hand(unfold, unfold_backward, ("input",))},
    ),
    Operation(
        name="fold",
        cases=columns(),
        oracle=functional.fold,
        witnesses={"col2im": by_hand(fold, fold_backward, ("input",))},
    ),
]
