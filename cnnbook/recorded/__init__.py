"""Results that took too long for a build, or that only one machine can give: measured once and written down.

Each is a JSON file that names its script, its seed, its date and its machine; running the script writes it anew.
A page that shows one says *recorded*.
"""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """List what has been recorded.

    >>> "ways" in names()
    True
    """
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    """Read a recorded result: a mapping with ``script``, ``measured`` (the date), ``machine`` and what was found.

    Raises:
        ValueError: nothing of that name was recorded, or its file is damaged; the message names it.

    >>> read("ways")["script"]
    'benchmarks/ways.py'
    >>> read("weighs")
    Traceback (most recent call last):
    ValueError: nothing is recorded as 'weighs'; there are: ...
    """
    if name not in names():
        raise ValueError(f"nothing is recorded as {name!r}; there are: {', '.join(names())}")
    path = FOLDER / f"{name}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return found


def write(name: str, script: str, seed: int, versions: dict[str, str], **found: Any) -> Path:
    """Write a result down, with today's date and this machine; an older one is replaced as a whole or not at all.

    Args:
        name: what the result is called; the file is ``name.json``.
        script: the path of the script that found it, from the root of the repository.
        seed: what it drew its numbers with.
        versions: of the packages whose behaviour was measured.
        found: the result.

    Returns:
        The file.

    Raises:
        TypeError: something found is neither a number, nor text, nor a list or a mapping of these.
    """
    about = {"script": script, "seed": seed, "measured": time.strftime("%Y-%m-%d"), "machine": machine()}
    text = json.dumps(about | {"versions": versions} | found, indent=1, ensure_ascii=False) + "\n"
    path = FOLDER / f"{name}.json"
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
    return path


def machine() -> dict[str, Any]:
    """Describe this machine: its processor, how many of its cores there are, and its system."""
    info = Path("/proc/cpuinfo")  # Linux names the processor only here
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = named[0] if named else platform.processor() or platform.machine()
    return {"processor": processor, "cores": os.cpu_count(), "system": platform.system()}
