"""The operation that a page's playground begins with, from the settings that its browser code reads."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Num

from cnnbook.draw.channels import Channels
from cnnbook.draw.pool import AveragePool, MaxPool
from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import Operation, still
from cnnbook.draw.stamp import Stamp
from cnnbook.ext.beginning import Beginning
from cnnbook.ext.configuration import configured

SETTINGS = Path(__file__).parents[2] / "docs" / "live" / "convolution" / "settings.json"
KINDS: dict[str, Callable[..., Operation | Channels]] = {
    "convolution": Slide,
    "channels": Channels,
    "max-pooling": MaxPool,
    "average-pooling": AveragePool,
    "transposed": Stamp,
}


def first_state(attributes: dict[str, str]) -> Operation | Channels:
    """Configure one of the playground's presets within its ranges.

    Args:
        attributes: As for :func:`cnnbook.ext.configuration.configured`; and ``offers``, the operations among which a
            reader may choose, with commas between them.

    Raises:
        ValueError: an attribute that there is not, a number out of its range, or a kernel that fits nowhere.

    >>> first_state({"dims": "1", "size": "4", "padding": "0"}).output
    array([[0., 2.]])
    """
    settings, given = json.loads(SETTINGS.read_text("utf-8")), dict(attributes)
    presets = {name: {"operation": "convolution", **preset} for name, preset in settings["presets"].items()}
    named = presets.get(given.get("preset", ""), {"operation": "convolution"})
    kind = given.setdefault("operation", named["operation"])
    offers = given.pop("offers", kind).split(",")
    for operation in (kind, *offers):
        if operation not in KINDS:
            raise ValueError(f"there is no operation {operation!r}; there are: {', '.join(KINDS)}")
    if kind not in offers:
        raise ValueError(f"offers={attributes['offers']} must have {kind}, with which the figure begins")
    own = {name: preset for name, preset in presets.items() if preset["operation"] == kind}
    first = configured(given, own, settings["operations"][kind]["settings"], operations=KINDS)
    if isinstance(first, Stamp) and max(first.bordered.shape) > (longest := settings["operations"][kind]["longest"]):
        raise ValueError(
            f"with its border the output has the shape {first.bordered.shape}; there is room for {longest}"
        )
    return first


def beginning(attributes: dict[str, str]) -> Beginning:
    """Draw the first state at its most telling place, and give the sizes of its tables.

    Raises:
        ValueError: as :func:`first_state`.

    >>> beginning({"dims": "1", "size": "8", "padding": "0"}).sizes["output-columns"]
    6
    """
    first = first_state(attributes)
    kind = next(name for name, operation in KINDS.items() if operation is type(first))
    data = {"dims": str(first.axes), "operation": kind}
    if isinstance(first, Channels):
        filter_, *place = first.most_telling
        slide = first.slides(filter_)[0]
        counts = {"channels": len(first.input), "filters": len(first.kernel)}
        sizes = counts | _sides(input=slide.padded, kernel=slide.kernel, output=slide.output)
        drawing = first.drawn(filter_, (place[0], place[1]))
        return Beginning(drawing, sizes, data)
    stamps = isinstance(first, Stamp)
    read, made = (first.input, first.bordered) if stamps else (first.bordered, first.output)
    sizes = _sides(input=read, kernel=first.kernel, output=made)
    return Beginning(still(first, first.most_telling), sizes, data)


def _sides(**tables: Num[np.ndarray, "rows columns"]) -> dict[str, int]:
    """Rows and columns of each table."""
    return {
        f"{role}-{side}": cells
        for role, table in tables.items()
        for side, cells in zip(("rows", "columns"), table.shape, strict=True)
    }
