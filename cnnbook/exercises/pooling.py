"""Exercises in pooling, and in how far a unit sees."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.mistakes import FLIPPED, NO_DILATION, NOT_PADDED, ONE_TOO_FEW, after, altered, instead, otherwise
from cnnbook.exercises.operations import Array, avg_pool, conv1d, few, max_pool, size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.shapes import pool_output_size, receptive_field

# Pooling


@by_hand(
    max_pool,
    claims="C2.14",
    given={"input": np.array([[1, 5, -2, 0], [3, 2, -6, -1], [0, 4, 7, 1], [2, 4, 3, 8]]), "kernel_size": 2},
    mistakes=[
        otherwise("You have taken the means. Max pooling sends the largest.", avg_pool),
        instead("You have moved on by one. Pooling windows stand side by side.", stride=1),
        otherwise(
            "You have overlooked the signs: a number below zero is small, not large.",
            lambda input, kernel_size: max_pool(np.abs(input), kernel_size=kernel_size),
        ),
    ],
)
def max_pool_by_hand() -> list[list[int]]:
    """The largest number of each quarter."""
    return [[max(1, 5, 3, 2), max(-2, 0, -6, -1)], [max(0, 4, 2, 4), max(7, 1, 3, 8)]]


@by_hand(
    avg_pool,
    claims="C2.14",
    given={"input": np.array([[8, 2, 6], [4, 1, 3], [0, 7, 1]]), "kernel_size": 2, "padding": 1},
    mistakes=[
        instead(
            "You have divided by the pixels that are there. PyTorch counts the padding, too.", count_include_pad=False
        ),
        NOT_PADDED,
        otherwise("You have taken the largest of each window. Average pooling takes the mean.", max_pool),
    ],
)
def avg_pool_at_the_border() -> list[list[float]]:
    """Each window holds four places, and what lies outside is zero."""
    return [[8 / 4, (2 + 6) / 4], [(4 + 0) / 4, (1 + 3 + 7 + 1) / 4]]


@by_hand(
    pool_output_size,
    claims="C2.14",
    given={"n": 8, "kernel": 3, "stride": 2},
    mistakes=[
        instead(
            "You have rounded up, as with ceil_mode=True: the last window would reach beyond the end.", ceil_mode=True
        ),
        ONE_TOO_FEW,
        instead("You have moved on by one. The stride is two.", stride=1),
    ],
)
def pool_size() -> int:
    """Windows begin with the first, the third and the fifth number; the next would reach beyond the end."""
    return (8 - 3) // 2 + 1


@by_hand(
    lambda maps, rows: (maps, rows // rows, rows // rows),
    claims="C2.14",
    given={"maps": 512, "rows": 7},
    mistakes=[
        after("You have averaged over the maps. Each map has an average of its own.", lambda _: (1, 7, 7)),
        after("The rows and columns stay in the shape, though one of each is left.", lambda _: (512,)),
        after("You have averaged everything. Each map keeps its own number.", lambda _: (1, 1, 1)),
    ],
)
def global_average() -> tuple[int, ...]:
    """Each map becomes one number."""
    return (512, 1, 1)


@by_hand(
    lambda maps, rows: 2 * maps * pool_output_size(rows, 2) ** 2,
    claims="C2.18",
    given={"maps": 64, "rows": 32},
    mistakes=[
        after("You have left out that the maps double.", lambda numbers: numbers // 2),
        after("You have halved one side. Pooling halves the rows and the columns.", lambda numbers: numbers * 2),
        after("That is what went in: the sides halve, so a quarter of each map is left.", lambda numbers: numbers * 4),
    ],
)
def widen_and_shrink() -> int:
    """Twice the maps, each a quarter as large."""
    return 128 * 16 * 16


@in_code(
    max_pool,
    claims="C2.14",
    draw=lambda random: {
        "input": few(random, size(random, 2, 5), size(random, 2, 5)) - 3,
        "kernel_size": size(random, 1, 2),
    },
    mistakes=[
        after(
            "You have begun with zero, and zero is larger than what a dark window holds.",
            lambda maps: np.maximum(maps, 0),
        ),
        otherwise("You have taken the means.", lambda input, kernel_size: avg_pool(input, kernel_size=kernel_size)),
        instead("You have moved on by one. Pooling windows stand side by side.", stride=1),
        instead("You have kept the last window where it reaches beyond the end.", ceil_mode=True),
    ],
)
def pool_the_largest(input: Num[np.ndarray, "h w"], kernel_size: int) -> Float[np.ndarray, "oh ow"]:
    """The largest number of each window; what is left over at the end is dropped."""
    rows, columns = (side // kernel_size for side in input.shape)
    output = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        top, left = i * kernel_size, j * kernel_size
        output[i, j] = input[top : top + kernel_size, left : left + kernel_size].max()
    return output


# Receptive fields


def field(layers: list[tuple[int, int]]) -> int:
    """How many inputs a unit above a stack of (kernel, stride) sees."""
    return receptive_field(layers).size


def without_strides(layers: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stack, moving on by one everywhere."""
    return [(kernel, 1) for kernel, _ in layers]


