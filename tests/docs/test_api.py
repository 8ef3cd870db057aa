"""The pages of the API describe the package: all of it, once."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/api").rglob("*.rst"))
UNDOCUMENTED = {"ext"}  # Sphinx extensions: of use to this book only


def modules(package=ROOT / "cnnbook"):
    """Names of all public modules that define anything; a package's `__init__` only gathers."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[1] not in UNDOCUMENTED and not any(part.startswith("_") for part in parts):
            yield ".".join(parts)


def described(pages=PAGES):
    return [name for page in pages for name in re.findall(r"^\.\. automodule:: (\S+)", page.read_text(), re.MULTILINE)]


@pytest.mark.parametrize("module", list(modules()))
def test_every_public_module_is_described_once(module):
    assert described().count(module) == 1


def test_no_page_describes_a_module_that_is_gone():
    for module in described():
        path = ROOT / Path(*module.split("."))
        assert path.is_dir() or path.with_suffix(".py").exists(), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_hold(page):
    assert doctest.testfile(str(page), module_relative=False).failed == 0


def test_a_forgotten_module_would_be_noticed(tmp_path):
    (tmp_path / "cnnbook").mkdir()
    (tmp_path / "cnnbook" / "forgotten.py").touch()
    assert set(modules(tmp_path / "cnnbook")) - set(described()) == {"cnnbook.forgotten"}
