"""The content security policy: what is written, and that a browser would find nothing to block."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.ext.csp import externalize, policy

PAGE = """
Home
====

.. raw:: html

   <p style="color: red">one</p>
   <svg viewBox="0 0 1 1"><style>.a > b {fill: red}</style></svg>
   <script>start()</script>
   <script type="application/json">{"a": 1}</script>
"""


@pytest.fixture
def site(book):
    site = book("cnnbook.ext.csp", html_theme="furo")
    site.write("index.rst", PAGE)
    return site


def test_a_page_has_no_inline_style_left_and_keeps_its_look(site):
    assert not site.build()
    page = site.page()
    assert not re.search(r"<[^>]* style=", page)
    assert "<style" not in page
    name = re.search(r'<p class="(s-\w+)">one', page)[1]
    assert f".{name}:not(#_){{color: red}}" in (site.output() / "_static/inline.css").read_text("utf-8")


def test_every_script_in_the_page_is_allowed_by_its_hash_and_data_need_none(site):
    site.build()
    page = site.page()
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page)
    assert len(re.findall(r"'sha256-[^']+'", page)) == len(inline) == 2  # Furo's and ours
    assert "unsafe" not in page.split("</head>")[0]


def test_style_sheets_of_the_body_are_linked_in_the_head(site):
    site.build()
    page = site.page()
    sheets = re.findall(r'href="_static/(inline-\w+\.css)"', page.split("</head>")[0])
    contents = [(site.output() / "_static" / name).read_text("utf-8") for name in sheets]
    assert ".a > b {fill: red}" in contents


def test_building_again_changes_nothing(site):
    site.build()
    before = site.page()
    site.build()
    assert site.page() == before


def test_a_build_that_was_killed_is_taken_up_again(site):
    site.build()
    finished = site.page()
    (site.output() / "index.html").write_text(
        re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", finished), "utf-8"
    )
    site.build()
    assert site.page().count("Content-Security-Policy") == 1


def test_the_search_page_and_the_index_have_the_policy_too(site):
    site.build()
    assert "Content-Security-Policy" in site.page("search")
    assert "Content-Security-Policy" in site.page("genindex")


def test_an_inline_handler_is_reported(site):
    site.write("index.rst", 'Home\n====\n\n.. raw:: html\n\n   <b onclick="go()">x</b>\n')
    assert "blocks the inline handler" in site.build()


def test_the_korean_plural_rule_needs_no_eval(site):
    site.build("ko")
    assert "new Function" not in (site.output("ko") / "_static/doctools.js").read_text("utf-8")


def test_a_greater_sign_in_an_attribute_does_not_end_the_tag():
    page = externalize('<a title="1 > 0" style=\'color: red\' class="b">x</a>')
    assert re.fullmatch(r'<a title="1 > 0" class="b s-\w+">x</a>', page.text)


def test_code_that_is_shown_is_not_touched():
    shown = '<pre>&lt;p style="color: red"&gt; and style="a"</pre>'
    assert externalize(shown).text == shown


def test_a_style_sheet_for_print_stays_one():
    page = externalize('<head><style media="print">b{}</style></head>')
    assert list(page.sheets.values()) == ["@media print{b{}}"]


@given(st.lists(st.sampled_from(["'sha256-a'", "'sha256-b'"])))
def test_the_policy_allows_nothing_unsafe_and_no_other_site(hashes):
    written = policy(hashes)
    assert written.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in written
    assert "http" not in written
    assert all(digest in written for digest in hashes)
