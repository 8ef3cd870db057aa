"""``{animation} convolution``: a figure that moves by CSS alone; other formats than HTML show its first step."""

import json
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.patches import Figure

from cnnbook.draw.animation import animated, style_sheet
from cnnbook.draw.stage import Operation, still
from cnnbook.ext import arithmetic
from cnnbook.ext.configuration import OPERATIONS, configured
from cnnbook.ext.live import stored, wrapped
from cnnbook.ext.playground import SETTINGS
from cnnbook.ext.words import _, catalogue

RANGES = {  # what a page has room for
    "dims": [1, 2],
    "rows": [1, 12],
    "columns": [1, 12],
    "kernel": [1, 7],
    "stride": [1, 6],
    "padding": [0, 6],
    "dilation": [1, 6],
    "output-padding": [0, 5],
}
STEPS = 100  # more than that, nobody watches
GUIDE = {  # figure 1.1 of Dumoulin & Visin's guide
    "dims": 2,
    "input": [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]],
    "kernel": [[0, 1, 2], [2, 2, 0], [0, 1, 2]],
}


class animation(nodes.General, nodes.Element):  # noqa: N801  docutils names nodes in lower case
    """Holds the still picture until the format is known."""


class Animation(Figure):
    """``{animation} convolution``, its configuration as options; the body is the caption.

    ``:brief:`` leaves out kernel and sums and stands still until it is asked to play, as one of many on a page does.
    ``:arithmetic:`` writes below the caption what the configuration amounts to.
    Without ``:alt:``, the configuration is told.
    """

    option_spec: ClassVar[dict[str, Any]] = {
        **(Figure.option_spec or {}),
        **dict.fromkeys(("preset", "operation", "size", *RANGES), directives.unchanged_required),
        **dict.fromkeys(("brief", "arithmetic"), directives.flag),
    }

    def run(self) -> list[nodes.Node]:
        """Make a figure of the first step, then put the moving picture in its place."""
        [kind] = self.arguments
        if kind != "convolution":
            raise self.error(f"there is no animation {kind!r}; there is: convolution")
        flags = {name: self.options.pop(name, "no") is None for name in ("brief", "arithmetic")}
        names = ("preset", "operation", "size", *RANGES)
        settings = {name: self.options.pop(name) for name in names if name in self.options}
        env = self.state.document.settings.env
        env.note_dependency(str(SETTINGS))
        try:
            operation = begun(settings)
        except ValueError as error:
            raise self.error(f"the animation {kind!r}: {error}") from error
        self.arguments[0] = stored(env, "slide", still(operation))
        name = f"slide-{nodes.make_id(env.docname)}-{env.new_serialno('animation')}"
        return wrapped(super().run(), animation("", settings=settings, name=name, **flags))


def begun(settings: dict[str, str]) -> Operation:
    """Configure one of the playground's presets, or the guide's, in the ranges of an animation.

    Raises:
        ValueError: a setting is wrong, or there are too many steps.
    """
    presets = json.loads(SETTINGS.read_text("utf-8"))["presets"]
    plain = {name: preset for name, preset in presets.items() if "operation" not in preset}
    operation = configured(settings, plain | {"guide": GUIDE}, RANGES, operations=OPERATIONS, axes=2)
    if len(operation.places) > STEPS:
        raise ValueError(f"it has {len(operation.places)} steps; {STEPS} at most are shown")
    return operation


def place(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put the moving pictures into pages, and their arithmetic, in the edition's language."""
    moves = app.builder.format == "html" and app.builder.name != "epub"
    messages = catalogue(app, "figures")
    placed = []
    for node in list(doctree.findall(animation)):
        operation = begun(node["settings"])
        [image] = node.findall(nodes.image)
        image["alt"] = image.get("alt") or arithmetic.alt(operation)
        if node["arithmetic"]:
            node.parent.append(arithmetic.legend(operation))
        if not moves:
            node.replace_self(node.children)
            continue
        made = animated(
            operation,
            name=node["name"],
            alt=image["alt"],
            box=_("Play") if node["brief"] else _("Pause the animation"),
            brief=node["brief"],
            translate=lambda word: messages.get(word, word),
        )
        node.replace_self(nodes.raw("", made.element, format="html"))
        placed.append(made)
    if placed:
        doctree.append(nodes.raw("", f"<style>{style_sheet(placed)}</style>", format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and what puts it into pages."""
    app.add_node(animation)
    app.add_directive("animation", Animation)
    app.connect("doctree-resolved", place, priority=400)  # before the still picture becomes part of the page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
