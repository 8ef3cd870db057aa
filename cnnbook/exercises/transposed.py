"""Exercises in transposed convolution: sizes, by hand, as a matrix, and in code."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.mistakes import NO_STRIDE, after, altered, flipped, instead, otherwise
from cnnbook.exercises.operations import Array, conv1d, conv2d, few, size, transposed1d, transposed2d
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import conv1d_matrix
from cnnbook.shapes import conv_output_size, transposed_output_size


@by_hand(
    lambda n, kernel: transposed_output_size(n, kernel) - n,
    claims="C5.4",
    given={"n": 4, "kernel": 3},
    mistakes=[
        after("The kernel reaches beyond the end by one on each side.", lambda growth: growth - 1),
        after("The kernel's first number lies on the row itself.", lambda growth: growth + 1),
        after("That is the size of what comes out. The question asks by how much it grows.", lambda growth: growth + 4),
        after("That would be a convolution, which shrinks. This one grows.", lambda growth: -growth),
    ],
)
def grows_by() -> int:
    """The last number lays down three, of which one falls on its own place."""
    return 3 - 1


@by_hand(
    transposed_output_size,
    claims="C5.4",
    given={"n": 5, "kernel": 4, "stride": 2, "padding": 1},
    mistakes=[
        otherwise("That is what a convolution makes of it. A transposed one goes the other way.", conv_output_size),
        instead("You have left out the padding, which takes pixels away here.", padding=0),
        otherwise(
            "You have added the padding. In a transposed convolution it takes pixels away.",
            lambda n, kernel, stride, padding: transposed_output_size(n, kernel, stride) + 2 * padding,
        ),
        otherwise(
            "You have taken the padding off one side.",
            lambda n, kernel, stride, padding: transposed_output_size(n, kernel, stride) - padding,
        ),
    ],
)
def transposed_size() -> int:
    """Five kernels of four, two apart, reach over twelve; one is cut off on each side."""
    reach = (5 - 1) * 2 + 4
    return reach - 2 * 1


@by_hand(
    lambda n, kernel, stride, padding: next(
        more
        for more in range(stride)
        if transposed_output_size(n, kernel, stride, padding, output_padding=more) == 2 * n
    ),
    claims="C5.4",
    given={"n": 5, "kernel": 3, "stride": 2, "padding": 1},
    mistakes=[
        after("Without it nine come out: one is missing.", lambda more: 0),
        after("One is missing, and only one end is padded.", lambda more: 2),
    ],
)
def doubling() -> int:
    """Without it, nine come out of five, and ten are wanted."""
    without = (5 - 1) * 2 - 2 * 1 + 3
    return 10 - without


@by_hand(
    lambda maps, filters, kernel: (maps, filters, kernel, kernel),
    claims="C5.3",
    given={"maps": 16, "filters": 8, "kernel": 4},
    mistakes=[
        after(
            "So a convolution has it. In a transposed one, the maps that are read come first.",
            lambda shape: (8, 16, 4, 4),
        ),
        after("Each map that is read has a kernel for each map that is written.", lambda shape: (16, 4, 4)),
    ],
)
def transposed_weights() -> tuple[int, ...]:
    """The weights are those of the convolution from 8 maps to 16, whose filters come first."""
    return (16, 8, 4, 4)


def last_wins(input: Array, weight: Array, stride: int = 1, padding: int = 0) -> Array:
    """Lay the kernels down, each over what lies there already."""
    sizes = [transposed_output_size(n, k, stride) for n, k in zip(input.shape, weight.shape, strict=True)]
    output = np.zeros(sizes)
    for place, value in np.ndenumerate(input):
        under = tuple(slice(i * stride, i * stride + k) for i, k in zip(place, weight.shape, strict=True))
        output[under] = value * weight
    return output[tuple(slice(padding, n - padding) for n in sizes)]


OVERWRITTEN = otherwise(
    "You have written one copy of the kernel over another. Where they overlap, they add.", last_wins
)
TURNED = altered("You have turned the kernel round. It is laid down as it stands.", weight=flipped)


@by_hand(
    transposed2d,
    claims="C5.2",
    given={"input": np.array([[0, 1], [2, 3]]), "weight": np.array([[0, 1], [2, 3]])},
    mistakes=[
        OVERWRITTEN,
        TURNED,
        instead("You have laid the copies side by side. With a stride of one they overlap.", stride=2),
        otherwise("That is a convolution: the kernel fits once. Here every input lays the whole kernel down.", conv2d),
        otherwise(
            "You have multiplied number by number. Every input lays the whole kernel down.",
            lambda input, weight: input * weight,
        ),
    ],
)
def transposed_by_hand() -> list[list[int]]:
    """Four copies of the kernel, each times its own input and at its own place, are added."""
    small = kernel = np.array([[0, 1], [2, 3]])
    large = np.zeros((3, 3), dtype=int)
    for i, j in np.ndindex(2, 2):
        large[i : i + 2, j : j + 2] += small[i, j] * kernel
    return large.tolist()


@by_hand(
    transposed1d,
    claims="C5.2 C5.4",
    given={"input": np.array([2, 1, 3]), "weight": np.array([1, 3, 2]), "stride": 2},
    mistakes=[
        OVERWRITTEN,
        NO_STRIDE,
        TURNED,
        instead("You have laid the copies side by side. They lie two apart, and each is three long.", stride=3),
        otherwise("That is a convolution of the row. Here every input lays the whole kernel down.", conv1d),
    ],
)
def transposed_with_stride() -> list[int]:
    """Three copies, two apart, overlap in one place each."""
    return [2 * 1, 2 * 3, 2 * 2 + 1 * 1, 1 * 3, 1 * 2 + 3 * 1, 3 * 3, 3 * 2]


@by_hand(
    transposed1d,
    claims="C5.4",
    given={"input": np.array([2, 1, 3]), "weight": np.array([1, 3, 2]), "stride": 2, "padding": 1},
    mistakes=[
        instead("You have left out the padding: it cuts one number off at each end.", padding=0),
        otherwise(
            "You have added zeros. In a transposed convolution, padding takes numbers away.",
            lambda input, weight, stride, padding: np.pad(transposed1d(input, weight, stride=stride), padding),
        ),
        otherwise(
            "You have cut off one end. Padding belongs to both.",
            lambda input, weight, stride, padding: transposed1d(input, weight, stride=stride)[:-padding],
        ),
        TURNED,
        otherwise(
            "You have written one copy of the kernel over another. Where they overlap, they add.",
            lambda input, weight, stride, padding: last_wins(input, weight, stride)[padding:-padding],
        ),
    ],
)
def transposed_with_padding() -> list[int]:
    """The same numbers, without the first and the last."""
    whole = [2, 6, 5, 3, 5, 9, 6]
    return whole[1:-1]


@by_hand(
    lambda weight, n: conv1d_matrix(weight, n).T,
    claims="C5.3",
    given={"weight": np.array([1, 2, 3]), "n": 4},
    mistakes=[
        after(
            "That is the matrix of the convolution, from four numbers to two. Its transpose goes the other way.",
            np.transpose,
        ),
        altered("You have turned the kernel round: the transpose has it downwards, as it stands.", weight=flipped),
        otherwise(
            "An inverse would undo the convolution. The transpose only goes the other way.",
            lambda weight, n: np.linalg.pinv(conv1d_matrix(weight, n)),
        ),
    ],
)
def transpose_of_the_matrix() -> list[list[int]]:
    """Rows become columns: each input lays the kernel down, one place further on."""
    matrix = np.array([[1, 2, 3, 0], [0, 1, 2, 3]])
    return matrix.T.tolist()


def there_and_back(input: Array, weight: Array) -> Array:
    """Convolve, then apply the transposed convolution with the same kernel."""
    return transposed1d(conv1d(input, weight), weight)


@by_hand(
    there_and_back,
    claims="C5.3",
    given={"input": np.array([1, 2, 4]), "weight": np.array([1, 1])},
    mistakes=[
        otherwise("A transposed convolution brings back the size, not the numbers.", lambda input, weight: input),
        otherwise("That is the way there. Now come back.", conv1d),
        otherwise(
            "Where the copies overlap, they add.", lambda input, weight: last_wins(conv1d(input, weight), weight)
        ),
    ],
)
def there_and_back_again() -> list[int]:
    """There, neighbours are added; back, each sum is laid down twice."""
    there = [1 + 2, 2 + 4]
    return [there[0], there[0] + there[1], there[1]]


def copies_on(n: int, kernel: int, stride: int) -> Array:
    """How many copies of the kernel lie on each place."""
    return transposed1d(np.ones(n), np.ones(kernel), stride=stride)


@by_hand(
    copies_on,
    claims="C5.5",
    given={"n": 3, "kernel": 3, "stride": 2},
    mistakes=[
        instead("You have left out the stride: the copies lie two apart.", stride=1),
        instead("You have taken a kernel of four, which the stride divides: there the middle is even.", kernel=4),
        otherwise("Copies of a kernel of three that lie two apart overlap.", lambda n, kernel, stride: np.ones(7)),
    ],
)
def uneven_overlaps() -> list[int]:
    """Every other place lies under two copies: a checkerboard in one row."""
    return [1, 1, 2, 1, 2, 1, 1]


@in_code(
    transposed1d,
    claims="C5.2 C5.4",
    draw=lambda random: {
        "input": few(random, size(random, 1, 4)),
        "weight": few(random, size(random, 1, 3)),
        "stride": size(random, 1, 3),
    },
    mistakes=[
        OVERWRITTEN,
        TURNED,
        instead("You have left out the stride: the copies lie so many places apart.", stride=1),
        after("The last place is missing: the last copy of the kernel reaches there.", lambda row: row[:-1]),
    ],
)
def lay_down(
    input: Num[np.ndarray, " n"], weight: Num[np.ndarray, " kernel"], stride: int
) -> Float[np.ndarray, " places"]:
    """Each input lays the kernel down, times itself; where copies overlap, they add."""
    output = np.zeros((len(input) - 1) * stride + len(weight))
    for place in range(len(input)):
        start = place * stride
        output[start : start + len(weight)] += input[place] * weight
    return output


def draw_transposed(random: np.random.Generator) -> dict[str, Array | int]:
    """Draw a small map, a kernel, a stride, and a padding that leaves something."""
    kernel = size(random, 2, 3)
    return {
        "input": few(random, size(random, 2, 3), size(random, 2, 3)),
        "weight": few(random, kernel, kernel),
        "stride": size(random, 1, 2),
        "padding": size(random, 0, 1),
    }


@in_code(
    transposed2d,
    claims="C5.2 C5.4",
    draw=draw_transposed,
    mistakes=[
        OVERWRITTEN,
        TURNED,
        instead("You have left out the padding: it cuts rows and columns off on every side.", padding=0),
        instead("You have left out the stride.", stride=1),
        otherwise(
            "You have added the padding. In a transposed convolution it takes rows and columns away.",
            lambda input, weight, stride, padding: np.pad(transposed2d(input, weight, stride=stride), padding),
        ),
    ],
)
def transposed_conv(
    input: Num[np.ndarray, "h w"], weight: Num[np.ndarray, "kh kw"], stride: int, padding: int
) -> Float[np.ndarray, "oh ow"]:
    """Lay the copies down, add them up, and cut the padding off."""
    rows, columns = weight.shape
    whole = np.zeros(((input.shape[0] - 1) * stride + rows, (input.shape[1] - 1) * stride + columns))
    for i, j in np.ndindex(input.shape):
        whole[i * stride : i * stride + rows, j * stride : j * stride + columns] += input[i, j] * weight
    return whole[padding : len(whole) - padding, padding : whole.shape[1] - padding]
