"""``{listing} cnnbook.reference.conv.conv2d_loops``: print the source of a tested function.

The page shows the very lines that the tests run, under their own line numbers.
A downloaded script or notebook is read away from the page, so the lines are written into it as well.
"""

import ast
import hashlib
import importlib
import inspect
import json
import re
import shutil
import textwrap
import zipfile
from collections.abc import Callable
from functools import reduce
from io import BytesIO
from pathlib import Path
from types import MethodType
from typing import Any, ClassVar, NamedTuple, Self

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same archive from the same files, whenever it is packed


class Source(NamedTuple):
    """The lines of a function, method or class, and where they stand."""

    name: str
    role: str
    file: Path
    first_line: int
    text: str

    @classmethod
    def of(cls, name: str) -> Self:
        """Find an object of an installed package by its dotted name.

        Raises:
            LookupError: there is no such object, or it has no Python source.

        >>> Source.of("cnnbook.shapes.conv_output_size").text[:20]
        'def conv_output_size'
        """
        found = inspect.unwrap(find(name))
        try:
            lines, first_line = inspect.getsourcelines(found)
            file = Path(inspect.getfile(found))
        except (OSError, TypeError) as error:
            raise LookupError(f"{name} has no Python source: {error}") from error
        return cls(name, role_of(found), file, first_line, "".join(lines))

    @property
    def place(self) -> str:
        """Say in one line where the source stands."""
        last_line = self.first_line + self.text.count("\n") - 1
        return f"{self.name}, lines {self.first_line}-{last_line} of {self.file.name}"


def without_docstring(source: Source) -> list[tuple[int, str]]:
    """Split a function into its signature and its body, each with its first line: the API tells what stands between.

    >>> [text.splitlines()[0] for _, text in without_docstring(Source.of("cnnbook.ext.listing.find"))]
    ['def find(name: str) -> Any:', '    path = name.split(".")']
    """
    [statement] = ast.parse(textwrap.dedent(source.text)).body
    if not isinstance(statement, ast.FunctionDef) or ast.get_docstring(statement) is None:
        return [(source.first_line, source.text)]
    docstring, lines = statement.body[0], source.text.splitlines(keepends=True)
    last = docstring.end_lineno or docstring.lineno
    signature, body = "".join(lines[: docstring.lineno - 1]), "".join(lines[last:])
    return [(source.first_line, signature), (source.first_line + last, body)]


def find(name: str) -> Any:
    """Import the longest part of a dotted name that is a module, and walk the rest."""
    path = name.split(".")
    for length in range(len(path) - 1, 0, -1):
        module_name = ".".join(path[:length])
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and not f"{module_name}.".startswith(f"{error.name}."):
                raise  # the module is there, what it imports is not
            continue
        try:
            return reduce(getattr, path[length:], module)
        except AttributeError as error:
            raise LookupError(f"{name} cannot be listed: {error}") from error
    raise LookupError(f"{name} cannot be listed: no module of that name is installed")


def role_of(found: object) -> str:
    """Name the role that links to an object's entry in the API.

    >>> role_of(dict), role_of(len)
    ('class', 'func')
    """
    if inspect.isclass(found):
        return "class"
    is_method = isinstance(found, MethodType) or "." in getattr(found, "__qualname__", "")
    return "meth" if is_method else "func"


class Listing(SphinxDirective):
    """Print the source of the object whose dotted name is the argument; ``:docstring:`` prints a function's whole."""

    required_arguments = 1
    option_spec: ClassVar[OptionSpec] = {"name": directives.unchanged, "docstring": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Make a literal block under a caption that links to the API."""
        try:
            source = Source.of(self.arguments[0])
        except LookupError as error:
            raise self.error(str(error)) from error
        self.env.note_dependency(source.file)
        parts = [(source.first_line, source.text)] if "docstring" in self.options else without_docstring(source)
        blocks = []
        for first_line, text in parts:
            block = nodes.literal_block(text, text, language="python", linenos=True)
            block["highlight_args"] = {"linenostart": first_line}
            self.set_source_info(block)
            blocks.append(block)
        wrapper = nodes.container("", caption_of(source), *blocks, literal_block=True)
        wrapper["classes"] += ["literal-block-wrapper", "cb-listing"]
        self.set_source_info(wrapper)
        self.add_name(wrapper)
        return [wrapper]


def caption_of(source: Source) -> nodes.caption:
    """Link a listing to the entry of its object in the API; a dead link warns like any other."""
    link = addnodes.pending_xref(
        "",
        nodes.literal("", source.name, classes=["xref", "py", f"py-{source.role}"]),
        refdomain="py",
        reftype=source.role,
        reftarget=source.name,
        refexplicit=False,
        refwarn=False,
    )
    return nodes.caption("", "", link)


COMMENT = re.compile(r"^# \.\. listing:: *(\S+) *$(?:\n#  +:.*$)*", re.MULTILINE)
CELL = re.compile(r"^\.\. listing:: *(\S+) *$(?:\n +:.*$)*", re.MULTILINE)


def fill_script(script: str) -> str:
    """Write the listings into a downloaded script, as comments: it runs as before.

    >>> print(fill_script("# .. listing:: cnnbook.shapes.conv_output_size").splitlines()[0])
    # cnnbook.shapes.conv_output_size, lines ... of sizes.py::
    """

    def block(match: re.Match[str]) -> str:
        source = Source.of(match[1])
        lines = ["#     " + line for line in source.text.splitlines()]
        return "\n".join([f"# {source.place}::", "#", *(line.rstrip() for line in lines)])

    return COMMENT.sub(block, script)


def fill_notebook(notebook: str) -> str:
    """Write the listings into the prose of a downloaded notebook, as fenced code."""

    def block(match: re.Match[str]) -> str:
        source = Source.of(match[1])
        return f"`{source.place}`:\n\n```python\n{source.text}```"

    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = CELL.sub(block, "".join(cell["source"])).splitlines(keepends=True)
    return json.dumps(content, indent=1) + "\n"


FILL: dict[str, Callable[[str], str]] = {".py": fill_script, ".ipynb": fill_notebook}


def fill_archive(archive: Path) -> bytes:
    """Fill every member of a ZIP file, and leave the time of packing out."""
    packed = BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content, fill = old.read(name), FILL.get(Path(name).suffix)
            member = zipfile.ZipInfo(name, EPOCH)
            member.external_attr = 0o644 << 16
            new.writestr(member, fill(content.decode()).encode() if fill else content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def fill_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Fill the site's copies only: Sphinx-Gallery runs a script again once its own copy has changed.

    What was filled lies beside the doctrees, which go when the package changes: torch is slow to import.
    """
    downloads, kept = Path(app.outdir) / "_downloads", Path(app.doctreedir) / "downloads"
    if exception or not downloads.is_dir():
        return
    kept.mkdir(exist_ok=True)
    for path in sorted(downloads.rglob("*")):
        if path.suffix in {".zip", *FILL}:
            filled = kept / f"{hashlib.sha256(path.read_bytes()).hexdigest()}{path.suffix}"
            if not filled.exists():
                fill_download(path)
                shutil.copy(path, filled)
            shutil.copy(filled, path)


def fill_download(path: Path) -> None:
    """Write the listings into a script, a notebook or an archive of both, where it lies."""
    if path.suffix == ".zip":
        path.write_bytes(fill_archive(path))
    else:
        fill = FILL[path.suffix]
        path.write_text(fill(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive; Sphinx copies the downloads afresh in every build, and here they are filled."""
    app.add_directive("listing", Listing)
    app.connect("build-finished", fill_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
