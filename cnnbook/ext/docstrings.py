"""What autodoc takes for more than it is: the docstring of a constant or property, and of a named tuple's field.

The Google style lets such a docstring begin with its type and a colon.
Here types stand in annotations, so a colon is a colon.
"""

import re
from typing import Any

from sphinx.application import Sphinx

NAME = re.compile(r"^(\s*:(?:param|type|keyword|ivar|raises) )([^:]+)(?=:)")
FIELD = re.compile(r"Alias for field number \d+")


def take_literally(_app: Sphinx, what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Keep napoleon from reading a type, and leave out what Python itself writes about a field.

    >>> lines = ["Colours that stand out 3:1."]
    >>> take_literally(None, "data", "", None, None, lines)
    >>> lines
    [': Colours that stand out 3:1.']
    """
    if FIELD.fullmatch(lines[0] if lines else ""):
        lines.clear()
    elif what in {"attribute", "data", "property"} and lines:
        lines[0] = f": {lines[0]}"  # napoleon takes an empty type from before the first colon


def keep_underscores(_app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    r"""Escape the underscores in arguments' names: where particles may follow markup, ``batch_size`` has a link in it.

    >>> lines = [":param batch_size: images in a step"]
    >>> keep_underscores(None, "function", "", None, None, lines)
    >>> print(lines[0])
    :param batch\_size: images in a step
    """
    lines[:] = [NAME.sub(lambda found: found[1] + re.sub(r"(?<!\\)_", r"\\_", found[2]), line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Read docstrings before napoleon does, and its fields after it."""
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", take_literally, priority=100)
    app.connect("autodoc-process-docstring", keep_underscores, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
