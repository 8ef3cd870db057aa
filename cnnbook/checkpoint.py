"""A run's state in a file that is whole or not there: written beside its target, renamed, checked when read."""

import os
import zipfile
from pathlib import Path
from typing import Any

import torch

State = dict[str, Any]
"""Numbers, strings, tensors, and lists and dictionaries of them: what ``torch.load`` reads without running code."""

Settings = dict[str, str | int]
"""What a run must share with the one that it goes on from."""


def save_checkpoint(path: Path, state: State, settings: Settings) -> None:
    """Write a state and the settings of its run; whoever reads finds the old file or the new one, never half of one.

    Raises:
        OSError: the disk is full or the folder may not be written; the old file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with half.open("wb") as file:
            torch.save({"settings": settings, "state": state}, file)
            file.flush()
            os.fsync(file.fileno())
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
        saved: State = torch.load(path, map_location="cpu", weights_only=True)
        complete = damaged is None and saved.keys() == {"settings", "state"}
    except Exception as error:  # a damaged file can provoke any
        raise ValueError(
            f"checkpoint {path} is damaged or no checkpoint ({error}); move it away to start again"
        ) from error
    if not complete:
        raise ValueError(f"checkpoint {path} is damaged or no checkpoint ({damaged}); move it away to start again")
    return saved
