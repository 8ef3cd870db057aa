"""The exercises of the chapter "Why convolution": weights, matrices, sliding, finding, moving."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.mistakes import FLIPPED, NO_DILATION, ONE_TOO_FEW, after, altered, flipped, instead, otherwise
from cnnbook.exercises.operations import conv1d, conv2d, few, ring_convolution, size, surviving_shift
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import conv1d_matrix
from cnnbook.shapes import conv_output_size, conv_parameters, linear_parameters

Row = Num[np.ndarray, " n"]

# Weights


@by_hand(
    lambda channels, rows, columns, units: linear_parameters(channels * rows * columns, units, bias=False),
    claims="C1.1",
    given={"channels": 3, "rows": 1080, "columns": 1920, "units": 10},
    mistakes=[
        instead("You have counted one number for each pixel; a pixel in colour holds three.", channels=1),
        instead("That is one unit. Each of the ten has weights of its own.", units=1),
        after("You have counted the biases, too. The question asks for weights.", lambda weights: weights + 10),
    ],
)
def film_fully_connected() -> int:
    """Every unit reads every number of the frame."""
    numbers = 3 * 1080 * 1920
    return numbers * 10


@by_hand(
    conv_parameters,
    claims="C1.6 C2.8",
    given={"in_channels": 3, "out_channels": 10, "kernel_size": (5, 5)},
    mistakes=[
        instead("Those are the weights alone. Each filter has a bias, too.", bias=False),
        instead("You have given each filter one kernel. It needs one for each of the three colours.", in_channels=1),
        after("You have counted the weights anew at every place. All places share them.", lambda n: n * 1080 * 1920),
    ],
)
def film_filters() -> int:
    """Each filter has a 5×5 kernel for each colour, and one bias; the frame's size does not enter."""
    one_filter = 3 * 5 * 5 + 1
    return 10 * one_filter


# Matrices


@by_hand(
    lambda n, kernel: np.count_nonzero(conv1d_matrix(np.ones(kernel), n, padding="same")),
    claims="C1.4",
    given={"n": 6, "kernel": 3},
    mistakes=[
        after("In the first row and in the last, one weight falls off the end.", lambda count: count + 2),
        otherwise("That is the fully connected matrix, in which no entry must be zero.", lambda n, kernel: n * n),
        otherwise("Those are the different weights. Each stands in the matrix many times.", lambda n, kernel: kernel),
    ],
)
def banded_entries() -> int:
    """Six rows hold three weights each; the first and the last row lose one at the border."""
    return 6 * 3 - 2


@by_hand(
    lambda matrix: matrix[1, 1:4],
    claims="C1.4",
    given={"matrix": conv1d_matrix(np.array([2.0, 4.0, 1.0]), 5, stride=2, padding=1)},
    mistakes=[
        otherwise(
            "In the first row the kernel's beginning is cut off. Read the middle row.", lambda matrix: matrix[0, :3]
        ),
        after("You have read the row from right to left.", np.flip),
    ],
)
def read_the_matrix() -> list[int]:
    """The middle row shows the whole kernel."""
    middle = [0, 2, 4, 1, 0]
    return middle[1:4]


@by_hand(
    lambda first, second: (conv1d_matrix(second, 3) @ conv1d_matrix(first, 4))[0, :3],
    claims="C1.4",
    given={"first": np.array([1, 1]), "second": np.array([1, 1])},
    mistakes=[
        otherwise(
            "You have added the kernels. The second one slides over what the first one made.",
            lambda first, second: first + second,
        ),
        otherwise(
            "You have multiplied number by number. Two kernels in a row reach over three inputs.",
            lambda first, second: first * second,
        ),
        after("The middle input is read twice: once by each of two neighbours.", np.ones_like),
    ],
)
def two_kernels() -> list[int]:
    """One output of the second kernel adds two neighbours of the first, and both of these read the middle input."""
    left, right = np.array([1, 1, 0]), np.array([0, 1, 1])
    return (left + right).tolist()


# Sliding


@by_hand(
    conv_output_size,
    claims="C2.2",
    given={"n": 10, "kernel": 4},
    mistakes=[
        ONE_TOO_FEW,
        instead("That would need padding. Without it, the kernel must fit.", padding="same"),
        otherwise(
            "You have laid the kernels side by side. They move on by one place only.", lambda n, kernel: n // kernel
        ),
    ],
)
def ten_and_four() -> int:
    """The kernel can begin on each number but the last three."""
    return 10 - 4 + 1


@by_hand(
    conv_output_size,
    claims="C2.3 C2.4",
    given={"n": 10, "kernel": 4, "dilation": 2},
    mistakes=[
        NO_DILATION,
        otherwise(
            "You have taken the kernel to be eight wide. Behind its last number, nothing is skipped.",
            lambda n, kernel, dilation: n - dilation * kernel + 1,
        ),
    ],
)
def ten_and_four_dilated() -> int:
    """Four numbers with a gap between neighbours reach over seven."""
    reach = 4 + 3
    return 10 - reach + 1


@by_hand(
    lambda input, output: np.round(np.linalg.lstsq(np.stack([input[:-1], input[1:]], axis=1), output)[0], 9),
    claims="C2.5",
    given={"input": np.array([1, 3, 6, 10, 15]), "output": np.array([2, 3, 4, 5])},
    mistakes=[after("You have the kernel the wrong way round: it gives back the steps with a minus.", np.flip)],
)
def undo_the_sum() -> list[int]:
    """Each step is a number minus the one before it."""
    return [-1, 1]


