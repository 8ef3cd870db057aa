"""An exercise on a page: question, hint, answer box and solution, with scripts and without, in both languages."""

import html
import json
import re

import numpy as np
import pytest
from docutils import nodes

from cnnbook.exercises import EXERCISES, ByHand
from cnnbook.ext.exercises import given, tex

CHECK = {"name": "test_it", "file": "tests/test_it.py", "line": 1, "source": "", "runs": 1, "passed": 1}
EXTENSIONS = ("myst_parser", "cnnbook.ext.words", "cnnbook.ext.exercises")
COLONS = {"myst_enable_extensions": ["colon_fence"]}
PROSE = "::::{exercise} Count\nHow many?\n\n:::{answer}\nNine.\n:::\n::::\n"
CHECKED = """
::::{exercise} Turn it round
:check: bright-dot

What comes out?

:::{hint}
Look at the corner.
:::

:::{solution}
The last number comes first.
:::
::::
"""


@pytest.fixture
def site(book):
    return book(*EXTENSIONS, **COLONS)


def made(site, body=CHECKED, **options):
    """Build a page around an exercise; return what stands in its box."""
    site.write("index.md", f"# A page\n\n{body}")
    assert site.build(**options) == ""
    return site.page(language=options.get("language", "en")).split('class="cb-box cb-exercise')[1]


def test_an_answer_folds_inside_its_exercise(site):
    exercise = made(site, PROSE)
    assert '<span class="cb-label">Exercise</span> Count' in exercise
    assert re.search(r'<details class="cb-fold">\s*<summary>Answer</summary>\s*<p>Nine\.</p>\s*</details>', exercise)


def test_question_hint_answer_and_solution_stand_in_this_order(site):
    parts = ["What comes out?", ">input<", "<summary>Hint", "<cnn-exercise", "In Python:", "<summary>Solution"]
    places = [made(site).index(part) for part in parts]
    assert places == sorted(places)


def test_the_page_gives_what_the_record_gives(site):
    exercise = made(site)
    given = exercise[exercise.index("cb-given") : exercise.index("<summary>Hint")]
    assert r"1 &amp; 2 &amp; 3 \\ 4 &amp; 5 &amp; 6 \\ 7 &amp; 8 &amp; 9" in given
    assert ">kernel<" in given


def test_every_array_that_a_record_gives_has_a_name_and_is_set_out():
    for exercise in EXERCISES.values():
        if isinstance(exercise, ByHand):
            arrays = [value for value in exercise.given.values() if isinstance(value, np.ndarray)]
            assert sum(len(list(part.findall(nodes.math))) for part in given(exercise)) == len(arrays)


def test_channels_are_set_side_by_side():
    assert tex(np.ones((2, 1, 1))) == r"\begin{bmatrix}1\end{bmatrix}\;\begin{bmatrix}1\end{bmatrix}"


def test_the_answer_box_knows_the_answer_and_the_mistakes(site):
    data = json.loads(html.unescape(re.search(r'data-exercise="([^"]*)"', made(site))[1]))
    assert data["kind"] == "array"
    assert data["answer"] == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    wrong, says = data["mistakes"][0]
    assert wrong == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert says.startswith("That is the kernel as it stands.")


def test_the_solution_begins_with_the_computed_answer(site):
    solution = made(site).split("<summary>Solution")[1]
    assert solution.index(r"9 &amp; 8 &amp; 7") < solution.index("The last number comes first.")


@pytest.mark.parametrize(("name", "answer"), [("film-fully-connected", "62,208,000"), ("pixel-scores", "20×480×640")])
def test_numbers_and_shapes_are_printed_as_in_print(site, name, answer):
    assert f'<p class="cb-right">{answer}</p>' in made(site, CHECKED.replace("bright-dot", name))


