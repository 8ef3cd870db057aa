"""A number in a sentence is the value of an expression; in every language, executed once."""

import re

import pytest
from jupyter_cache import get_cache

from cnnbook.ext.computed import expressions

HEADER = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
CELL = "\n```{code-cell}\nweights = 59065\n```\n"


@pytest.fixture
def notebook(book, tmp_path):
    return book(
        "myst_nb",
        "cnnbook.ext.computed",
        nb_execution_mode="cache",
        nb_execution_cache_path=str(tmp_path / "_build/cache"),
        nb_execution_raise_on_error=True,
    )


def test_expressions_are_found_once_each_in_order():
    source = 'Of {eval}`f"{n:,}"` in {eval}``"`" * n`` and {eval}`n +\n  1`; again {eval}`f"{n:,}"`, not {math}`n`.'
    assert expressions(source) == ['f"{n:,}"', '"`" * n', "n + 1"]


def test_the_value_stands_in_the_sentence_and_the_title(notebook):
    notebook.write("index.md", HEADER + '# All {eval}`f"{weights:,}"`\n' + CELL + "\nHalf is {eval}`weights //\n5`.\n")
    assert notebook.build() == ""
    page = notebook.page()
    assert "<title>All 59,065" in page
    assert 'Half is <span class="cb-computed">11813</span>.' in page
    assert page.count('class="cell docutils container"') == 1  # the cell that computes is not shown


def test_the_value_is_that_at_the_end_of_the_page(notebook):
    notebook.write(
        "index.md", HEADER + "# A page\n\nSo {eval}`weights`.\n" + CELL + "\n```{code-cell}\nweights = 3\n```\n"
    )
    assert notebook.build() == ""
    assert 'So <span class="cb-computed">3</span>.' in notebook.page()


def test_names_of_the_page_are_not_shadowed(notebook):
    notebook.write("index.md", HEADER + "# A page\n\nSo {eval}`values`.\n\n```{code-cell}\nvalues = 7\n```\n")
    assert notebook.build() == ""
    assert 'So <span class="cb-computed">7</span>.' in notebook.page()


def test_the_second_language_executes_nothing_and_has_the_same_values(notebook):
    sentence = "It has {eval}`weights` of them."
    notebook.write("index.md", HEADER + "# A page\n" + CELL + f"\n{sentence}\n")
    notebook.translate("index", {sentence: "모두 {eval}`weights`개다."})
    notebook.build()
    records = get_cache(notebook.settings["nb_execution_cache_path"]).list_cache_records()
    assert notebook.build("ko") == ""
    assert '모두 <span class="cb-computed">59065</span>개다.' in notebook.page(language="ko")
    again = get_cache(notebook.settings["nb_execution_cache_path"]).list_cache_records()
    assert [record.created for record in again] == [record.created for record in records]


def test_an_expression_that_only_the_translation_has_is_an_error(notebook):
    notebook.write("index.md", HEADER + "# A page\n" + CELL + "\nIt has {eval}`weights`.\n")
    notebook.translate("index", {"It has {eval}`weights`.": "모두 {eval}`weights + 1`."})
    warnings = notebook.build("ko")
    assert "{eval}`weights + 1` on the page 'index' failed: no cell of this page computes it" in warnings


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("nothing", "NameError: name 'nothing' is not defined"),
        ("1 +", "SyntaxError: invalid syntax"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_an_expression_that_fails_is_an_error_with_page_and_line(notebook, expression, complaint):
    notebook.write("index.md", HEADER + "# A page\n" + CELL + f"\nIt has {{eval}}`{expression}`.\n")
    warnings = notebook.build()
    assert re.search(
        rf"index\.md:11: ERROR: {{eval}}`{re.escape(expression)}` on the page 'index' failed: {complaint}", warnings
    )


def test_a_page_that_computes_nothing_cannot_state_a_value(notebook):
    notebook.write("index.md", "# A page\n\nIt has {eval}`1 + 1`.\n")
    assert "index.md:3: ERROR: {eval}`1 + 1` on the page 'index' failed: no cell of this page" in notebook.build()


def test_a_negative_value_has_a_minus_and_no_hyphen(notebook):
    notebook.write("index.md", HEADER + "# A page\n" + CELL + "\nIt changes by {eval}`-weights`.\n")
    notebook.build()
    assert 'by <span class="cb-computed">−59065</span>.' in notebook.page()
