"""Let a network segment images, and measure how well it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import SupportsIndex

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cnnbook.data import Examples
from cnnbook.layers.checks import check_tensor
from cnnbook.shapes.checks import whole_number
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix


def segment(
    model: nn.Module, images: Float[Tensor, "n c h w"], batch_size: SupportsIndex = 100
) -> Int[Tensor, "n oh ow"]:
    r"""Give every pixel the class with the highest score, in evaluation mode, on the device of the model.

    .. math:: y_{n,i,j} = \operatorname*{argmax}_k\, f(x)_{n,k,i,j}

    Of equal scores the first wins.
    Every layer returns to the mode in which it was.

    Args:
        model: maps images to scores ``n classes oh ow``.
        images: at least one.
        batch_size: how many images are sent through the model at once; the maps do not depend on it.

    Returns:
        The maps, on the device of the images.

    Raises:
        TypeError: a model or images of another kind, an answer that is no tensor of floating-point numbers.
        ValueError: no image, or a ``batch_size`` below 1; scores with other axes, of fewer than 2 classes, or with NaN.

    Example:
        A convolution that answers with the image and its negative finds what is dark.

        >>> model = nn.Conv2d(1, 2, kernel_size=1, bias=False).requires_grad_(False)
        >>> _ = model.weight.copy_(torch.tensor([1.0, -1.0]).view(2, 1, 1, 1))
        >>> segment(model, torch.tensor([[[[0.5, -0.5], [2.0, -1.0]]]])).tolist()
        [[[0, 1], [0, 1]]]
    """
    batch_size = whole_number("batch_size", batch_size, least=1)
    check_tensor(images, "images")
    if images.ndim != len("nchw") or not len(images):
        raise ValueError(
            f"images have the shape {tuple(images.shape)}; axes n c h w are needed, with at least one image"
        )
    with _evaluating(model, images) as here:
        maps = [_classes(model(batch.to(here))).to(images.device) for batch in torch.split(images, batch_size)]
    return torch.cat(maps)


def measure(model: nn.Module, examples: Examples, batch_size: SupportsIndex = 100) -> ConfusionMatrix:
    """Segment all examples and count how each pixel was taken, batch by batch, in evaluation mode.

    Args:
        model: maps inputs ``n c h w`` to scores ``n classes h w``.
        examples: with a label for each pixel; their ``ignored`` pixels are left out.
        batch_size: how many images are sent through the model at once.

    Raises:
        TypeError: a model or examples of another kind.
        ValueError: examples that have no label for each pixel; a map of another size than the labels;
            scores of another number of classes; what :func:`segment` refuses.

    Example:
        >>> shade = torch.tensor([[[[0.5, -0.5], [2.0, -1.0]]]])
        >>> model = nn.Conv2d(1, 2, kernel_size=1, bias=False).requires_grad_(False)
        >>> _ = model.weight.copy_(torch.tensor([1.0, -1.0]).view(2, 1, 1, 1))
        >>> matrix = measure(model, Examples(shade, torch.tensor([[[0, 1], [1, 9]]]), ("bright", "dark"), ignored=9))
        >>> matrix.counts.tolist(), matrix.pixel_accuracy()
        ([[1, 0], [1, 1]], 0.667)
    """
    batch_size = whole_number("batch_size", batch_size, least=1)
    if not isinstance(examples, Examples):
        raise TypeError(f"examples must be Examples, not {type(examples).__name__}")
    if examples.inputs.ndim != len("nchw") or examples.labels.ndim != len("nhw"):
        raise ValueError(
            f"examples have inputs {tuple(examples.inputs.shape)} and labels {tuple(examples.labels.shape)};"
            " images n c h w with a label for each pixel, n h w, are needed"
        )
    if not len(examples):
        raise ValueError("examples must hold at least one image")
    matrix = ConfusionMatrix(len(examples.classes), examples.ignored)
    with _evaluating(model, examples.inputs) as here:
        parts = (torch.split(part, batch_size) for part in (examples.inputs, examples.labels))
        for images, labels in zip(*parts, strict=True):
            matrix.update(_classes(model(images.to(here)), matrix.num_classes), labels.to(here))
    return matrix


def _classes(scores: object, num_classes: int | None = None) -> Int[Tensor, "n oh ow"]:
    """Choose the class with the highest score, if the scores are some."""
    if not isinstance(scores, Tensor) or not scores.is_floating_point():
        kind = f"a {scores.dtype} tensor" if isinstance(scores, Tensor) else type(scores).__name__
        raise TypeError(f"model must answer with a floating-point tensor of scores, not {kind}")
    shape = tuple(scores.shape)
    if scores.ndim != len("nchw") or scores.shape[1] < 2:  # noqa: PLR2004 (one score has no rival)
        raise ValueError(f"model answers with scores {shape}; n classes h w are needed, with at least 2 classes")
    if num_classes is not None and scores.shape[1] != num_classes:
        raise ValueError(f"model answers with scores {shape}, of {scores.shape[1]} classes and not {num_classes}")
    if scores.isnan().any():
        raise ValueError("model answers with scores that are NaN: it has no highest one")
    return scores.argmax(1)


@contextmanager
def _evaluating(model: nn.Module, images: Float[Tensor, "n c h w"]) -> Iterator[torch.device]:
    """Put the model into evaluation mode, without gradients, and name its device.

    A frozen model trains its head alone, so each layer gets its own mode back.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    modes = [(layer, layer.training) for layer in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield next(model.parameters(), images).device
    finally:
        for layer, mode in modes:
            layer.training = mode
