"""The book's own strings in the reader's language, read from the ``.po`` files themselves.

An extension writes ``_("Trap")``; the catalogue's domain is ``cnnbook``.
Other domains (the words inside figures) are read with `catalogue`.
"""

import hashlib
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import read_po
from sphinx.application import Sphinx
from sphinx.config import Config

_messages: dict[str, str] = {}


def _(message: str) -> str:
    """The message in this edition's language; itself where it has no translation."""
    return _messages.get(message, message)


def catalogue(app: Sphinx, domain: str) -> dict[str, str]:
    """The finished translations of a domain: those that are neither empty nor marked fuzzy."""
    return {
        str(message.id): str(message.string)
        for path in _po_files(app, domain)
        for message in _read(path, app.config.language)
        if message.id and message.string and not message.fuzzy
    }


def fingerprint(app: Sphinx, domain: str) -> str:
    """A short hash of a domain's files; as a config value it makes Sphinx rebuild when a translation changes."""
    content = b"".join(path.read_bytes() for path in _po_files(app, domain))
    return hashlib.sha256(content).hexdigest()[:12]


def _po_files(app: Sphinx, domain: str) -> list[Path]:
    folders = [Path(app.srcdir, folder, app.config.language, "LC_MESSAGES") for folder in app.config.locale_dirs]
    return [path for folder in folders if (path := folder / f"{domain}.po").exists()]


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)


def _load(app: Sphinx, config: Config) -> None:
    _messages.clear()
    _messages.update(catalogue(app, "cnnbook"))
    config.cnnbook_words = fingerprint(app, "cnnbook")


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the strings before any page is read."""
    app.add_config_value("cnnbook_words", "", "env", types=frozenset({str}))
    app.connect("config-inited", _load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
