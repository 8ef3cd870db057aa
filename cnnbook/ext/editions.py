"""One book, two editions: a language switch that stays on the page, ``hreflang``, and a theme that speaks both."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from docutils import nodes
from jinja2.ext import Extension
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from cnnbook.ext.words import _

EDITIONS = {"en": "English", "ko": "한국어"}
DEFAULT = "en"
NOT_FOUND = "404"
TOOLS = {"search", "genindex", NOT_FOUND}  # a search engine need not know these pages

TOGGLES = (
    "Toggle site navigation sidebar",
    "Toggle table of contents sidebar",
    "Toggle Light / Dark / Auto color theme",
)
ACCESSIBLE = {
    'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"',  # no heading without a level
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',  # wide code scrolls by key as well
    '<summary aria-label="Toggle hidden content">': "<summary>",  # its own words say more, in the page's language
    ' role="doc-biblioentry"': ' role="listitem"',  # withdrawn from the standard; what stands around them is a list
}
PARAMETERS = re.compile(r'(?<=<span class="sig-paren">\(</span>)\s*<dl>(.*?)</dl>', re.DOTALL)
DRAWERS = {"sidebar-drawer": "Contents of the book", "toc-drawer": "Contents of this page"}


def theme_words() -> dict[str, str]:
    """The theme's words for which Sphinx has no Korean, in this edition's language."""
    return {
        "Skip to content": _("Skip to content"),
        "Back to top": _("Back to top"),
        "Next": _("Next"),
        "Previous": _("Previous"),
        "Home": _("Home"),
        "On this page": _("On this page"),
        "Copyright &#169; %(copyright)s": _("Copyright &#169; %(copyright)s"),
        "Made with ": _("Made with "),
        '<a href="https://www.sphinx-doc.org/">Sphinx</a> and ': _(
            '<a href="https://www.sphinx-doc.org/">Sphinx</a> and '
        ),
        "Please activate JavaScript to enable the search functionality.": _(
            "Please activate JavaScript to enable the search functionality."
        ),
        "Toggle site navigation sidebar": _("Toggle site navigation sidebar"),
        "Toggle table of contents sidebar": _("Toggle table of contents sidebar"),
        "Toggle Light / Dark / Auto color theme": _("Toggle Light / Dark / Auto color theme"),
        "Contents of the book": _("Contents of the book"),
        "Contents of this page": _("Contents of this page"),
    }


def copy_words() -> dict[str, str]:
    """The copy button's words by its own keys, in this edition's language."""
    return {
        "copy": _("Copy"),
        "copy_to_clipboard": _("Copy to clipboard"),
        "copy_success": _("Copied!"),
        "copy_failure": _("Failed to copy"),
    }


def configure(app: Sphinx, config: Config) -> None:
    """Give this edition its title, its address and its page for lost readers."""
    if config.language not in EDITIONS:
        raise ExtensionError(f"language must be one of {', '.join(EDITIONS)}, not {config.language!r}")
    config.html_title = _("The CNN Book")
    config.copyright = config.copyright.replace(config.author, _("The CNN Book authors"))
    config.html_baseurl = f"{_site(config)}{config.language}/"
    if "myst_nb" in app.extensions:
        config.nb_code_prompt_show, config.nb_code_prompt_hide = _("Show the code"), _("Hide the code")
    if "notfound.extension" in app.extensions:
        config.notfound_urls_prefix = urlparse(config.html_baseurl).path
        title, body = _("Page not found"), _("This page does not exist. The search or the contents may find it.")
        config.notfound_context = {"title": title, "body": f"<h1>{title}</h1>\n<p>{body}</p>"}


def _site(config: Config) -> str:
    """The address above both editions, with its slash."""
    address = config.html_baseurl.rstrip("/").removesuffix(f"/{config.language}")
    return f"{address}/"


def adopt(_app: Sphinx, doctree: nodes.document) -> None:
    """Make translated sentences the page's own: each comes from a document that holds all the book, and is saved so."""
    for node in doctree.findall():
        node.document = doctree


