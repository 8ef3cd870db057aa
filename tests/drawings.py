"""What stands in a drawing."""

import xml.etree.ElementTree as ET


def texts(drawing: str) -> list[str]:
    """The words of an SVG, in drawing order."""
    root = ET.fromstring(drawing)  # noqa: S314  our own drawing
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