def jumping_early(layers: list[tuple[int, int]]) -> int:
    """The field, if a stride widened the window of its own layer."""
    seen, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        seen += (kernel - 1) * jump
    return seen


@by_hand(
    field,
    claims="C2.15",
    given={"layers": [(3, 1), (3, 1), (3, 2), (3, 1)]},
    mistakes=[
        altered(
            "You have left out the stride: after it, neighbours look at inputs that lie two apart.",
            layers=without_strides,
        ),
        otherwise("The stride of a layer spreads the windows above it, not its own.", jumping_early),
        otherwise(
            "You have added the kernels. Windows of neighbours overlap.",
            lambda layers: sum(kernel for kernel, _ in layers),
        ),
    ],
)
def field_of_four_layers() -> int:
    """Three layers of step one add two each; above the stride, the steps are two wide."""
    return 1 + 2 + 2 + 2 + 2 * 2


@by_hand(
    field,
    claims="C2.15",
    given={"layers": [(3, 1), (2, 2)]},
    mistakes=[
        otherwise("You have added the windows. Neighbours see much the same inputs.", lambda layers: 3 + 2),
        otherwise("You have multiplied the windows. Neighbours see much the same inputs.", lambda layers: 3 * 2),
        otherwise("That is the first layer alone.", lambda layers: 3),
    ],
)
def field_after_pooling() -> int:
    """Two neighbours, each of which sees three pixels, see four together."""
    return 3 + 1


def causal(input: Array, weight: Array, dilation: int) -> Array:
    """A convolution that never looks ahead: all padding stands before."""
    return conv1d(np.pad(input, (dilation * (len(weight) - 1), 0)), weight, dilation=dilation)


def looking_ahead(input: Array, weight: Array, dilation: int) -> Array:
    """All padding stands behind."""
    return conv1d(np.pad(input, (0, dilation * (len(weight) - 1))), weight, dilation=dilation)


@by_hand(
    causal,
    claims="C2.12",
    given={"input": np.array([2, 1, 0, 3, 1]), "weight": np.array([3, 1]), "dilation": 2},
    mistakes=[
        otherwise("You have looked ahead: the padding belongs before the first number.", looking_ahead),
        otherwise(
            "You have padded both sides alike, so each output sees one number of the future.",
            lambda input, weight, dilation: conv1d(input, weight, padding="same", dilation=dilation),
        ),
        FLIPPED,
        NO_DILATION,
        otherwise("You have left out the padding.", conv1d),
    ],
)
def causal_by_hand() -> list[int]:
    """Each output takes its own number, and three times the one two places before."""
    return [2, 1, 0 + 3 * 2, 3 + 3 * 1, 1 + 3 * 0]


@by_hand(
    lambda kernel, dilations: receptive_field([(kernel, 1, 0, dilation) for dilation in dilations]).size,
    claims="C2.12 C2.15",
    given={"kernel": 2, "dilations": [1, 2, 4, 8]},
    mistakes=[
        instead(
            "You have left out the dilations: each layer looks further back than the one below.", dilations=[1, 1, 1, 1]
        ),
        after("You have forgotten the newest number itself.", lambda size: size - 1),
        otherwise(
            "You have added the layers' windows. Each layer adds its reach to what is seen already.",
            lambda kernel, dilations: sum(d + 1 for d in dilations),
        ),
    ],
)
def wavenet_field() -> int:
    """The newest number, and one, two, four and eight before it."""
    return 1 + 1 + 2 + 4 + 8


@in_code(
    field,
    claims="C2.15",
    draw=lambda random: {"layers": [(size(random, 1, 4), size(random, 1, 2)) for _ in range(size(random, 1, 3))]},
    mistakes=[
        altered("You have left out the strides.", layers=without_strides),
        otherwise("The stride of a layer spreads the windows above it, not its own.", jumping_early),
        after("A unit sees at least one input, even without any layer.", lambda seen: seen - 1),
    ],
)
def field_of_view(layers: list[tuple[int, int]]) -> int:
    """Each layer adds its window less one, in steps that grow with every stride below."""
    seen, step = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * step
        step *= stride
    return seen


@in_code(
    causal,
    claims="C2.12",
    draw=lambda random: {
        "input": few(random, size(random, 2, 6)),
        "weight": few(random, size(random, 2, 3)),
        "dilation": size(random, 1, 3),
    },
    mistakes=[
        otherwise("You look ahead: the padding belongs before the first number.", looking_ahead),
        FLIPPED,
        instead("You have left out the dilation.", dilation=1),
        otherwise(
            "You have padded both sides, so each output sees the future.",
            lambda input, weight, dilation: conv1d(input, weight, padding="same", dilation=dilation),
        ),
    ],
)
def causal_conv(
    input: Num[np.ndarray, " n"], weight: Num[np.ndarray, " kernel"], dilation: int
) -> Float[np.ndarray, " n"]:
    """Pad before the beginning, so that the last weight always lies on the newest number."""
    before = dilation * (len(weight) - 1)
    padded = np.pad(input, (before, 0))
    output = np.zeros(len(input))
    for k in range(len(weight)):
        output += weight[k] * padded[k * dilation : k * dilation + len(input)]
    return output
