"""A term stands once, in two languages; pages link to it; the edition orders it."""

import json
import re

import pytest

EXTENSIONS = ("myst_parser", "cnnbook.ext.glossary")
COLONS = {"myst_enable_extensions": ["colon_fence"]}
INDEX = "# A book\n\n```{toctree}\nglossary\n```\n\nA {term}`kernel`, two {term}`kernels <kernel>`, a {term}`Filter`.\n"
GLOSSARY = """
# Words

:::{term-entry} kernel
:ko: 커널
:loan: 알맹이, 핵
:keras: kernel_size=
:taught: index
:not: filter
What slides over a {term}`filter`.
:::

:::{term-entry} filter
:ko: 필터
:taught: index
:not: kernel
A pattern.
:::

:::{term-entry} bias
:ko: 편향
:taught: index
A number.
:::
"""


@pytest.fixture
def glossary(book):
    book = book(*EXTENSIONS, **COLONS)
    book.write("index.md", INDEX)
    book.write("glossary.md", GLOSSARY)
    return book


def order(page):
    return re.findall(r'<dt id="term-([^"]+)">', page)


def test_terms_are_linked_in_any_case_and_number(glossary):
    assert glossary.build() == ""
    links = re.findall(r'href="glossary\.html#term-(\w+)"[^>]*><span[^>]*>([^<]+)<', glossary.page())
    assert links == [("kernel", "kernel"), ("kernel", "kernels"), ("filter", "Filter")]


def test_an_entry_shows_both_languages_both_libraries_and_its_neighbours(glossary):
    glossary.build()
    entry = glossary.page("glossary").split('id="term-kernel"')[1]
    assert '<strong lang="en">kernel</strong> <span class="cb-other-word" lang="ko">커널</span>' in entry
    for fact in ("알맹이, 핵", "kernel_size=", "—", "A book", 'href="#term-filter"', "Not to be confused with"):
        assert fact in entry


def test_the_english_edition_is_in_the_order_of_english(glossary):
    glossary.build()
    assert order(glossary.page("glossary")) == ["bias", "filter", "kernel"]
    assert glossary.page("glossary").count("cb-terms") == 1


def test_the_korean_edition_leads_with_korean_in_the_order_of_korean(glossary):
    glossary.translate("glossary", {"A pattern.": "무늬.", "A number.": "수."})
    glossary.translate("cnnbook", {"Taught on": "배우는 곳"})
    assert glossary.build("ko") == ""
    page = glossary.page("glossary", "ko")
    assert order(page) == ["kernel", "bias", "filter"]  # 커널, 편향, 필터
    assert '<strong lang="ko">커널</strong> <span class="cb-other-word" lang="en">kernel</span>' in page
    assert "무늬." in page
    assert "배우는 곳" in page
    assert re.search(r'href="#term-filter"[^>]*><span[^>]*>필터<', page)


def test_a_translated_paragraph_links_by_the_english_word(glossary):
    sentence = "A {term}`kernel`, two {term}`kernels <kernel>`, a {term}`Filter`."
    glossary.translate("index", {sentence: "{term}`커널 <kernel>`은 {term}`커널들 <kernel>`과 {term}`필터 <Filter>`."})
    assert glossary.build("ko") == ""
    assert re.search(
        r'href="glossary\.html#term-kernel"[^>]*><span[^>]*>커널</span></a>은', glossary.page(language="ko")
    )


def test_the_korean_word_is_a_term_too(glossary):
    glossary.write("index.md", INDEX + "\nThe {term}`커널`.\n")
    assert glossary.build() == ""


def test_headings_are_not_sorted_into_each_other(glossary):
    glossary.write(
        "glossary.md", GLOSSARY + "\n## More\n\n:::{term-entry} axis\n:ko: 축\n:taught: index\nA direction.\n:::\n"
    )
    glossary.build()
    assert order(glossary.page("glossary")) == ["bias", "filter", "kernel", "axis"]


def test_both_words_are_found_by_search_at_the_entry(glossary):
    glossary.build()
    index = (glossary.output() / "searchindex.js").read_text("utf-8")
    entries = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]
    assert entries["kernel"] == entries["커널"] == [[0, "term-kernel", True]]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (":taught: nowhere", "unknown document: '/nowhere'"),
        (":taught: index\n:not: sieve", "term not in glossary: 'sieve'"),
    ],
)
def test_an_unknown_page_or_term_warns_with_file_and_line(glossary, option, complaint):
    glossary.write("glossary.md", GLOSSARY + f"\n:::{{term-entry}} axis\n:ko: 축\n{option}\nA direction.\n:::\n")
    assert re.search(rf"glossary\.md:2\d: WARNING: {complaint}", glossary.build())


def test_an_entry_without_its_korean_word_is_an_error(glossary):
    glossary.write("glossary.md", GLOSSARY + "\n:::{term-entry} axis\n:taught: index\nA direction.\n:::\n")
    assert "the entry of 'axis' needs its :ko:" in glossary.build()


def test_a_page_that_names_an_unknown_term_warns(glossary):
    glossary.write("index.md", INDEX + "\nA {term}`sieve`.\n")
    assert "index.md:9: WARNING: term not in glossary: 'sieve'" in glossary.build()
