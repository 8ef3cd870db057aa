"""The layer that the calculator of sizes begins with, from the settings that its browser code reads."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import Part, document, stack, text
from cnnbook.draw.windows import Windows, ends
from cnnbook.ext.beginning import Beginning
from cnnbook.shapes import conv_output_size, pool_output_size, same_padding, transposed_output_size

SETTINGS = Path(__file__).parents[2] / "docs" / "live" / "sizes" / "settings.json"
OPERATIONS = ["convolution", "transposed", "pooling"]
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "output-padding": 0, "channels": 1, "filters": 1, "batch": 1}
SINGLE = {"channels", "filters", "batch"}  # numbers that no axis has for itself

_LETTER = 7.2  # pixels of a line, about


@dataclass(frozen=True)
class Axis:
    """One axis of a layer: ``n`` pixels and what is done with them.

    Args:
        operation: One of :data:`OPERATIONS`.
        n: Pixels of the input.
        kernel: Weights.
        stride: Pixels from one window to the next; transposed, from one copy of the kernel to the next.
        padding: Pixels on each side, ``"same"`` or ``"valid"`` as Keras means them.
        dilation: Pixels from one weight to the next.
        output_padding: Pixels more at the end; of a transposed convolution only.
    """

    operation: str
    n: int
    kernel: int
    stride: int
    padding: int | str
    dilation: int
    output_padding: int

    @property
    def reach(self) -> int:
        """Pixels from a kernel's first weight to its last, both of them counted."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def sides(self) -> tuple[int, int]:
        """Pixels that are added before and after; transposed, that are cut off, less those that are added.

        >>> Axis("convolution", 224, 3, 2, "same", 1, 0).sides
        (0, 1)
        """
        transposed = self.operation == "transposed"
        room = max(self.stride - self.reach, 0) if transposed and isinstance(self.padding, str) else 0
        if self.padding == "same":
            row = self.n * self.stride if transposed else self.n
            before, after = same_padding(row, self.kernel, self.stride, self.dilation)
        else:
            before = after = 0 if isinstance(self.padding, str) else self.padding
            room += self.output_padding if transposed else 0
        return before, after - room

    @cached_property
    def size(self) -> int:
        """Pixels of the output.

        Raises:
            ValueError: there is none.
        """
        before, after = self.sides
        steps = (self.kernel, self.stride)
        if self.operation == "transposed":
            if isinstance(self.padding, str):
                return (self.n - 1) * self.stride + self.reach - before - after
            return transposed_output_size(self.n, *steps, self.padding, self.dilation, self.output_padding)
        if self.operation == "pooling" and not isinstance(self.padding, str):
            return pool_output_size(self.n, *steps, self.padding, self.dilation)
        return conv_output_size(self.n + before + after, *steps, dilation=self.dilation)

    @property
    def formula(self) -> str:
        """The size's formula, filled in; ``docs/live/sizes/formula.js`` writes the same.

        >>> Axis("convolution", 224, 3, 2, 1, 1, 0).formula
        '⌊(224 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1'
        """
        span, copies = f"{self.dilation}·({self.kernel} − 1)", f"({self.n} − 1)·{self.stride}"
        match self.operation, self.padding:
            case "transposed", "same":
                return f"{self.n}·{self.stride}"
            case "transposed", "valid":
                return f"{copies} + max({span} + 1, {self.stride})"
            case "transposed", padding:
                return f"{copies} − 2·{padding} + {span} + {self.output_padding} + 1"
            case _, "same":
                return f"⌈{self.n} / {self.stride}⌉"
        padded = "" if self.padding == "valid" else f" + 2·{self.padding}"
        return f"⌊({self.n}{padded} − {span} − 1) / {self.stride}⌋ + 1"

    def drawn(self) -> Part:
        """The row that is read, or laid down on, and below it the formula."""
        transposed = self.operation == "transposed"
        pixels, places = (self.size, self.n) if transposed else (self.n, self.size)
        before, after = self.sides
        windows = Windows(pixels, places, self.kernel, self.stride, self.dilation, before, max(after, 0))
        line = f'{self.formula} = <tspan font-weight="700" fill="{LIGHT["output"]}">{self.size}</tspan>'
        width = _LETTER * len(f"{self.formula} = {self.size}")
        formula = Part(text(width / 2, 10, line, 'font-size="14"'), width, 20)
        return stack([ends(windows, "output" if transposed else "input"), formula])


