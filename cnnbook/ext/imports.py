"""Which files of the package a page, a script or a module depends on: what it imports, and what that imports."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
_FROM = re.compile(r"^\s*from\s+(cnnbook[\w.]*)\s+import\s+(\([^)]*\)|.*)", re.MULTILINE)
_IMPORT = re.compile(r"^\s*import\s+(cnnbook[\w.]*)", re.MULTILINE)


def imported(text: str) -> set[str]:
    """Name what a text imports of the package, wherever it stands in it; what is no module is harmless.

    >>> sorted(imported("from cnnbook.draw import grids"))
    ['cnnbook.draw', 'cnnbook.draw.grids']
    """
    names = set(_IMPORT.findall(text))
    for module, members in _FROM.findall(text):
        names |= {module, *(f"{module}.{member}" for member in re.findall(r"\w+", members))}
    return names


@dataclass
class Files:
    """The package's files as they are now; what was read once is not read again."""

    root: Path
    _of: dict[str, set[Path]] = field(default_factory=dict)
    _imports: dict[Path, set[str]] = field(default_factory=dict)
    _digests: dict[Path, str] = field(default_factory=dict)

    def of(self, name: str) -> set[Path]:
        """Find a module's file and those of the packages around it; a package's data belong to it.

        >>> sorted(path.relative_to(PACKAGE).as_posix() for path in Files(PACKAGE).of("cnnbook.shapes.sizes"))
        ['__init__.py', 'py.typed', 'shapes/__init__.py', 'shapes/sizes.py']
        """
        if name not in self._of:
            packages = list(accumulate(name.split(".")[1:], Path.__truediv__, initial=self.root))
            found = {package.with_suffix(".py") for package in packages[1:]}
            for package in packages:
                if (package / "__init__.py").exists():
                    found |= {path for path in package.iterdir() if path.name == "__init__.py" or path.suffix != ".py"}
            self._of[name] = {path for path in found if path.is_file()}
        return self._of[name]

    def reached(self, texts: Iterable[str]) -> set[Path]:
        """Find every file that texts depend on."""
        found: set[Path] = set()
        waiting = [name for text in texts for name in imported(text)]
        while waiting:
            new = self.of(waiting.pop()) - found
            found |= new
            waiting += [name for path in new if path.suffix == ".py" for name in self._imported_by(path)]
        return found

    def _imported_by(self, path: Path) -> set[str]:
        if path not in self._imports:
            self._imports[path] = imported(path.read_text("utf-8"))
        return self._imports[path]

    def fingerprint(self, files: Iterable[Path]) -> str:
        """Identify files by their names and contents."""
        digest = hashlib.sha256()
        for path in sorted(files):
            if path not in self._digests:
                self._digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(self.root).as_posix()}\0{self._digests[path]}\0".encode())
        return digest.hexdigest()
