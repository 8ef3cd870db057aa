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
