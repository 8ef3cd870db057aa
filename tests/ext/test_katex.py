"""Formulas are set while the book is built."""

import contextlib
import re
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sphinx.errors import ExtensionError

from cnnbook.ext.katex import install, render


@pytest.fixture
def site(book):
    return book("cnnbook.ext.words", "cnnbook.ext.katex", html_math_renderer="katex")


def test_a_formula_is_html_for_the_eye_and_mathml_for_the_ear(site):
    site.write("index.rst", "Home\n====\n\nSee :math:`x^2`.\n")
    assert not site.build()
    page = site.page()
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><msup>' in page
    assert 'aria-hidden="true"' in page
    assert "MathJax" not in page


def test_the_sheet_and_fonts_come_only_where_formulas_are(site):
    site.write("index.rst", "Home\n====\n\n:math:`x`\n\n.. toctree::\n\n   plain\n")
    site.write("plain.rst", "Plain\n=====\n")
    site.build()
    assert "katex.css" in site.page()
    assert "KaTeX_Main-Regular.woff2" in site.page()
    assert "KaTeX" not in site.page("plain")
    assert "katex" not in site.page("plain")
    fonts = {path.suffix for path in (site.output() / "_static/katex/fonts").iterdir()}
    assert fonts == {".woff2"}
    assert ".ttf" not in (site.output() / "_static/katex/katex.css").read_text("utf-8")


def test_a_formula_of_several_lines_needs_no_environment(site):
    site.write("index.rst", "Home\n====\n\n.. math::\n\n   a &= b \\\\\n   c &= d\n")
    assert not site.build()


def test_a_numbered_formula_can_be_referred_to(site):
    site.write("index.rst", "Home\n====\n\n.. math:: a = b\n   :label: sum\n\nSee :eq:`sum`.\n")
    assert not site.build()
    assert '<span class="eqno">(1)' in site.page()


def test_a_long_formula_scrolls_inside_itself_and_a_key_reaches_it(site):
    site.write("index.rst", "Home\n====\n\n.. math:: a = b\n")
    site.build()
    assert 'tabindex="0"' in site.page()
    assert 'role="group"' in site.page()


@pytest.mark.parametrize("formula", [r":math:`\frac{a`", "\n.. math:: \\unknown"])
def test_a_formula_that_is_no_tex_is_reported_where_it_stands(site, formula):
    site.write("index.rst", f"Home\n====\n\nA line.\n\n{formula}\n")
    warning = site.build()
    assert "index.rst:" in warning
    assert "in the formula" in warning


def test_the_book_s_own_commands_are_expanded(site):
    site.write("index.rst", "Home\n====\n\n:math:`\\loss`\n")
    assert not site.build(katex_macros={"\\loss": "\\ell"})
    assert "ℓ" in site.page()


def test_a_translator_sees_only_formulas_with_words(site):
    site.write("index.rst", "Home\n====\n\n.. math:: a + b\n\n.. math:: a \\text{ of } b\n")
    site.build(builder="gettext")
    template = (site.output(builder="gettext") / "index.pot").read_text("utf-8")
    assert "a + b" not in template
    assert "of" in template


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_any_text_is_set_or_refused(tex):
    with contextlib.suppress(ValueError):
        assert render(tex, display=True).startswith("<span")


def test_what_cannot_be_installed_is_said_and_nothing_half_done_is_kept(tmp_path, monkeypatch):
    lock = tmp_path / "lock"
    shutil.copytree(install.HERE, lock)
    (lock / "package-lock.json").write_text("{ not a lock")
    monkeypatch.setattr(install, "HERE", lock)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ExtensionError, match=r"KaTeX.* could not be installed into .*cache"):
        install.folder()
    assert not list((tmp_path / "cache/cnnbook").iterdir())


def test_the_lock_names_no_host():
    lock = (install.HERE / "package-lock.json").read_text("utf-8")
    assert '"integrity": "sha512-' in lock
    assert "http" not in lock


def test_a_formula_with_words_is_set_in_the_editions_language(book):
    book = book("myst_parser", "cnnbook.ext.katex", html_math_renderer="katex", myst_enable_extensions=["dollarmath"])
    book.write("index.md", "# Home\n\n$$\n\\text{length} = n\n$$\n\n$$\nx = y\n$$\n")
    book.translate("index", {r"\text{length} = n": r"\text{길이} = n"})
    assert book.build("ko") == ""
    formulas = re.findall('<annotation encoding="application/x-tex">(.*?)</annotation>', book.page(language="ko"))
    assert formulas == [r"\text{길이} = n", "x = y"]
