"""``{live} convolution auto``: a figure that becomes live where the reader's browser can make it so.

On the page stands an ordinary figure, with alt text and caption.
Its picture is wrapped in a custom element, ``<cnn-convolution>``; a small module fills that when it comes into view.
Without scripts, in print and in every other format the picture stays.
The modules are in ``docs/live``, a folder for each kind of live figure.
"""

import hashlib
import html
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.directives.patches import Figure
from sphinx.environment import BuildEnvironment

from cnnbook.exercises import EXERCISES, ByHand
from cnnbook.ext import calculator, paint, playground, receptive_field
from cnnbook.ext.beginning import Beginning
from cnnbook.ext.csp import write
from cnnbook.ext.words import catalogue

SOURCES = Path(__file__).parents[2] / "docs" / "live"
KINDS: dict[str, Callable[[dict[str, str]], Beginning]] = {
    "convolution": playground.beginning,
    "paint": paint.beginning,
    "receptive-field": receptive_field.beginning,
    "sizes": calculator.beginning,
}
FROM_CELLS = {"network"}  # the value of a page's cell: cnnbook.live.Walk


class live(nodes.General, nodes.Element):  # noqa: N801  docutils names nodes in lower case
    """The custom element round a figure's picture; outside HTML nothing but the picture."""


class Live(Figure):
    """``{live} KIND PICTURE``; the picture ``auto`` is drawn from the first state; the body is the caption."""

    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {
        **(Figure.option_spec or {}),
        "attrs": directives.unchanged,
        "start": lambda word: directives.choice(word, ("visible", "click")),
    }

    def run(self) -> list[nodes.Node]:
        """Make the figure, then put the custom element round its picture."""
        kind, image = self.arguments
        attributes = parsed(self.options.pop("attrs", ""))
        begin = self.options.pop("start", "visible")
        first = checked(self, kind, attributes)
        env = self.state.document.settings.env
        self.arguments = [stored(env, kind, first.drawing) if image == "auto" else image]
        attributes |= {"start": begin, **{f"data-{name}": value for name, value in first.data.items()}}
        element = live(kind=kind, attributes=attributes, sizes=first.style)
        return wrapped(super().run(), element)


def checked(directive: Figure, kind: str, attributes: dict[str, str]) -> Beginning:
    """Refuse, with file and line, what an author got wrong; else give what the figure begins with."""
    directive.state.document.settings.env.note_dependency(str(SOURCES / kind / "settings.json"))
    if kind not in KINDS:
        raise directive.error(f"there is no live figure {kind!r}; there are: {', '.join(KINDS)}")
    if not directive.options.get("alt"):
        raise directive.error(f"the live figure {kind!r} needs :alt: text, for readers who do not see it")
    try:
        return KINDS[kind](attributes)
    except ValueError as error:
        raise directive.error(f"the live figure {kind!r}: {error}") from error


def parsed(words: str) -> dict[str, str]:
    """Read attributes as an author writes them.

    >>> parsed("dims=2 kernel=3")
    {'dims': '2', 'kernel': '3'}
    """
    return {name: value for name, _, value in (word.partition("=") for word in words.split())}


def stored(env: BuildEnvironment, kind: str, drawing: str) -> str:
    """Store a drawing beside the doctrees; return its path from the folder of the sources."""
    name = f"{kind}-{hashlib.sha256(drawing.encode()).hexdigest()[:8]}.svg"
    path = Path(env.doctreedir, "drawn", name)
    if not path.exists():  # written anew, it would have every other page that shows it read again
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, drawing)
    return "/" + Path(os.path.relpath(path, env.srcdir)).as_posix()


def wrapped(made: list[nodes.Node], element: nodes.Element) -> list[nodes.Node]:
    """Put ``element`` round the picture of the figure that was made."""
    for figure in made:
        for image in list(figure.findall(nodes.image)):
            image.replace_self(element)
            element += image
    return made


