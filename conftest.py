"""Examples are tests: those in docstrings see ``np`` and ``torch``, and pages of Markdown run from top to bottom."""

from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sybil import Document, Region, Sybil
from sybil.evaluators.doctest import NUMBER
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser
from sybil.parsers.myst.lexers import DirectiveLexer
from xdist.scheduler import LoadFileScheduling

mpl.use("agg")  # pages show their figures; a test opens no window


def code_cells(document: Document) -> Iterator[Region]:
    """Find MyST-NB's cells, which need not name their language."""
    for cell in DirectiveLexer("code-cell", arguments="(ipython3)?")(document):
        yield Region(cell.start, cell.end, cell.lexemes["source"], PythonEvaluator())


def close_figures(_names: dict[str, Any]) -> None:
    """Close what a page has drawn: a notebook shows its figures and forgets them, a test process would gather them."""
    plt.close("all")


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE | NUMBER),
        code_cells,
        SkipParser(),  # % skip: next
    ],
    patterns=["*.md"],
    teardown=close_figures,
).pytest()


class OneFileOneProcess(LoadFileScheduling):
    """Keep a file together: a page's cells build on each other.

    Witnesses take long and know nothing of each other, so each of their tests may run where there is room.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if file.endswith("test_witnesses.py") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneFileOneProcess | None:
    """Take the place of ``--dist loadfile``."""
    return OneFileOneProcess(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def names_in_docstrings(doctest_namespace: dict[str, Any]) -> None:
    """Let an example begin with what it shows."""
    doctest_namespace.update(np=np, torch=torch)
