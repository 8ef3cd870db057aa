"""Docstrings of constants and of named tuples say what they say."""

import sys

import pytest
from sphinx.pycode import ModuleAnalyzer

pytestmark = pytest.mark.filterwarnings("ignore:The mapping interface for autodoc options")  # napoleon's, in Sphinx 9

MODULE = '''
    """A module."""

    from typing import NamedTuple

    RATIO: float = 3
    """Contrast of two colours: 3:1, as `light:dark`."""

    class Pair(NamedTuple):
        """Two numbers."""

        first: int
        second: int
'''


@pytest.fixture
def api(book, monkeypatch):
    settings = {"napoleon_numpy_docstring": False, "nitpick_ignore_regex": [("py:class", "int|float")]}
    book = book("sphinx.ext.autodoc", "cnnbook.ext.docstrings", **settings)
    book.write("pairs_of_numbers.py", MODULE)
    book.write("index.rst", "Pairs\n=====\n.. automodule:: pairs_of_numbers\n   :members:\n   :undoc-members:\n")
    monkeypatch.syspath_prepend(book.folder)
    yield book
    sys.modules.pop("pairs_of_numbers", None)
    ModuleAnalyzer.cache.clear()


def test_a_colon_in_the_docstring_of_a_constant_makes_no_type(api):
    assert api.build() == ""
    assert "Contrast of two colours: 3:1" in api.page()
    assert "Type" not in api.page()


def test_fields_are_listed_without_what_python_says_of_them(api):
    assert api.build() == ""
    assert 'id="pairs_of_numbers.Pair.first"' in api.page()
    assert "Alias for field" not in api.page()


def test_without_the_extension_the_colon_would_be_misread(api):
    api.extensions[1] = "sphinx.ext.napoleon"
    assert "reference target not found: Contrast" in api.build()


def test_names_of_arguments_keep_their_underscores_where_particles_may_follow_markup(book):
    book = book("sphinx.ext.autodoc", "cnnbook.ext.docstrings")
    book.write("index.rst", "Page\n====\n\n.. autofunction:: cnnbook.train_seeds.train_seeds\n")
    (book.folder / "docutils.conf").write_text("[restructuredtext parser]\ncharacter_level_inline_markup: yes\n")
    book.build()
    assert "<strong>batch_size</strong>" in book.page()
