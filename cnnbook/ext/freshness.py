"""Never show what an older package or a killed build left behind.

MyST-NB and Sphinx-Gallery reuse an execution while the *script* is unchanged; they do not look at the package it calls.
And a build that was killed may leave a page half-written, which the next build would take for finished.
Both are settled here, before Sphinx reads its caches.
"""

import hashlib
import shutil
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

PACKAGE = Path(__file__).parents[1]
NOT_EXECUTED = {"ext", "live"}  # they shape pages; no script or notebook calls them
HANDS = 8  # more than Sphinx makes rows of a book's pages on a laptop's cores
log = logging.getLogger(__name__)


def fingerprint(*, extensions: bool) -> str:
    """Identify what pages depend on besides their own text: the installed versions, and a part of the package.

    Args:
        extensions: the part that shapes pages; otherwise the part that scripts and notebooks call.

    >>> fingerprint(extensions=True) == fingerprint(extensions=False)
    False
    """
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE)
        if path.is_file() and "__pycache__" not in name.parts and (name.parts[0] in NOT_EXECUTED) == extensions:
            digest.update(f"{name.as_posix()}\0".encode() + path.read_bytes())
    for version in sorted(f"{found.name}=={found.version}" for found in distributions()):
        digest.update(version.encode())
    return digest.hexdigest()


def check(app: Sphinx, config: Config) -> None:
    """Drop what may be stale, and mark this build as unfinished."""
    build = Path(app.confdir) / "_build"
    executions = [Path(config.nb_execution_cache_path), Path(app.srcdir) / config.sphinx_gallery_conf["gallery_dirs"]]
    doctrees = build / "doctrees" / Path(app.doctreedir).name  # Sphinx reads a page again only if it forgot the page
    called, shaping = fingerprint(extensions=False), fingerprint(extensions=True)
    unfinished, executed, shaped = build / "unfinished", build / "executed.sha256", doctrees / "shaped.sha256"
    if unfinished.exists():
        log.info("the last build was interrupted: starting afresh")
        drop([*executions, doctrees.parent, build / "html"])
    elif written(executed) != called:
        log.info("the package changed: every script and page runs again")
        drop([*executions, doctrees.parent])
    elif written(shaped) != shaping:
        log.info("the extensions changed: every page is read again")
        drop([doctrees])
    doctrees.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    executed.write_text(called)
    shaped.write_text(shaping)


def written(file: Path) -> str:
    """Read what an earlier build has noted, if there was one."""
    return file.read_text() if file.exists() else ""


def name_pages_anew(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write every page when a title changes: the contents beside each page name all of them."""
    titles = {page: title.astext() for page, title in env.titles.items()}
    before = vars(env).get("cnnbook_titles", titles)
    vars(env)["cnnbook_titles"] = titles  # Sphinx saves with its environment what extensions add
    return [] if titles == before else sorted(env.found_docs)


def deal(_app: Sphinx, _env: BuildEnvironment, pages: list[str]) -> None:
    """Deal the pages out like cards, for a worker takes a row of them and those of one chapter cost alike."""
    pages[:] = [page for first in range(HANDS) for page in pages[first::HANDS]]


def drop(folders: list[Path]) -> None:
    """Remove folders, present or not."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def finish(app: Sphinx, _: Exception | None) -> None:
    """Take the mark away: a build that reports its own failure has left nothing half-written."""
    (Path(app.confdir) / "_build" / "unfinished").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect before and after everything else."""
    app.connect("config-inited", check, priority=0)
    app.connect("env-before-read-docs", deal)
    app.connect("env-updated", name_pages_anew)
    app.connect("build-finished", finish, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
