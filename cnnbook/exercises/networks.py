"""Exercises in networks: what their parts weigh and cost, what a block adds, and what a guess is worth."""

import numpy as np
from jaxtyping import Float, Int

from cnnbook.exercises.mistakes import after, altered, instead, otherwise
from cnnbook.exercises.operations import size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.reference import conv1d_loops
from cnnbook.shapes import conv_multiply_adds, conv_parameters


def partly_connected(pairs: int, filters: int, kernel: int) -> int:
    """Parameters of a layer with a kernel for each pair of a filter and a map that it sees."""
    return pairs * conv_parameters(1, 1, (kernel, kernel), bias=False) + filters


@by_hand(
    partly_connected,
    claims="C4.1",
    given={"pairs": 60, "filters": 16, "kernel": 5},
    mistakes=[
        instead("You have let every filter see all six maps. LeNet's see three to six of them.", pairs=6 * 16),
        after("You have left out the biases: each filter has one.", lambda count: count - 16),
        after("You have given each kernel a bias. A filter has one, however many maps it sees.", lambda n: n - 16 + 60),
    ],
)
def lenet_second_filters() -> int:
    """A kernel of 25 numbers for each pair, and a bias for each filter."""
    return 60 * 25 + 16


def connected(maps: int, side: int, units: int) -> int:
    """Parameters of a fully connected layer behind square maps."""
    return maps * side**2 * units + units


@by_hand(
    connected,
    claims="C4.2",
    given={"maps": 256, "side": 6, "units": 4096},
    mistakes=[
        instead("You have taken one number for each map. A map of 6×6 has thirty-six.", side=1),
        after("You have left out the biases: each unit has one.", lambda count: count - 4096),
        instead("You have counted the pixels of one map only.", maps=1),
    ],
)
def alexnet_first_connected() -> int:
    """Every number of every map with every unit, and a bias for each unit."""
    return 256 * 36 * 4096 + 4096


def saved(maps: int, large: int, small: int, layers: int) -> int:
    """Weights that several small kernels save against one large kernel."""
    return conv_parameters(maps, maps, (large, large), bias=False) - layers * conv_parameters(
        maps, maps, (small, small), bias=False
    )


