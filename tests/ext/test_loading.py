"""What a page loads before its first line: one style sheet, without rules for what no page has, and no script."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sphinx.errors import ExtensionError

from cnnbook.ext.loading import Names, pruned

PAGE = """
Home
====

.. raw:: html

   <p class="here" style="color: red">one</p>
"""
SHEET = "p.here, p.gone {top: 0} p.gone {top: 1} p.made-later {top: 2} @font-face {font-family: a; src: url(a.woff2)}"


@pytest.fixture
def site(book):
    site = book(
        "cnnbook.ext.csp",
        "cnnbook.ext.loading",
        html_theme="furo",
        html_static_path=["static"],
        html_css_files=["fonts/own.css"],
        html_js_files=["own.js"],
    )
    site.write("index.rst", PAGE)
    site.write("other.rst", ":orphan:\n\nOther\n=====\n")
    site.write("static/fonts/own.css", SHEET)
    site.write("static/own.js", "element.className = `made-${when}`")
    return site


def sheet(site, page="index"):
    """The page's only style sheet."""
    [name] = re.findall(r'<link rel="stylesheet"[^>]* href="_static/([^"]+)"', site.page(page))
    return (site.output() / "_static" / name).read_text("utf-8")


def test_a_page_has_one_sheet_and_pages_alike_share_it(site):
    assert not site.build()
    assert sheet(site) == sheet(site, "other")
    assert len(list((site.output() / "_static").glob("sheet-*.css"))) == 1


def test_the_sheet_keeps_what_a_page_or_a_script_may_use_and_drops_the_rest(site):
    site.build()
    assert "p.here{top:0}" in sheet(site).replace(": ", ":")
    assert "p.made-later" in sheet(site)
    assert "gone" not in sheet(site)


def test_rules_keep_their_order(site):
    site.build()
    kept = sheet(site)
    own, theme = kept.index("p.here"), kept.index("sidebar-drawer")
    policys = kept.index("{color: red}")
    assert theme < own < policys


def test_addresses_in_a_sheet_still_lead_to_their_files(site):
    site.build()
    assert "url(fonts/a.woff2)" in sheet(site)


def test_every_script_of_its_own_file_waits(site):
    site.build()
    for page in ["index", "search"]:
        scripts = re.findall(r"<script[^>]* src=[^>]*>", site.page(page))
        assert scripts
        assert all(" defer " in script for script in scripts)


def test_a_page_says_that_scripts_run_before_it_has_a_body(site):
    site.build()
    head, _ = site.page().split("</head>")
    assert '<html class="no-js"' in head
    assert re.search(r"<script>[^<]*documentElement[^<]*class", head)


def test_building_again_changes_nothing(site):
    site.build()
    before = {path: path.read_bytes() for path in site.output().rglob("*") if path.suffix in {".html", ".css"}}
    site.build()
    assert before == {path: path.read_bytes() for path in site.output().rglob("*") if path.suffix in {".html", ".css"}}


def test_a_changed_page_brings_its_rules_to_all(site):
    site.build()
    site.write("other.rst", ':orphan:\n\nOther\n=====\n\n.. raw:: html\n\n   <p class="gone">back</p>\n')
    site.build()
    assert "p.gone" in sheet(site)
    assert sheet(site) == sheet(site, "other")


def test_a_page_that_the_book_has_no_more_is_left_alone(site):
    site.build()
    old = site.page("other")
    (site.folder / "other.rst").unlink()
    (site.folder / "static/fonts/own.css").unlink()
    (site.output() / "_static/fonts/own.css").unlink()
    assert not site.build(html_css_files=[])
    assert site.page("other") == old
    assert "p.here" not in sheet(site)


def test_a_sheet_that_cannot_be_joined_is_named(site):
    site.write("static/fonts/own.css", '@import "more.css";')
    with pytest.raises(ExtensionError, match=r"fonts/own\.css cannot be joined.*@import"):
        site.build()


NAMES = Names.found(['<p class="a b" id="c"><i class=\'d\'>'], ["x.className = `cv-${role}`; y('made')"])


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        ".a",
        "p.a.b > #c",
        ".d:hover",
        ".cv-input",
        ".made",
        ".a:not(.gone)",
        ":is(.gone, :is(.a))",
        '[class*=".gone"]',
    ],
)
def test_a_selector_that_may_match_is_kept(selector):
    assert pruned(f"{selector} {{top:0}}", NAMES)


@pytest.mark.parametrize("selector", [".gone", ".a .gone", "#gone", ".a.gone:hover", ".gone:not(.a)", "p::before.gone"])
def test_a_selector_that_cannot_match_is_dropped(selector):
    assert not pruned(f"{selector} {{top:0}}", NAMES)


@pytest.mark.parametrize(
    ("sheet", "short"),
    [
        ("@media print { .a { top: 0; } .gone { top: 1 } }", "@media print{.a{top: 0}}"),
        ("@media print { .gone { top: 1 } }", ""),
        ("@keyframes gone { 0% { top: 0 } to { top: 1 } }", "@keyframes gone{0%{top: 0}to{top: 1}}"),
        ('.a { content: "} /* ; */ {" }', '.a{content: "} /* ; */ {"}'),
        (".a { background: url(data:x;y,{) }", ".a{background: url(data:x;y,{)}"),
        (":root { --light: ; --dark: initial }", ":root{--light: ;--dark: initial}"),
        ('@charset "utf-8"; .a { top: 0 }', ".a{top: 0}"),
        (".a { .b { top: 0 } left: 0 }", ".a{.b{top: 0}left: 0}"),
        (".a\n  .b,\n.c\\+ {}", ""),
        (".a { width: calc(1px + 2px) }", ".a{width: calc(1px + 2px)}"),
    ],
)
def test_a_sheet_is_shortened_without_changing_its_meaning(sheet, short):
    assert pruned(sheet, NAMES) == short


def test_a_brace_too_many_is_an_error():
    with pytest.raises(ValueError, match="closes a brace"):
        pruned(".a {top:0} } .b {top:0}", NAMES)


RULES = st.lists(st.sampled_from([".a{top: 0}", ".b{left: 0}", "@media print{.d{top: 1}}", "#c,.a p{top: 0}", "p{}"]))


@given(RULES, st.sampled_from([" ", "\n\n", "/* ; } */"]))
def test_shortening_twice_is_shortening_once(rules, between):
    once = pruned(between.join(rules), NAMES)
    assert pruned(once, NAMES) == once
    assert once == "".join(rule for rule in rules if rule != "p{}")
