"""What every measure asks of maps of labels before it compares them: said once, for all measures."""

from typing import SupportsIndex

import torch
from jaxtyping import Bool, Int, Integer
from torch import Tensor

from cnnbook.layers.checks import check_tensor
from cnnbook.shapes.checks import whole_number

WHOLE = {
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
}


def check_ignored(ignored: SupportsIndex | None, num_classes: int) -> int | None:
    """Refuse a label of what nobody judged that names a class.

    Raises:
        TypeError: it is no whole number.
        ValueError: it lies in ``0…num_classes - 1``.

    >>> check_ignored(255, num_classes=21)
    255
    >>> check_ignored(0, num_classes=21)
    Traceback (most recent call last):
    ValueError: ignored=0 must name none of the 21 classes 0…20
    """
    if ignored is None:
        return None
    number = whole_number("ignored", ignored, least=-(2**63))
    if 0 <= number < num_classes:
        raise ValueError(f"ignored={ignored!r} must name none of the {num_classes} classes 0…{num_classes - 1}")
    return number


def check_maps(**maps: Integer[Tensor, "*n h w"]) -> tuple[Int[Tensor, "n h w"], ...]:
    """Return maps of labels as int64 with a batch axis, if they are whole numbers, of one size, in one place.

    Args:
        maps: under the names that the error messages call them.

    Raises:
        TypeError: a map is no tensor of whole numbers; truth values are none.
        ValueError: a map has another shape than the first, or lies on another device, or has neither 2 nor 3 axes.

    >>> check_maps(predicted=torch.zeros(4, 6).long(), target=torch.zeros(4, 5).long())
    Traceback (most recent call last):
    ValueError: target has the shape (4, 5) and predicted (4, 6); they must be equal
    """
    (first, model), *_ = maps.items()
    for name, labels in maps.items():
        check_tensor(labels, name)
        if labels.dtype not in WHOLE:
            hint = "; take the class of the highest score, scores.argmax(1)" if labels.is_floating_point() else ""
            raise TypeError(f"{name} is {labels.dtype}; a whole number for each pixel is needed{hint}")
        if labels.ndim not in {2, 3}:
            raise ValueError(f"{name} has the shape {tuple(labels.shape)}; axes n h w are needed, or h w")
        if labels.shape != model.shape:
            raise ValueError(
                f"{name} has the shape {tuple(labels.shape)} and {first} {tuple(model.shape)}; they must be equal"
            )
        if labels.device != model.device:
            raise ValueError(f"{name} is on {labels.device} and {first} on {model.device}; move one of them")
    return tuple(labels.long().reshape(-1, *labels.shape[-2:]) for labels in maps.values())


def check_labels(name: str, labels: Int[Tensor, "*places"], num_classes: int, ignored: int | None) -> None:
    """Refuse labels that name no class; ``ignored`` may stand among them.

    Raises:
        ValueError: a label lies outside ``0…num_classes - 1``.

    >>> check_labels("target", torch.tensor([0, 2, 255]), num_classes=3, ignored=None)
    Traceback (most recent call last):
    ValueError: target holds the label 255; it must name one of the 3 classes 0…2
    """
    wrong = ~is_class(labels, num_classes)
    if ignored is not None:
        wrong &= labels != ignored
    if wrong.any():
        allowed = f"it must name one of the {num_classes} classes 0…{num_classes - 1}"
        exempt = "" if ignored is None else f" or be ignored={ignored}"
        raise ValueError(f"{name} holds the label {int(labels[wrong][0])}; {allowed}{exempt}")


def is_class(labels: Int[Tensor, "*places"], num_classes: int) -> Bool[Tensor, "*places"]:
    """Tell which labels name a class.

    >>> is_class(torch.tensor([-1, 0, 2, 3]), num_classes=3).tolist()
    [False, True, True, False]
    """
    return (labels >= 0) & (labels < num_classes)
