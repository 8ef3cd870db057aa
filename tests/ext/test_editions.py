"""Two editions of one book."""

import json
import pickle
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:'tags' will become a required keyword")  # sphinx-notfound-page's call
TEMPLATES = Path(__file__).parents[2] / "docs/_templates"


@pytest.fixture
def site(book):
    site = book(
        "sphinx_copybutton", "notfound.extension", "cnnbook.ext.words", "cnnbook.ext.editions",
        html_theme="furo",
        html_baseurl="https://example.org/book/",
        html_sidebars={"**": ["language.html", "sidebar/navigation.html"]},
        templates_path=[str(TEMPLATES)],
    )  # fmt: skip
    site.write("index.rst", "Home\n====\n\n.. toctree::\n   :caption: Part\n\n   why/page\n")
    site.write("why/page.rst", "Page\n====\n")
    site.translate(
        "cnnbook",
        {
            "The CNN Book": "합성곱 신경망",
            "Skip to content": "본문으로",
            "Toggle Light / Dark / Auto color theme": "화면 밝기",
            "Page not found": "없는 쪽",
            "Copy": "복사",
        },
    )
    return site


def test_the_switch_leads_to_the_same_page_of_the_other_edition(site):
    site.build()
    page = site.page("why/page")
    assert '<a href="../../ko/why/page.html" lang="ko" hreflang="ko">한국어</a>' in page
    assert '<a href="../../en/why/page.html" lang="en" hreflang="en" aria-current="true">English</a>' in page


def test_search_engines_learn_of_both_editions(site):
    site.build("ko")
    page = site.page("why/page", "ko")
    for tag, code in {"en": "en", "ko": "ko", "x-default": "en"}.items():
        assert f'hreflang="{tag}" href="https://example.org/book/{code}/why/page.html"' in page
    assert '<link rel="canonical" href="https://example.org/book/ko/why/page.html"' in page
    assert "x-default" not in site.page("search", "ko")


def test_each_edition_has_its_own_title(site):
    site.build("en")
    site.build("ko")
    assert "The CNN Book</title>" in site.page()
    assert "합성곱 신경망</title>" in site.page(language="ko")


def test_the_theme_speaks_korean(site):
    site.build("ko")
    page = site.page(language="ko")
    assert "본문으로" in page
    assert 'aria-label="화면 밝기"' in page
    assert "'copy': \"복사\"" in (site.output("ko") / "_static/copybutton.js").read_text("utf-8")


def test_the_search_says_in_korean_how_many_pages_it_found(site):
    site.translate(
        "cnnbook", {"Search finished, found ${resultCount} pages matching the search query.": "${resultCount}쪽을 찾음"}
    )
    site.build("ko")
    words = (site.output("ko") / "_static/translations.js").read_text("utf-8")
    assert json.dumps(["${resultCount}쪽을 찾음"]) in words


def test_the_lost_reader_is_answered_in_the_edition_s_language_from_any_address(site):
    site.build("ko")
    page = site.page("404", "ko")
    assert "<h1>없는 쪽</h1>" in page
    assert 'href="/book/ko/_static/' in page
    assert 'href="https://example.org/book/en/"' in page


def test_a_caption_in_the_contents_is_a_heading_of_a_known_level(site):
    site.build()
    assert 'class="caption" role="heading" aria-level="2"' in site.page()


def test_wide_code_can_be_scrolled_by_key(site):
    site.write("index.rst", "Home\n====\n\n.. code-block:: python\n\n   x = 1\n")
    site.build()
    assert '<pre tabindex="0">' in site.page()


def test_folded_code_is_named_by_its_own_words(book):
    site = book(
        "myst_nb", "cnnbook.ext.words", "cnnbook.ext.editions",
        html_baseurl="https://example.org/", nb_execution_mode="off",
    )  # fmt: skip
    site.translate("cnnbook", {"Show the code": "코드 보기"})
    header = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
    site.write("index.md", header + "# Home\n\n```{code-cell}\n:tags: [hide-input]\nx = 1\n```\n")
    site.build("ko")
    assert re.search(r"<summary>\s*<p class=\"[^\"]*\">코드 보기</p>", site.page(language="ko"))


def test_the_two_lists_of_contents_have_names_that_tell_them_apart(site):
    site.build()
    assert '<aside aria-label="Contents of the book" class="sidebar-drawer">' in site.page()
    assert '<aside aria-label="Contents of this page" class="toc-drawer' in site.page()


def test_an_address_that_names_the_edition_already_is_understood(site):
    site.build(html_baseurl="https://example.org/book/en/")
    assert 'href="https://example.org/book/ko/why/page.html"' in site.page("why/page")


def test_another_language_is_refused(site):
    with pytest.raises(Exception, match="language must be one of en, ko, not 'de'"):
        site.build("de")


def test_a_saved_page_holds_no_document_but_its_own(site):
    site.write("why/page.rst", "Page\n====\n\nA **loud** sentence.\n")
    site.translate("why/page", {"A **loud** sentence.": "**큰** 문장."})
    site.build("ko")
    saved = pickle.loads((site.folder / "_build/doctrees/ko/why/page.doctree").read_bytes())  # noqa: S301  our own
    assert "큰" in saved.astext()
    assert {id(node.document) for node in saved.findall()} == {id(saved)}


@pytest.mark.filterwarnings("ignore:'sphinx.environment.BuildEnvironment.app' is deprecated")  # sphinx-sitemap's use
def test_the_sitemap_names_every_page_in_order_though_only_one_was_written_anew(site):
    site.extensions.append("sphinx_sitemap")
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   why/page\n   after\n")
    site.write("after.rst", "After\n=====\n")
    settings = {
        "sitemap_url_scheme": "{link}",
        "sitemap_locales": [None],
        "sitemap_excludes": ["404.html", "search.html", "genindex.html"],
    }

    def listed():
        site.build("ko", **settings)
        return re.findall("<loc>(.*?)</loc>", (site.output("ko") / "sitemap.xml").read_text("utf-8"))

    every = [f"https://example.org/book/ko/{page}.html" for page in ("after", "index", "why/page")]
    assert listed() == every
    site.write("why/page.rst", "Page\n====\n\nAnother sentence.\n")
    assert listed() == every
