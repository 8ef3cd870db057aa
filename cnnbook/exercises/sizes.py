"""Exercises in counting what comes out: strides, padding, dilation, in PyTorch and in Keras."""

import numpy as np

from cnnbook.exercises.mistakes import (
    NO_DILATION,
    NO_STRIDE,
    NOT_PADDED,
    ONE_TOO_FEW,
    ROUNDED_UP,
    after,
    altered,
    instead,
    otherwise,
)
from cnnbook.exercises.operations import size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.shapes import conv_output_size, padding_sides, same_padding


@by_hand(
    conv_output_size,
    claims="C2.2 C2.4",
    given={"n": 9, "kernel": 3, "padding": 2},
    mistakes=[
        NOT_PADDED,
        otherwise(
            "You have padded one side. Padding is added at both ends.",
            lambda n, kernel, padding: conv_output_size(n + padding, kernel),
        ),
        ONE_TOO_FEW,
    ],
)
def size_padded() -> int:
    """Two zeros at each end make thirteen numbers, and the kernel can begin on all but the last two."""
    padded = 9 + 2 + 2
    return padded - 3 + 1


@by_hand(
    conv_output_size,
    claims="C2.4",
    given={"n": 28, "kernel": 5, "stride": 2, "padding": 2},
    mistakes=[ROUNDED_UP, ONE_TOO_FEW, NOT_PADDED, NO_STRIDE],
)
def size_with_stride() -> int:
    """From the first place there are 27 steps of one, hence 13 of two, and the first place itself."""
    steps = (28 + 2 * 2 - 5) // 2
    return steps + 1


@by_hand(
    conv_output_size,
    claims="C2.3 C2.4",
    given={"n": 16, "kernel": 3, "padding": 2, "dilation": 4},
    mistakes=[
        NO_DILATION,
        otherwise(
            "You have taken the kernel to be twelve wide. Behind its last number, nothing is skipped.",
            lambda n, kernel, padding, dilation: n + 2 * padding - dilation * kernel + 1,
        ),
        NOT_PADDED,
        ONE_TOO_FEW,
    ],
)
def size_dilated() -> int:
    """Three weights, four apart, reach over nine of the twenty numbers."""
    reach = 4 * (3 - 1) + 1
    return 16 + 2 * 2 - reach + 1


@by_hand(
    lambda n, kernel: next(p for p in range(n) if conv_output_size(n, kernel, padding=p) == n),
    claims="C2.2",
    given={"n": 28, "kernel": 7},
    mistakes=[
        after("That is for both sides together. The question asks for each side.", lambda padding: 2 * padding),
        after("With that padding two more pixels come out than went in.", lambda padding: padding + 1),
        after("With that padding two pixels are lost.", lambda padding: padding - 1),
    ],
)
def find_the_padding() -> int:
    """The kernel takes away six, so three are put back on each side."""
    return (7 - 1) // 2


