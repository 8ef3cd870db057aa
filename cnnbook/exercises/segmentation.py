"""Exercises in segmentation: what a target is, how large a map of answers is, and how good a map is."""

import numpy as np
from jaxtyping import Int

from cnnbook.exercises.mistakes import after, instead, otherwise
from cnnbook.exercises.operations import size
from cnnbook.exercises.record import by_hand, in_code
from cnnbook.shapes import conv_output_size, conv_parameters

Map = Int[np.ndarray, "rows columns"]
ROAD = {
    "target": np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 2], [0, 0, 2, 2]]),
    "predicted": np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 2, 2]]),
}


def shared(target: Map, predicted: Map, label: int) -> tuple[int, int]:
    """Count the pixels that both give a label, and those that either gives it."""
    both = (target == label) & (predicted == label)
    either = (target == label) | (predicted == label)
    return int(both.sum()), int(either.sum())


def iou_of_one(target: Map, predicted: Map) -> float:
    """IoU of class 1."""
    both, either = shared(target, predicted, 1)
    return both / either


def table(target: Map, predicted: Map) -> Int[np.ndarray, "classes classes"]:
    """Count how often each class was taken for each other; a row is the target's class."""
    classes = 1 + max(target.max(), predicted.max())
    return np.bincount(classes * target.ravel() + predicted.ravel(), minlength=classes**2).reshape(classes, classes)


def mean_iou(target: Map, predicted: Map) -> float:
    """Average the IoU over the classes that one of the maps has."""
    counts = [shared(target, predicted, label) for label in np.union1d(target, predicted)]
    return float(np.mean([both / either for both, either in counts]))


@by_hand(
    lambda images, size, channels: (images, *size, channels),
    claims="C6.6",
    given={"images": 300, "size": (160, 120), "channels": 3},
    mistakes=[
        otherwise(
            "You have left out the channels: each pixel has three numbers.",
            lambda images, size, channels: (images, *size),
        ),
        otherwise(
            "You have put the channels first. In this idiom they stand last.",
            lambda images, size, channels: (images, channels, *size),
        ),
        otherwise(
            "You have multiplied rows and columns. Each stays an axis of its own.",
            lambda images, size, channels: (images, size[0] * size[1], channels),
        ),
    ],
)
def joined_tuples() -> tuple[int, ...]:
    """Adding tuples joins them."""
    return (300,) + (160, 120) + (3,)  # noqa: RUF005 - the idiom in question


