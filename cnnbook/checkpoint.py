"""A run's state in a file that is whole or not there: written beside its target, renamed, checked when read."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

State = dict[str, Any]
"""Numbers, strings, tensors, and lists and dictionaries of them: what ``torch.load`` reads without running code."""

Settings = dict[str, str | int]
"""What a run must share with the one that it goes on from."""

_SCALARS: list[Any] = [  # a learning rate is often NumPy's number; torch must be told that these are numbers only
    np.float64(0).__reduce__()[0],
    np.dtype,
    *{type(np.dtype(code)) for code in "?" + np.typecodes["AllInteger"] + np.typecodes["Float"]},
]


def save_checkpoint(path: Path, state: State, settings: Settings) -> None:
    """Write a state and the settings of its run; whoever reads finds the old file or the new one, never half of one.

    Raises:
        OSError: the disk is full or the folder may not be written; the old file stays.
    """
    path = path.resolve()  # a link stays one, and leads to the new file
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with half.open("wb") as file:
            torch.save({"settings": settings, "state": state}, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            _read_whole(half)
        except ValueError as error:
            raise ValueError(f"state cannot be saved as {path}, for it could not be read again: {error}") from error
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def load_checkpoint(path: Path, settings: Settings) -> State:
    """Read a state that a run of the same settings has saved, on the CPU.

    Raises:
        ValueError: the file is damaged or no checkpoint, or its settings differ; the file stays as it is.
    """
    saved = _read_whole(path)
    was: dict[str, Any] = saved["settings"]
    differences = [
        f"{name} was {was.get(name)!r} and is now {settings.get(name)!r}"
        for name in sorted(was.keys() | settings.keys())
        if was.get(name) != settings.get(name)
    ]
    if differences:
        raise ValueError(f"checkpoint {path} belongs to another run: {'; '.join(differences)}")
    state: State = saved["state"]
    return state


def _read_whole(path: Path) -> State:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch itself does not compare the checksums
        with torch.serialization.safe_globals(_SCALARS):
            saved: State = torch.load(path, map_location="cpu", weights_only=True)
        parts = [saved["settings"], saved["state"]]
        complete = damaged is None and all(isinstance(part, dict) for part in parts)
    except Exception as error:  # a damaged file can provoke any
        raise ValueError(
            f"checkpoint {path} is damaged or no checkpoint ({error}); move it away to start again"
        ) from error
    if not complete:
        raise ValueError(f"checkpoint {path} is damaged or no checkpoint ({damaged}); move it away to start again")
    return saved
