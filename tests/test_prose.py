"""Pages and scripts have the book's form: a claim, an argument, a check, and what to remember."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAPTERS = [path for path in sorted(ROOT.glob("docs/*/*.md")) if "index" not in path.stem]
LESSONS = [path for path in CHAPTERS if path.stem != "exercises"]
SCRIPTS = sorted(ROOT.glob("gallery/*/*.py"))
CODE = re.compile(
    r"^( *)(`{3,})(?!\{(?:figure|image)\})(?s:.*?)^\1\2 *$|\A---\n(?s:.*?)^---$|^:(?!alt:)\S+:.*$", re.MULTILINE
)
TWO_SENTENCES = re.compile(r"(?<!^\d)(?<=[a-z\d)`*$])[.?!][*_]* (?:[A-Z*]|\{(?:term|eval)\})")


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.relative_to(ROOT).as_posix())


def headings(page):
    return re.findall(r"^(#+) (.*)$", CODE.sub("", page), re.MULTILINE)


def cells(script):
    """Titles of a script's cells that have one, in order."""
    return re.findall(r"^# %%[^\n]*\n# (.+)\n# [-=]{3,}$", script, re.MULTILINE)


@named(CHAPTERS)
def test_a_page_has_one_title_and_skips_no_level(path):
    levels = [len(marks) for marks, _ in headings(path.read_text("utf-8"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


@named(LESSONS)
def test_a_lesson_asks_a_question_first_and_ends_with_what_to_remember(path):
    page = CODE.sub("", path.read_text("utf-8"))
    assert "?" in page.split("\n## ")[0]
    assert "What to remember" in [title for _, title in headings(page)]


@named(LESSONS)
def test_a_lesson_cites_a_claim(path):
    assert re.search(r"\{claim\}`C\d+\.\d+`", path.read_text("utf-8"))


@named(SCRIPTS)
def test_a_script_states_a_claim_checks_it_and_ends_with_what_to_remember(path):
    script = path.read_text("utf-8")
    tree = ast.parse(script)
    title, underline = ast.get_docstring(tree).splitlines()[:2]
    assert set(underline) <= set("=")
    assert len(underline) >= len(title)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert cells(script)[-1] == "What to remember"


@named([*CHAPTERS, *sorted(ROOT.glob("docs/*.md"))])
def test_a_sentence_has_a_line_of_its_own(path):
    lines = CODE.sub(lambda code: "\n" * code[0].count("\n"), path.read_text("utf-8")).splitlines()
    found = [n for n, line in enumerate(lines, 1) if TWO_SENTENCES.search(line) and not line.startswith("#")]
    assert [f"{path.relative_to(ROOT)}:{n}" for n in found] == []


@pytest.mark.parametrize("line", ["It is so. It is not.", "Is it `so`? No, not so.", "In bold.** Then not."])
def test_two_sentences_on_a_line_are_found(line):
    assert TWO_SENTENCES.search(line)


@pytest.mark.parametrize("line", ["It is so.", "Hubel et al. (1962)", "It is so. {claim}`C1.1`", "1. The first"])
def test_one_sentence_on_a_line_is_let_through(line):
    assert not TWO_SENTENCES.search(line)


def test_the_title_of_a_cell_is_found():
    assert cells("# %%\n# What to remember\n# ----------------\n# - This.\n") == ["What to remember"]
