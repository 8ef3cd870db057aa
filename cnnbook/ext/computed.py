"""``{eval}`expression` ``: a number in a sentence, computed by the cells of its page.

MyST-NB's own role of this name needs a running kernel, which a cached page has not, and a translated paragraph neither.
So the page's expressions become one more cell at its end, executed and cached with the others.
A translated page has the same cells, hence the same cached values.
"""

import re
from typing import Any, cast

from docutils import nodes
from docutils.nodes import Node, system_message
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from cnnbook.draw.style import printed

ROLE = re.compile(r"\{eval\}(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
FIRST_LINE = "# The values of this page's sentences"
CELL = """

`````````{{code-cell}}
:tags: [remove-cell]

{first_line}
def _values(expressions):
    from IPython.display import display

    values = {{}}
    for expression in expressions:
        try:
            values[expression] = {{"value": str(eval(expression, globals()))}}
        except Exception as error:
            values[expression] = {{"error": f"{{type(error).__name__}}: {{error}}"}}
    display({{"application/json": values}}, raw=True)


_values({expressions!r})
`````````
"""


def expressions(source: str) -> list[str]:
    """Find the expressions of a page in the order of their first use.

    >>> expressions("A net of {eval}`f'{n:,}'` weights, {eval}`n / 2` each, {eval}`f'{n:,}'` in all.")
    ["f'{n:,}'", 'n / 2']
    """
    return list(dict.fromkeys(normalised(match[2]) for match in ROLE.finditer(source)))


def normalised(text: str) -> str:
    """Undo the breaking of a line inside a role."""
    return " ".join(text.split())


def add_cell(_app: Sphinx, _docname: str, source: list[str]) -> None:
    """Let the page's own cells compute the expressions of its prose."""
    if is_myst_markdown_notebook(source[0]) and (found := expressions(source[0])):
        source[0] += CELL.format(first_line=FIRST_LINE, expressions=found)


class Computed(SphinxRole):
    """Print the value of an expression at the end of the page's cells."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Look the value up; one that is missing or failed is an error of the page."""
        expression = normalised(self.text)
        result = self.values().get(expression, {"error": "no cell of this page computes it"})
        if "value" in result:
            value = printed(result["value"])
            return [nodes.inline(self.rawtext, value, classes=["cb-computed"])], []
        complaint = f"{{eval}}`{expression}` on the page {self.env.docname!r} failed: {result['error']}"
        message = self.inliner.reporter.error(complaint, line=self.lineno)
        return [nodes.problematic(self.rawtext, self.rawtext)], [message]

    def values(self) -> dict[str, dict[str, str]]:
        """Take the values from the executed page; its translated paragraphs, parsed later, find them kept."""
        kept = self.env.current_document
        renderer = self.inliner.document.get("nb_renderer")
        if "cnnbook_computed" not in kept and renderer is not None:
            kept["cnnbook_computed"] = computed_values(renderer.renderer.nb_client.notebook.cells)
        return cast("dict[str, dict[str, str]]", kept.get("cnnbook_computed", {}))


def computed_values(cells: list[Any]) -> dict[str, dict[str, str]]:
    """Read the output of the cell that :func:`add_cell` wrote."""
    for cell in reversed(cells):
        if cell["source"].startswith(FIRST_LINE):
            for output in cell["outputs"]:
                if "application/json" in output.get("data", {}):
                    return cast("dict[str, dict[str, str]]", output["data"]["application/json"])
    return {}


def setup(app: Sphinx) -> dict[str, Any]:
    """Put the role in the place of MyST-NB's."""
    app.setup_extension("myst_nb")
    app.add_role("eval", Computed(), override=True)
    app.connect("source-read", add_cell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
