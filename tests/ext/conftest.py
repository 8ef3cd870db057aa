"""Small books to try an extension on."""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest
from sphinx import locale
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils


@dataclass
class Book:
    """A Sphinx project in a folder of its own."""

    folder: Path
    extensions: list[str]
    settings: dict[str, object] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        """Write a source file; indentation that all lines share is dropped."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def translate(self, page: str, messages: dict[str, str]) -> None:
        """Write the Korean catalogue of a page, or of the extensions' words (``cnnbook``)."""
        entries = "".join(
            f"msgid {quoted(english)}\nmsgstr {quoted(korean)}\n\n" for english, korean in messages.items()
        )
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        self.write(f"locale/ko/LC_MESSAGES/{page}.po", header + entries)

    def build(self, language: str = "en", builder: str = "html", parallel: int = 0, **settings: object) -> str:
        """Build one edition; what Sphinx warned of is the answer."""
        warnings = io.StringIO()
        options = {
            "extensions": self.extensions,
            "language": language,
            "html_theme": "basic",
            "exclude_patterns": ["locale", "_build", "tests"],
            "locale_dirs": [str(self.folder / "locale")],
            "gettext_compact": False,
            "nitpicky": True,
            "source_suffix": {".rst": "restructuredtext"},  # Sphinx adds to its default, which all builds would share
            **self.settings,
            **settings,
        }
        (self.folder / "conf.py").touch()
        locale.translators.clear()  # Sphinx expects one language to a process
        with patch_docutils(str(self.folder)), docutils_namespace():
            app = Sphinx(
                self.folder,
                self.folder,
                self.output(language, builder),
                self.folder / "_build/doctrees" / language,
                builder,
                confoverrides=options,
                status=io.StringIO(),
                warning=warnings,
                parallel=parallel,
            )
            app.build()
        return strip_colors(warnings.getvalue()).replace(f"{self.folder}{os.sep}", "")

    def output(self, language: str = "en", builder: str = "html") -> Path:
        """Where an edition is written."""
        return self.folder / "_build" / builder / language

    def page(self, name: str = "index", language: str = "en") -> str:
        """Read a built page."""
        return (self.output(language) / f"{name}.html").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """Write a string as a catalogue does."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.fixture
def book(tmp_path):
    """Make books: ``book("myst_nb", "cnnbook.ext.listing")``."""

    def make(*extensions: str, **settings: object) -> Book:
        return Book(tmp_path, list(extensions), settings)

    return make
