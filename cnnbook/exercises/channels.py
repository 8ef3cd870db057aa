"""Exercises with many channels and many filters: what each reads, and the shapes of all arrays."""

import numpy as np
from jaxtyping import Float, Num

from cnnbook.exercises.mistakes import FLIPPED, after, altered, instead, otherwise
from cnnbook.exercises.operations import Array, few, size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.exercises.sizes import maps_shape
from cnnbook.reference import conv2d_loops
from cnnbook.shapes import channels_in_groups, conv_output_size


@by_hand(
    maps_shape,
    claims="C2.9",
    given={"channels": 3, "rows": 7, "columns": 7, "filters": 10, "kernel": (3, 3)},
    mistakes=[
        instead("Those are the channels of the picture. Each of the ten filters makes one map.", filters=3),
        instead("You have padded. Without padding, the picture shrinks.", padding=(1, 1)),
        after("You have shaved off one. A 3×3 kernel takes one away on each side.", lambda shape: (10, 6, 6)),
        after(
            "You have put the channels last, as Keras does. Here they stand before the rows.", lambda shape: (5, 5, 10)
        ),
    ],
)
def quiz_maps() -> tuple[int, ...]:
    """Ten filters make ten maps, and a 3×3 kernel fits five times each way."""
    return (10, 7 - 2, 7 - 2)


def weights_shape(maps: int, filters: int, kernel: int, groups: int = 1) -> tuple[int, ...]:
    """The shape of a layer's weights."""
    read, filters = channels_in_groups(maps, filters, groups)
    return (filters, read, kernel, kernel)


@by_hand(
    weights_shape,
    claims="C2.9 C2.11",
    given={"maps": 10, "filters": 20, "kernel": 3},
    mistakes=[
        otherwise(
            "The filters come first, then the channels that each of them reads.",
            lambda maps, filters, kernel: (maps, filters, kernel, kernel),
        ),
        instead("The second layer does not read the picture. It reads the ten maps of the first.", maps=3),
        otherwise(
            "Each filter has a kernel for each of the ten maps.",
            lambda maps, filters, kernel: (filters, kernel, kernel),
        ),
        otherwise(
            "The batch belongs to the data. The weights do not know how many pictures come.",
            lambda maps, filters, kernel: (32, maps, kernel, kernel),
        ),
    ],
)
def quiz_weights() -> tuple[int, ...]:
    """How many filters, channels of each, rows, columns."""
    return (20, 10, 3, 3)


def one_map(input: Array, weight: Array, bias: Array | None = None) -> Array:
    """The map that one filter makes of several channels."""
    return conv2d_loops(input[None], weight[None], bias)[0, 0]


@by_hand(
    one_map,
    claims="C2.7 C2.8 C2.11",
    given={
        "input": np.array([[[1, 0, 2], [0, 1, 1], [3, 1, 0]], [[2, 1, 0], [0, 1, 3], [1, 0, 1]]]),
        "weight": np.array([[[1, 0], [2, -1]], [[0, 1], [1, 0]]]),
        "bias": np.array([-1]),
    },
    mistakes=[
        otherwise(
            "You have used the first channel alone.", lambda input, weight, bias: one_map(input[:1], weight[:1], bias)
        ),
        instead("You have left out the bias.", bias=None),
        altered("You have added the bias once for each channel. A filter has one.", bias=lambda bias: 2 * bias),
        altered(
            "You have used the first kernel for both channels. Each channel has its own.",
            weight=lambda weight: weight[[0, 0]],
        ),
        altered("You have flipped the kernels.", weight=lambda weight: weight[:, ::-1, ::-1]),
    ],
)
def two_channels_by_hand() -> list[list[int]]:
    """Each channel is convolved with its own kernel; the two results and the bias are added, place by place."""
    first = np.array([[1 + 0 - 1, 0 + 2 - 1], [0 + 6 - 1, 1 + 2 - 0]])
    second = np.array([[1 + 0, 0 + 1], [1 + 1, 3 + 0]])
    return (first + second - 1).tolist()


