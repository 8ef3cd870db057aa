"""What a page depends on is found by its imports, and by nothing else."""

import ast

import pytest

from cnnbook.ext import imports


@pytest.mark.parametrize("path", sorted(imports.PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_every_import_that_python_sees_is_found(path):
    text = path.read_text("utf-8")
    seen = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cnnbook"):
            seen |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            seen |= {name.name for name in node.names if name.name.startswith("cnnbook")}
    assert seen <= imports.imported(text)


def test_a_page_reaches_what_its_modules_import(tmp_path):
    for name, text in {
        "__init__.py": "",
        "draw/__init__.py": "from cnnbook.draw import grids\n",
        "draw/grids.py": "import cnnbook.shapes as sizes\n",
        "draw/styles.css": "",
        "shapes.py": "",
        "train.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = imports.Files(tmp_path).reached(["```{code-cell}\nfrom cnnbook.draw import (\n    nothing,\n)\n```"])
    assert {path.relative_to(tmp_path).as_posix() for path in found} == {
        "__init__.py", "draw/__init__.py", "draw/grids.py", "draw/styles.css", "shapes.py"
    }  # fmt: skip


def test_files_are_told_apart_by_name_and_by_content(tmp_path):
    def fingerprint(*files):
        return imports.Files(tmp_path).fingerprint(files)

    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("ONE = 1\n")
    other.write_text("ONE = 1\n")
    assert fingerprint(one) != fingerprint(other)
    before = fingerprint(one, other)
    assert before == fingerprint(other, one)
    one.write_text("ONE = 2\n")
    assert fingerprint(one, other) != before
