"""A content security policy with no 'unsafe-inline', for a site that asks nobody else for anything.

After the build, style attributes (KaTeX and Furo write them) become classes, ``<style>`` elements become files, and
inline scripts (Furo has one) are allowed by their hash.
A page that has its policy is done: the work can be interrupted anywhere and taken up again.
"""

import base64
import hashlib
import html
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

log = logging.getLogger(__name__)

# The reader's code is escaped: outside scripts, what looks like markup is markup.
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style\b([^>]*)>(.*?)</style>", re.DOTALL)
_TAG = re.compile(r"""<[a-zA-Z](?:[^"'<>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(r"""\s([\w:-]+)=("[^"]*"|'[^']*')""")
_OWN_STATIC = re.compile(r'(?:href|src)="([^"]*?)_static/')
_EXECUTABLE = re.compile(r'^(?!.*\btype=)|\btype="(?:module|importmap|text/javascript)"', re.DOTALL)
_POLICY = '<meta http-equiv="Content-Security-Policy" content="'


@dataclass
class Page:
    """A page without inline styles, and what it needs in their place."""

    text: str
    rules: dict[str, str] = field(default_factory=dict)  # class: declarations
    sheets: dict[str, str] = field(default_factory=dict)  # file name: style sheet
    hashes: list[str] = field(default_factory=list)  # of its inline scripts, as the policy writes them


def externalize(text: str, static: str = "_static/") -> Page:
    """Take the inline styles out of a page, and the hashes of its inline scripts.

    Style sheets stay where they were in the head, for their order counts; those of the body go to the head's end.

    >>> page = externalize('<p class="a" style="color: red;">one</p><script>go()</script>')
    >>> page.text
    '<p class="a s-35eac3">one</p><script>go()</script>'
    >>> page.rules, len(page.hashes)
    ({'s-35eac3': 'color: red'}, 1)
    """
    page = Page("")
    scripts: list[str] = []
    late: list[str] = []

    def put_aside(script: re.Match[str]) -> str:
        attributes, body = script.groups()
        if "src=" not in attributes and _EXECUTABLE.search(attributes):
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            page.hashes.append(f"'sha256-{digest}'")
        scripts.append(script[0])
        return f"\0{len(scripts) - 1}\0"

    def to_file(style: re.Match[str]) -> str:
        attributes, body = style.groups()
        sheet = html.unescape(body)  # inside SVG it is escaped
        name = f"inline-{_short(sheet)}.css"
        media = re.search(r'\bmedia="([^"]*)"', attributes)
        page.sheets[name] = f"@media {media[1]}{{{sheet}}}" if media else sheet
        link = f'<link rel="stylesheet" href="{static}{name}">'
        if "</head>" in style.string[style.end() :]:
            return link
        late.append(f"{link}\n")
        return ""

    def to_class(tag: re.Match[str]) -> str:
        return _classed(tag[0], page.rules) if "style=" in tag[0] else tag[0]

    text = _TAG.sub(to_class, _STYLE.sub(to_file, _SCRIPT.sub(put_aside, text)))
    text = text.replace("</head>", f"{''.join(late)}</head>", 1)
    page.text = re.sub("\0(\\d+)\0", lambda number: scripts[int(number[1])], text)
    return page


def policy(hashes: list[str]) -> str:
    """The policy of a page whose inline scripts have these hashes.

    It is a ``<meta>`` element's, so that any static host will do; ``frame-ancestors`` would need a header.
    """
    return "; ".join([
        "default-src 'none'",
        " ".join(["script-src 'self'", *sorted(set(hashes))]),
        "style-src 'self'",
        "img-src 'self' data:",  # the pictures inside inlined figures
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    ])  # fmt: skip


def _classed(tag: str, rules: dict[str, str]) -> str:
    """The tag with its ``style`` moved to a rule."""
    attributes = dict(_ATTRIBUTE.findall(tag))
    if "style" not in attributes:
        return tag
    tag = tag.replace(f" style={attributes['style']}", "", 1)
    declarations = html.unescape(attributes["style"][1:-1]).strip().rstrip(";")
    if not declarations:
        return tag
    name = f"s-{_short(declarations)}"
    rules[name] = declarations
    if "class" in attributes:
        quoted = attributes["class"]
        return tag.replace(f"class={quoted}", f"class={quoted[:-1]} {name}{quoted[-1]}", 1)
    return re.sub(r"^<[\w:-]+", rf'\g<0> class="{name}"', tag)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; processes that write the same page's parts at once do not meet."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


def secure(app: Sphinx, exception: Exception | None) -> None:
    """Give every page of this build that has none yet its policy."""
    if exception or app.builder.name not in {"html", "dirhtml"}:
        return
    out = Path(app.outdir)
    known = Path(app.doctreedir, "csp.json")
    rules: dict[str, str] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    pages: dict[Path, Page] = {}
    for path in sorted(out.rglob("*.html")):
        text = path.read_text("utf-8")
        if "</head>" in text and _POLICY not in text and not path.relative_to(out).parts[0].startswith("_"):
            pages[path] = externalize(text, _static(path, text))
            rules |= pages[path].rules
    # As specific as an id: stronger than any theme's rule, as a style attribute is, and weaker than a script's.
    sheet = "".join(f".{name}:not(#_){{{declarations}}}\n" for name, declarations in sorted(rules.items()))
    write(out / "_static" / "inline.css", sheet)
    write(known, json.dumps(rules))
    for path, page in pages.items():
        for name, body in page.sheets.items():
            write(out / "_static" / name, body)
        write(path, _with_policy(page, version=_short(sheet), path=path))
    _write_out_plural_rule(out / "_static")


def _static(path: Path, text: str) -> str:
    """Where the page finds the folder of style sheets; the 404 page, served anywhere, names it from the root."""
    own = _OWN_STATIC.search(text)
    if not own:
        raise ExtensionError(f"{path} links no file of _static, so it is unknown where that lies")
    return f"{own[1]}_static/"


def _with_policy(page: Page, version: str, path: Path) -> str:
    for tag in _TAG.findall(_SCRIPT.sub("", page.text)):
        if any(name.startswith("on") for name, _ in _ATTRIBUTE.findall(tag)):
            log.warning("%s: the policy blocks the inline handler in %s", path, tag, type="cnnbook", subtype="csp")
    link = f'<link rel="stylesheet" href="{_static(path, page.text)}inline.css?v={version}">\n'
    text = page.text.replace("</head>", f"{link}</head>", 1)
    return re.sub(r"<head\b[^>]*>", lambda head: f'{head[0]}\n{_POLICY}{policy(page.hashes)}">', text, count=1)


def _write_out_plural_rule(static: Path) -> None:
    """Spell out the plural rule that Sphinx's script compiles with ``new Function``, which the policy forbids."""
    translations, doctools = static / "translations.js", static / "doctools.js"
    if not translations.exists():
        return
    if rule := re.search(r'"plural_expr":\s*"([^"]*)"', translations.read_text("utf-8")):
        script = doctools.read_text("utf-8")
        script = re.sub(r"new Function\(.*?\);", f"(n) => Number({rule[1]});", script, flags=re.DOTALL)
        if "=> Number(" not in script:
            raise ExtensionError("Sphinx's doctools.js has changed: see how it compiles the plural rule")
        write(doctools, script)


def setup(app: Sphinx) -> dict[str, Any]:
    """Work after every other extension has written its files."""
    app.connect("build-finished", secure, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