def visit(translator: Any, node: live) -> None:
    """Open the custom element."""
    if translator.builder.name != "epub":
        attributes = {"class": "live-figure", **node["attributes"], "style": node["sizes"]}
        written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
        translator.body.append(f"<cnn-{node['kind']} {written}>")


def depart(translator: Any, node: live) -> None:
    """Close the custom element."""
    if translator.builder.name != "epub":
        translator.body.append(f"</cnn-{node['kind']}>")


def only_picture(_translator: Any, _node: live) -> None:
    """Write nothing round the picture."""


def name_folder(app: Sphinx, config: Config) -> None:
    """Put the contents' hash into the folder's name: a module finds the others it imports, old and new never mix."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.*")):
        digest.update(path.relative_to(SOURCES).as_posix().encode() + path.read_bytes())
    digest.update(_words(app).encode())
    config.live_folder = f"live-{digest.hexdigest()[:10]}"


def copy(app: Sphinx) -> None:
    """Put modules, style sheets and the edition's words beside the pages."""
    if app.builder.name not in {"html", "dirhtml"}:
        return
    static = Path(app.outdir, "_static")
    folder, unfinished = static / app.config.live_folder, static / "live-unfinished"
    if folder.exists():
        return
    for old in static.glob("live-*"):
        shutil.rmtree(old)
    shutil.copytree(SOURCES, unfinished)
    (unfinished / "words.json").write_text(_words(app), "utf-8")
    unfinished.replace(folder)


def link(app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load the modules on pages that have a live figure."""
    kinds = sorted(_kinds(doctree)) if doctree else []
    if kinds and app.builder.name != "epub":
        folder = app.config.live_folder
        app.add_js_file(f"{folder}/loader.js", type="module")
        for sheet in ["live.css", *(f"{kind}/view.css" for kind in kinds)]:
            app.add_css_file(f"{folder}/{sheet}")


def _kinds(doctree: nodes.document) -> set[str]:
    """Name the live figures of a page: those of the directive, and those that a cell has shown."""
    shown = "".join(node.astext() for node in doctree.findall(nodes.raw) if node.get("format") == "html")
    return {node["kind"] for node in doctree.findall(live)} | {kind for kind in FROM_CELLS if f"<cnn-{kind} " in shown}


def _words(app: Sphinx) -> str:
    return json.dumps(catalogue(app, "live"), ensure_ascii=False, sort_keys=True)


def extract(template: str | Path) -> None:
    """Write the template of what live pages say: ``_("…")`` in modules, names in their settings, typical mistakes."""
    catalog = Catalog(project="cnnbook")
    for file, _, message, comments, _ in extract_from_dir(SOURCES, [("**.js", "javascript")], keywords={"_": None}):
        catalog.add(message, locations=[(f"docs/live/{Path(file).as_posix()}", 0)], auto_comments=comments)
    for path in sorted(SOURCES.glob("*/settings.json")):
        settings = json.loads(path.read_text("utf-8"))
        for named in (settings.get("operations", {}) | settings.get("presets", {})).values():
            catalog.add(named["name"], locations=[(f"docs/live/{path.parent.name}/settings.json", 0)])
    by_hand = [exercise for exercise in EXERCISES.values() if isinstance(exercise, ByHand)]
    for mistake in (mistake for exercise in by_hand for mistake in exercise.mistakes):
        catalog.add(mistake.says, locations=[("cnnbook/exercises", 0)])
    with Path(template).open("wb") as written:
        write_po(written, catalog, sort_output=True, width=0)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and the folder of the modules."""
    plain = (only_picture, only_picture)
    app.add_node(live, html=(visit, depart), latex=plain, text=plain, man=plain, texinfo=plain)
    app.add_directive("live", Live)
    app.add_config_value("live_folder", "", "html", types=frozenset({str}))
    app.connect("config-inited", name_folder)
    app.connect("builder-inited", copy)
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
