"""Let a page's first line appear at once: one small style sheet in place of twenty, and scripts that wait their turn.

Sphinx, the theme and extensions link their sheets on every page, most of them for parts that no page of the book has.
After the build they are joined, without the rules whose classes stand on no page and in no script; the others keep
their order.
Pages that link the same sheets share one file.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from cnnbook.ext.csp import write

NAME = "sheet-"  # what joined sheets are called, before their contents' hash
UNUSED_SCRIPTS = ("sg-tags.js",)  # the gallery's scripts carry no tags
SCRIPTS_RUN = '<script>document.documentElement.removeAttribute("class")</script>'
"""The theme's script takes the class ``no-js`` away too, but late: every element there is would be styled again."""

_LINK = re.compile(r'<link rel="stylesheet"(?![^>]* media=)[^>]*? href="([^"]*?_static/)([^"?]+)[^"]*"[^>]*>\s*')
_WAITING = re.compile(r"<script (?=[^>]*\bsrc=)(?![^>]*\b(?:defer|async|type=))")
_NAMES = re.compile(r"""\b(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
_WORD = re.compile(r"[A-Za-z_][\w-]*")

_PIECE = re.compile(
    r"""/\*.*?\*/ | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | url\([^"')]*\)  # comments, strings, addresses
      | \s*[{};,]\s* | \s+ | \\. | [\w>~+-]+ | .""",
    re.DOTALL | re.VERBOSE,
)
_URL = re.compile(r"""url\((["']?)(?![a-z]+:|/|\#)([^"')]+)\1\)""")
_BRACKETS = re.compile(r"\[[^\]]*\]|\([^()]*\)")
_NAMED = re.compile(r"[.#]((?:\\.|[\w-])+)")
_GROUPS = ("@media", "@supports", "@container", "@layer", "@scope")


@dataclass(frozen=True)
class Names:
    """The classes and ids that a book's pages have, or may get from its scripts."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]  # `kind-${kind}` in a script

    @classmethod
    def found(cls, pages: Iterable[str], scripts: Iterable[str]) -> "Names":
        """Read pages' attributes, and every word of scripts."""
        attributes = {one or other for page in pages for one, other in _NAMES.findall(page)}
        words = {word for script in scripts for word in _WORD.findall(script)}
        beginnings = tuple(sorted(word for word in words if word.endswith("-")))
        return cls(frozenset(name for names in attributes for name in names.split()) | words, beginnings)

    def may_match(self, selector: str) -> bool:
        """Whether every class and id that a selector asks for is there; what stands in brackets may be absent."""
        before = ""
        while before != selector:
            before, selector = selector, _BRACKETS.sub("", selector)
        names = (name.replace("\\", "") for name in _NAMED.findall(selector))
        return all(name in self.whole or name.startswith(self.beginnings) for name in names)


def pruned(sheet: str, names: Names) -> str:
    """A style sheet without comments, idle space, and rules that match nothing.

    Raises:
        ValueError: the sheet imports another, or closes a brace that it has not opened.

    >>> pruned(".a, .b:not(.c) { color: red; } /* none */ .c .a {top: 0}", Names(frozenset("ab"), ()))
    '.a,.b:not(.c){color: red}'
    """
    if "@import" in sheet:
        raise ValueError("it imports another sheet, and @import may stand only at a sheet's beginning")
    pieces = (piece for piece in _PIECE.findall(sheet) if not piece.startswith("/*"))
    short = (piece if piece[0] in "\"'" else re.sub(r"\s+", " ", piece) for piece in pieces)
    tidy = iter([piece.strip() if piece.strip() in {"{", "}", ";", ","} else piece for piece in short])
    text = "".join(_rules(tidy, names))
    if next(tidy, None) is not None:
        raise ValueError("it closes a brace that it has not opened")
    return text


def _rules(pieces: Iterator[str], names: Names) -> Iterator[str]:
    """The rules up to the brace that closes their group."""
    head = ""
    for piece in pieces:
        if piece == "}":
            return
        if piece == ";":  # a statement such as @charset, which has no place in the middle of a sheet
            head = ""
        elif piece != "{":
            head += piece
        else:
            head = head.strip()
            if head.startswith(_GROUPS):
                body = "".join(_rules(pieces, names))
            else:
                body = _block(pieces)
                if not head.startswith("@"):
                    head = ",".join(filter(names.may_match, _selectors(head)))
            if head and body:
                yield f"{head}{{{body}}}"
            head = ""


def _block(pieces: Iterator[str]) -> str:
    """The declarations up to the brace that closes them."""
    body, depth = "", 1
    for piece in pieces:
        depth += (piece == "{") - (piece == "}")
        if depth == 0:
            break
        body += " ;" if piece == ";" and body.endswith(":") else piece  # a variable may hold nothing but a space
    return body.strip().rstrip(";")


def _selectors(head: str) -> list[str]:
    """A rule's selectors; a comma in brackets parts none."""
    parts, depth = [""], 0
    for letter in head:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _moved(sheet: str, folder: str) -> str:
    """The sheet with addresses as they read from the folder above its own."""
    return _URL.sub(lambda url: f"url({url[1]}{posixpath.normpath(posixpath.join(folder, url[2]))}{url[1]})", sheet)


def join(app: Sphinx, exception: Exception | None) -> None:
    """Give every page its one style sheet, and let its scripts wait until it is read."""
    if exception or app.builder.name not in {"html", "dirhtml"}:
        return
    out, static = Path(app.outdir), Path(app.outdir, "_static")
    known = Path(app.doctreedir, "sheets.json")
    linked: dict[str, list[str]] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    pages = {path.relative_to(out).as_posix(): path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
    for page, text in pages.items():
        found = [name for _, name in _LINK.findall(text)]
        if found and not found[0].startswith(NAME):
            linked[page] = found
    # A page that the book has no more may stand there still, and ask for sheets that do not.
    linked = {page: found for page, found in linked.items() if page in pages and _all_exist(static, found)}
    scripts = (path.read_text("utf-8") for path in static.rglob("*.js"))
    names = Names.found(pages.values(), scripts)
    parts = {name: _part(static, name, names) for name in {name for found in linked.values() for name in found}}
    sheets = {page: "".join(map(parts.__getitem__, found)) for page, found in linked.items()}
    files = {sheet: f"{NAME}{hashlib.sha256(sheet.encode()).hexdigest()[:10]}.css" for sheet in sheets.values()}
    for sheet, file in files.items():
        write(static / file, sheet)
    write(known, json.dumps(linked))
    for page, sheet in sheets.items():
        text = _WAITING.sub("<script defer ", _with_sheet(pages[page], files[sheet]))
        if text != pages[page]:
            write(out / page, text)
    for old in set(static.glob(f"{NAME}*.css")) - {static / file for file in files.values()}:
        old.unlink()


def _all_exist(static: Path, names: list[str]) -> bool:
    return all((static / name).exists() for name in names)


def _part(static: Path, name: str, names: Names) -> str:
    try:
        return pruned(_moved((static / name).read_text("utf-8"), posixpath.dirname(name)), names)
    except ValueError as error:
        raise ExtensionError(f"the style sheet {name} cannot be joined with others: {error}") from error


def _with_sheet(page: str, file: str) -> str:
    """The page with one link where its first was."""
    links = iter([True])
    return _LINK.sub(
        lambda link: f'<link rel="stylesheet" href="{link[1]}{file}">\n' if next(links, False) else "", page
    )


def begin(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None) -> None:
    """Load no script that has nothing to do; say that scripts run before there is anything to restyle."""
    scripts = context["script_files"]
    context["script_files"] = [
        script for script in scripts if not str(getattr(script, "filename", script)).endswith(UNUSED_SCRIPTS)
    ]
    context["metatags"] = context.get("metatags", "") + SCRIPTS_RUN


def setup(app: Sphinx) -> dict[str, Any]:
    """Work on finished pages, whose inline styles the policy has made files."""
    app.connect("html-page-context", begin)
    app.connect("build-finished", join, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
