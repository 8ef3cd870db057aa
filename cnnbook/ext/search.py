"""Search in both editions: Korean words with their particles, names of functions with their parts, and typing errors.

Sphinx indexes words while it builds (here) and splits a question in the browser (``search.js``); the two must agree.
"""

import json
import re
from pathlib import Path
from typing import Any

import snowballstemmer
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage
from sphinx.util.index_entries import split_index_msg

PARTICLES = sorted(
    """
    에서부터 으로부터 에게서 에서는 에서도 으로는 으로도 으로써 으로서 까지는 에서 에게 에는 에도 까지 부터 처럼 보다
    으로 로는 로도 로써 로서 이라는 이라고 이란 이나 라는 라고 하는 하고 이며 이다 입니다 이고 란
    은 는 이 가 을 를 의 에 로 와 과 도 만 나 랑
    """.split(),  # noqa: SIM905 - a list of words reads as words
    key=len,
    reverse=True,
)
ENDS_IN_PARTICLE = re.compile(f"(?:{'|'.join(PARTICLES)})$")
WORD = re.compile(r"[가-힣]+|[^\W가-힣]+")
PART = re.compile(r"[A-Z]*[a-z]+\d*d?|[A-Z]+|\d+")
HANGUL = re.compile("[가-힣]")


def words(text: str) -> list[str]:
    """Split a text into everything that a reader may ask for.

    >>> words("합성곱을 Conv2d로")
    ['합성곱을', '합성곱', 'Conv2d', '로']
    >>> words("conv_transpose2d_loops")
    ['conv_transpose2d_loops', 'conv', 'transpose2d', 'loops']
    """
    return [form for word in WORD.findall(text) for form in dict.fromkeys((word, *forms(word)))]


def forms(word: str) -> list[str]:
    """Give the noun before a particle, or the parts of a name in code.

    >>> forms("커널을"), forms("ConvTranspose2d"), forms("kernel")
    (['커널'], ['Conv', 'Transpose2d'], [])
    """
    if HANGUL.match(word):
        noun = ENDS_IN_PARTICLE.sub("", word) if len(word) > 2 else word  # noqa: PLR2004 - shorter may be a noun itself
        return [noun] if len(noun) > 1 else []
    parts = PART.findall(word)
    return [part for part in parts if len(part) > 2] if len(parts) > 1 else []  # noqa: PLR2004


class English(SearchLanguage):
    """Index whole words, their nouns and their parts; stem what is not Hangul."""

    lang = "en"
    language_name = "English"  # Sphinx names the stemmer in the browser by it, in the Korean edition too
    js_stemmer_rawcode = "english-stemmer.js"
    js_splitter_code = f"const PARTICLES = {json.dumps(PARTICLES, ensure_ascii=False)};\n" + Path(__file__).with_suffix(
        ".js"
    ).read_text(encoding="utf-8")

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self.stemmer = snowballstemmer.stemmer("english")

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx's name
        """Split as the browser does, and add the forms that it strips."""
        return words(input)

    def stem(self, word: str) -> str:
        """Stem as the browser does."""
        lower = word.lower()
        return lower if HANGUL.search(lower) else str(self.stemmer.stemWord(lower))

    def word_filter(self, stemmed_word: str) -> bool:
        """Leave numbers out."""
        return not stemmed_word.isdigit()


class Korean(English):
    """The same, for Korean pages are full of English names."""

    lang = "ko"


def keep_entries(app: Sphinx) -> list[Any]:
    """Give the search every index entry: Sphinx itself forgets those of pages that this build did not write."""
    indexer = getattr(app.builder, "indexer", None)
    if indexer is not None:
        for page, entries in app.env.domains.index_domain.entries.items():
            indexer._index_entries[page] = sorted(  # noqa: SLF001 - there is no public way
                {
                    (word, anchor or "", main)
                    for kind, value, anchor, main, _ in entries
                    for word in split_index_msg(kind, value)
                }
            )
    return []


def setup(app: Sphinx) -> dict[str, Any]:
    """Replace Sphinx's own English search, and add the Korean one."""
    app.add_search_language(English)
    app.add_search_language(Korean)
    app.connect("html-collect-pages", keep_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
