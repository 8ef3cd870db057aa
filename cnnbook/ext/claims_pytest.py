"""A plugin for pytest: write down which checks of which claims ran, and which of them passed."""

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any, TypedDict

import pytest


class Check(TypedDict):
    """One test function that checks one or more claims; parametrised, it runs several times."""

    claims: list[str]
    name: str
    file: str
    line: int
    source: str
    runs: int
    passed: int


def source_of(file: Path, name: str) -> tuple[int, str]:
    """Cut a test function, its decorators included, out of its file; also give its first line's number."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return first, "\n".join(text.splitlines()[first - 1 : node.end_lineno]) + "\n"
    raise LookupError(f"{file} defines no function {name}")


class Witness:
    """Sees every test of a claim run, in this process or in several that report to it."""

    def __init__(self, report: Path) -> None:
        self.report = report
        self.checks: dict[str, Check] = {}
        self.passed = Counter[str]()
        self.is_complete = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported; several processes would go on without it."""
        self.is_complete &= not report.failed

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Note the tests before they run: one that never ends has not passed."""
        for item in items:
            claims = [claim for marker in item.iter_markers("claim") for claim in marker.args]
            if claims:
                function = item.nodeid.partition("[")[0]
                line, source = source_of(item.path, item.originalname)
                file = item.path.relative_to(item.config.rootpath).as_posix()
                new = Check(
                    claims=claims, name=item.originalname, file=file, line=line, source=source, runs=0, passed=0
                )
                self.checks.setdefault(function, new)["runs"] += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what passed; a test that is skipped or expected to fail proves nothing."""
        if report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
            self.passed[report.nodeid.partition("[")[0]] += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from a process that ends which tests it found; all find the same."""
        self.checks |= getattr(node, "workeroutput", {}).get("checks", {})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the checks over: to the process that gathers them, or to the build."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["checks"] = self.checks
            return
        for function, check in self.checks.items():
            check["passed"] = self.passed[function]
        if self.is_complete:
            self.report.write_text(json.dumps(list(self.checks.values())), encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ask where to write."""
    parser.addoption("--claims-report", type=Path, help="write the results of the claims' checks to this JSON file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch."""
    config.addinivalue_line("markers", "claim(id): the check of a claim of the book, such as C1.1")
    if report := config.getoption("--claims-report"):
        config.pluginmanager.register(Witness(report))
