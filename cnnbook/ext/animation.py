"""``{animation} convolution``: a figure that moves by CSS alone; other formats than HTML show its first step."""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.patches import Figure

from cnnbook.draw.animation import animated, style_sheet
from cnnbook.draw.stage import still
from cnnbook.ext.live import checked, stored, wrapped
from cnnbook.ext.playground import first_state
from cnnbook.ext.words import _, catalogue

KINDS = {"convolution": first_state}
NUMBERS = ("dims", "size", "rows", "columns", "kernel", "stride", "padding", "dilation")


class animation(nodes.General, nodes.Element):  # noqa: N801  docutils names nodes in lower case
    """Holds the still picture until the format is known."""


class Animation(Figure):
    """``{animation} convolution``, with the playground's settings as options; the body is the caption."""

    option_spec: ClassVar[dict[str, Any]] = {
        **(Figure.option_spec or {}),
        **dict.fromkeys(("preset", *NUMBERS), directives.unchanged_required),
    }

    def run(self) -> list[nodes.Node]:
        """Make a figure of the first step, then put the moving picture in its place."""
        settings = {name: self.options.pop(name) for name in ("preset", *NUMBERS) if name in self.options}
        slide = checked(self, "animation", self.arguments[0], KINDS, settings)
        env = self.state.document.settings.env
        self.arguments[0] = stored(env, "slide", still(slide))
        name = f"slide-{nodes.make_id(env.docname)}-{env.new_serialno('animation')}"
        return wrapped(super().run(), animation(settings=settings, name=name))


def place(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put the moving picture into pages, in the edition's language; leave the still one to other formats."""
    moves = app.builder.format == "html" and app.builder.name != "epub"
    messages = catalogue(app, "figures")
    placed = []
    for node in list(doctree.findall(animation)):
        if not moves:
            node.replace_self(node.children)
            continue
        made = animated(
            first_state(node["settings"]),
            name=node["name"],
            alt=next(node.findall(nodes.image))["alt"],
            box=_("Pause the animation"),
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
