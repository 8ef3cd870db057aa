"""The book's Sphinx extensions, one idea to a module; this sets them all up."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Set up every module of this package that is a Sphinx extension."""
    for module in iter_modules(__path__):
        name = f"{__name__}.{module.name}"
        if hasattr(import_module(name), "setup"):
            app.setup_extension(name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
