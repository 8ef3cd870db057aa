"""Twenty questions in each language find their page among the first three answers."""

import json
from pathlib import Path

import pytest

QUERIES = json.loads(Path(__file__).with_name("queries.json").read_text("utf-8"))


@pytest.mark.parametrize("language", QUERIES)
def test_the_answer_is_among_the_first_three(reader, language):
    missed = []
    with reader() as window:
        for query, wanted in QUERIES[language].items():
            page = window.open(f"{language}/search.html?q={query}")
            page.wait_for_selector("p.search-summary:not(:empty)")
            page.wait_for_timeout(300)
            links = page.locator("ul.search > li > a").evaluate_all("found => found.slice(0, 3).map((a) => a.href)")
            if not any(wanted in link for link in links):
                missed.append(f"{query}: wanted {wanted}, found {[link.split(f'/{language}/')[1] for link in links]}")
    assert not missed


EXCERPT = """(address) => fetch(address).then((answer) => answer.text()).then((html) => {
  const page = new DOMParser().parseFromString(html, "text/html").querySelector("[role=main]");
  const texts = (kind) => [...page.querySelectorAll(kind)].map((element) => element.textContent);
  return [Search.htmlToText(html), texts("svg:has(text)"), texts("pre:has(.linenos)"), texts("annotation")];
})"""


def test_an_excerpt_quotes_prose_without_figures_and_the_numbers_of_lines(reader):
    with reader() as window:
        page = window.open("en/search.html?q=kernel")
        page.wait_for_selector("ul.search > li p.context")
        quoted, figures, numbered, formulas = page.evaluate(EXCERPT, "../en/why/slide-and-sum.html")
    assert "kernel" in quoted
    assert figures
    assert numbered
    assert formulas
    for text in [*figures, *numbered, *(formula for formula in formulas if "\\" in formula)]:
        assert text not in quoted
