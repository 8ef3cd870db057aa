"""Keep the Korean catalogues in step with the English book, and say what is left to translate.

Four sources end in one folder of catalogues: pages and scripts (Sphinx's gettext builder), the words in figures
(:mod:`cnnbook.ext.figures`), the words of the extensions, and the words of the live pages (:mod:`cnnbook.ext.live`).
"""

import argparse
import io
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cnnbook.ext import live

ROOT = Path(__file__).parents[2]
BY_HAND = {Path("sphinx.po")}  # overrides a few of Sphinx's own words; it has no template
UNKEPT = ("Project-Id-", "Report-", "Last-", "Language-Team", "Generated-", "POT-", "PO-")  # headers
PAGES = ROOT / "docs"
CATALOGUES = PAGES / "locale" / "ko" / "LC_MESSAGES"
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```|^\.\. toctree::\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^ *(?::caption: *(.+)|(.+?) *<\S+>)$", re.MULTILINE)


def templates(folder: Path) -> dict[Path, Catalog]:
    """Read every template of the book, by the path of its catalogue."""
    extract_words(folder / "cnnbook.pot")
    live.extract(folder / "live.pot")
    return {path.relative_to(folder).with_suffix(".po"): read(path) for path in sorted(folder.rglob("*.pot"))}


def extract_words(pot: Path) -> None:
    """Collect the extensions' own words, which they mark with ``_("…")``."""
    catalog = Catalog(project="cnnbook")
    found = extract_from_dir(ROOT / "cnnbook" / "ext", [("**.py", "python")], keywords={"_": None})
    for _, _, message, comments, context in sorted(found, key=lambda row: str(row[2])):
        catalog.add(message, auto_comments=comments, context=context)
    write(pot, catalog)


def read(path: Path) -> Catalog:
    """Read a catalogue.

    Raises:
        ValueError: the file is no catalogue; the message names it.
    """
    try:
        with path.open("rb") as file:
            return read_po(file, locale="ko", abort_invalid=True)
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a catalogue: {error}") from error


def write(path: Path, catalog: Catalog) -> None:
    """Write a catalogue whole or not at all, without dates, places and names that nobody maintains."""
    buffer = io.BytesIO()
    catalog.header_comment = "# A catalogue of the CNN Book; `nox -s translate` brings it up to date."
    write_po(buffer, catalog, no_location=True, omit_header=False, width=0, ignore_obsolete=True)
    lines = [
        line
        for line in buffer.getvalue().splitlines(keepends=True)
        if not line.startswith(tuple(f'"{field}'.encode() for field in UNKEPT))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(b"".join(lines))
    unfinished.replace(path)


def updated(template: Catalog, catalogue: Path) -> Catalog:
    """Bring one catalogue in step with its template; a message that changed a little is marked fuzzy."""
    catalog = read(catalogue) if catalogue.exists() else Catalog(locale="ko", project="cnnbook", fuzzy=False)
    catalog.update(template)
    catalog.fuzzy = False
    return catalog


def titles(page: str) -> set[str]:
    r"""List the titles and captions that a page's text itself gives to its table of contents.

    >>> sorted(titles(".. toctree::\n   :caption: More\n\n   why/index\n   Terms <glossary>"))
    ['More', 'Terms']
    """
    return {"".join(title) for toctree in TOCTREE.findall(page) for title in TITLE.findall("".join(toctree))}


def unfinished(catalog: Catalog, contents: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield what a Korean reader would read in English, or in Korean that may say something else.

    Args:
        catalog: the translations of a page.
        contents: its `titles`; where one of them stays as it is, Sphinx translates none of them.
    """
    for message in catalog:
        if message.id and not message.string:
            yield "untranslated", str(message.id)
        elif message.id and message.fuzzy:
            yield "fuzzy", str(message.id)
        elif message.id in contents and message.string == message.id:
            yield "unchanged, which leaves the whole table of contents in English", str(message.id)


def main() -> None:
    """Update (or, with ``--check``, only compare) and report page by page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("templates", type=Path, help="the folder that Sphinx's gettext builder wrote")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where anything is left to do")
    arguments = parser.parse_args()

    left, book = 0, templates(arguments.templates)
    for name, template in book.items():
        catalog = updated(template, CATALOGUES / name)
        sources = [PAGES / name.with_suffix(suffix) for suffix in (".md", ".rst")]
        contents = titles("\n".join(page.read_text("utf-8") for page in sources if page.exists()))
        todo = list(unfinished(catalog, contents))
        left += len(todo)
        print(f"{name.as_posix()}: {len(catalog)} messages, {len(todo)} to do")  # noqa: T201 - the report
        for kind, message in todo:
            print(f"  {kind}: {message[:100]!r}")  # noqa: T201
        if not arguments.check:
            write(CATALOGUES / name, catalog)
    for stale in sorted(CATALOGUES.rglob("*.po")):
        if stale.relative_to(CATALOGUES) not in book.keys() | BY_HAND:
            left += arguments.check
            print(f"{stale.relative_to(CATALOGUES)}: belongs to no page any more")  # noqa: T201
            if not arguments.check:
                stale.unlink()
    print(f"{left} messages to do")  # noqa: T201
    if arguments.check and left:
        sys.exit(1)


if __name__ == "__main__":
    main()
