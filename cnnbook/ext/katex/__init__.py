"""Formulas set while the book is built: HTML for the eye, MathML for the ear, no script on the page.

KaTeX runs in QuickJS; a formula that it cannot parse is a warning with file and line.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import init as init_locale
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.i18n import docname_to_domain
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from cnnbook.ext.katex.install import folder
from cnnbook.ext.words import _

log = logging.getLogger(__name__)

SHEET = "katex/katex.css"
STYLE = "\ndiv.math{overflow:auto hidden;padding:.25rem 0}\n.katex-display{margin:.5em 0}\n"
FIRST_FONTS = ("Main-Regular", "Math-Italic")  # those of nearly every formula: fetched early, so that nothing jumps
RENDER = """(tex, options) => {
    try { return JSON.stringify({html: katex.renderToString(tex, JSON.parse(options))}) }
    catch (error) { return JSON.stringify({error: error.message}) }
}"""


def render(tex: str, *, display: bool, macros: Mapping[str, str] | None = None) -> str:
    """Set a formula as HTML with MathML inside.

    Args:
        tex: The formula, without dollar signs.
        display: Whether it stands on a line of its own.
        macros: Expansions of the book's own commands.

    Raises:
        ValueError: KaTeX cannot parse the formula; the message is KaTeX's.
    """
    options = {"displayMode": display, "throwOnError": True, "strict": "error", "macros": dict(macros or {})}
    answer = json.loads(_engine(os.getpid())(tex, json.dumps(options)))
    if "error" in answer:
        raise ValueError(answer["error"].removeprefix("KaTeX parse error: "))
    html: str = answer["html"]
    return html


@cache
def _engine(_process: int) -> Callable[[str, str], str]:
    """KaTeX's renderer, loaded once in each of Sphinx's processes."""
    context = quickjs.Context()
    context.eval((folder() / "katex.min.js").read_text("utf-8"))
    renderer: Callable[[str, str], str] = context.eval(RENDER)
    return renderer


class Words(SphinxTransform):
    """Ask a translator only for formulas that hold words, and set what comes back: Sphinx would parse it as RST."""

    default_priority = 15  # before Sphinx translates (20)

    def apply(self, **_options: Any) -> None:
        """Mark the page's formulas; set those that are translated."""
        folders = [Path(self.env.srcdir, folder) for folder in self.config.locale_dirs]
        domain = docname_to_domain(self.env.docname, self.config.gettext_compact)
        catalogue, _found = init_locale(folders, self.config.language, domain)
        for node in self.document.findall(nodes.math_block):
            node["translatable"] = r"\text{" in node.astext()
            source = node.rawsource or node.astext()
            if node["translatable"] and (translation := catalogue.gettext(source)) != source:
                node.rawsource = translation  # which Sphinx looks up in vain, and leaves alone
                node.children = []
                node.append(nodes.Text(translation))


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula inside a line."""
    start = self.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    self.body.append(f"{start}{_formula(self, node, node.astext(), display=False)}</span>")
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on its own line, with its number; on a phone it scrolls inside itself, by key as well."""
    attributes: Any = {
        "CLASS": "math notranslate nohighlight",
        "tabindex": "0",
        "role": "group",
        "aria-label": _("Formula"),
    }
    self.body.append(self.starttag(node, "div", **attributes))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    tex = node.astext()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"  # what Sphinx promises for lines of a formula
    self.body.append(f"{_formula(self, node, tex, display=True)}</div>")
    raise nodes.SkipNode


def _formula(self: HTML5Translator, node: nodes.Element, tex: str, *, display: bool) -> str:
    try:
        return render(tex, display=display, macros=self.config.katex_macros)
    except ValueError as error:
        log.warning("%s, in the formula %r", error, tex, location=_with_line(node), type="cnnbook", subtype="katex")
        return f"<code>{self.encode(tex)}</code>"


def _with_line(node: nodes.Node) -> nodes.Node:
    """The nearest node that knows where in the source it stands."""
    while node.line is None and node.parent is not None:
        node = node.parent
    return node


def link_sheet(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document) -> None:
    """Load KaTeX's style sheet and first fonts on the pages that have formulas, and on no other."""
    if context.get("has_maths_elements"):
        app.add_css_file(SHEET)
        fonts = "../" * pagename.count("/") + "_static/katex/fonts"
        context["metatags"] = context.get("metatags", "") + "".join(
            f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{fonts}/KaTeX_{name}.woff2">\n'
            for name in FIRST_FONTS
        )


def copy_sheet(app: Sphinx) -> None:
    """Copy KaTeX's style sheet and its fonts, in the one format that every browser reads."""
    if app.builder.format == "html" and app.config.html_math_renderer == "katex":
        source, target = folder(), Path(app.outdir, "_static", SHEET).parent
        (target / "fonts").mkdir(parents=True, exist_ok=True)
        sheet = (source / "katex.min.css").read_text("utf-8")
        older_formats = r',url\(fonts/[^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)'
        (target / Path(SHEET).name).write_text(re.sub(older_formats, "", sheet) + STYLE, "utf-8")
        for font in (source / "fonts").glob("*.woff2"):
            shutil.copy(font, target / "fonts")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``katex``."""
    app.add_config_value("katex_macros", {}, "html", types=frozenset({dict}))
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.add_transform(Words)
    app.connect("builder-inited", copy_sheet)
    app.connect("html-page-context", link_sheet)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
