"""Exercises in making a picture larger: unpooling, interpolation, and what super-resolution needs."""

import numpy as np
from jaxtyping import Float, Int, Num

from cnnbook.exercises.mistakes import otherwise
from cnnbook.exercises.operations import Array, avg_pool, few, size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import interpolate_loops, max_pool2d_loops, max_unpool2d_loops


def resized(row: Array, **options: object) -> Array:
    """A row, made larger."""
    return interpolate_loops(row[None, None], **options)[0, 0]  # type: ignore[arg-type]


@by_hand(
    lambda input, scale_factor: resized(input, scale_factor=scale_factor, mode="linear"),
    claims="C5.1",
    given={"input": np.array([0, 8]), "scale_factor": 2},
    mistakes=[
        otherwise(
            "You have duplicated. Linear interpolation mixes neighbours.",
            lambda input, scale_factor: np.repeat(input, scale_factor),
        ),
        otherwise(
            "You have put the first and last pixels on the corners, as with align_corners=True.",
            lambda input, scale_factor: resized(input, scale_factor=scale_factor, mode="linear", align_corners=True),
        ),
        otherwise("You have put zeros between the numbers.", lambda input, scale_factor: np.array([0, 0, 8, 0])),
    ],
)
def linear_by_hand() -> list[float]:
    """The new pixels' centres lie a quarter of a step to either side of the old ones."""
    return [0, 0.75 * 0 + 0.25 * 8, 0.25 * 0 + 0.75 * 8, 8]


def pooled_and_back(input: Array, kernel_size: int) -> Array:
    """Max pooling, then max unpooling."""
    values, indices = max_pool2d_loops(input[None], kernel_size, return_indices=True)
    return max_unpool2d_loops(values, indices, kernel_size)[0]


@by_hand(
    pooled_and_back,
    claims="C5.1",
    given={"input": np.array([[1, 5, 2, 0], [3, 2, 6, 1], [0, 4, 7, 1], [2, 1, 3, 8]]), "kernel_size": 2},
    mistakes=[
        otherwise(
            "You have put each champion into the corner of its region. Unpooling remembers where it stood.",
            lambda input, kernel_size: np.kron(np.array([[5, 6], [4, 8]]), np.array([[1, 0], [0, 0]])),
        ),
        otherwise(
            "You have duplicated the champions. Unpooling puts each into its old place and leaves zeros around it.",
            lambda input, kernel_size: np.kron(np.array([[5, 6], [4, 8]]), np.ones((2, 2))),
        ),
        otherwise(
            "That is the picture before pooling. Only the champions come back.", lambda input, kernel_size: input
        ),
        otherwise(
            "You have pooled by the mean.",
            lambda input, kernel_size: np.kron(avg_pool(input, kernel_size=kernel_size), np.ones((2, 2))),
        ),
    ],
)
def unpool_by_hand() -> list[list[int]]:
    """Each champion returns to where it stood; everything else is zero."""
    return [[0, 5, 0, 0], [0, 0, 6, 0], [0, 4, 0, 0], [0, 0, 0, 8]]


