"""What MyST-NB does with executed notebooks, mended: where it lays them, and how it joins what a cell has printed."""

from pathlib import Path
from typing import Any

from myst_nb.core import render
from sphinx.application import Sphinx


def keep_apart(app: Sphinx) -> None:
    """Lay executed notebooks beside the doctrees, where both editions find the pictures in them.

    MyST-NB lays them beside the editions, in the site, under identifiers drawn by chance.
    """
    folder = Path(app.doctreedir).parent / "executed"
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(folder))  # type: ignore[attr-defined]


def joined(outputs: list[Any]) -> list[Any]:
    r"""Join the pieces in which a kernel has sent a stream, and nothing else.

    A kernel sends what has been printed after a moment, be it in the middle of a line.
    MyST-NB would begin a new line there, so that a page looked different on a busy machine.

    >>> pieces = [{"output_type": "stream", "name": "stdout", "text": text} for text in ("one ", "line\n\n")]
    >>> joined(pieces)
    [{'output_type': 'stream', 'name': 'stdout', 'text': 'one line\n'}]
    """
    whole: list[Any] = []
    for output in outputs:
        before = whole[-1] if whole else {}
        if output["output_type"] == before.get("output_type") == "stream" and output["name"] == before["name"]:
            before["text"] += output["text"]
        else:
            whole.append(output.copy())
    for output in whole:
        if output["output_type"] == "stream":
            output["text"] = output["text"].rstrip() + "\n"
    return whole


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook (MyST-NB makes its own folder's name at the same event, before), and replace the joining."""
    app.connect("builder-inited", keep_apart, priority=600)
    render.coalesce_streams = joined
    return {"parallel_read_safe": True, "parallel_write_safe": True}
