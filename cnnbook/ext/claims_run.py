"""Run the checks of the claims in a process of their own, and keep the results for every edition of the book."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from cnnbook.ext.claims_pytest import Check

PYTEST_RAN = (0, 1, 5)  # all passed; some failed; none found
log = logging.getLogger(__name__)


def results(app: Sphinx) -> list[Check]:
    """Reuse the results of the same sources if all passed; else run the checks."""
    root = Path(app.confdir)
    file = root / "_build" / "claims.json"  # one for all editions
    key = fingerprint(root, app.config.claims_sources)
    checks = read(file, key)
    if not checks or any(check["passed"] < check["runs"] for check in checks):
        log.info("running the checks of the claims")
        checks = run(root, root / app.config.claims_tests)
        write(file, key, checks)
    return checks


def fingerprint(root: Path, sources: Iterable[str]) -> str:
    """Hash everything that decides a result: the Python, the package and the tests."""
    digest = hashlib.sha256(sys.version.encode())
    for source in sources:
        path = root / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file():
            digest.update(f"\0{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def run(root: Path, tests: Path) -> list[Check]:
    """Run the checks in a process of their own.

    Raises:
        ExtensionError: pytest could not run them, for instance because a test file cannot be imported.
    """
    if not tests.is_dir():
        return []
    # A claim is about numbers; that nothing warns is for the ordinary run of the tests to say.
    options = ["-m", "claim", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", "-p", "cnnbook.ext.claims_pytest"]
    if find_spec("xdist"):
        options += ["-p", "xdist", "-n", "auto", "--dist", "worksteal"]
    environment = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONWARNINGS", "PYTEST_ADDOPTS"}
    }
    environment |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pytest", *options, f"--claims-report={report}", str(tests)]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode not in PYTEST_RAN or not report.exists():
            raise ExtensionError(f"the checks of the claims cannot be run:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        if done.returncode:
            log.error("%s", done.stdout[-4000:])  # the page on claims names the check that failed, not the reason
        return cast("list[Check]", json.loads(report.read_text(encoding="utf-8")))


def read(file: Path, key: str) -> list[Check]:
    """Read the results of the same sources; a damaged file is named, and counts as none."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        checks: list[Check] = stored["checks"] if stored["key"] == key else []
        for check in checks:
            if set(check) != Check.__required_keys__:
                raise ValueError(f"a check has {', '.join(sorted(check))}")  # noqa: TRY301 - told like other damage
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        log.info("%s is damaged (%s: %s): the checks run again", file, type(error).__name__, error)
        return []
    return checks


def write(file: Path, key: str, checks: list[Check]) -> None:
    """Store results whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}.unfinished")
    unfinished.write_text(json.dumps({"key": key, "checks": checks}, indent=1), encoding="utf-8")
    unfinished.replace(file)