class _NamedParts(Extension):
    """Names that the theme writes into its templates in English only, or not at all."""

    def preprocess(self, source: str, _name: str | None, _filename: str | None = None) -> str:
        for label in TOGGLES:
            source = source.replace(f'aria-label="{label}"', _named(label))
        for part, label in DRAWERS.items():
            source = source.replace(f'<aside class="{part}', f'<aside {_named(label)} class="{part}')
        return source


def _named(label: str) -> str:
    return f"aria-label=\"{{{{ _('{label}') }}}}\""


def translate_theme(app: Sphinx) -> None:
    """Let the theme's templates find our words before Sphinx's."""
    environment = getattr(getattr(app.builder, "templates", None), "environment", None)
    if environment is None:
        return
    environment.add_extension(_NamedParts)
    words, sphinx = theme_words(), app.translator
    environment.install_gettext_callables(
        lambda message: words.get(message) or sphinx.gettext(message), sphinx.ngettext, newstyle=True
    )


def add_switch(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document) -> None:
    """Tell the page's template where the page stands in each edition."""
    page = app.builder.get_target_uri(pagename)
    up, site = "../" * (page.count("/") + 1), _site(app.config)
    here = f"{site}{{}}/" if pagename == NOT_FOUND else f"{up}{{}}/{page}"
    context["editions_label"] = _("Language")
    context["editions"] = [{"code": code, "name": name, "url": here.format(code)} for code, name in EDITIONS.items()]
    if pagename not in TOOLS:
        context["metatags"] = context.get("metatags", "") + "".join(
            f'\n<link rel="alternate" hreflang="{tag}" href="{site}{code}/{page}">'
            for tag, code in [*zip(EDITIONS, EDITIONS, strict=True), ("x-default", DEFAULT)]
        )
    for part in ("furo_navigation_tree", "body"):
        if context.get(part):
            for incomplete, complete in ACCESSIBLE.items():
                context[part] = context[part].replace(incomplete, complete)
            context[part] = PARAMETERS.sub(_lines, context[part])


def _lines(parameters: re.Match[str]) -> str:
    """Write a long signature's parameters as lines: Sphinx makes them a list of definitions without terms."""
    lines = parameters[1].replace("<dd>", '<span class="cb-parameter">').replace("</dd>", "</span>")
    return f'<span class="cb-parameters">{lines}</span>'


def translate_scripts(app: Sphinx, exception: Exception | None) -> None:
    """Give the copy button, which has no Korean of its own, and the search, which lacks a sentence, our words."""
    static = Path(app.outdir, "_static")
    copy_button, translations = static / "copybutton.js", static / "translations.js"
    if exception or app.builder.format != "html":
        return
    if copy_button.exists():
        text = copy_button.read_text("utf-8")
        for key, word in copy_words().items():
            text = re.sub(
                rf"""('{key}': )(?:'[^']*'|"[^"]*")""", rf"\g<1>{json.dumps(word, ensure_ascii=False)}", text, count=1
            )
        copy_button.write_text(text, "utf-8")
    if translations.exists():
        found = _("Search finished, found ${resultCount} pages matching the search query.")
        one = json.dumps("Search finished, found one page matching the search query.")
        text = translations.read_text("utf-8")
        text = re.sub(rf"({one}: )\[[^\]]*\]", lambda entry: f"{entry[1]}{json.dumps([found])}", text)
        translations.write_text(text, "utf-8")


def list_pages(app: Sphinx, exception: Exception | None) -> None:
    """Name all pages to the sitemap, in order: by itself it knows those that this build wrote, as they came."""
    if exception or app.builder.format != "html" or "sphinx_sitemap" not in app.extensions:
        return
    links = app.sitemap_links  # type: ignore[attr-defined]  # sphinx-sitemap's own
    while not links.empty():
        links.get()
    for page in map(app.builder.get_target_uri, sorted(app.env.found_docs)):
        if page not in app.config.sitemap_excludes:
            links.put((page, None))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect after the words are loaded and before other extensions read the address."""
    app.connect("config-inited", configure, priority=510)
    app.connect("builder-inited", translate_theme)
    app.connect("doctree-read", adopt)
    app.connect("html-page-context", add_switch, priority=900)
    app.connect("build-finished", translate_scripts)
    app.connect("build-finished", list_pages, priority=400)  # before the sitemap is written
    app.add_css_file("parts.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
