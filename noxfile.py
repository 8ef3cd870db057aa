"""The book's commands: ``nox -s book`` builds it, ``nox -s tests`` checks it, ``nox -l`` lists the rest.

Most sessions share one environment in ``.nox/book`` (``.nox/newest`` with ``CNNBOOK_NEWEST=1``), as torch is large.
It is installed against ``constraints.txt``, so that the book built in two years is the one built today.
"""

import hashlib
import json
import os
import shutil
import sys
import venv
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["book", "tests"]

ROOT = Path(__file__).parent
NEWEST = bool(os.environ.get("CNNBOOK_NEWEST"))
GROUPS = ["book", "tests", "site", "lint"]
BUILD = ROOT / "_build"
SITE = BUILD / "html"
EDITIONS = ["en", "ko"]


def environment(session: nox.Session) -> str:
    """Make the shared environment if the declared packages changed; return its Python."""
    home = ROOT / ".nox" / ("newest" if NEWEST else "book")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    project = nox.project.load_toml("pyproject.toml")
    declared = [
        project["project"]["dependencies"],
        project["dependency-groups"],
        (ROOT / "constraints.txt").read_text(),
    ]
    wanted = hashlib.sha256(json.dumps([sys.version, str(ROOT), *declared]).encode()).hexdigest()
    stamp = home / "installed.sha256"
    if not stamp.exists() or stamp.read_text() != wanted:
        session.log(f"installing into {home.relative_to(ROOT)}: once, and again when the declared packages change")
        venv.create(home, clear=True, with_pip=True)
        options = [] if NEWEST else ["--constraint", "constraints.txt"]
        groups = [f"--group={group}" for group in GROUPS]
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        if "UV_TORCH_BACKEND" in os.environ:  # only uv can be told to take torch's small CPU build
            install = ["uv", "pip", "install", "--python", str(python)]
        else:
            session.run(*pip, "install", "--quiet", "--upgrade", "pip>=25.1", external=True)  # knows dependency groups
            install = [*pip, "install"]
        session.run(*install, "--quiet", *options, "--editable", ".", *groups, external=True)
        stamp.write_text(wanted)
    # Notebooks start the kernel of the environment whose scripts come first.
    session.env["PATH"] = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    return str(python)


def sphinx(session: nox.Session, python: str, builder: str, language: str, out: Path) -> None:
    """Build one edition; the caches of executed pages and scripts are shared between editions."""
    options = ["-n", "-W", "--keep-going", "-q", "-j", "auto", "-b", builder]
    folders = ["-c", ".", "-d", str(BUILD / "doctrees" / f"{builder}-{language}")]
    session.run(
        python, "-m", "sphinx", *options, *folders, "-D", f"language={language}", "docs", str(out), external=True
    )


def build(session: nox.Session, python: str) -> None:
    """Build both editions one after the other (the second reuses what the first executed) and the page above them."""
    for language in EDITIONS:
        sphinx(session, python, "html", language, SITE / language)
    shutil.copytree(ROOT / "docs" / "_root", SITE, dirs_exist_ok=True)
    shutil.copy(SITE / "en" / "404.html", SITE)  # static hosts look for it at the root; its links say the whole path
    session.log(f"the book stands in {SITE.relative_to(ROOT)}")


@nox.session(venv_backend="none")
def book(session: nox.Session) -> None:
    """Build the book in both languages, and open it where somebody is watching."""
    python = environment(session)
    build(session, python)
    if session.interactive and sys.stdout.isatty() and not os.environ.get("CI"):
        show(session, python)


@nox.session(venv_backend="none")
def serve(session: nox.Session) -> None:
    """Serve the built book on this machine and open the browser (live pages need a server)."""
    show(session, environment(session))


