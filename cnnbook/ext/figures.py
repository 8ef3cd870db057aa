"""Figures that follow the page's theme and language: one run, one SVG, inlined in HTML and a file elsewhere.

A figure carries its own description (:func:`cnnbook.draw.style.description`), so a script and a notebook say alike
what it shows: ``fig.set_label("…")``.
Descriptions and the words inside figures are translated from the catalogue ``figures``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import write_po
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from cnnbook.draw import palette, svg
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


class Figures(SphinxPostTransform):
    """Put each figure into its page, in the edition's language, and ask for the alt text of every image."""

    default_priority = 5  # after MyST-NB has chosen an output's SVG, before Sphinx's image converters

    def run(self, **_options: Any) -> None:
        """Replace the page's images that are figures."""
        messages = catalogue(self.app, "figures")
        inlined = self.app.builder.format == "html" and self.app.builder.name != "epub"
        for number, node in enumerate(_images(self.document), start=1):
            path = _file(self.app, node)
            if path is None:
                if "alt" not in node:
                    self._warn(node, "an image needs :alt: text that says what it shows")
            elif inlined and not _is_thumbnail(path):
                node.replace_self(self._inlined(node, path, number, messages))
            elif messages or not isinstance(node, nodes.image):
                node.replace_self(self._copied(node, path, messages))

    def _inlined(self, node: nodes.Element, path: Path, number: int, messages: dict[str, str]) -> nodes.raw:
        text = path.read_text("utf-8")
        alt = _alt(node, text, messages)
        if not alt:
            self._warn(node, 'a figure needs alt text: say what it shows with fig.set_label("…"), or give it a title')
        figure = svg.inline(text, prefix=f"figure{number}-", alt=alt, translate=_translator(messages))
        classes, scrolls = ["cb-figure-box", *node.get("classes", [])], ""
        if svg.width(figure) > LEGIBLE:
            classes.append("cb-figure-wide")
            scrolls = f' role="group" tabindex="0" aria-label="{_("Figure, scrolls sideways")}"'
        return nodes.raw("", f'<span class="{" ".join(classes)}"{scrolls}>{figure}</span>', format="html")

    def _copied(self, node: nodes.Element, path: Path, messages: dict[str, str]) -> nodes.image:
        text = path.read_text("utf-8")
        copy = Path(self.app.doctreedir, "figures", path.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(svg.alone(text, translate=_translator(messages)), "utf-8")
        self.env.images.add_file(self.env.docname, str(copy))
        alt = "" if _is_thumbnail(path) else _alt(node, text, messages)
        return nodes.image(uri=str(copy), candidates={"*": str(copy)}, alt=alt, classes=list(node.get("classes", ())))

    def _warn(self, node: nodes.Element, message: str) -> None:
        location = node if node.line else self.env.docname
        log.warning(message, location=location, type="cnnbook", subtype="alt")


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


def _alt(node: nodes.Element, text: str, messages: dict[str, str]) -> str:
    """The page's own words, or else the figure's; Sphinx-Gallery's are a poorer guess at the latter."""
    translate = _translator(messages)
    if isinstance(node, nodes.image) and node.get("alt"):
        return translate(node["alt"])
    return ", ".join(map(translate, svg.title(text).splitlines()))


def _translator(messages: dict[str, str]) -> Callable[[str], str]:
    return lambda message: messages.get(message, message)


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
    """Register the transform, the template and the style sheet."""
    app.add_config_value("figure_words", "", "html", types=frozenset({str}))
    app.connect("config-inited", _remember_translations)
    app.add_post_transform(Figures)
    app.add_css_file("figures.css")
    app.connect("builder-inited", write_style)
    app.connect("build-finished", write_template)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