@by_hand(
    saved,
    claims="C4.1",
    given={"maps": 64, "large": 7, "small": 3, "layers": 3},
    mistakes=[
        instead("You have counted one small layer. It takes three of them to see as far.", layers=1),
        instead("You have counted one map. Each filter has a kernel for each of the 64 maps.", maps=1),
        after("You have counted one filter. There are 64.", lambda count: count // 64),
    ],
)
def three_small_for_one_large() -> int:
    """Forty-nine numbers against twenty-seven, for each pair of maps."""
    return (49 - 27) * 64 * 64


def narrowed(maps: int, narrow: int, filters: int, kernel: int, side: int) -> int:
    """Multiply-adds of a 1×1 and a larger convolution behind it."""
    places = (side, side)
    return conv_multiply_adds(maps, narrow, 1, places) + conv_multiply_adds(narrow, filters, kernel, places)


@by_hand(
    narrowed,
    claims="C4.1",
    given={"maps": 192, "narrow": 16, "filters": 32, "kernel": 5, "side": 28},
    mistakes=[
        otherwise(
            "That is the branch without its 1×1: the large filters read all maps.",
            lambda maps, narrow, filters, kernel, side: conv_multiply_adds(maps, filters, kernel, (side, side)),
        ),
        otherwise(
            "That is the 5×5 alone. The mixing before it is work, too.",
            lambda maps, narrow, filters, kernel, side: conv_multiply_adds(narrow, filters, kernel, (side, side)),
        ),
        after("You have counted the weights. Each is used at every place.", lambda count: count // 28**2),
    ],
)
def inception_branch() -> int:
    """At each place, 192·16 for the mixing and 16·32·25 for the looking."""
    return 28 * 28 * (192 * 16 + 16 * 32 * 25)


@by_hand(
    lambda input, weight: np.maximum(input + conv1d_loops(input[None], weight[None, None], padding=1)[0], 0),
    claims="C4.1",
    given={"input": np.array([1, 3, 0, 2]), "weight": np.array([2, -2, 1])},
    mistakes=[
        otherwise(
            "You have left out the addition: the block answers with its input plus the change.",
            lambda input, weight: np.maximum(conv1d_loops(input[None], weight[None, None], padding=1)[0], 0),
        ),
        otherwise(
            "You have bent the change before adding it. The ReLU comes last.",
            lambda input, weight: input + np.maximum(conv1d_loops(input[None], weight[None, None], padding=1)[0], 0),
        ),
        otherwise(
            "You have left out the ReLU at the end.",
            lambda input, weight: input + conv1d_loops(input[None], weight[None, None], padding=1)[0],
        ),
        altered("You have flipped the kernel.", weight=np.flip),
    ],
)
def residual_by_hand() -> list[int]:
    """The change is 1, -4, 8, -4; the row is added to it, and what is below zero becomes zero."""
    return [max(1 + 1, 0), max(3 - 4, 0), max(0 + 8, 0), max(2 - 4, 0)]


@by_hand(
    lambda maps, narrow: (
        conv_parameters(maps, narrow, (1, 1), bias=False)
        + conv_parameters(narrow, narrow, (3, 3), bias=False)
        + conv_parameters(narrow, maps, (1, 1), bias=False)
    ),
    claims="C4.1",
    given={"maps": 256, "narrow": 64},
    mistakes=[
        otherwise(
            "That is a basic block: two 3×3 on all maps.",
            lambda maps, narrow: 2 * conv_parameters(maps, maps, (3, 3), bias=False),
        ),
        after("You have left out one of the two 1×1 convolutions.", lambda count: count - 256 * 64),
        otherwise(
            "Your 3×3 reads all maps. It stands in the narrow part.",
            lambda maps, narrow: 2 * maps * narrow + conv_parameters(maps, narrow, (3, 3), bias=False),
        ),
    ],
)
def bottleneck_weights() -> int:
    """Into the narrow part, around in it, and out again."""
    return 256 * 64 + 9 * 64 * 64 + 64 * 256


@by_hand(
    lambda maps, growth, layers: maps + growth * layers,
    claims="C4.1",
    given={"maps": 64, "growth": 32, "layers": 6},
    mistakes=[
        after("You have left out what came in: it stands unchanged at the beginning.", lambda count: count - 64),
        after("That is what the last layer reads. It adds its own maps, too.", lambda count: count - 32),
        otherwise(
            "You have doubled with each layer. Each adds the same.", lambda maps, growth, layers: maps * 2**layers
        ),
    ],
)
def dense_block_maps() -> int:
    """What came in, and 32 from each of six layers."""
    return 64 + 6 * 32


def top_error(scores: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"], guesses: int) -> float:
    """The share of labels that are not among the largest scores."""
    best = np.argsort(-scores, axis=1)[:, :guesses]
    return float(np.mean(~(best == labels[:, None]).any(axis=1)))


def scored(random: np.random.Generator) -> dict[str, object]:
    """Draw a table of scores without ties, its labels, and how many guesses there are."""
    pictures, classes = size(random, 1, 4), size(random, 3, 6)
    scores = np.stack([random.permutation(classes) for _ in range(pictures)]).astype(float)
    labels = random.integers(0, classes, pictures)
    return {"scores": scores, "labels": labels, "guesses": size(random, 1, classes - 1)}


@in_code(
    top_error,
    claims="C4.2",
    draw=scored,
    mistakes=[
        after("You have counted the right ones. An error counts the others.", lambda share: 1 - share),
        instead("You have looked at the first guess only.", guesses=1),
        altered("You have taken the smallest scores.", scores=lambda scores: -scores),
        altered("You have given one guess too many.", guesses=lambda guesses: guesses + 1),
    ],
)
def top_k_error(scores: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"], guesses: int) -> float:
    """A picture is wrong if so many scores, or more, are larger than its label's."""
    of_label = scores[np.arange(len(labels)), labels]
    larger = (scores > of_label[:, None]).sum(axis=1)
    return float((larger >= guesses).mean())
