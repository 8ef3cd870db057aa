"""Exercises in sliding one kernel over one row or picture, by hand and in code."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook import reference
from cnnbook.exercises.mistakes import (
    FLIPPED,
    NO_BIAS,
    NO_DILATION,
    NO_STRIDE,
    NOT_PADDED,
    after,
    altered,
    instead,
    otherwise,
)
from cnnbook.exercises.operations import Array, conv1d, conv2d, few, size
from cnnbook.exercises.record import by_hand, in_code


@by_hand(
    conv1d,
    claims="C2.1 C2.2",
    given={"input": np.array([1, 3, 0, 2]), "weight": np.array([2, 0, -1]), "padding": 1},
    mistakes=[
        FLIPPED,
        NOT_PADDED,
        otherwise(
            "You have repeated the last number beyond each end. Zero padding puts a zero there.",
            lambda input, weight, padding: conv1d(np.pad(input, padding, mode="edge"), weight),
        ),
    ],
)
def slide_by_hand() -> list[int]:
    """With a zero at each end, the kernel fits four times."""
    return [
        2 * 0 + 0 * 1 - 1 * 3,
        2 * 1 + 0 * 3 - 1 * 0,
        2 * 3 + 0 * 0 - 1 * 2,
        2 * 0 + 0 * 2 - 1 * 0,
    ]


@by_hand(
    conv1d,
    claims="C2.3",
    given={"input": np.array([4, 1, 0, 3, 5, 2, 1]), "weight": np.array([1, -1, 2]), "stride": 2},
    mistakes=[
        NO_STRIDE,
        otherwise(
            "You have begun at the second place. The first window begins with the first number.",
            lambda input, weight, stride: conv1d(input[1:], weight, stride=stride),
        ),
        FLIPPED,
        instead("You have moved on by the kernel's own length. The stride is two.", stride=3),
    ],
)
def stride_by_hand() -> list[int]:
    """The windows begin with the first, the third and the fifth number."""
    return [4 - 1 + 2 * 0, 0 - 3 + 2 * 5, 5 - 2 + 2 * 1]


@by_hand(
    conv1d,
    claims="C2.3",
    given={"input": np.array([3, 1, 4, 1, 5, 9, 2]), "weight": np.array([2, 1, -1]), "dilation": 2},
    mistakes=[
        NO_DILATION,
        FLIPPED,
        instead(
            "You have skipped places, which is a stride. Dilation skips numbers within the window.",
            dilation=1,
            stride=2,
        ),
    ],
)
def dilation_by_hand() -> list[int]:
    """Each window reads every other number of five."""
    return [2 * 3 + 4 - 5, 2 * 1 + 1 - 9, 2 * 4 + 5 - 2]


def unit(input: Array, weight: Array, bias: Array | None) -> Array:
    """Convolve, add the bias, and apply ReLU."""
    return np.maximum(0, conv1d(input, weight, bias=bias))


@by_hand(
    unit,
    claims="C2.1 C2.5",
    given={"input": np.array([2, 0, 1, 3, 1]), "weight": np.array([1, -2, 1]), "bias": np.array([1])},
    mistakes=[
        NO_BIAS,
        otherwise("You have left out ReLU: a negative number becomes zero.", conv1d),
        otherwise(
            "You have added the bias after ReLU. It comes first.",
            lambda input, weight, bias: unit(input, weight, None) + bias,
        ),
    ],
)
def hidden_units_by_hand() -> list[int]:
    """Sum the products, add the bias, and keep what is positive."""
    sums = [2 - 2 * 0 + 1, 0 - 2 * 1 + 3, 1 - 2 * 3 + 1]
    return [max(0, total + 1) for total in sums]


@by_hand(
    conv2d,
    claims="C2.2 C2.5",
    given={"input": np.array([[1, 0, 2, 1], [3, 1, 0, 2], [0, 2, 1, 1]]), "weight": np.array([[1, 2], [0, -1]])},
    mistakes=[
        FLIPPED,
        altered("You have taken the kernel's rows for its columns.", weight=np.transpose),
        instead("You have padded. Without padding, the kernel fits two times down and three times across.", padding=1),
    ],
)
def picture_by_hand() -> list[list[int]]:
    """The kernel fits two times down and three times across."""
    return [
        [1 + 2 * 0 - 1, 0 + 2 * 2 - 0, 2 + 2 * 1 - 2],
        [3 + 2 * 1 - 2, 1 + 2 * 0 - 1, 0 + 2 * 2 - 1],
    ]


def draw_row(random: np.random.Generator) -> dict[str, Array | int]:
    """Draw a row, a kernel that fits, a stride and a padding."""
    kernel = size(random, 2, 3)
    return {
        "input": few(random, kernel + size(random, 0, 4)),
        "weight": few(random, kernel),
        "stride": size(random, 1, 3),
        "padding": size(random, 0, 2),
    }


@in_code(
    conv1d,
    claims="C2.1 C2.4",
    draw=draw_row,
    mistakes=[
        FLIPPED,
        NO_STRIDE,
        NOT_PADDED,
        otherwise(
            "You have left out the last place: the kernel still fits there.",
            lambda input, weight, stride, padding: conv1d(input, weight, stride=stride, padding=padding)[:-1],
        ),
    ],
)
def slide(
    input: Num[np.ndarray, " n"], weight: Num[np.ndarray, " kernel"], stride: int, padding: int
) -> Float[np.ndarray, " places"]:
    """Pad, count the places, and take one sum of products at each."""
    padded = np.pad(input, padding)
    places = (len(padded) - len(weight)) // stride + 1
    output = np.zeros(places)
    for place in range(places):
        start = place * stride
        output[place] = np.sum(weight * padded[start : start + len(weight)])
    return output


@in_code(
    conv2d,
    claims="C2.2 C2.5",
    draw=lambda random: {
        "input": few(random, size(random, 2, 4), size(random, 3, 4)),
        "weight": few(random, 2, size(random, 1, 3)),
    },
    mistakes=[
        FLIPPED,
        after("You have rows for columns in what you return.", np.transpose),
        instead("You have padded. Without padding, the picture shrinks.", padding="same"),
    ],
)
def slide_over_picture(input: Num[np.ndarray, "h w"], weight: Num[np.ndarray, "kh kw"]) -> Float[np.ndarray, "oh ow"]:
    """Two loops over the places, and one sum of products at each."""
    rows, columns = weight.shape
    output = np.zeros((input.shape[0] - rows + 1, input.shape[1] - columns + 1))
    for i, j in np.ndindex(output.shape):
        output[i, j] = np.sum(weight * input[i : i + rows, j : j + columns])
    return output


def channels_last(input: Array, kernel_size: int) -> Array:
    """Columns in which the channels of a pixel stand together."""
    columns = reference.im2col(input, kernel_size)
    return columns.reshape(len(input), -1, columns.shape[1]).swapaxes(0, 1).reshape(columns.shape)


def down_first(input: Array, kernel_size: int) -> Array:
    """Columns whose places run down before they run across."""
    columns = reference.im2col(input, kernel_size)
    rows = input.shape[1] - kernel_size + 1
    return columns.reshape(len(columns), rows, -1).swapaxes(1, 2).reshape(columns.shape)


@in_code(
    reference.im2col,
    claims="C1.4 C2.11",
    draw=lambda random: {
        "input": few(random, size(random, 1, 2), size(random, 2, 3), size(random, 2, 4)),
        "kernel_size": size(random, 1, 2),
    },
    mistakes=[
        after(
            "You have rows for columns: each place is a column, so that weights @ columns is the convolution.",
            np.transpose,
        ),
        otherwise(
            "Within a column the channels come first, then rows and columns: as in weight.reshape(filters, -1).",
            channels_last,
        ),
        otherwise("The places run across first, then down.", down_first),
    ],
)
def im2col(input: Num[np.ndarray, "c h w"], kernel_size: int) -> Float[np.ndarray, "weights places"]:
    """Flatten the window at each place into one column."""
    channels, height, width = input.shape
    rows, columns = height - kernel_size + 1, width - kernel_size + 1
    made = np.zeros((channels * kernel_size**2, rows * columns))
    for place, (i, j) in enumerate(np.ndindex(rows, columns)):
        made[:, place] = input[:, i : i + kernel_size, j : j + kernel_size].ravel()
    return made
