"""What would be misread in two pieces stays on one line: short code, and axes such as N C H W."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

SHORT = 20  # letters of code; these fit beside a word on a phone
AXES = re.compile(r"(?<!\w)[A-Z](?: [A-Z]){2,}(?!\w)")
AS_WRITTEN = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


class Join(SphinxPostTransform):
    """Join them once the page is translated."""

    default_priority = 500  # after references have their words
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        """Give short code a class, and axes in prose spaces that do not break."""
        for code in self.document.findall(nodes.literal):
            if " " in code.astext() and len(code.astext()) <= SHORT:
                code["classes"].append("cb-unbroken")
        for text in list(self.document.findall(nodes.Text)):
            joined = AXES.sub(lambda axes: axes[0].replace(" ", "\N{NO-BREAK SPACE}"), text.astext())
            if joined != text.astext() and not isinstance(text.parent, AS_WRITTEN):
                text.parent.replace(text, nodes.Text(joined))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(Join)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