def test_a_function_is_begun_checked_and_solved_in_code(site):
    exercise = made(site, CHECKED.replace("bright-dot", "banded-matrix"))
    text = html.unescape(re.sub(r"<[^>]+>", "", exercise))
    assert 'def banded_matrix(weight, n):\n    ...\n\nexercises.check("banded-matrix", banded_matrix)' in text
    assert "places = n - len(weight) + 1" in text.split("Solution")[1]
    assert '"""' not in text
    assert "cnn-exercise" not in exercise


@pytest.mark.parametrize("name", ["bright-dot", "banded-matrix"])
def test_claims_that_the_book_lists_are_linked_and_others_are_named(site, name, monkeypatch):
    claim = EXERCISES[name].claims[0]
    body = CHECKED.replace("bright-dot", name)
    assert f'<span class="cb-claim">{claim}</span>' in made(site, body)
    monkeypatch.setattr("cnnbook.ext.claims.results", lambda _app: [CHECK | {"claims": [claim]}])
    linked = made(site, f"{body}\n:::{{claim-entry}} {claim}\nIt is so.\n:::\n")
    assert re.search(
        rf'<a class="reference internal" href="#{claim}"><span class="cb-claim">{claim}</span></a>', linked
    )


def test_the_exercise_can_be_linked_to(site):
    site.write("index.md", f"# A page\n\n{CHECKED}")
    site.build()
    assert 'id="bright-dot"' in site.page()


def test_a_page_with_a_checked_exercise_loads_the_modules_and_another_does_not(site):
    site.write("other.md", f"---\norphan: true\n---\n# Another\n\n{PROSE}")
    made(site)
    assert re.search(r"live-\w{10}/loader\.js", site.page())
    assert re.search(r"live-\w{10}/exercise/view\.css", site.page())
    assert "live-" not in site.page("other")


def test_everything_is_translated(site):
    words = {
        "Exercise": "연습",
        "Hint": "힌트",
        "Solution": "풀이",
        "In Python:": "파이썬:",
        "input": "입력",
        "kernel": "커널",
    }
    texts = {"Turn it round": "뒤집기", "What comes out?": "무엇이 나오는가?", "Look at the corner.": "구석을 보라."}
    site.translate("cnnbook", words)
    site.translate("index", texts | {"The last number comes first.": "마지막 수가 먼저 온다."})
    exercise = made(site, language="ko")
    assert all(word in exercise for word in [*words.values(), *texts.values()])
    assert not any(word in exercise for word in [">input<", "Hint", "Solution", *texts])


def test_translators_are_asked_for_prose_alone(site):
    site.write("index.md", f"# A page\n\n{CHECKED}")
    site.build(builder="gettext")
    template = (site.output(builder="gettext") / "index.pot").read_text()
    asked = re.findall(r'^msgid "(.+)"', template, re.MULTILINE)
    assert asked == [
        "A page",
        "Turn it round",
        "What comes out?",
        "Look at the corner.",
        "The last number comes first.",
    ]


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_everything_is_printed_open_where_nothing_folds(site, builder):
    site.write("index.md", f"# A page\n\n{CHECKED}")
    assert site.build(builder=builder) == ""
    written = "".join(path.read_text("utf-8") for path in site.output(builder=builder).glob("*.t*x*"))
    assert "The last number comes first." in written
    assert "data-exercise" not in written


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("bright-dot", "bright-dots", "there is no exercise 'bright-dots'; did you mean 'bright-dot'?"),
        (":check: bright-dot", ":check:", "argument required but none supplied"),
        ("{hint}", "{answer}", "the exercise 'bright-dot' needs a {hint}"),
        ("{solution}", "{answer}", "the exercise 'bright-dot' needs a {solution}"),
        ("Turn it round", "", "1 argument(s) required, 0 supplied"),
        ("What comes out?", "", "the exercise 'bright-dot' needs a question before its {hint}"),
    ],
)
def test_what_is_missing_is_said_with_file_and_line(site, good, bad, complaint):
    site.write("index.md", f"# A page\n\n{CHECKED}".replace(good, bad))
    warnings = site.build()
    assert re.search(r"index\.md:[45]: (ERROR|WARNING)", warnings), warnings
    assert complaint in warnings
