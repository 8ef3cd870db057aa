"""No build shows what an older package or a killed build has left, and none does more than it must."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnbook.ext import freshness, imports

CONF = """
import json
from pathlib import Path


def mark(app):
    return Path(app.confdir, "_build/unfinished")


def note(app):
    if mark(app).exists():
        (mark(app).parent / "marked").touch()


def fail(app, env):
    if Path(app.srcdir, "fail").exists():
        raise RuntimeError("this build fails")


def setup(app):
    app.add_config_value("nb_execution_cache_path", str(Path(app.confdir, "_build/jupyter_cache")), "")
    app.add_config_value("sphinx_gallery_conf", {"gallery_dirs": "gallery", "examples_dirs": "scripts"}, "")
    app.connect("builder-inited", note)
    app.connect("env-updated", fail)
"""


LEFT = {
    "notebooks": "_build/jupyter_cache/note.txt",
    "the script on data": "gallery/plot_data.py.md5",
    "the script on shapes": "gallery/plot_shapes.py.md5",
    "the other edition": "_build/doctrees/ko/old.doctree",
}


@pytest.fixture
def site(book, monkeypatch):
    """A book beside a package of its own, built once; what scripts and notebooks left behind lies there."""
    site = book("cnnbook.ext.freshness", html_sidebars={"**": ["globaltoc.html"]})
    for module in ("__init__.py", "shapes.py", "machine.py", "ext/boxes.py"):
        site.write(f"package/{module}", "ONE = 1\n")
    site.write("package/data.py", "from cnnbook.machine import ONE\n")
    site.write("package/ext/sizes.py", "from cnnbook.shapes import ONE\n")
    site.write("scripts/plot_data.py", "from cnnbook import data\n")
    site.write("scripts/plot_shapes.py", "import cnnbook.shapes\n")
    monkeypatch.setattr(imports, "PACKAGE", site.folder / "package")
    install(monkeypatch, "2.0")
    site.write("conf.py", CONF)
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   one\n   two\n   three\n")
    for page in ("one", "two", "three"):
        site.write(f"{page}.rst", f"Page {page}\n==========\n")
    assert not site.build()
    for name in LEFT.values():
        site.write(name, "left by the last build\n")
    return site


def install(monkeypatch, version):
    monkeypatch.setattr(freshness, "distributions", lambda: [SimpleNamespace(name="numpy", version=version)])


def left(site):
    """Which of the things that a build leaves are still there."""
    return {name for name, path in LEFT.items() if (site.folder / path).exists()}


def reads(site, page="two"):
    """Build again; whether the page was read for it."""
    doctree = site.folder / f"_build/doctrees/en/{page}.doctree"
    before = doctree.stat().st_mtime_ns
    assert not site.build()
    return doctree.stat().st_mtime_ns != before


def test_where_nothing_changed_nothing_is_read_or_dropped(site):
    assert not reads(site)
    assert left(site) == set(LEFT)


def test_a_changed_extension_has_every_page_read_again_and_nothing_run(site):
    site.write("package/ext/boxes.py", "ONE = 2\n")
    assert reads(site)
    assert left(site) == set(LEFT)
    assert not reads(site)


@pytest.mark.parametrize(
    ("module", "script"), [("shapes.py", "the script on shapes"), ("machine.py", "the script on data")]
)
def test_only_the_scripts_that_call_a_changed_module_run_again(site, module, script):
    site.write(f"package/{module}", "ONE = 2\n")
    site.build()
    assert left(site) == set(LEFT) - {script}


def test_a_module_that_an_extension_calls_has_every_page_read_again(site):
    site.write("package/shapes.py", "ONE = 2\n")
    assert reads(site)
    assert not reads(site)


def test_a_module_that_nothing_calls_changes_nothing(site):
    site.write("package/train.py", "ONE = 1\n")
    assert not reads(site)
    assert left(site) == set(LEFT)


def test_a_module_that_is_removed_has_its_callers_run_again(site):
    (site.folder / "package/machine.py").unlink()
    site.build()
    assert left(site) == set(LEFT) - {"the script on data"}


def test_the_page_of_a_source_that_is_no_more_is_taken_away(site):
    kept = ["two.html", "_sources/two.rst.txt"]
    gone = ["three.html", "_sources/three.rst.txt"]
    assert all((site.output() / name).exists() for name in (*kept, *gone))
    (site.folder / "three.rst").unlink()
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   one\n   two\n")
    assert not site.build()
    assert all((site.output() / name).exists() for name in kept)
    assert not any((site.output() / name).exists() for name in gone)


def test_what_a_removed_script_left_is_cleared_away(site):
    """As the gallery leaves it: a copy, a page, a notebook, a picture and a thumbnail."""
    names = ["{}.py", "{}.rst", "{}.ipynb", "images/sphx_glr_{}_001.svg", "images/thumb/sphx_glr_{}_thumb.png"]
    site.write("scripts/plot_gone_twice.py", "ONE = 1\n")
    for stem in ("plot_data", "plot_gone_twice", "plot_gone"):
        for name in names:
            site.write(f"gallery/{name.format(stem)}", ":orphan:\n")
    site.settings["exclude_patterns"] = ["gallery", "_build", "locale"]
    assert not site.build()
    for name in names:
        assert not (site.folder / "gallery" / name.format("plot_gone")).exists()
        for stem in ("plot_data", "plot_gone_twice"):
            assert (site.folder / "gallery" / name.format(stem)).exists()


def test_a_damaged_note_of_what_was_executed_is_not_trusted(site):
    site.write("_build/executed.json", '{"libraries": ')
    assert reads(site)
    assert not left(site)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_only_the_notebook_that_calls_a_changed_module_runs_again(book, monkeypatch):
    book = book("myst_nb", "cnnbook.ext.freshness", nb_execution_mode="cache", nb_execution_raise_on_error=True)
    book.settings |= {
        "nb_execution_cache_path": str(book.folder / "_build/jupyter_cache"),
        "sphinx_gallery_conf": {"gallery_dirs": "gallery", "examples_dirs": "scripts"},
    }
    book.write("conf.py", 'def setup(app):\n    app.add_config_value("sphinx_gallery_conf", {}, "")\n')
    book.write("package/__init__.py", "")
    book.write("package/shapes.py", "ONE = 1\n")
    monkeypatch.setattr(imports, "PACKAGE", book.folder / "package")
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# A page\n\n"
    cell = "```{{code-cell}}\n{}import time\nprint(time.time_ns())\n```\n"
    book.write("index.md", f"{head}```{{toctree}}\ncalling\nalone\n```\n")
    book.write("calling.md", head + cell.format("import cnnbook.shapes\n"))
    book.write("alone.md", head + cell.format(""))

    def moments():
        book.build()
        return [re.search(r"\d{19}", book.page(page))[0] for page in ("calling", "alone")]

    first = moments()
    assert moments() == first
    book.write("package/shapes.py", "ONE = 2\n")
    calling, alone = moments()
    assert alone == first[1]
    assert int(calling) > int(first[0])


def test_another_version_of_a_library_has_everything_run_again(site, monkeypatch):
    install(monkeypatch, "2.1")
    assert reads(site)
    assert not left(site)


def test_what_python_compiled_is_no_change(site):
    site.write("package/__pycache__/shapes.cpython-311.pyc", "compiled")
    assert not reads(site)


def test_a_killed_build_is_started_afresh(site):
    (site.folder / "_build/unfinished").touch()
    half = site.write("_build/html/en/one.html", "<html><bod")
    orphan = site.write("_build/html/ko/two.html", "<html><bod")
    assert reads(site)
    assert not left(site)
    assert "Page one" in half.read_text("utf-8")
    assert not orphan.exists()


def test_a_build_is_marked_while_it_runs_and_not_afterwards(site):
    assert (site.folder / "_build/marked").exists()
    assert not (site.folder / "_build/unfinished").exists()


def test_a_build_that_fails_by_itself_is_not_taken_for_a_killed_one(site):
    site.write("fail", "")
    site.write("one.rst", "Page one\n========\n\nNew text.\n")
    with pytest.raises(Exception, match="this build fails"):
        site.build()
    assert not (site.folder / "_build/unfinished").exists()
    (site.folder / "fail").unlink()
    site.build()
    assert left(site) == set(LEFT)


def test_a_new_title_reaches_the_contents_beside_every_page(site):
    site.write("three.rst", "Another title\n=============\n")
    assert not reads(site, "one")  # it is written again without being read
    assert "Another title" in site.page("one")
    assert "Page three" not in site.page("one")


def test_a_link_follows_what_it_names_to_another_page(site):
    site.write("one.rst", "Page one\n========\n\nSee :ref:`the place <there>`.\n")
    site.write("three.rst", "Page three\n==========\n\n.. _there:\n\nHere\n----\n")
    assert not site.build()
    assert 'href="three.html#there"' in site.page("one")
    site.write("three.rst", "Page three\n==========\n")
    site.write("two.rst", "Page two\n==========\n\n.. _there:\n\nHere\n----\n")
    assert not reads(site, "one")
    assert 'href="two.html#there"' in site.page("one")


def test_a_new_sentence_has_no_other_page_written(site):
    page = Path(site.output(), "one.html")
    before = page.stat().st_mtime_ns
    site.write("three.rst", "Page three\n==========\n\nA new sentence.\n")
    site.build()
    assert "A new sentence" in site.page("three")
    assert page.stat().st_mtime_ns == before


def test_every_worker_gets_its_share_of_a_chapter_that_computes_much():
    pages = [f"api/{number}" for number in range(40)] + [f"convolution/{number}" for number in range(40)]
    dealt = pages.copy()
    freshness.deal(None, None, dealt)
    assert sorted(dealt) == sorted(pages)
    rows = [dealt[first : first + 20] for first in range(0, 80, 20)]  # what Sphinx gives to two workers, in two turns
    assert [sum(page.startswith("convolution") for page in row) for row in rows] == [10, 10, 10, 10]
