"""The package reads downwards: a module imports only what stands below it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnnbook"
MAY_IMPORT = {
    "__init__": set(),
    "shapes": set(),
    "recorded": set(),
    "reference": {"shapes"},
    "layers": {"shapes"},  # not reference: two witnesses must not have met
    "download": set(),  # weights and data sets both come through it
    "networks": {"shapes", "layers", "download"},
    "tasks": {"shapes", "layers", "networks", "data"},  # a measure takes what a set hands out
    "data": {"shapes", "download"},
    "machine": set(),
    "checkpoint": {"machine"},
    "train": {"shapes", "layers", "networks", "tasks", "data", "machine", "checkpoint"},
    "train_seeds": {"shapes", "train", "machine", "data"},
    "draw": {"shapes", "reference"},  # it draws what the reference computes
    "summary": {"shapes", "draw"},
    "live": {"shapes", "layers", "networks", "tasks", "data"},
    "exercises": {"shapes", "reference"},
    "ext": {"shapes", "reference", "draw", "live", "exercises"},
}
WITHOUT_TORCH = {"shapes", "recorded", "reference", "exercises"}
MODULES = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]


def imported(source: str, module: Path) -> set[str]:
    """Full names of all that a module imports; relative imports are resolved."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            here = ["cnnbook", *module.parts][: -node.level] if node.level else []
            names |= {".".join([*here, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return names


def wrong_arrows(source: str, module: Path) -> set[str]:
    """What a module imports though it stands above it, or though it must know nothing of torch."""
    part = module.parts[0].removesuffix(".py")
    allowed = MAY_IMPORT[part] | {part, "__version__"}
    wrong = set()
    for name in imported(source, module):
        package, *below = name.split(".")
        if package == "cnnbook" and not {*below[:1]} <= allowed:
            wrong.add(name)
        if package == "torch" and part in WITHOUT_TORCH:
            wrong.add(name)
    return wrong


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_point_down(module):
    assert wrong_arrows((PACKAGE / module).read_text(encoding="utf-8"), module) == set()


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("layers/conv.py", "from cnnbook.reference.conv import conv2d_loops", "cnnbook.reference.conv.conv2d_loops"),
        ("layers/conv.py", "import cnnbook.reference", "cnnbook.reference"),
        ("layers/conv.py", "from cnnbook import reference", "cnnbook.reference"),
        ("layers/conv.py", "from ..reference import conv", "cnnbook.reference.conv"),
        ("layers/conv.py", "from .. import reference", "cnnbook.reference"),
        ("reference/conv.py", "def f():\n    import torch.nn", "torch.nn"),
        ("reference/conv.py", "from torch import nn", "torch.nn"),
        ("shapes/sizes.py", "from cnnbook.layers import Conv2d", "cnnbook.layers.Conv2d"),
        ("draw/arrays.py", "from cnnbook.ext import figures", "cnnbook.ext.figures"),
    ],
)
def test_the_check_can_fail(module, source, wrong):
    assert wrong_arrows(source, Path(module)) == {wrong}


def test_downward_imports_pass():
    assert (
        wrong_arrows("import torch\nfrom cnnbook.shapes import per_axis\nfrom . import x", Path("layers/conv.py"))
        == set()
    )