@by_hand(
    lambda input, weight: np.tensordot(weight, input, axes=1),
    claims="C2.10",
    given={"input": np.array([[[3, 1], [0, 2]], [[1, 4], [2, 0]]]), "weight": np.array([2, -1])},
    mistakes=[
        instead("You have added the maps without their weights.", weight=np.array([1, 1])),
        altered("You have exchanged the two weights.", weight=np.flip),
        instead("You have used the first map alone.", weight=np.array([2, 0])),
    ],
)
def one_by_one() -> list[list[int]]:
    """At every pixel: twice the first map, less the second."""
    return [[2 * 3 - 1, 2 * 1 - 4], [2 * 0 - 2, 2 * 2 - 0]]


@by_hand(
    weights_shape,
    claims="C2.10 C2.11",
    given={"maps": 256, "filters": 10, "kernel": 1},
    mistakes=[
        otherwise(
            "The filters come first: there are ten of them.",
            lambda maps, filters, kernel: (maps, filters, kernel, kernel),
        ),
        otherwise(
            "Each filter has a weight for each of the maps.", lambda maps, filters, kernel: (filters, kernel, kernel)
        ),
        otherwise(
            "The kernel's rows and columns stay in the shape, though there is only one of each.",
            lambda maps, filters, kernel: (filters, maps),
        ),
    ],
)
def one_by_one_weights() -> tuple[int, ...]:
    """Ten filters, a weight for each of the maps, one row, one column."""
    return (10, 256, 1, 1)


def clip_shape(
    channels: int,  # noqa: ARG001  what goes in does not say how many maps come out
    size: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
) -> tuple[int, ...]:
    """The shape of the maps that a 3-D convolution makes of a film."""
    return (filters, *(conv_output_size(*axis) for axis in zip(size, kernel, stride, padding, strict=True)))


@by_hand(
    clip_shape,
    claims="C2.12",
    given={
        "channels": 3,
        "size": (16, 112, 112),
        "filters": 64,
        "kernel": (3, 7, 7),
        "stride": (1, 2, 2),
        "padding": (1, 3, 3),
    },
    mistakes=[
        instead("You have skipped every other frame. The stride in time is one.", stride=(2, 2, 2)),
        instead("Those are the channels of the film. Each filter makes one map.", filters=3),
        instead("You have left out the padding.", padding=(0, 0, 0)),
        after(
            "You have lost time: a 3-D convolution gives as many frames as its kernel finds places.",
            lambda shape: (shape[0], *shape[2:]),
        ),
    ],
)
def film_shape() -> tuple[int, ...]:
    """Time is an axis like rows and columns: padded by one and read by three, it keeps its length."""
    frames = 16 + 2 * 1 - 3 + 1
    rows = (112 + 2 * 3 - 7) // 2 + 1
    return (64, frames, rows, rows)


def draw_layer(random: np.random.Generator) -> dict[str, Array]:
    """Draw an image, filters that read it, and their biases."""
    channels, filters, kernel = size(random, 1, 2), size(random, 1, 3), size(random, 1, 2)
    return {
        "input": few(random, channels, size(random, 2, 3), size(random, 2, 4)),
        "weight": few(random, filters, channels, kernel, kernel),
        "bias": few(random, filters),
    }


@in_code(
    conv2d_loops,
    claims="C2.7 C2.11",
    draw=draw_layer,
    mistakes=[
        FLIPPED,
        instead("You have left out the bias.", bias=None),
        otherwise(
            "You have used the first channel alone.",
            lambda input, weight, bias: conv2d_loops(input[:1], weight[:, :1], bias),
        ),
        otherwise(
            "You have added the filters' maps. Maps are stacked: nobody could tell their features apart.",
            lambda input, weight, bias: conv2d_loops(input, weight, bias).sum(axis=0),
        ),
    ],
)
def conv_layer(
    input: Num[np.ndarray, "c h w"], weight: Num[np.ndarray, "c_out c kh kw"], bias: Num[np.ndarray, " c_out"]
) -> Float[np.ndarray, "c_out oh ow"]:
    """At each place, every filter takes the whole window, all channels at once."""
    filters, _, rows, columns = weight.shape
    output = np.zeros((filters, input.shape[1] - rows + 1, input.shape[2] - columns + 1))
    for o, i, j in np.ndindex(output.shape):
        window = input[:, i : i + rows, j : j + columns]
        output[o, i, j] = bias[o] + np.sum(weight[o] * window)
    return output
