"""The convolution that a page's playground begins with, from the settings that its browser code reads."""

import json
from pathlib import Path

from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import still
from cnnbook.ext.beginning import Beginning
from cnnbook.ext.configuration import configured

SETTINGS = Path(__file__).parents[2] / "docs" / "live" / "convolution" / "settings.json"


def first_state(attributes: dict[str, str]) -> Slide:
    """Configure one of the playground's presets within its ranges.

    Args:
        attributes: As for :func:`cnnbook.ext.configuration.configured`.

    Raises:
        ValueError: an attribute that there is not, a number out of its range, or a kernel that fits nowhere.

    >>> first_state({"dims": "1", "size": "4", "padding": "0"}).output
    array([[0., 2.]])
    """
    settings = json.loads(SETTINGS.read_text("utf-8"))
    operation = configured(attributes, settings["presets"], settings["operations"]["convolution"]["settings"])
    if not isinstance(operation, Slide):
        raise ValueError(f"operation={attributes['operation']} is none that it can begin with")  # noqa: TRY004  an author's
    return operation


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