def show(session: nox.Session, python: str) -> None:
    """Serve ``_build/html`` until Ctrl-C."""
    session.run(python, "-m", "cnnbook.ext.serve", str(SITE), *session.posargs, external=True)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run the unit tests and the doctests of docstrings and Markdown pages."""
    python = environment(session)
    pytest(session, python, "tests", "cnnbook", "docs", "README.md", "--doctest-modules", *session.posargs)


@nox.session(venv_backend="none")
def witnesses(session: nox.Session) -> None:
    """Hold every witness against torch in 100,000 configurations of each operation: hours; it resumes."""
    session.run(environment(session), "benchmarks/witnesses.py", *session.posargs, external=True)


@nox.session(venv_backend="none")
def doctest(session: nox.Session) -> None:
    """Run only the examples in docstrings and Markdown pages."""
    python = environment(session)
    pytest(session, python, "cnnbook", "docs", "README.md", "--doctest-modules", *session.posargs)


def pytest(session: nox.Session, python: str, *arguments: str) -> None:
    """Run pytest with one thread per process: two small matrices are slower on two threads than on one."""
    session.env["OMP_NUM_THREADS"] = "1"
    spread = ["-n", "auto", "--dist", "loadfile"]  # conftest.py lets witnesses run apart
    session.run(python, "-m", "pytest", "-q", *spread, *arguments, external=True)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Check style and types."""
    python = environment(session)
    session.run(python, "-m", "ruff", "check", "--no-cache", external=True)
    session.run(python, "-m", "ruff", "format", "--check", external=True)
    session.run(python, "-m", "mypy", external=True)


@nox.session(venv_backend="none")
def site(session: nox.Session) -> None:
    """Test the built book in a browser (Chromium or Chrome; `CHROMIUM` names another)."""
    python = environment(session)
    session.run(python, "-m", "pytest", "-q", "-n", "auto", "tests/site", *session.posargs, external=True)


@nox.session(venv_backend="none")
def translate(session: nox.Session) -> None:
    """Bring the Korean catalogues up to date and report what is untranslated; `-- --check` changes nothing."""
    python = environment(session)
    sphinx(session, python, "gettext", "en", BUILD / "gettext")
    session.run(python, "-m", "cnnbook.ext.catalogues", str(BUILD / "gettext"), *session.posargs, external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Measure what the book promises: build times, page weight, search; `-- ways` measures ways to convolve instead."""
    python = environment(session)
    session.env["CNNBOOK_NOX"] = sys.executable  # the shared environment holds no nox
    named = session.posargs and (ROOT / "benchmarks" / f"{session.posargs[0]}.py").exists()
    script, *options = session.posargs if named else ["book", *session.posargs]
    session.run(python, f"benchmarks/{script}.py", *options, external=True)


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Write the newest versions of everything into constraints.txt, after `CNNBOOK_NEWEST=1 nox -s book tests`."""
    python = environment(session)
    frozen = session.run(
        python, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "pip", external=True, silent=True
    )
    versions = [line.split("+")[0] for line in str(frozen).splitlines()]  # torch's CPU build calls itself 2.13.0+cpu
    head = "# The versions that the book is built with; `nox -s lock` writes this file anew.\n"
    (ROOT / "constraints.txt").write_text(head + "\n".join(versions) + "\n")


@nox.session
def minimums(session: nox.Session) -> None:
    """Test the package with the oldest versions that pyproject.toml allows."""
    project = nox.project.load_toml("pyproject.toml")
    oldest = [requirement.replace(">=", "==") for requirement in project["project"]["dependencies"]]
    session.install("-e", ".", *oldest, *nox.project.dependency_groups(project, "tests"))
    session.run("python", "-m", "pytest", "-q", "tests", "--ignore=tests/ext", *session.posargs)


@nox.session
def parity(session: nox.Session) -> None:
    """Hold the networks against torchvision's and timm's own, and the measures against torchmetrics's.

    `-- --record` writes down what the networks answer; `-- --bench` measures both in time and memory instead.
    """
    groups = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "book", "tests", "parity")
    session.install("-e", ".", *groups)
    if "--bench" in session.posargs:
        session.run("python", "benchmarks/networks.py", "--record")
        return
    if "--record" in session.posargs:
        session.run("python", "tests/parity/record.py", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "pytest", "-q", "tests/networks", "tests/summary", "tests/tasks")


@nox.session
def keras(session: nox.Session) -> None:
    """Ask Keras itself for what the book has recorded of it and writes for it; the shared environment does without."""
    groups = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "book", "tests", "keras")
    session.install("-e", ".", *groups)
    asked = ["tests/layers/test_keras.py", "tests/live/test_sizes.py", "tests/networks/test_keras_weights.py"]
    asked += ["tests/tasks/segmentation/test_lecture_fcn.py"]
    session.run("python", "-m", "pytest", "-q", *asked, *session.posargs)