# Finding


@by_hand(
    conv2d,
    claims="C0.3 C2.5",
    given={"input": np.pad([[1]], 2), "weight": np.arange(1, 10).reshape(3, 3)},
    mistakes=[
        altered("That is the kernel as it stands. Which of its numbers reaches the dot first?", weight=flipped),
        after("You have turned it upside down. Left and right change places, too.", np.fliplr),
        after("You have exchanged left and right. It is turned upside down, too.", np.flipud),
    ],
)
def bright_dot() -> list[list[int]]:
    """The kernel's last number reaches the dot first, and its first number last."""
    return [[9, 8, 7], [6, 5, 4], [3, 2, 1]]


UPRIGHT = np.tile([-1, 0, 1], (3, 1))


@by_hand(
    lambda input, weight: conv2d(input, weight).max(),
    claims="C2.5",
    given={"input": np.triu(np.ones((5, 5))), "weight": UPRIGHT},
    mistakes=[
        instead(
            "That is the answer to an upright edge. The slanted one is less alike.",
            input=np.tile([0, 0, 1, 1, 1], (5, 1)),
        ),
        after("Look at the other places, too: on the edge itself the answer is larger.", lambda largest: largest - 1),
    ],
)
def slanted_edge() -> int:
    """On the diagonal, the left column of the window holds one bright pixel and the right column three."""
    left, right = 1, 3
    return right - left


# Moving


@by_hand(
    surviving_shift,
    claims="C1.5",
    given={"layers": 3, "stride": 2, "pixels": 24},
    mistakes=[
        instead("That is enough for one layer. The next one halves the step again.", layers=1),
        otherwise(
            "You have added the strides. Each layer halves what the one before it left.",
            lambda layers, stride, **_: layers * stride,
        ),
        otherwise("That moves once round the whole ring. A smaller step is enough.", lambda pixels, **_: pixels),
    ],
)
def surviving_steps() -> int:
    """Each layer halves the step, and every half must be whole."""
    return 2 * 2 * 2


@by_hand(
    lambda classes, rows, columns: (classes, rows, columns),
    claims="C1.8 C0.1",
    given={"classes": 20, "rows": 480, "columns": 640},
    mistakes=[
        instead("Those are the channels of the picture. The answer has a score for each class.", classes=3),
        otherwise(
            "That is one score for each class of the whole picture. Every pixel needs its own.",
            lambda classes, **_: (classes,),
        ),
        otherwise(
            "That is one number for each pixel. It needs a score for each class.",
            lambda rows, columns, **_: (rows, columns),
        ),
    ],
)
def pixel_scores() -> tuple[int, ...]:
    """Every pixel has a score for every class; the classes take the place of the channels."""
    return (20, 480, 640)


# In code


@in_code(
    conv1d_matrix,
    claims="C1.4",
    draw=lambda random: {"weight": few(random, k := size(random, 2, 3)), "n": k + size(random, 0, 3)},
    mistakes=[
        FLIPPED,
        after("You have rows for columns: row i belongs to output i.", np.transpose),
        instead("You have padded. Without padding the kernel must fit, and there are fewer rows.", padding="same"),
    ],
)
def banded_matrix(weight: Num[np.ndarray, " kernel"], n: int) -> Float[np.ndarray, "places n"]:
    """Each row holds the kernel one place further on."""
    places = n - len(weight) + 1
    matrix = np.zeros((places, n))
    for place in range(places):
        matrix[place, place : place + len(weight)] = weight
    return matrix


@in_code(
    ring_convolution,
    claims="C1.5",
    draw=lambda random: {"input": few(random, size(random, 3, 6)), "weight": few(random, 3)},
    mistakes=[
        FLIPPED,
        instead("You have padded with zeros. On a ring, what lies beyond one end is the other end.", mode="constant"),
        otherwise("You have left out the padding: on a ring there are as many outputs as inputs.", conv1d),
        after("Your kernel begins at its place. Its middle number belongs there.", lambda row: np.roll(row, -1)),
    ],
)
def ring_conv(input: Num[np.ndarray, " n"], weight: Num[np.ndarray, " kernel"]) -> Float[np.ndarray, " n"]:
    """Place i reads its neighbours, counted round the ring."""
    n, middle = len(input), len(weight) // 2
    output = np.zeros(n)
    for i in range(n):
        for k in range(len(weight)):
            output[i] += weight[k] * input[(i + k - middle) % n]
    return output


@in_code(
    lambda scores: np.exp(scores - np.logaddexp.reduce(scores)),
    claims="C1.8",
    draw=lambda random: {"scores": few(random, size(random, 2, 4)) * random.choice([1, 300])},
    mistakes=[
        otherwise(
            "Large scores overflow: take the largest score off first, which changes nothing else.",
            lambda scores: np.exp(scores) / np.sum(np.exp(scores)),
        ),
        otherwise("Your numbers do not add up to one: divide by their sum.", lambda scores: np.exp(scores)),
        otherwise(
            "Negative scores give negative numbers: take the exponential first.", lambda scores: scores / scores.sum()
        ),
    ],
)
def softmax(scores: Float[np.ndarray, " classes"]) -> Float[np.ndarray, " classes"]:
    """Exponentials are positive, and divided by their sum they add up to one."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()
