"""Exercises in cheaper convolutions: groups, depthwise and separable, and what each costs."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.channels import weights_shape
from cnnbook.exercises.mistakes import FLIPPED, after, altered, instead, otherwise
from cnnbook.exercises.operations import Array, few, size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import conv1d_loops, conv2d_loops
from cnnbook.shapes import conv_multiply_adds, conv_parameters, depthwise_separable_parameters


@by_hand(
    weights_shape,
    claims="C2.12",
    given={"maps": 8, "filters": 12, "kernel": 3, "groups": 4},
    mistakes=[
        instead("You have left out the groups: a filter reads the channels of its own group only.", groups=1),
        instead(
            "You have divided the filters, too. All twelve are there, three to a group.", filters=3, groups=1, maps=2
        ),
        otherwise(
            "You have divided the filters. The channels that each of them reads are divided.",
            lambda maps, filters, kernel, groups: (filters // groups, maps, kernel, kernel),
        ),
    ],
)
def grouped_weights() -> tuple[int, ...]:
    """Twelve filters, each for the two channels of its own group."""
    return (12, 8 // 4, 3, 3)


@by_hand(
    lambda input, weight: conv1d_loops(input, weight[:, None], groups=2),
    claims="C2.12",
    given={"input": np.array([[1, 2, 0, 3], [2, 0, 1, 1]]), "weight": np.array([[1, 2], [3, -1]])},
    mistakes=[
        altered("You have exchanged the kernels: the first one reads the first channel.", weight=np.flipud),
        altered("You have used the first kernel for both channels.", weight=lambda weight: weight[[0, 0]]),
        altered("You have flipped the kernels.", weight=np.fliplr),
        otherwise(
            "You have added the channels up, as an ordinary convolution does. Here each channel keeps its own map.",
            lambda input, weight: conv1d_loops(input, weight[None]),
        ),
    ],
)
def depthwise_by_hand() -> list[list[int]]:
    """Each channel is convolved with its own kernel, and nothing is added up."""
    return [
        [1 + 2 * 2, 2 + 2 * 0, 0 + 2 * 3],
        [3 * 2 - 0, 3 * 0 - 1, 3 * 1 - 1],
    ]


@by_hand(
    lambda in_channels, out_channels, kernel_size: depthwise_separable_parameters(
        in_channels, out_channels, kernel_size, bias=False
    ),
    claims="C2.12",
    given={"in_channels": 64, "out_channels": 128, "kernel_size": (3, 3)},
    mistakes=[
        otherwise(
            "That is the ordinary convolution, in which every filter has a 3×3 kernel for every channel.",
            lambda in_channels, out_channels, kernel_size: conv_parameters(
                in_channels, out_channels, kernel_size, bias=False
            ),
        ),
        otherwise(
            "That is the depthwise part alone. The 1×1 convolution has weights, too.",
            lambda in_channels, out_channels, kernel_size: in_channels * 9,
        ),
        otherwise(
            "That is the 1×1 part alone. The depthwise kernels have weights, too.",
            lambda in_channels, out_channels, kernel_size: in_channels * out_channels,
        ),
        after("You have counted the biases, too. The question asks for weights.", lambda weights: weights + 64 + 128),
    ],
)
def separable_weights() -> int:
    """One 3×3 kernel for each channel, then a weight from every channel to every map."""
    depthwise = 64 * 3 * 3
    pointwise = 64 * 128
    return depthwise + pointwise


@by_hand(
    lambda channels, filters, kernel, rows: conv_multiply_adds(channels, filters, (kernel, kernel), (rows, rows)),
    claims="C2.12",
    given={"channels": 16, "filters": 32, "kernel": 3, "rows": 28},
    mistakes=[
        instead("That is one place. The kernel stops at every pixel of the output.", rows=1),
        instead("You have given each filter one kernel. It has one for each channel.", channels=1),
        instead("That is one filter.", filters=1),
    ],
)
def multiply_adds() -> int:
    """Each number that comes out costs one product for each weight of its filter."""
    one_number = 16 * 3 * 3
    return 32 * 28 * 28 * one_number


def depthwise(input: Array, weight: Array) -> Array:
    """Every channel with its own kernel."""
    return conv2d_loops(input, weight[:, None], groups=len(input))


@in_code(
    depthwise,
    claims="C2.12",
    draw=lambda random: {
        "input": few(random, channels := size(random, 1, 3), size(random, 2, 3), size(random, 2, 4)),
        "weight": few(random, channels, 2, 2),
    },
    mistakes=[
        FLIPPED,
        after("You have added the channels up. Here each channel keeps its own map.", lambda maps: maps.sum(axis=0)),
        altered("You have used the first kernel for every channel.", weight=lambda weight: weight[[0] * len(weight)]),
    ],
)
def depthwise_conv(input: Num[np.ndarray, "c h w"], weight: Num[np.ndarray, "c kh kw"]) -> Float[np.ndarray, "c oh ow"]:
    """Each channel is convolved with its own kernel, and nothing is added up."""
    channels, rows, columns = weight.shape
    output = np.zeros((channels, input.shape[1] - rows + 1, input.shape[2] - columns + 1))
    for c, i, j in np.ndindex(output.shape):
        output[c, i, j] = np.sum(weight[c] * input[c, i : i + rows, j : j + columns])
    return output
