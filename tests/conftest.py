"""What all tests share."""

import importlib
import sys

import jaxtyping
import pytest
import torch
from hypothesis import HealthCheck, settings

# A busy machine is slow, and that is no error: neither in the tests nor in the claims that stop a build.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="class")  # a test without a class is one to pytest; hypothesis refuses scope="function"
def as_the_reader_runs_it():
    """Switch the shape annotations off, which pytest checks and a reader's Python does not.

    A wrong argument then meets the package's own error, and not jaxtyping's before it.
    """
    jaxtyping.config.update("jaxtyping_disable", value=True)
    yield
    jaxtyping.config.update("jaxtyping_disable", value=False)


@pytest.fixture(scope="session")
def modules_without_checks():
    """Import the layers once more, without the checks of their shapes.

    Once for all tests: torch.compile keeps the modules that it has met in a cache which nothing empties.
    """

    def imported():
        return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "cnnbook"}

    with pytest.MonkeyPatch.context() as patch:
        finders = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("jaxtyping")]
        patch.setattr(sys, "meta_path", finders)
        for name in imported():
            patch.delitem(sys.modules, name)
        importlib.import_module("cnnbook.layers")
        found = imported()
        for name in found:
            del sys.modules[name]
    return found


@pytest.fixture
def layers_as_the_reader_imports_them(modules_without_checks, monkeypatch):
    """Put the layers without checks in the others' place: torch.compile cannot look into the checks."""
    for name, module in modules_without_checks.items():
        monkeypatch.setitem(sys.modules, name, module)
    torch.compiler.reset()
    return modules_without_checks["cnnbook.layers"]
