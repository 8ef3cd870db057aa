"""Boxes have a kind, a title and a body, in both languages."""

import pytest

EXTENSIONS = ("myst_parser", "cnnbook.ext.boxes")
COLONS = {"myst_enable_extensions": ["colon_fence"]}


@pytest.mark.parametrize(
    ("kind", "label"),
    [("history", "History"), ("keras", "In Keras"), ("trap", "Trap"), ("deeper", "Deeper")],
)
def test_a_box_says_its_kind_before_its_title(book, kind, label):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", f"# A page\n\n:::{{{kind}}} It does *not* undo\nOnly the **shape**.\n:::\n")
    assert book.build() == ""
    assert f'class="cb-box cb-{kind} admonition"' in book.page()
    assert f'<span class="cb-label">{label}</span> It does <em>not</em> undo' in book.page()
    assert "<strong>shape</strong>" in book.page()


def test_titles_and_labels_are_translated(book):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", "# A page\n\n:::{trap} Not an *inverse*\nOnly the shape.\n:::\n")
    book.translate("index", {"Not an *inverse*": "*역*이 아니다", "Only the shape.": "모양만."})
    book.translate("cnnbook", {"Trap": "함정"})
    assert book.build("ko") == ""
    page = book.page(language="ko")
    assert '<span class="cb-label">함정</span> <em>역</em>이 아니다' in page
    assert "모양만." in page
    assert "shape" not in page


def test_translators_are_given_the_title_without_its_label(book):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", "# A page\n\n:::{trap} Not an inverse\nOnly the shape.\n:::\n")
    book.build(builder="gettext")
    template = (book.output(builder="gettext") / "index.pot").read_text()
    assert 'msgid "Not an inverse"' in template


def test_a_box_without_a_title_is_an_error_with_its_line(book):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", "# A page\n\n:::{trap}\nOnly the shape.\n:::\n")
    assert "index.md:3: " in book.build()


def test_a_box_without_content_is_an_error_with_its_line(book):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", "# A page\n\n:::{trap} Not an inverse\n:::\n")
    assert "index.md:3: ERROR: Content block expected" in book.build()