@by_hand(
    lambda rows, columns, window, stride: tuple(conv_output_size(n, window, stride) for n in (rows, columns)),
    claims="C6.2",
    given={"rows": 64, "columns": 80, "window": 32, "stride": 4},
    mistakes=[
        otherwise(
            "You have forgotten the + 1: that counts the steps, and there is one place more.",
            lambda rows, columns, window, stride: ((rows - window) // stride, (columns - window) // stride),
        ),
        instead("You have let the window move by one pixel. The two poolings make it four.", stride=1),
        otherwise(
            "You have divided the sides by the stride. The window must fit into the picture.",
            lambda rows, columns, window, stride: (rows // stride, columns // stride),
        ),
    ],
)
def map_of_windows() -> tuple[int, int]:
    """The sliding window's places along rows and columns."""
    return (64 - 32) // 4 + 1, (80 - 32) // 4 + 1


@by_hand(
    lambda maps, classes, kernel: conv_parameters(maps, classes, (kernel, kernel)),
    claims="C6.5",
    given={"maps": 64, "classes": 9, "kernel": 3},
    mistakes=[
        after("You have left out the biases: each class has one.", lambda count: count - 9),
        instead("You have kept the three classes. There are nine now.", classes=3),
        instead("You have counted one weight for each map. A kernel has nine of them.", kernel=1),
    ],
)
def nine_classes() -> int:
    """A kernel of nine numbers for each map and class, and a bias for each class."""
    return 64 * 9 * 9 + 9


@by_hand(
    lambda maps, side, hidden: conv_parameters(maps, hidden, (side, side), bias=False),
    claims="C6.7",
    given={"maps": 512, "side": 7, "hidden": 4096},
    mistakes=[
        after("You have added the biases. Only the weights were asked for.", lambda count: count + 4096),
        instead("You have counted one weight for each map. A map has 49 numbers here.", side=1),
        otherwise(
            "You have multiplied by one side only. The maps have rows and columns.",
            lambda maps, side, hidden: maps * side * hidden,
        ),
    ],
)
def weights_of_a_waist() -> int:
    """A weight for each number of each map, for each number of the waist."""
    return 512 * 7 * 7 * 4096


@by_hand(
    iou_of_one,
    claims="C6.7",
    given=ROAD,
    mistakes=[
        otherwise(
            "That is Dice: it divides twice the overlap by the sum of both sizes.",
            lambda target, predicted: 2 * iou_of_one(target, predicted) / (1 + iou_of_one(target, predicted)),
        ),
        otherwise(
            "That is the pixel accuracy: the share of all pixels that are right.",
            lambda target, predicted: float((target == predicted).mean()),
        ),
        otherwise(
            "You have divided by all pixels. Those that neither map calls car do not count.",
            lambda target, predicted: shared(target, predicted, 1)[0] / target.size,
        ),
    ],
)
def iou_by_hand() -> float:
    """Three pixels are in both, five in either."""
    return 3 / 5


@by_hand(
    table,
    claims="C6.7",
    given=ROAD,
    mistakes=[
        otherwise(
            "Rows and columns are exchanged: a row is what the target says.",
            lambda target, predicted: table(predicted, target),
        ),
        otherwise(
            "You have counted the right pixels only. The mistakes stand beside the diagonal.",
            lambda target, predicted: np.diag(np.diag(table(target, predicted))),
        ),
    ],
)
def confusion_by_hand() -> list[list[int]]:
    """Nine of road are right; one of four car pixels is called road; one of three of class 2 is called car."""
    return [[9, 0, 0], [1, 3, 0], [0, 1, 2]]


@by_hand(
    lambda iou: 1 - (1 - iou) / (1 + iou),  # the same as 2 iou / (1 + iou), and exact here
    claims="C6.7",
    given={"iou": 0.6},
    mistakes=[
        otherwise("That is the IoU itself. Dice counts the overlap twice, above and below.", lambda iou: iou),
        otherwise("You have gone the other way, from Dice to IoU.", lambda iou: iou / (2 - iou)),
        otherwise("You have doubled the IoU. The overlap is counted twice below as well.", lambda iou: 2 * iou),
    ],
)
def dice_from_iou() -> float:
    """With 3 of 5 in both, Dice is twice 3 over 5 and 3."""
    return 2 * 3 / (5 + 3)


SCORES = {
    "coarse": np.array([[3, -1]]),
    "fine": np.array([[0, -4, 0, 2], [1, 0, 0, 0]]),
}


def with_skip(coarse: Map, fine: Map) -> Map:
    """Copy each coarse score into a square, and add the fine ones."""
    return np.kron(coarse, np.ones((2, 2), int)) + fine


@by_hand(
    with_skip,
    claims="C6.7",
    given=SCORES,
    mistakes=[
        otherwise(
            "You have set the coarse scores apart, with zeros between them. Here each is copied into its square.",
            lambda coarse, fine: np.kron(coarse, np.array([[1, 0], [0, 0]])) + fine,
        ),
        otherwise(
            "You have not added the fine scores.", lambda coarse, fine: np.kron(coarse, np.ones((2, 2), int)) + 0 * fine
        ),
        otherwise("Those are the fine scores alone.", lambda coarse, fine: fine),
        otherwise(
            "You have repeated the row of coarse scores. Each score fills its own square.",
            lambda coarse, fine: np.tile(coarse, (2, 2)) + fine,
        ),
        otherwise(
            "You have multiplied. A skip adds.", lambda coarse, fine: np.kron(coarse, np.ones((2, 2), int)) * fine
        ),
    ],
)
def skip_by_hand() -> Int[np.ndarray, "rows columns"]:
    """In the first row the second place falls below zero, and the fourth rises above."""
    return np.array([[3, -1, -1, 1], [4, 3, -1, -1]])


def two_maps(random: np.random.Generator) -> dict[str, Map]:
    """Draw two maps that agree in most places, and in which some class is often missing."""
    shape, classes = (size(random, 2, 5), size(random, 2, 5)), random.choice(5, size=3, replace=False)
    target = random.choice(classes, size=shape)
    wrong = random.choice(classes, size=shape)
    return {"target": target, "predicted": np.where(random.random(shape) < 0.7, target, wrong)}  # noqa: PLR2004


@in_code(
    mean_iou,
    claims="C6.7",
    draw=two_maps,
    mistakes=[
        otherwise(
            "A class that neither map has counts as zero. It has no IoU: leave it out.",
            lambda target, predicted: float(
                np.mean([b / max(e, 1) for b, e in (shared(target, predicted, k) for k in range(5))])
            ),
        ),
        otherwise(
            "You have left out the classes that only the prediction has. Inventing a class is a mistake, too.",
            lambda target, predicted: float(
                np.mean([b / e for b, e in (shared(target, predicted, k) for k in np.unique(target))])
            ),
        ),
        otherwise("That is the pixel accuracy.", lambda target, predicted: float((target == predicted).mean())),
        otherwise(
            "You have added all overlaps and divided once. Each class has its own IoU, and then comes the mean.",
            lambda target, predicted: float(
                np.divide(*np.sum([shared(target, predicted, k) for k in range(5)], axis=0))
            ),
        ),
    ],
)
def write_mean_iou(target: Int[np.ndarray, "rows columns"], predicted: Int[np.ndarray, "rows columns"]) -> float:
    """Compare the two maps class by class."""
    scores = []
    for label in np.union1d(target, predicted):
        both = (target == label) & (predicted == label)
        either = (target == label) | (predicted == label)
        scores.append(both.sum() / either.sum())
    return float(np.mean(scores))


def rows_of_u_net(rows: int, poolings: int, *, down: int = 4, up: int = 4) -> int:
    """Follow the rows through a U-Net without padding."""
    for _ in range(poolings):
        rows = (rows - down) // 2
    rows -= down
    for _ in range(poolings):
        rows = 2 * rows - up
    return rows


@by_hand(
    rows_of_u_net,
    claims="C6.7",
    given={"rows": 60, "poolings": 2},
    mistakes=[
        instead("The way up convolves twice on each level, too.", up=0),
        instead("You have taken two for each level. Each of its two convolutions takes two.", down=2, up=2),
        otherwise(
            "You have taken four for each level. On a lower level, a pixel is two or four of the picture.",
            lambda rows, poolings: rows - 4 * (2 * poolings + 1),
        ),
    ],
)
def unet_rows() -> int:
    """Take four, halve, twice; take four at the bottom; double, take four, twice."""
    lowest = ((60 - 4) // 2 - 4) // 2 - 4
    return 2 * (2 * lowest - 4) - 4
