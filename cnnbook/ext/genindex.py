"""The index in the edition's language: its letters, and the one word that Sphinx writes there in English."""

import unicodedata
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from cnnbook.ext.words import _

ENGLISH = "module; "
CONSONANTS = {unicodedata.normalize("NFKD", letter): letter for letter in map(chr, range(ord("ㄱ"), ord("ㅎ") + 1))}


def headed(entries: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Head each group by a letter that stands by itself; Sphinx takes the first sound of a syllable, made to be joined.

    >>> headed([("A", ["axis"]), ("\N{HANGUL CHOSEONG KIYEOK}", ["가중치"])])
    [('A', ['axis']), ('ㄱ', ['가중치'])]
    """
    return [(CONSONANTS.get(letter, letter), group) for letter, group in entries]


def head(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None) -> None:
    """Change the index's headings, and the links to them with them."""
    if page == "genindex":
        context["genindexentries"] = headed(context["genindexentries"])


class Modules(SphinxTransform):
    """Enter modules under the edition's own word."""

    default_priority = 300  # before Sphinx collects the entries

    def apply(self, **_kwargs: Any) -> None:
        """Replace the word at the head of each entry."""
        own = _("module") + "; "
        for node in self.document.findall(addnodes.index):
            node["entries"] = [
                (kind, own + value.removeprefix(ENGLISH) if value.startswith(ENGLISH) else value, *rest)
                for kind, value, *rest in node["entries"]
            ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both."""
    app.setup_extension("cnnbook.ext.words")
    app.add_transform(Modules)
    app.connect("html-page-context", head)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
