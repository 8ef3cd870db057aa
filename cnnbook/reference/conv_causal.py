"""Causal convolution: an output hears its own moment and earlier ones, never the future.

It is an ordinary convolution, padded so far that it reaches back to before the beginning, and cut off at the present.
Stacked with growing dilation, a few layers hear far back.
"""

from collections.abc import Sequence
from operator import index
from typing import SupportsIndex

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import Bias, check_shape, conv1d_backward, conv1d_loops, fit, real
from cnnbook.shapes import whole_number

Signals = Num[np.ndarray, "n c_in l"] | Num[np.ndarray, "c_in l"]
Kernels = Num[np.ndarray, "c_out c_in_per_group kernel"]
Weights = Sequence[Num[np.ndarray, "..."]]  # c_out c_in kernel, and each layer has its own
Biases = Sequence[Num[np.ndarray, "..."] | None] | None
Maps = Float[np.ndarray, "n c_out places"] | Float[np.ndarray, "c_out places"]


def conv1d_causal(
    input: Signals,
    weight: Kernels,
    bias: Bias = None,
    stride: SupportsIndex = 1,
    dilation: SupportsIndex = 1,
    groups: SupportsIndex = 1,
) -> Maps:
    r"""Convolve a signal so that each output depends on the present and the past alone.

    .. math:: y_{o,i} = b_o + \sum_{c,k} w_{o,c,k} \, x_{c,\;si - d(K - 1 - k)} \qquad k = 0 \ldots K - 1

    The last weight meets the present; before the beginning :math:`x` is zero.

    Args:
        input: signals ``n c_in l``, or one signal ``c_in l``.
        weight: filters ``c_out c_in_per_group kernel``.
        bias: one number for each filter.
        stride: samples from one output to the next.
        dilation: samples from one weight to the next.
        groups: groups of filters and channels.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: shapes do not match, or a number is out of range.

    References:
        van den Oord et al. (2016), *WaveNet: a generative model for raw audio*, section 2.1.

    >>> conv1d_causal(np.array([[1, 2, 3, 4]]), np.array([[[10, 1]]]))  # ten times the past and the present
    array([[ 1., 12., 23., 34.]])
    >>> conv1d_causal(np.array([[1, 2, 3, 4]]), np.array([[[10, 1]]]), dilation=2)
    array([[ 1.,  2., 13., 24.]])
    """
    output = conv1d_loops(input, weight, bias, stride, past(weight, dilation), dilation, groups)
    return output[..., : present(input, stride)]


def conv1d_causal_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weight: Kernels,
    stride: SupportsIndex = 1,
    dilation: SupportsIndex = 1,
    groups: SupportsIndex = 1,
) -> tuple[Float[np.ndarray, "*input"], Float[np.ndarray, "c_out c_in_per_group kernel"], Float[np.ndarray, " c_out"]]:
    """Send the gradient back through :func:`conv1d_causal`: what was cut off has none.

    Args:
        grad_output: the gradient to the output, of its shape.
        input: what was given to :func:`conv1d_causal`, and so are the arguments that follow.
        weight: filters.
        stride: samples from one output to the next.
        dilation: samples from one weight to the next.
        groups: groups of filters and channels.

    Returns:
        The gradients to input, weight and bias.

    Raises:
        TypeError: as :func:`conv1d_causal`.
        ValueError: as :func:`conv1d_causal`, or the gradient has not the output's shape.

    >>> signal, kernel = np.array([[1, 2, 3, 4]]), np.array([[[10, 1]]])
    >>> to_signal, to_kernel, _ = conv1d_causal_backward(np.array([[0, 0, 1, 0]]), signal, kernel)
    >>> to_signal, to_kernel
    (array([[ 0., 10.,  1.,  0.]]), array([[[2., 3.]]]))
    """
    grad_output, input, weight = real("grad_output", grad_output), real("input", input), real("weight", weight)
    padding = past(weight, dilation)
    *_, batch, maps = fit(input, weight, stride, padding, dilation, groups)
    check_shape("grad_output", grad_output, (*batch, maps[0], present(input, stride)), "the output's shape")
    with_future = np.zeros(batch + maps)
    with_future[..., : present(input, stride)] = grad_output
    return conv1d_backward(with_future, input, weight, stride, padding, dilation, groups)


