"""The stack that a page's receptive-field explorer begins with, from the settings that its browser code reads."""

import json
from pathlib import Path

from cnnbook.draw.pieces import document
from cnnbook.draw.pyramid import Pyramid
from cnnbook.ext.beginning import Beginning
from cnnbook.shapes import Window

SETTINGS = Path(__file__).parents[2] / "docs" / "live" / "receptive-field" / "settings.json"


def first_stack(attributes: dict[str, str]) -> Pyramid:
    """Take a preset, with another number of pixels or another unit where an author asks for it.

    Args:
        attributes: Any of ``preset``, ``pixels`` and ``unit``, a unit of the last layer.

    Raises:
        ValueError: an attribute that there is not, a number out of its range, or a layer that fits nowhere.

    >>> first_stack({"unit": "1"}).fields[-1].pixels(1)
    range(2, 13)
    """
    settings = json.loads(SETTINGS.read_text("utf-8"))
    presets, known = settings["presets"], ("preset", "pixels", "unit")
    for name in attributes:
        if name not in known:
            raise ValueError(f"there is no attribute {name!r}; there are: {', '.join(known)}")
    name = attributes.get("preset", next(iter(presets)))
    if name not in presets:
        raise ValueError(f"there is no preset {name!r}; there are: {', '.join(presets)}")
    least, most = settings["ranges"]["pixels"]
    pixels, unit = (attributes.get(word, str(presets[name].get(word, 0))) for word in ("pixels", "unit"))
    if not (pixels.isdecimal() and least <= int(pixels) <= most):
        raise ValueError(f"pixels={pixels} must be a whole number from {least} to {most}")
    if not unit.isdecimal():
        raise ValueError(f"unit={unit} must be a whole number, at least 0")
    return Pyramid(int(pixels), [Window(*numbers) for _kind, *numbers in presets[name]["layers"]], int(unit))


def beginning(attributes: dict[str, str]) -> Beginning:
    """Draw the first stack, and count its levels.

    Raises:
        ValueError: as :func:`first_stack`.

    >>> beginning({"preset": "pool"}).sizes
    {'levels': 3}
    """
    stack = first_stack(attributes)
    return Beginning(document(stack.part()), {"levels": len(stack.sizes)})
