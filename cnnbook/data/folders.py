"""Where a data set stands: a folder, an archive that becomes one, or the addresses of both.

An archive becomes a folder in one step: it is extracted beside its place, and renamed when it is whole.
Nothing leaves that folder: members whose names climb out of it are refused, and so are links and devices.
"""

import gzip
import hashlib
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from tqdm import tqdm

from cnnbook.download import check_digits, fetch

Source = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
"""A folder, an archive (``.tar``, ``.tar.gz``, ``.zip``), several archives, or ``None`` for the book's own place."""

DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)


class Archive(NamedTuple):
    """A file of a published data set."""

    url: str
    sha256: str | None
    """``None`` where nobody has published it: then only the archive's own checksums tell."""


def home() -> Path:
    """Say where data sets are kept: beside what torch downloads (``$TORCH_HOME/hub/cnnbook``).

    >>> home().name
    'cnnbook'
    """
    return Path(torch.hub.get_dir()) / "cnnbook"


def find_folder(source: Source, name: str, published: Sequence[Archive], *, download: bool) -> Path:
    """Find a data set's folder; extract archives, or download them if asked.

    Args:
        source: a folder, an archive, or several; ``None`` is the folder ``name`` in :func:`home`.
        name: the data set's name, for the folder and for messages.
        published: its files, where its authors offer them.
        download: fetch them into the folder if it is not there; what is there is never fetched again.

    Raises:
        TypeError: the source is neither text nor paths, or ``download`` neither true nor false.
        FileNotFoundError: it is not there, and ``download`` is false; the message says what would be fetched.
        ValueError: an archive is damaged, none, or unsafe, or a downloaded one has another hash.
        OSError: the network or the disk fails; no half of a folder is left, and the download goes on the next time.
    """
    if not isinstance(download, bool):
        raise TypeError(f"download={download!r} must be True or False")
    paths = [Path(one) for one in _checked(source)] if source is not None else [home() / name]
    if download and len(paths) == 1 and _is_absent(paths[0]):
        _fetch_all(published, paths[0])
    missing = [str(path) for path in paths if _is_absent(path)]
    if missing:
        urls = ", ".join(archive.url for archive in published)
        offer = f"; download=True fetches {name} from {urls}" if len(paths) == 1 else ""
        raise FileNotFoundError(f"folder={', '.join(missing)!r} is not there{offer}")
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0]
    folders = [str(path) for path in paths if path.is_dir()]
    if folders:
        raise ValueError(f"folder={folders[0]!r} stands among several: give one folder, or archives only")
    target = home() / f"{_stem(paths[0])}-{_fingerprint(paths)}"
    if not target.is_dir():
        extract(paths, target)
    return target


def _checked(source: Source) -> Sequence[str | os.PathLike[str]]:
    sources = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(sources, Sequence) or not all(isinstance(one, str | os.PathLike) for one in sources):
        raise TypeError(f"folder={source!r} must be a path, several paths, or None")
    if not sources:
        raise ValueError(f"folder={source!r} must name at least one archive")
    return sources


def _is_absent(path: Path) -> bool:
    return not path.exists() or _is_empty(path)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _fetch_all(published: Sequence[Archive], target: Path) -> None:
    paths = [target.with_name(f"{target.name}-{PurePosixPath(archive.url).name}") for archive in published]
    for archive, path in zip(published, paths, strict=True):
        if not path.exists():
            digits = None if archive.sha256 is None else check_digits(archive.sha256)
            fetch(archive.url, path, digits, resume=digits is not None)
    try:
        extract(paths, target)
    except ValueError:  # damaged: the next download must start anew
        _remove(paths)
        raise
    _remove(paths)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink()


def _stem(path: Path) -> str:
    """Take off what says that a file is an archive.

    >>> _stem(Path("pets/images.tar.gz"))
    'images'
    """
    return re.sub(r"(\.tar)?\.\w+$", "", path.name)


def _fingerprint(paths: Iterable[Path]) -> str:
    """Tell archives apart without reading them: by place, size and time; a changed one is extracted anew."""
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def extract(archives: Sequence[Path], target: Path) -> None:
    """Extract archives into one new folder, which is whole or not there.

    Files that a Macintosh adds (``._name``) are left out.

    Raises:
        ValueError: an archive is damaged or none, a member climbs out of the folder, or is no file.
        OSError: the disk fails.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.", suffix=".part") as beside:
        whole = Path(beside) / "whole"
        whole.mkdir()
        for archive in archives:
            try:
                _extract_tar(archive, whole) if tarfile.is_tarfile(archive) else _extract_zip(archive, whole)
            except DAMAGED as error:
                raise ValueError(f"{archive} is damaged, or no .tar, .tar.gz or .zip: {error}") from error
        if _is_empty(target):
            target.rmdir()
        try:
            whole.rename(target)
        except OSError:
            if not target.is_dir():
                raise  # else another process was faster, with the same


def _extract_tar(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tqdm(tar, desc=archive.name, unit=" files", delay=1):
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"{archive} holds {member.name!r}, which is neither a file nor a folder")
            if _wanted(member.name, archive):
                tar.extract(member, folder, filter="data")


def _extract_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        for member in tqdm(packed.infolist(), desc=archive.name, unit=" files", delay=1):
            if member.flag_bits & 1:
                raise ValueError(f"{archive} holds {member.filename!r}, which is encrypted")
            if _wanted(member.filename, archive) and not member.is_dir():
                path = folder / member.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as packed_file, path.open("wb") as file:
                    copyfileobj(packed_file, file)


def _wanted(name: str, archive: Path) -> bool:
    """Refuse a member's name that leads out of the folder; leave out what no data set means.

    >>> _wanted("pets/._cat.png", Path("pets.zip"))
    False
    >>> _wanted("../cat.png", Path("pets.zip"))
    Traceback (most recent call last):
    ValueError: pets.zip holds '../cat.png', which climbs out of its folder
    """
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise ValueError(f"{archive} holds {name!r}, which climbs out of its folder")
    return not parts[-1].startswith("._")


def find_root(
    folder: Path, layouts: Sequence[Sequence[str]], name: str, places: Sequence[str] = ("", "*", "*/*")
) -> tuple[Path, int]:
    """Find where a data set begins inside its folder, and which of its layouts it has.

    Args:
        folder: as :func:`find_folder` gives it.
        layouts: for each layout, the paths that it consists of, seen from where the set begins.
        name: the data set's name, for the message.
        places: where it may begin; ``""`` is the folder itself.

    Raises:
        ValueError: it has none of the layouts.
    """
    for pattern in places:
        for place in sorted(folder.glob(pattern)) if pattern else [folder]:
            for number, layout in enumerate(layouts):
                if all((place / part).exists() for part in layout):
                    return place, number
    wanted = ", nor ".join(", ".join(layout) for layout in layouts)
    raise ValueError(f"folder={str(folder)!r} is not {name}: it lacks {wanted}")


def read_list(path: Path) -> list[str]:
    """Read the names that stand first in the lines of a list; lines that begin with ``#`` are comments.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: it is no text, or names nothing.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: this copy of the data set lacks that split")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is damaged: it is no text") from error
    names = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise ValueError(f"{path} names no picture")
    return names
