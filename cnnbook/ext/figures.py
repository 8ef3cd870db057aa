"""Figures that follow the page's theme and language: one run, one SVG, inlined in HTML and a file elsewhere.

A figure carries its own description (:func:`cnnbook.draw.style.description`), so a script and a notebook say alike
what it shows: ``fig.set_label("…")``.
Descriptions and the words inside figures are translated from the catalogue ``figures``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import write_po
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from cnnbook.draw import palette, svg
from cnnbook.ext.csp import write
from cnnbook.ext.words import _, catalogue, fingerprint

log = logging.getLogger(__name__)

LEGIBLE = 480  # narrower, the words of a wide figure would be too small to read; its box scrolls instead
STYLE = f"""
.cb-figure-box{{display:block;overflow-x:auto;margin:1rem 0}}
.cb-figure{{display:block;max-width:100%;height:auto;margin:0 auto;font-family:var(--font-stack,sans-serif)}}
.cb-figure-wide .cb-figure{{min-width:{LEGIBLE}px}}
"""


def scraper(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save a gallery script's figures as SVG (Sphinx-Gallery's ``image_scrapers``)."""
    from sphinx_gallery.scrapers import matplotlib_scraper  # noqa: PLC0415  chooses Matplotlib's backend

    images = block_vars["image_path_iterator"]
    before = len(images)
    rst: str = matplotlib_scraper(block, block_vars, gallery_conf, format="svg")
    for number in range(before + 1, len(images) + 1):
        path = Path(images.image_path.format(number)).with_suffix(".svg")
        path.write_text(svg.alone(path.read_text("utf-8")), "utf-8")
    return rst


@dataclass(frozen=True)
class Page:
    """A page that is being written, in one edition."""

    app: Sphinx
    docname: str
    translate: Callable[[str], str]

    def inlined(self, node: nodes.Element, path: Path, number: int) -> nodes.raw:
        """The page's figure of this number, as an element of the page."""
        text = path.read_text("utf-8")
        alt = self.alt(node, text)
        if not alt:
            self.warn(node, 'a figure needs alt text: say what it shows with fig.set_label("…"), or give it a title')
        figure = svg.inline(text, prefix=f"figure{number}-", alt=alt, translate=self.translate)
        classes, scrolls = ["cb-figure-box", *node.get("classes", [])], ""
        if svg.width(figure) > LEGIBLE:
            classes.append("cb-figure-wide")
            label = _("Figure, scrolls sideways")
            scrolls = f' role="group" tabindex="0" aria-label="{label}"'
        return nodes.raw("", f'<span class="{" ".join(classes)}"{scrolls}>{figure}</span>', format="html")

    def copied(self, node: nodes.Element, path: Path) -> nodes.image:
        """A figure as a file of this edition."""
        text = path.read_text("utf-8")
        copy = Path(self.app.doctreedir, "figures", path.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = svg.alone(text, translate=self.translate)
        copy.write_text(svg.small(text) if _is_thumbnail(path) else text, "utf-8")
        self.app.env.images.add_file(self.docname, str(copy))
        alt = "" if _is_thumbnail(path) else self.alt(node, text)
        return nodes.image(uri=str(copy), candidates={"*": str(copy)}, alt=alt, classes=list(node.get("classes", ())))

    def alt(self, node: nodes.Element, text: str) -> str:
        """The page's own words, or else the figure's; Sphinx-Gallery's are a poorer guess at the latter."""
        if isinstance(node, nodes.image) and node.get("alt"):
            return self.translate(node["alt"])
        return ", ".join(map(self.translate, svg.title(text).splitlines()))

    def warn(self, node: nodes.Element, message: str) -> None:
        """Say where in the source something is missing."""
        log.warning(message, location=node if node.line else self.docname, type="cnnbook", subtype="alt")


def place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the page's figures into it, and ask for the alt text of every image."""
    if app.builder.name == "gettext":
        return
    messages = catalogue(app, "figures")
    page = Page(app, docname, lambda message: messages.get(message, message))
    inlined = app.builder.format == "html" and app.builder.name != "epub"
    _lighten(app, doctree)
    for number, node in enumerate(_images(doctree), start=1):
        path = _file(app, node)
        if path is None:
            if "alt" not in node:
                page.warn(node, "an image needs :alt: text that says what it shows")
        elif inlined and not _is_thumbnail(path):
            node.replace_self(page.inlined(node, path, number))
        else:
            node.replace_self(page.copied(node, path))


def _lighten(app: Sphinx, doctree: nodes.document) -> None:
    """Clean what a notebook drew where MyST-NB has put it, once for both editions and all builds to come."""
    notebooks = getattr(app.env, "mystnb_config", None)
    if notebooks is None:
        return
    for node in _images(doctree):
        path = _file(app, node)
        if path and path.resolve().is_relative_to(Path(notebooks.output_folder).resolve()):
            text = path.read_text("utf-8")
            if not svg.is_clean(text):
                write(path, svg.alone(text))


def _images(document: nodes.document) -> list[nodes.Element]:
    """Images of pages, and Sphinx-Gallery's own kind."""
    return [node for node in document.findall(nodes.Element) if type(node).__name__ in {"image", "imgsgnode"}]


def _file(app: Sphinx, node: nodes.Element) -> Path | None:
    """The figure's file; none where the image is no figure of ours."""
    path = Path(app.srcdir, node["uri"].lstrip("/"))
    if not path.exists():
        path = Path(node["uri"])
    if path.suffix != ".svg" or not path.exists():
        return None
    return path if svg.is_figure(path.read_text("utf-8")) else None


def _is_thumbnail(path: Path) -> bool:
    """Whether it stands on a card, beside its title, which says enough."""
    return path.parent.name == "thumb"


def _messages(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Every string of every figure, with the page it stands on."""
    for docname in sorted(app.env.found_docs):
        for node in _images(app.env.get_doctree(docname)):
            if (path := _file(app, node)) and not _is_thumbnail(path):
                yield from ((word, docname) for word in svg.words(path.read_text("utf-8")))


def write_template(app: Sphinx, exception: Exception | None) -> None:
    """Write ``figures.pot`` beside the pages' templates (``gettext`` builder)."""
    if exception or app.builder.name != "gettext":
        return
    catalog = Catalog(project=app.config.project)
    for word, docname in _messages(app):
        catalog.add(word, locations=[(docname, 0)])
    with Path(app.outdir, "figures.pot").open("wb") as file:
        write_po(file, catalog, sort_output=True, width=0)


def write_style(app: Sphinx) -> None:
    """Write the palette's variables and the figures' rules for the pages."""
    if app.builder.format == "html":
        path = Path(app.outdir, "_static", "figures.css")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(palette.variables() + palette.sentinels() + STYLE, "utf-8")


def _remember_translations(app: Sphinx, config: Config) -> None:
    config.figure_words = fingerprint(app, "figures")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the placing, the template and the style sheet."""
    app.add_config_value("figure_words", "", "html", types=frozenset({str}))
    app.connect("config-inited", _remember_translations)
    app.connect("doctree-resolved", place)
    app.add_css_file("figures.css")
    app.connect("builder-inited", write_style)
    app.connect("build-finished", write_template)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