def first_state(attributes: dict[str, str]) -> tuple[Axis, Axis]:
    """Take one of the calculator's presets, and the attributes that differ from it; return rows and columns.

    Args:
        attributes: ``preset``, ``operation``, and any of ``size``, ``kernel``, ``stride``, ``padding``,
            ``dilation``, ``output-padding``, ``channels``, ``filters`` and ``batch``.
            What an axis has may be two numbers, rows × columns, and the padding ``same`` or ``valid``.

    Raises:
        ValueError: an attribute that there is not, or one that is not what it may be.

    >>> [axis.size for axis in first_state({"size": "224×200"})]
    [112, 100]
    """
    settings = json.loads(SETTINGS.read_text("utf-8"))
    presets, ranges = settings["presets"], settings["ranges"]
    ranges["output-padding"] = ranges.pop("added")
    name = attributes.get("preset", next(iter(presets)))
    if name not in presets:
        raise ValueError(f"there is no preset {name!r}; there are: {', '.join(presets)}")
    values: dict[str, Any] = USUAL | presets[name]
    operation = attributes.get("operation", values["operation"])
    if operation not in OPERATIONS:
        raise ValueError(f"there is no operation {operation!r}; there are: {', '.join(OPERATIONS)}")
    if operation != "transposed" and "output-padding" in attributes:
        raise ValueError("output-padding belongs to operation=transposed")
    for key, words in attributes.items():
        if key not in {"preset", "operation"}:
            values[key] = _read(key, words, ranges)
    pairs = {key: value if isinstance(value, tuple) else (value, value) for key, value in values.items()}
    names = {"size": "n", "output-padding": "output_padding"}
    keys = ("size", "kernel", "stride", "padding", "dilation", "output-padding")
    down, across = (Axis(operation, **{names.get(key, key): pairs[key][axis] for key in keys}) for axis in (0, 1))
    return down, across


def _read(key: str, words: str, ranges: dict[str, list[int]]) -> tuple[int, ...] | str:
    """What an attribute says, within its range."""
    if key not in ranges:
        raise ValueError(f"there is no attribute {key!r}; there are: preset, operation, {', '.join(ranges)}")
    if key == "padding" and words in {"same", "valid"}:
        return words
    (least, most), most_numbers = ranges[key], 1 if key in SINGLE else 2
    numbers = re.split("[×x,]", words)
    if len(numbers) > most_numbers or not all(it.isdecimal() and least <= int(it) <= most for it in numbers):
        two = "" if key in SINGLE else ", or two, rows × columns"
        word = ", or same or valid" if key == "padding" else ""
        raise ValueError(f"{key}={words} must be a whole number from {least} to {most}{two}{word}")
    down, across = int(numbers[0]), int(numbers[-1])
    return down, across


def beginning(attributes: dict[str, str]) -> Beginning:
    """Draw the rows, and the columns where they differ, and count the lines that their formulas take.

    Raises:
        ValueError: as :func:`first_state`, or as :mod:`cnnbook.shapes` where there is no output.

    >>> beginning({"size": "224×200"}).sizes
    {'lines': 2}
    """
    both = first_state(attributes)
    different = list(dict.fromkeys(both))
    drawing = document(stack([axis.drawn() for axis in different]))
    lines = 2 if both[0].padding == "same" else 1  # the padding in all is worked out, too
    return Beginning(drawing, {"lines": lines * len(different)}, {"operation": both[0].operation})
