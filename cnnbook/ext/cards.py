"""The gallery in the reader's language: cards with translated titles, downloads, and a link to Colab.

Sphinx-Gallery writes its cards and links in English; here they become nodes that the page's own language fills.
"""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from cnnbook.ext.words import _

CARD = '<div class="sphx-glr-thumbcontainer"'


def download_words() -> dict[str, str]:
    """What each kind of download is called, by Sphinx-Gallery's class for it."""
    return {
        "sphx-glr-download-python": _("Download as a script"),
        "sphx-glr-download-jupyter": _("Download as a notebook"),
        "sphx-glr-download-zip": _("Download both, zipped"),
    }


class Downloads(SphinxTransform):
    """Name the downloads, lead to Colab, and drop the note that only says where the downloads stand."""

    default_priority = 15  # before Sphinx translates paragraphs (20): these need no entry in each page's catalogue

    def apply(self, **_options: Any) -> None:
        """Change the links below a script's page and below the gallery."""
        for note in list(self.document.findall(nodes.note)):
            if "sphx-glr-download-link-note" in note["classes"]:
                note.parent.remove(note)
        for container in list(self.document.findall(nodes.container)):
            for kind, words in download_words().items():
                if kind in container["classes"]:
                    self._name(container, words)
            if "sphx-glr-footer-example" in container["classes"]:
                container.insert(0, self._colab())
        for card in _cards(self.document):
            for paragraph in _inside(card, nodes.paragraph):
                paragraph["translatable"] = False  # the title of another page, translated there

    def _name(self, container: nodes.container, words: str) -> None:
        for paragraph in container.findall(nodes.paragraph):
            paragraph["translatable"] = False
            for link in paragraph.findall(addnodes.download_reference):
                link.children = []
                link.append(nodes.inline("", words))

    def _colab(self) -> nodes.paragraph:
        notebook = _notebook(self.env.docname)
        link = nodes.reference("", _("Open in Colab"), refuri=f"{self.config.colab}{notebook}", internal=False)
        return nodes.paragraph("", "", link, translatable=False)


def join_cards(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Make each card one link, of its picture and the title that its page has in this language."""
    if app.builder.format != "html":
        return
    for card in _cards(doctree):
        for link in _inside(card, nodes.reference):
            pictures = _inside(card, nodes.image)
            for node in card[1:]:
                node.parent.remove(node)
            title = nodes.inline("", link.astext())
            link.children = []
            link.extend([*pictures, title])
            card[0].replace_self(nodes.paragraph("", "", link, classes=["cb-card"]))


def _inside(card: list[nodes.Element], kind: type[nodes.Element]) -> list[nodes.Element]:
    return [node for sibling in card for node in sibling.findall(kind)]


def _cards(document: nodes.document) -> list[list[nodes.Element]]:
    """The siblings that make up each card: opening markup, picture and link, closing markup."""
    cards = []
    for start in document.findall(nodes.raw):
        if start.astext().startswith(CARD):
            siblings = start.parent.children
            first = siblings.index(start)
            last = next(i for i in range(first + 1, len(siblings)) if isinstance(siblings[i], nodes.raw))
            cards.append([node for node in siblings[first : last + 1] if isinstance(node, nodes.Element)])
    return cards


def _notebook(docname: str) -> str:
    """Where a gallery page's notebook lies, from the folder of notebooks.

    >>> _notebook("gallery/why/plot_shift")
    'why/plot_shift.ipynb'
    """
    return f"{docname.partition('/')[2]}.ipynb"


def publish_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Copy the gallery's notebooks to addresses that do not change with their content."""
    if exception or app.builder.format != "html":
        return
    for docname in sorted(app.env.found_docs):
        notebook = Path(app.srcdir, f"{docname}.ipynb")
        if docname.startswith("gallery/") and notebook.exists():
            target = Path(app.outdir, "notebooks", _notebook(docname))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(notebook, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what happens to pages before they are translated and before they are written."""
    app.add_config_value(
        "colab",
        "https://colab.research.google.com/github/cnnbook/cnnbook/blob/notebooks/",
        "env",
        types=frozenset({str}),
    )
    app.add_transform(Downloads)
    app.connect("doctree-resolved", join_cards, priority=600)  # after the pictures are in place
    app.connect("build-finished", publish_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