def conv1d_causal_stack(
    input: Signals,
    weights: Weights,
    biases: Biases = None,
    dilations: Sequence[SupportsIndex] | None = None,
) -> Maps:
    r"""Put causal convolutions on top of each other; unless told otherwise, each reaches twice as far as the one below.

    With dilations :math:`d_l` and kernels of :math:`k_l` weights, an output hears

    .. math:: 1 + \sum_l d_l (k_l - 1)

    samples: with two weights in each of :math:`L` layers :math:`2^L`, at the price of :math:`2L` weights.
    There is no activation function between the layers; a network would put one there.

    Args:
        input: signals ``n c_in l``, or one signal ``c_in l``.
        weights: the filters of each layer ``c_out c_in kernel``, from the input upwards.
        biases: for each layer one number for each filter, or ``None``.
        dilations: samples from one weight to the next, for each layer; 1, 2, 4, … where they are not given.

    Raises:
        TypeError: an array holds no real numbers, or a size is no integer.
        ValueError: there are no layers, or not so many biases or dilations, or a layer does not fit the one below.

    References:
        van den Oord et al. (2016), *WaveNet: a generative model for raw audio*, section 2.1.

    >>> click, adding_up = np.eye(1, 10), [np.ones((1, 1, 2))] * 3
    >>> conv1d_causal_stack(click, adding_up)  # a click is heard for eight samples
    array([[1., 1., 1., 1., 1., 1., 1., 1., 0., 0.]])
    >>> from cnnbook.shapes import receptive_field
    >>> receptive_field([(2, 1, 0, 1), (2, 1, 0, 2), (2, 1, 0, 4)]).size
    8
    """
    output = real("input", input)
    for weight, bias, dilation in layers(weights, biases, dilations):
        output = conv1d_causal(output, weight, bias, dilation=dilation)
    return output


def conv1d_causal_stack_backward(
    grad_output: Num[np.ndarray, "*output"],
    input: Num[np.ndarray, "*input"],
    weights: Weights,
    biases: Biases = None,
    dilations: Sequence[SupportsIndex] | None = None,
) -> tuple[Float[np.ndarray, "*input"], list[Float[np.ndarray, "..."]], list[Float[np.ndarray, "..."]]]:
    """Send the gradient back through :func:`conv1d_causal_stack`: once up to keep what each layer read, then down.

    Args:
        grad_output: the gradient to the output, of its shape.
        input: what was given to :func:`conv1d_causal_stack`, and so are the arguments that follow.
        weights: the filters of each layer.
        biases: the biases of each layer.
        dilations: samples from one weight to the next, for each layer.

    Returns:
        The gradient to the input, those to the weights and those to the biases, in the order of the layers.

    Raises:
        TypeError: as :func:`conv1d_causal_stack`.
        ValueError: as :func:`conv1d_causal_stack`, or the gradient has not the output's shape.

    >>> last_output = np.eye(1, 10)[:, ::-1]
    >>> heard, *_ = conv1d_causal_stack_backward(last_output, np.zeros((1, 10)), [np.ones((1, 1, 2))] * 3)
    >>> heard
    array([[0., 0., 1., 1., 1., 1., 1., 1., 1., 1.]])
    """
    read = [real("input", input)]
    stack = layers(weights, biases, dilations)
    for weight, bias, dilation in stack[:-1]:
        read.append(conv1d_causal(read[-1], weight, bias, dilation=dilation))

    grad, grad_weights, grad_biases = grad_output, [], []
    for signal, (weight, _, dilation) in zip(reversed(read), reversed(stack), strict=True):
        grad, grad_weight, grad_bias = conv1d_causal_backward(grad, signal, weight, dilation=dilation)
        grad_weights.append(grad_weight)
        grad_biases.append(grad_bias)
    return grad, grad_weights[::-1], grad_biases[::-1]


def layers(
    weights: Weights, biases: Biases, dilations: Sequence[SupportsIndex] | None
) -> list[tuple[Num[np.ndarray, "..."], Num[np.ndarray, "..."] | None, SupportsIndex]]:
    """Give each layer its weights, its bias and its dilation.

    Raises:
        ValueError: there are none, or not so many biases or dilations.

    >>> [dilation for _, _, dilation in layers([np.ones((1, 1, 2))] * 4, None, None)]
    [1, 2, 4, 8]
    """
    if not len(weights):
        raise ValueError("weights is empty; a stack needs one layer at least")
    biases = [None] * len(weights) if biases is None else biases
    dilations = [2**layer for layer in range(len(weights))] if dilations is None else dilations
    for name, given in [("biases", biases), ("dilations", dilations)]:
        if len(given) != len(weights):
            raise ValueError(f"{name} has length {len(given)}; one is needed for each of the {len(weights)} layers")
    return list(zip(weights, biases, dilations, strict=True))


def past(weight: Num[np.ndarray, "..."], dilation: SupportsIndex) -> int:
    """Count the samples before the present that a kernel reaches.

    Raises:
        TypeError: the weights are no real numbers, or the dilation is no integer.
        ValueError: the weights have not three axes, or the dilation is below 1.

    >>> past(np.ones((1, 1, 3)), dilation=4)
    8
    """
    if real("weight", weight).ndim != 3:  # noqa: PLR2004
        raise ValueError(f"weight has shape {weight.shape}; 3 axes are needed: filters, channels and time")
    return whole_number("dilation", dilation, least=1) * max(0, int(weight.shape[-1]) - 1)


def present(input: Num[np.ndarray, "..."], stride: SupportsIndex) -> int:
    """Count the outputs whose present is a sample of the signal.

    >>> present(np.zeros((1, 7)), stride=2)
    4
    """
    return -(-int(input.shape[-1]) // index(stride))
