"""Write the inventories of ``objects.toml``: ``python docs/inventories/make.py``.

A project's whole inventory would weigh megabytes and change with every release; the book links to a few dozen objects.
After a new link in prose or in a signature, add its object to the table and run this again.
"""

import tomllib
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HEADER = """\
# Sphinx inventory version 2
# Project: {project}
# Version: {version}
# The remainder of this file is compressed using zlib.
"""


def tables() -> dict[str, dict[str, Any]]:
    """Read what the book links to, by project."""
    return tomllib.loads((HERE / "objects.toml").read_text())


def inventory(project: str, version: str, **kinds: dict[str, str]) -> bytes:
    """Encode one project's objects as Sphinx's inventory, version 2.

    Args:
        project: The name that a reader sees when the pointer rests on a link.
        version: The version that it names.
        kinds: For each kind of object (``class``, ``data``, …), where its objects are described.
    """
    lines = [
        f"{name} py:{kind} 1 {address.replace('$', name)} -\n"
        for kind, objects in kinds.items()
        for name, address in objects.items()
    ]
    header = HEADER.format(project=project, version=version)
    return header.encode() + zlib.compress("".join(sorted(lines)).encode())


if __name__ == "__main__":
    for name, table in tables().items():
        (HERE / f"{name}.inv").write_bytes(inventory(**table))
