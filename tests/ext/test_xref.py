"""Names in signatures lead to where other projects describe them."""

import importlib.util
import io
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp
from sphinx.util.inventory import InventoryFile

from cnnbook.ext.xref import PUBLIC

INVENTORIES = Path(__file__).parents[2] / "docs/inventories"
ADDRESSES = {"python": "https://docs.python.org/3", "torch": "https://docs.pytorch.org/docs/stable"}
PAGE = """\
Title
=====
.. py:function:: blur(images: Float[Tensor, "n c h w"], net: torch.nn.modules.module.Module, times: int) -> None

:py:class:`{name}`
"""


def make():
    specification = importlib.util.spec_from_file_location("make", INVENTORIES / "make.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def entries(content):
    inventory = InventoryFile.loads(content, uri="https://here").data
    return {(kind, name): item.uri for kind, items in inventory.items() for name, item in items.items()}


@pytest.fixture
def build(tmp_path):
    def build(name):
        (tmp_path / "index.rst").write_text(PAGE.format(name=name))
        (tmp_path / "conf.py").touch()
        settings = {
            "extensions": ["sphinx.ext.intersphinx", "cnnbook.ext.xref"],
            "nitpicky": True,
            "nitpick_ignore_regex": [("py:class", "Float")],
            "python_use_unqualified_type_names": True,
            "intersphinx_mapping": {
                key: (address, str(INVENTORIES / f"{key}.inv")) for key, address in ADDRESSES.items()
            },
        }
        app = SphinxTestApp("html", srcdir=tmp_path, confoverrides=settings)
        try:
            app.build()
            return (app.outdir / "index.html").read_text(), app.warning.getvalue()
        finally:
            app.cleanup()

    return build


def test_short_names_and_private_homes_become_links(build):
    html, warnings = build("int")
    assert f'href="{ADDRESSES["torch"]}/tensors.html#torch.Tensor"' in html
    assert f'href="{ADDRESSES["torch"]}/generated/torch.nn.Module.html#torch.nn.Module"' in html
    assert f'href="{ADDRESSES["python"]}/library/functions.html#int"' in html
    assert warnings == ""


def test_a_name_that_nobody_describes_still_warns(build):
    _, warnings = build("Tensr")
    assert "index.rst:5: WARNING: py:class reference target not found: Tensr" in warnings


def test_every_public_name_is_in_an_inventory():
    names = {name for path in INVENTORIES.glob("*.inv") for _, name in entries(path.read_bytes())}
    assert set(PUBLIC.values()) <= names


def test_inventories_hold_what_the_table_says():
    module = make()
    tables = module.tables()
    assert {path.stem for path in INVENTORIES.glob("*.inv")} == set(tables)
    for name, table in tables.items():
        committed = (INVENTORIES / f"{name}.inv").read_bytes()
        assert entries(committed) == entries(module.inventory(**table)), f"run {INVENTORIES / 'make.py'}"


def test_an_address_names_its_object():
    content = make().inventory("Torch", "2", function={"torch.dot": "generated/$.html#$"})
    assert entries(content) == {("py:function", "torch.dot"): "https://here/generated/torch.dot.html#torch.dot"}
    assert io.BytesIO(content).readline() == b"# Sphinx inventory version 2\n"
