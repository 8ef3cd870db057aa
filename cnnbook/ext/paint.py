"""The street that the figure *paint and segment* begins with."""

from pathlib import Path

from cnnbook.ext.beginning import Beginning

STILL = Path(__file__).parents[2] / "docs" / "live" / "paint" / "still.svg"


def beginning(attributes: dict[str, str]) -> Beginning:
    """Take the drawing that ``benchmarks/paint.py`` has made of a street and its map.

    Raises:
        ValueError: any attribute, for there are none.

    >>> beginning({}).drawing[:4]
    '<svg'
    >>> beginning({"street": "2"})
    Traceback (most recent call last):
    ValueError: there is no attribute 'street'; this figure has none
    """
    for name in attributes:
        raise ValueError(f"there is no attribute {name!r}; this figure has none")
    return Beginning(STILL.read_text("utf-8"), {})
