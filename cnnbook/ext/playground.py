"""The convolution that a page's playground or animation begins with, from the settings that its browser code reads."""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Int

from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import still
from cnnbook.ext.beginning import Beginning

SETTINGS = Path(__file__).parents[2] / "docs" / "live" / "convolution" / "settings.json"
STEPS = {"stride": 1, "padding": 0, "dilation": 1}  # what a preset does not say

Table = Int[np.ndarray, "rows columns"]


def first_state(attributes: dict[str, str]) -> Slide:
    """Take a preset, and the attributes that differ from it.

    A size that differs from the preset's crops its numbers or repeats the nearest.

    Args:
        attributes: ``preset`` or ``dims``, and any of ``size`` (or ``rows`` and ``columns``), ``kernel``, ``stride``,
            ``padding`` and ``dilation``.

    Raises:
        ValueError: an attribute that there is not, a number out of its range, or a kernel that fits nowhere.

    >>> first_state({"dims": "1", "size": "4", "padding": "0"}).output
    array([[0., 2.]])
    """
    settings = json.loads(SETTINGS.read_text("utf-8"))
    presets = settings["presets"]
    numbers = _checked(attributes, settings["ranges"])
    dims = numbers.get("dims", 2)
    name = attributes.get("preset", next(name for name, preset in presets.items() if preset["dims"] == dims))
    if name not in presets:
        raise ValueError(f"there is no preset {name!r}; there are: {', '.join(presets)}")

    preset = presets[name]
    image, weights = np.array(preset["input"]), np.array(preset["kernel"])
    rows, columns = (numbers.get(side, numbers.get("size")) for side in ("rows", "columns"))
    kernel = numbers.get("kernel")
    stride, padding, dilation = (numbers.get(key, preset.get(key, default)) for key, default in STEPS.items())
    if preset["dims"] == 1:  # a signal is one row, which nothing pads or strides over
        signal = _resized(image, 1, columns), _resized(weights, 1, kernel)
        slide = Slide(*signal, stride=(1, stride), padding=(0, padding), dilation=(1, dilation))
    else:
        picture = _resized(image, rows, columns), _resized(weights, kernel, kernel)
        slide = Slide(*picture, stride=(stride,) * 2, padding=(padding,) * 2, dilation=(dilation,) * 2)
    slide.output.any()  # a kernel that fits nowhere says so here
    return slide


def beginning(attributes: dict[str, str]) -> Beginning:
    """Draw the first state at the place where the kernel finds most, and give the sizes of its three tables.

    Raises:
        ValueError: as :func:`first_state`.

    >>> beginning({"dims": "1", "size": "8", "padding": "0"}).sizes["output-columns"]
    6
    """
    slide = first_state(attributes)
    tables = {"input": slide.padded, "kernel": slide.kernel, "output": slide.output}
    sizes = {
        f"{role}-{side}": cells
        for role, table in tables.items()
        for side, cells in zip(("rows", "columns"), table.shape, strict=True)
    }
    return Beginning(still(slide, slide.most_telling), sizes, {"dims": str(slide.axes)})


def _checked(attributes: dict[str, str], ranges: dict[str, list[int]]) -> dict[str, int]:
    """The attributes that are numbers, each within its range."""
    sides = {"dims": [1, 2], "size": ranges["columns"], "rows": ranges["rows"], "columns": ranges["columns"]}
    limits = sides | {name: ranges[name] for name in ("kernel", *STEPS)}
    numbers = {}
    for name, value in attributes.items():
        if name == "preset":
            continue
        if name not in limits:
            raise ValueError(f"there is no attribute {name!r}; there are: preset, {', '.join(limits)}")
        least, most = limits[name]
        if not value.isdecimal() or not least <= int(value) <= most:
            raise ValueError(f"{name}={value} must be a whole number from {least} to {most}")
        numbers[name] = int(value)
    return numbers


def _resized(table: Table, rows: int | None, columns: int | None) -> Table:
    """The same numbers in another size; what is new repeats the nearest old number."""
    sizes = zip((rows, columns), table.shape, strict=True)
    resized: Table = table[np.ix_(*(np.arange(size or old).clip(max=old - 1) for size, old in sizes))]
    return resized