@in_code(
    lambda input, scale: np.kron(input, np.ones((scale, scale))),
    claims="C5.1",
    draw=lambda random: {"input": few(random, size(random, 1, 3), size(random, 1, 3)), "scale": size(random, 1, 3)},
    mistakes=[
        otherwise(
            "You have laid copies of the whole picture side by side. Each pixel is repeated in its place.",
            lambda input, scale: np.tile(input, (scale, scale)),
        ),
        otherwise("You have repeated the rows only.", lambda input, scale: np.repeat(input, scale, axis=0)),
        otherwise("You have repeated the columns only.", lambda input, scale: np.repeat(input, scale, axis=1)),
    ],
)
def nearest(input: Num[np.ndarray, "h w"], scale: int) -> Float[np.ndarray, "oh ow"]:
    """Each new pixel asks the old one that it lies on."""
    rows, columns = input.shape
    output = np.zeros((rows * scale, columns * scale))
    for i, j in np.ndindex(output.shape):
        output[i, j] = input[i // scale, j // scale]
    return output


def draw_pooled(random: np.random.Generator) -> dict[str, Array | int]:
    """Draw what max pooling of a picture returns: the champions and their places."""
    picture = random.permutation(36).reshape(6, 6)[: 2 * size(random, 1, 2), : 2 * size(random, 1, 2)]
    values, indices = max_pool2d_loops(picture[None].astype(float), 2, return_indices=True)
    return {"values": values[0], "indices": indices[0], "kernel_size": 2}


@in_code(
    lambda values, indices, kernel_size: max_unpool2d_loops(values[None], indices[None].astype(int), kernel_size)[0],
    claims="C5.1",
    draw=draw_pooled,
    mistakes=[
        otherwise(
            "You have put each champion into the corner of its region. The indices say where it stood.",
            lambda values, indices, kernel_size: np.kron(values, np.array([[1, 0], [0, 0]])),
        ),
        otherwise(
            "You have duplicated the champions. Each goes to one place, with zeros around it.",
            lambda values, indices, kernel_size: np.kron(values, np.ones((2, 2))),
        ),
    ],
)
def unpool(
    values: Num[np.ndarray, "h w"], indices: Int[np.ndarray, "h w"], kernel_size: int
) -> Float[np.ndarray, "oh ow"]:
    """The indices count the places of the large picture row by row."""
    rows, columns = values.shape
    large = np.zeros(rows * columns * kernel_size**2)
    large[indices.ravel()] = values.ravel()
    return large.reshape(rows * kernel_size, columns * kernel_size)


def decibels(error: float) -> float:
    """PSNR of pixels between 0 and 1."""
    return float(10 * np.log10(1 / error))


@by_hand(
    lambda wrong: decibels(wrong**2),
    claims="C5.6",
    given={"wrong": 0.01},
    mistakes=[
        otherwise("You have forgotten to square the error.", lambda wrong: decibels(wrong)),
        otherwise("You have left out the factor of ten.", lambda wrong: decibels(wrong**2) / 10),
        otherwise("The sign is wrong: the peak stands above, the error below.", lambda wrong: -decibels(wrong**2)),
    ],
)
def psnr_by_hand() -> float:
    """The squared error is a ten-thousandth, and ten thousand has four zeros."""
    return 10 * 4


def shuffled(input: Array, scale: int) -> Array:
    """Deal channels out to squares of pixels."""
    _, rows, columns = input.shape
    squares = input.reshape(scale, scale, rows, columns)
    return squares.transpose(2, 0, 3, 1).reshape(rows * scale, columns * scale)


@in_code(
    shuffled,
    claims="C5.6",
    draw=lambda random: {
        "input": random.permutation(36).reshape(4, 3, 3)[:, : size(random, 2, 3), : size(random, 2, 3)].astype(float),
        "scale": 2,
    },
    mistakes=[
        otherwise(
            "Rows and columns of the square have changed places. The second channel goes to the right of the first.",
            lambda input, scale: shuffled(
                input.reshape(scale, scale, *input.shape[1:]).swapaxes(0, 1).reshape(input.shape), scale
            ),
        ),
        otherwise(
            "You have laid the channels side by side as whole pictures. Each gives one pixel to every square.",
            lambda input, scale: np.block([[*input[:scale]], [*input[scale:]]]),
        ),
        otherwise(
            "You have repeated the first channel. Each channel has its own place in the square.",
            lambda input, scale: np.kron(input[0], np.ones((scale, scale))),
        ),
    ],
)
def pixel_shuffle(input: Num[np.ndarray, "c h w"], scale: int) -> Float[np.ndarray, "oh ow"]:
    """Channel a·s + b goes to row a and column b of each square."""
    _, rows, columns = input.shape
    output = np.zeros((rows * scale, columns * scale))
    for row in range(scale):
        for column in range(scale):
            output[row::scale, column::scale] = input[row * scale + column]
    return output
