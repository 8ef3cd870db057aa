"""Asides: ``history``, ``keras``, ``trap`` and ``deeper``; and what folds.

A box is an ordinary admonition, so every builder and theme can print it; its kind stands before its title.
"""

from html import escape
from typing import Any, cast

from docutils import nodes
from docutils.nodes import Element, Node
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective, SphinxTranslator

from cnnbook.ext.words import _


def labels() -> dict[str, str]:
    """Name the kinds of box in the language of the edition."""
    return {
        "history": _("History"),
        "keras": _("In Keras"),
        "trap": _("Trap"),
        "deeper": _("Deeper"),
    }


class Box(SphinxDirective):
    """A titled aside of the kind that the directive is named after."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    @property
    def label(self) -> str:
        """What stands before the title."""
        return labels()[self.name]

    def run(self) -> list[Node]:
        """Make an admonition; :class:`Labels` adds its kind once the title is translated."""
        self.assert_has_content()
        [text] = self.arguments
        inlines, messages = self.parse_inline(text)
        title = nodes.title(text, "", *inlines)
        self.set_source_info(title)
        box = nodes.admonition("", title, *messages, classes=["cb-box", f"cb-{self.name}"], label=self.label)
        self.set_source_info(box)
        box += self.parse_content_to_nodes()
        return [box]


class Labels(SphinxTransform):
    """Write the kind of each box before its title, as a word of its own style."""

    default_priority = 25  # after Sphinx has replaced the titles by their translations

    def apply(self, **_kwargs: Any) -> None:
        """Give the label only to boxes: an admonition of another make has none."""
        for box in self.document.findall(nodes.admonition):
            if "label" in box:
                label = nodes.inline("", box["label"], classes=["cb-label"])
                cast("Element", box[0]).insert(0, [label, nodes.Text(" ")])


class folded(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes after their tags
    """What the reader unfolds by its ``summary``; a browser does that itself, by mouse, touch and keyboard."""


def open_details(translator: SphinxTranslator, node: Element) -> None:
    """Begin the folded part; a long name in its summary breaks between its words."""
    summary = escape(node["summary"]).replace("_", "_<wbr>")
    translator.body.append(translator.starttag(node, "details"))  # type: ignore[attr-defined]
    translator.body.append(f"<summary>{summary}</summary>\n")  # type: ignore[attr-defined]


def close_details(translator: SphinxTranslator, _node: Element) -> None:
    """End the folded part."""
    translator.body.append("</details>\n")  # type: ignore[attr-defined]


def unfolded(_translator: SphinxTranslator, _node: Element) -> None:
    """Print the content as it is: paper does not fold."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Add one directive for each kind."""
    app.setup_extension("cnnbook.ext.words")
    for kind in labels():
        app.add_directive(kind, Box)
    on_paper = (unfolded, unfolded)
    app.add_node(
        folded, html=(open_details, close_details), latex=on_paper, text=on_paper, man=on_paper, texinfo=on_paper
    )
    app.add_transform(Labels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
