"""A listing is the source itself, under its own line numbers, on the page and in what is downloaded."""

import inspect
import json
import re
import subprocess
import sys
import zipfile
from html import unescape

import pytest

import cnnbook.shapes
from cnnbook.ext import listing

NAME = "cnnbook.shapes.conv_output_size"
SOURCE, LINE = inspect.getsourcelines(cnnbook.shapes.conv_output_size)
API = """
API
===
.. py:function:: cnnbook.shapes.conv_output_size
.. py:class:: outside.Box
.. py:method:: outside.Box.size
.. py:function:: outside.boxed
"""
OUTSIDE = '''
def boxed(n):
    """Line two of the file."""
    return Box(n)


class Box:
    def size(self):
        return 1
'''


def text(page):
    without_numbers = re.sub(r'<span class="linenos">.*?</span>', "", page)
    return unescape(re.sub(r"<[^>]+>", "", without_numbers))


@pytest.fixture
def outside(tmp_path_factory, monkeypatch):
    """A module that is installed somewhere else than the book."""
    folder = tmp_path_factory.mktemp("site-packages")
    (folder / "outside.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(folder)
    yield folder / "outside.py"
    sys.modules.pop("outside", None)


@pytest.mark.parametrize(
    ("page", "directive"),
    [
        ("index.md", "# A page\n\n```{{toctree}}\napi\n```\n\n```{{listing}} {}\n:docstring:\n```\n"),
        ("index.rst", "A page\n======\n\n.. toctree::\n\n   api\n\n.. listing:: {}\n   :docstring:\n"),
    ],
)
def test_the_page_shows_the_source_with_its_line_numbers_and_links_to_the_api(book, page, directive):
    book = book("myst_parser", "cnnbook.ext.listing")
    book.write("api.rst", API)
    book.write(page, directive.format(NAME))
    assert book.build() == ""
    page = book.page()
    assert "".join(SOURCE).strip() in text(page)
    numbers = [int(number) for number in re.findall(r'<span class="linenos"> *(\d+)</span>', page)]
    assert numbers == list(range(LINE, LINE + len(SOURCE)))
    assert f'href="api.html#{NAME}"' in page


def test_a_function_is_shown_without_its_docstring_and_keeps_its_line_numbers(book):
    book = book("myst_parser", "cnnbook.ext.listing")
    book.write("api.rst", API)
    book.write("index.md", f"# A page\n\n```{{toctree}}\napi\n```\n\n```{{listing}} {NAME}\n```\n")
    assert book.build() == ""
    page = book.page()
    shown = [int(number) for number in re.findall(r'<span class="linenos"> *(\d+)</span>', page)]
    quotes = [line for line, code in enumerate(SOURCE, LINE) if '"""' in code]
    assert shown == [line for line in range(LINE, LINE + len(SOURCE)) if not quotes[0] <= line <= quotes[1]]
    assert SOURCE[0].strip() in text(page)
    assert SOURCE[-1].strip() in text(page)
    assert "References" not in text(page)


@pytest.mark.parametrize(("name", "first_line"), [("boxed", 2), ("Box", 7), ("Box.size", 8)])
@pytest.mark.usefixtures("outside")
def test_functions_classes_and_methods_of_any_installed_package_are_listed(book, name, first_line):
    book = book("myst_parser", "cnnbook.ext.listing")
    book.write("api.rst", API)
    book.write("index.md", f"# A page\n\n```{{toctree}}\napi\n```\n\n```{{listing}} outside.{name}\n```\n")
    assert book.build() == ""
    assert f'<span class="linenos"> {first_line}</span>'.replace(" ", "") in book.page().replace(" ", "")
    assert f'href="api.html#outside.{name}"' in book.page()


def test_editing_the_function_renders_the_page_again(book, outside):
    book = book("myst_parser", "cnnbook.ext.listing", nitpicky=False)
    book.write("index.md", "# A page\n\n```{listing} outside.boxed\n```\n")
    book.build()
    outside.write_text(OUTSIDE.replace("Box(n)", "Box(n + 1)"))
    sys.modules.pop("outside")
    book.build()
    assert "return Box(n + 1)" in text(book.page())


@pytest.mark.usefixtures("outside")
def test_a_listing_without_an_entry_in_the_api_warns(book):
    book = book("myst_parser", "cnnbook.ext.listing")
    book.write("index.md", "# A page\n\n```{listing} outside.boxed\n```\n")
    assert "py:func reference target not found: outside.boxed" in book.build()


@pytest.mark.parametrize("name", ["cnnbook.shapes.nothing", "nothing.at.all", "nothing", "cnnbook.shapes.__doc__"])
def test_an_unknown_name_is_an_error_with_file_and_line(book, name):
    book = book("myst_parser", "cnnbook.ext.listing")
    book.write("index.md", f"# A page\n\n```{{listing}} {name}\n```\n")
    assert re.search(rf"index\.md:3: ERROR: {re.escape(name)} ", book.build())


def test_a_module_that_cannot_be_imported_says_what_is_missing(outside):
    outside.write_text("import not_installed_at_all\n")
    with pytest.raises(ModuleNotFoundError, match="not_installed_at_all"):
        listing.Source.of("outside.boxed")


SCRIPT = '''"""
A claim
=======
"""

# %%
# Read it.
#
# .. listing:: cnnbook.shapes.conv_output_size
#    :name: read-it
#
# And go on.
print("done")
'''


def test_a_downloaded_script_shows_the_source_and_still_runs():
    filled = listing.fill_script(SCRIPT)
    for line in "".join(SOURCE).splitlines():
        assert f"#     {line}".rstrip() in filled.splitlines()
    assert ".. listing::" not in filled
    assert ":name:" not in filled
    assert "# And go on." in filled
    assert subprocess.run([sys.executable, "-c", filled], capture_output=True, check=True).stdout == b"done\n"


def test_downloads_are_filled_but_sphinx_gallery_keeps_its_own_copies(book, tmp_path):
    book = book(
        "sphinx_gallery.gen_gallery",
        "cnnbook.ext.listing",
        sphinx_gallery_conf={
            "examples_dirs": str(tmp_path / "scripts"),
            "gallery_dirs": "gallery",
            "write_computation_times": False,
            "image_scrapers": (),
            "reset_modules": (),
        },
        exclude_patterns=["_build", "scripts", "gallery/*.ipynb", "sg_execution_times.rst", "gallery/sg_*"],
    )
    book.write("scripts/GALLERY_HEADER.rst", "Scripts\n=======\n")
    book.write("scripts/plot_claim.py", SCRIPT)
    book.write("index.rst", API + "\n.. toctree::\n\n   gallery/index\n")
    assert book.build() == ""
    downloads = {path.name: path for path in (book.output() / "_downloads").rglob("plot_claim.*")}
    signature = "def conv_output_size("
    assert f"#     {signature}" in downloads["plot_claim.py"].read_text()
    cells = json.loads(downloads["plot_claim.ipynb"].read_text())["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert f"```python\n{signature}" in prose
    assert ".. listing::" not in prose
    with zipfile.ZipFile(downloads["plot_claim.zip"]) as archive:
        assert signature in archive.read("plot_claim.py").decode()
        assert {member.date_time for member in archive.infolist()} == {listing.EPOCH}
    assert (tmp_path / "gallery/plot_claim.py").read_text() == SCRIPT
    assert signature in text(book.page("gallery/plot_claim"))


def test_what_was_filled_once_needs_no_package_in_the_next_build(book, monkeypatch):
    book = book("cnnbook.ext.listing")
    book.write("claim.py", SCRIPT)
    book.write("index.rst", "Home\n====\n\n:download:`claim.py`\n")
    assert book.build() == ""
    [script] = (book.output() / "_downloads").rglob("claim.py")
    filled = script.read_text("utf-8")
    assert "def conv_output_size(" in filled
    monkeypatch.setattr(listing, "find", lambda name: pytest.fail(f"{name} is looked up again"))
    assert book.build() == ""
    assert script.read_text("utf-8") == filled
