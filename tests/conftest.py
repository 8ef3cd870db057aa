"""What all tests share."""

import importlib
import sys

import jaxtyping
import pytest
import torch


@pytest.fixture(scope="class")  # a test without a class is one to pytest; hypothesis refuses scope="function"
def as_the_reader_runs_it():
    """Switch the shape annotations off, which pytest checks and a reader's Python does not.

    A wrong argument then meets the package's own error, and not jaxtyping's before it.
    """
    jaxtyping.config.update("jaxtyping_disable", value=True)
    yield
    jaxtyping.config.update("jaxtyping_disable", value=False)


@pytest.fixture
def layers_as_the_reader_imports_them(monkeypatch):
    """Import the layers once more, without the checks of their shapes, into which torch.compile cannot look."""
    for finder in [finder for finder in sys.meta_path if type(finder).__module__.startswith("jaxtyping")]:
        monkeypatch.setattr(sys, "meta_path", [other for other in sys.meta_path if other is not finder])
    for name in [name for name in sys.modules if name.split(".")[0] == "cnnbook"]:
        monkeypatch.delitem(sys.modules, name)
    torch.compiler.reset()  # what it has compiled of the modules just removed must not serve
    yield importlib.import_module("cnnbook.layers")
    torch.compiler.reset()
