"""Keep executed notebooks out of the site: MyST-NB lays them beside the editions, under identifiers drawn by chance."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def keep_apart(app: Sphinx) -> None:
    """Lay them beside the doctrees, where both editions find the pictures in them."""
    folder = Path(app.doctreedir).parent / "executed"
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(folder))  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook; MyST-NB makes its own folder's name at the same event, before."""
    app.connect("builder-inited", keep_apart, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
