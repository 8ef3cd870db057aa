"""Never show what an older package or a killed build left behind, and run nothing that neither has touched.

MyST-NB and Sphinx-Gallery reuse an execution while the *script* is unchanged; they do not look at the package it calls.
A build that was killed may leave a page half-written, which the next build would take for finished.
And nobody takes away the page of a source that is no more.
All are settled here, before Sphinx reads its caches.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from cnnbook.ext import imports
from cnnbook.ext.csp import write

AROUND_SCRIPTS = "import cnnbook.draw.style\nimport cnnbook.draw.svg"  # what the gallery itself calls
HANDS = 8  # more than Sphinx makes rows of a book's pages on a laptop's cores
log = logging.getLogger(__name__)


def check(app: Sphinx, config: Config) -> None:
    """Drop what may be stale, and mark this build as unfinished."""
    build = Path(app.confdir) / "_build"
    gallery = Path(app.srcdir) / config.sphinx_gallery_conf["gallery_dirs"]
    executions = [Path(config.nb_execution_cache_path), gallery]
    doctrees = build / "doctrees" / Path(app.doctreedir).name  # Sphinx reads a page again only if it forgot the page
    unfinished, executed, shaped = build / "unfinished", build / "executed.json", doctrees / "shaped.sha256"
    package = imports.Files(imports.PACKAGE)
    before, installed, calls = known(executed), libraries(), called(package, app, config)
    if unfinished.exists():
        log.info("the last build was interrupted: starting afresh")
        drop([*executions, doctrees.parent, build / "html"])
    elif before.get("libraries") != installed:
        log.info("other libraries are installed: every script and page runs again")
        drop([*executions, doctrees.parent])
    else:
        for source in changed(before["called"], calls):
            log.info("the package changed: %s runs again", source)
            forget(app, Path(app.confdir, source), gallery)
        if not shaped.exists() or shaped.read_text() != shaping(package):
            log.info("the extensions changed: every page is read again")
            drop([doctrees])
    clear_away(gallery, Path(app.srcdir, config.sphinx_gallery_conf["examples_dirs"]))
    doctrees.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    write(executed, json.dumps({"libraries": installed, "called": calls}, indent=1))
    write(shaped, shaping(package))


def clear_away(gallery: Path, scripts: Path) -> None:
    """Remove what scripts have left that are no more: their pages, pictures and downloads."""
    for copy in sorted(gallery.rglob("plot_*.py")):
        if not (scripts / copy.relative_to(gallery)).exists():
            log.info("%s is no more", copy.name)
            stem = copy.stem
            for pattern in (f"{stem}.*", f"images/sphx_glr_{stem}_[0-9]*", f"images/thumb/sphx_glr_{stem}_thumb.*"):
                for left in copy.parent.glob(pattern):
                    left.unlink()


def take_away(
    app: Sphinx, _env: BuildEnvironment, _added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    """Remove the written pages whose source is no more, and the sources shown beside them."""
    if app.builder.format == "html":
        for page in removed:
            shown = [Path(app.outdir, f"{page}.html"), *Path(app.outdir, "_sources").glob(f"{page}.*")]
            for left in shown:
                left.unlink(missing_ok=True)
    return []


def known(file: Path) -> dict[str, Any]:
    """Read what an earlier build has noted, if there was one and its note is whole."""
    try:
        noted: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return noted


def libraries() -> str:
    """Identify the installed versions, on which every execution depends."""
    versions = sorted(f"{found.name}=={found.version}" for found in distributions())
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()


def called(package: imports.Files, app: Sphinx, config: Config) -> dict[str, str]:
    """Identify what each notebook and each script calls of the package."""
    scripts = Path(app.srcdir, config.sphinx_gallery_conf["examples_dirs"]).resolve()
    sources = {page: page.read_text("utf-8") for page in Path(app.srcdir).rglob("*.md")}
    sources = {page: text for page, text in sources.items() if "{code-cell}" in text}
    sources |= {script: script.read_text("utf-8") + AROUND_SCRIPTS for script in scripts.rglob("plot_*.py")}
    root = Path(app.confdir).resolve()
    return {
        source.resolve().relative_to(root).as_posix(): package.fingerprint(package.reached([text]))
        for source, text in sorted(sources.items())
    }


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """List what was executed before and calls other code now."""
    return [source for source, digest in now.items() if before.get(source, digest) != digest]


def forget(app: Sphinx, source: Path, gallery: Path) -> None:
    """Let a notebook or a script run again, and its page be read again in every edition."""
    if source.suffix == ".py":
        for run in gallery.rglob(f"{source.name}.md5"):
            run.unlink()
        return
    if Path(app.config.nb_execution_cache_path, "global.db").exists():
        cache = get_cache(app.config.nb_execution_cache_path)
        for record in cache.list_cache_records():
            if Path(record.uri) == source:
                cache.remove_cache(record.pk)
    page = source.relative_to(app.srcdir).with_suffix(".doctree")
    for doctrees in Path(app.doctreedir).parent.iterdir():
        (doctrees / page).unlink(missing_ok=True)


def shaping(package: imports.Files) -> str:
    """Identify the part of the package that shapes pages: the extensions, and what they call."""
    own = {path for path in package.root.glob("ext/**/*") if path.is_file() and path.suffix != ".pyc"}
    called_by_them = package.reached(path.read_text("utf-8") for path in own if path.suffix == ".py")
    return package.fingerprint(own | called_by_them)


def write_pages_anew(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write every page when a title changes, for all contents name it, or when something moves that links may name."""
    places = {f"title {page}": title.astext() for page, title in env.titles.items()}
    for domain in env.domains.sorted():
        for name, _, kind, page, anchor, _ in domain.get_objects():
            places[f"{domain.name} {kind} {name}"] = f"{page}#{anchor}"
    before = vars(env).get("cnnbook_places", {})
    vars(env)["cnnbook_places"] = places  # Sphinx saves with its environment what extensions add
    linked = {name: place for name, place in places.items() if name in before or name.startswith("title ")}
    return sorted(env.found_docs) if before and linked != before else []


def deal(_app: Sphinx, _env: BuildEnvironment, pages: list[str]) -> None:
    """Deal the pages out like cards, for a worker takes a row of them and those of one chapter cost alike."""
    pages[:] = [page for first in range(HANDS) for page in pages[first::HANDS]]


def drop(folders: Iterable[Path]) -> None:
    """Remove folders, present or not."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def finish(app: Sphinx, _: Exception | None) -> None:
    """Take the mark away: a build that reports its own failure has left nothing half-written."""
    (Path(app.confdir) / "_build" / "unfinished").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect before and after everything else."""
    app.connect("config-inited", check, priority=0)
    app.connect("env-get-outdated", take_away)
    app.connect("env-before-read-docs", deal)
    app.connect("env-updated", write_pages_anew)
    app.connect("build-finished", finish, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