@by_hand(
    lambda kernel: np.array(padding_sides(kernel, padding="same")),
    claims="C2.2 C2.4",
    given={"kernel": 4},
    mistakes=[
        after("The one that is left over goes to the end, not to the beginning.", np.flip),
        after("With two on each side, one more comes out than went in.", lambda _: np.array([2, 2])),
        after("With one on each side, one is lost.", lambda _: np.array([1, 1])),
    ],
)
def same_with_four() -> list[int]:
    """The kernel takes away three; half of that, rounded down, goes before, and the rest behind."""
    return [3 // 2, 3 - 3 // 2]


@by_hand(
    lambda n, kernel, stride: np.array(same_padding(n, kernel, stride)),
    claims="C2.4",
    given={"n": 10, "kernel": 3, "stride": 2},
    mistakes=[
        after(
            "That is PyTorch's padding=1. Keras adds no more than the last window needs.", lambda _: np.array([1, 1])
        ),
        after("In Keras the one that is left over goes to the end.", np.flip),
        after("Without padding, four windows fit. Keras wants five: half of ten.", lambda _: np.array([0, 0])),
    ],
)
def same_in_keras() -> list[int]:
    """Five windows, two apart, reach over eleven numbers, and there are ten."""
    missing = (5 - 1) * 2 + 3 - 10
    return [missing // 2, missing - missing // 2]


def maps_shape(
    channels: int,  # noqa: ARG001  what goes in does not say how many maps come out
    rows: int,
    columns: int,
    filters: int,
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
) -> tuple[int, ...]:
    """The shape of a layer's output, for one image."""
    axes = zip((rows, columns), kernel, stride, padding, strict=True)
    return (filters, *(conv_output_size(*axis) for axis in axes))


def turned(pair: tuple[int, int]) -> tuple[int, ...]:
    """Take columns for rows."""
    return pair[::-1]


@by_hand(
    maps_shape,
    claims="C2.4 C2.13",
    given={
        "channels": 3,
        "rows": 32,
        "columns": 48,
        "filters": 16,
        "kernel": (3, 5),
        "stride": (2, 1),
        "padding": (1, 2),
    },
    mistakes=[
        altered(
            "You have taken columns for rows: the first number belongs to the rows.",
            kernel=turned,
            stride=turned,
            padding=turned,
        ),
        instead("Those are the channels of the picture. Each filter makes one map.", filters=3),
        instead("You have left out the padding.", padding=(0, 0)),
        instead("You have left out the stride: down the rows, every other place is skipped.", stride=(1, 1)),
    ],
)
def rows_and_columns() -> tuple[int, ...]:
    """Rows and columns are counted apart; the filters make the maps."""
    rows = (32 + 2 * 1 - 3) // 2 + 1
    columns = (48 + 2 * 2 - 5) // 1 + 1
    return (16, rows, columns)


def layers_until_one(n: int, kernel: int) -> int:
    """How many layers shrink a row to one number."""
    layers = 0
    while n > 1:
        n, layers = conv_output_size(n, kernel), layers + 1
    return layers


@by_hand(
    layers_until_one,
    claims="C2.2 C2.15",
    given={"n": 9, "kernel": 3},
    mistakes=[
        otherwise("You have shaved off one a layer. It is one on each side.", lambda n, kernel: n - 1),
        after("That leaves three rows and columns; one more layer fits.", lambda layers: layers - 1),
    ],
)
def down_to_one() -> int:
    """Each layer takes two away, and eight must go."""
    return (9 - 1) // 2


@in_code(
    conv_output_size,
    claims="C2.4",
    draw=lambda random: {
        "n": size(random, 7, 12),
        "kernel": size(random, 1, 3),
        "stride": size(random, 1, 3),
        "padding": size(random, 0, 2),
        "dilation": size(random, 1, 3),
    },
    mistakes=[
        ROUNDED_UP,
        ONE_TOO_FEW,
        NO_DILATION,
        NO_STRIDE,
        NOT_PADDED,
        otherwise(
            "You have padded one side. Padding is added at both ends.",
            lambda n, padding, **options: conv_output_size(n + padding, **options),
        ),
        otherwise(
            "A dilated kernel reaches over d(k − 1) + 1 numbers, not over dk.",
            lambda n, kernel, stride, padding, dilation: (n + 2 * padding - dilation * kernel) // stride + 1,
        ),
    ],
)
def output_size(n: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Count the steps to the last place that fits, and add the first place."""
    reach = dilation * (kernel - 1) + 1
    return (n + 2 * padding - reach) // stride + 1


@in_code(
    same_padding,
    claims="C2.4",
    draw=lambda random: {"n": size(random, 1, 12), "kernel": size(random, 1, 5), "stride": size(random, 1, 4)},
    mistakes=[
        after("The one that is left over goes to the end.", lambda sides: sides[::-1]),
        instead("You have left out the stride: windows that stand apart need less padding.", stride=1),
        otherwise(
            "Where the stride is larger than the kernel, less than nothing is missing: pad with zero then.",
            lambda n, kernel, stride: halves((-(-n // stride) - 1) * stride + kernel - n),
        ),
    ],
)
def padding_in_keras(n: int, kernel: int, stride: int) -> tuple[int, int]:
    """Keras wants n / stride windows, rounded up; what they need and the row has not is padded."""
    windows = -(-n // stride)
    missing = max(0, (windows - 1) * stride + kernel - n)
    return missing // 2, missing - missing // 2


def halves(missing: int) -> tuple[int, int]:
    """Share out what is missing, the smaller half before."""
    return missing // 2, missing - missing // 2
