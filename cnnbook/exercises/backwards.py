"""Exercises in sending a gradient back through a convolution."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.mistakes import altered, flipped, instead, otherwise
from cnnbook.exercises.operations import Array, conv1d, few, size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import conv1d_backward


def to_input(grad_output: Array, weight: Array, n: int | None = None) -> Array:
    """The gradient to the input of a convolution without padding."""
    n = len(grad_output) + len(weight) - 1 if n is None else n
    return conv1d_backward(grad_output[None], np.zeros((1, n)), weight[None, None])[0][0]


def to_weight(grad_output: Array, input: Array) -> Array:
    """The gradient to the kernel of a convolution without padding."""
    kernel = np.zeros((1, 1, len(input) - len(grad_output) + 1))
    return conv1d_backward(grad_output[None], input[None], kernel)[1][0, 0]


def last_wins(grad_output: Array, weight: Array) -> Array:
    """The gradient to the input, if a later window wrote over an earlier one."""
    gradient = np.zeros(len(grad_output) + len(weight) - 1)
    for place, value in enumerate(grad_output):
        gradient[place : place + len(weight)] = value * weight
    return gradient


TURNED = altered(
    "You have turned the kernel round. The gradient goes back along the way that the number came.", weight=flipped
)


@by_hand(
    to_input,
    claims="C2.16",
    given={"grad_output": np.array([1, 2]), "weight": np.array([2, -1, 3])},
    mistakes=[
        TURNED,
        otherwise("Two windows read the inputs in the middle, and what comes back from both is added.", last_wins),
        instead(
            "You have let both outputs ask alike. The second one asks for twice as much.", grad_output=np.array([1, 1])
        ),
        otherwise(
            "Every input gets a number: four of them were read.",
            lambda grad_output, weight: conv1d(weight, grad_output),
        ),
    ],
)
def gradient_to_input() -> list[int]:
    """Each output hands its gradient back through the kernel; where windows overlap, it adds up."""
    return [1 * 2, 1 * -1 + 2 * 2, 1 * 3 + 2 * -1, 2 * 3]


@by_hand(
    to_weight,
    claims="C2.16",
    given={"grad_output": np.array([1, 2]), "input": np.array([1, 4, 0, 3])},
    mistakes=[
        altered("You have turned the outputs' gradients round.", grad_output=np.flip),
        instead(
            "You have let both outputs ask alike. The second one asks for twice as much.", grad_output=np.array([1, 1])
        ),
        instead(
            "You have looked at the first place alone. A weight is used at every place.", grad_output=np.array([1, 0])
        ),
    ],
)
def gradient_to_kernel() -> list[int]:
    """Each weight gathers what it read, times what was asked for there."""
    return [1 * 1 + 2 * 4, 1 * 4 + 2 * 0, 1 * 0 + 2 * 3]


@in_code(
    to_input,
    claims="C2.16",
    draw=lambda random: {"grad_output": few(random, size(random, 1, 4)), "weight": few(random, size(random, 2, 3))},
    mistakes=[
        TURNED,
        otherwise("Where windows overlap, what comes back from both is added.", last_wins),
        otherwise(
            "That is a convolution over the gradient where the kernel fits. Every input that was read gets a number.",
            lambda grad_output, weight: conv1d(grad_output, weight),
        ),
    ],
)
def backwards(grad_output: Num[np.ndarray, " places"], weight: Num[np.ndarray, " kernel"]) -> Float[np.ndarray, " n"]:
    """Each output lays the kernel down at its own place, times its gradient."""
    grad_input = np.zeros(len(grad_output) + len(weight) - 1)
    for place in range(len(grad_output)):
        grad_input[place : place + len(weight)] += grad_output[place] * weight
    return grad_input
