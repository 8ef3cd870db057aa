"""An operation from what an author writes: numbers of a preset, resized, and the settings."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Int, Num

from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import Operation
from cnnbook.draw.stamp import Stamp

OPERATIONS: dict[str, Callable[..., Operation]] = {"convolution": Slide, "transposed": Stamp}
STEPS = {"stride": 1, "padding": 0, "dilation": 1}  # what a preset does not say, and what goes down a signal

WORDS = {"preset", "operation", "padding-mode"}  # the attributes that are no numbers

Table = Int[np.ndarray, "*sizes"]
Presets = Mapping[str, Mapping[str, Any]]
Ranges = Mapping[str, list[int]]


class Computing(Protocol):
    """What has an output."""

    @property
    def output(self) -> Num[np.ndarray, "*sizes"]:
        """What is computed."""
        ...


Configured = TypeVar("Configured", bound=Computing)


def configured(
    attributes: Mapping[str, str],
    presets: Presets,
    ranges: Ranges,
    *,
    operations: Mapping[str, Callable[..., Configured]],
    axes: int = 1,
) -> Configured:
    """Take a preset, and the attributes that differ from it.

    A size that differs from the preset's crops its numbers or repeats the nearest.

    Args:
        attributes: ``preset`` or ``dims``, ``operation``, and any of ``size`` (or ``rows`` and ``columns``),
            ``channels``, ``filters``, ``kernel``, ``stride``, ``padding``, ``padding-mode``, ``dilation`` and
            ``output-padding``.
        presets: For each name ``dims``, ``input``, ``kernel`` or the size of a ``window`` without weights, and what
            differs from :data:`STEPS`.
        ranges: For each number the least and the largest.
        operations: What each name of an operation makes of the numbers and the settings.
        axes: How many numbers an attribute may have: with 2, ``2, 1`` are two down and one across.

    Raises:
        ValueError: an attribute that there is not, a number out of its range, or a kernel that fits nowhere.
    """
    numbers = _numbers(attributes, ranges, axes)
    dims = numbers.pop("dims", (2,))[0]
    name = attributes["preset"] if "preset" in attributes else _first(presets, dims)
    kind = attributes.get("operation", "convolution")
    for word, value, known in [("preset", name, presets), ("operation", kind, operations)]:
        if value not in known:
            raise ValueError(f"there is no {word} {value!r}; there are: {', '.join(known)}")
    if kind != "transposed" and "output-padding" in numbers:
        raise ValueError("output-padding belongs to operation=transposed")
    if kind == "transposed" and "padding-mode" in attributes:
        raise ValueError("padding-mode belongs to operation=convolution")
    preset = presets[name]
    steps = {step: preset.get(step, default) for step, default in STEPS.items()}
    if kind == "transposed":
        steps["output-padding"] = preset.get("output-padding", 0)

    def along(name: str, default: int | None = None) -> tuple[int | None, int | None]:
        """The number down and the one across."""
        found = numbers.get(name, (default,))
        return found[0], found[-1]

    rows, columns = along("rows", along("size")[0])[0], along("columns", along("size")[1])[1]
    kernel, pairs = along("kernel"), {step: along(step, value) for step, value in steps.items()}
    if preset["dims"] == 1:  # a signal is one row, which nothing pads or strides over
        rows, kernel = 1, (1, kernel[1])
        pairs = {step: (STEPS.get(step, 0), across) for step, (_, across) in pairs.items()}
    (channels, _), (filters, _) = along("channels"), along("filters")
    window = preset.get("window", 1)
    ones = np.ones((1 if preset["dims"] == 1 else window, window), int)
    weights = np.array(preset["kernel"]) if "kernel" in preset else ones
    arrays = {
        "input": _resized(np.array(preset["input"]), channels, rows, columns),
        "kernel": _resized(weights, filters, channels, *kernel),
    }
    if kind == "channels":
        arrays["bias"] = _resized(np.array(preset.get("bias", [0] * len(weights))), filters)
    mode = {"padding_mode": attributes["padding-mode"]} if "padding-mode" in attributes else {}
    operation = operations[kind](**arrays, **{step.replace("-", "_"): pair for step, pair in pairs.items()}, **mode)
    operation.output.any()  # a kernel that fits nowhere says so here
    return operation


def _first(presets: Presets, dims: int) -> str:
    """The first of the presets in so many dimensions."""
    return next(name for name, preset in presets.items() if preset["dims"] == dims)


def _numbers(attributes: Mapping[str, str], ranges: Ranges, axes: int) -> dict[str, tuple[int, ...]]:
    """The attributes that are numbers, each within its range."""
    limits = {"dims": [1, 2], "size": ranges["columns"], **ranges}
    numbers = {}
    for name, value in attributes.items():
        if name in WORDS:
            continue
        if name not in limits:
            raise ValueError(f"there is no attribute {name!r}; there are: preset, operation, {', '.join(limits)}")
        least, most = limits[name]
        words = [word.strip() for word in value.split(",")]
        several = axes if name not in {"dims", "rows", "columns"} else 1
        if len(words) > several or not all(word.isdecimal() and least <= int(word) <= most for word in words):
            two = ", or two, down and across" if several > 1 else ""
            raise ValueError(f"{name}={value} must be a whole number from {least} to {most}{two}")
        numbers[name] = tuple(map(int, words))
    return numbers


def _resized(array: Table, *sizes: int | None) -> Table:
    """The same numbers in another size, along as many axes as there are; what is new repeats the nearest."""
    pairs = zip(sizes[-array.ndim :], array.shape, strict=True)
    resized: Table = array[np.ix_(*(np.arange(size or old).clip(max=old - 1) for size, old in pairs))]
    return resized
