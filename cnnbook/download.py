"""Files from the network that are whole or not there: fetched beside their place, checked, then renamed."""

import hashlib
import os
import re
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm import tqdm

BLOCK = 1 << 20  # bytes read at once
PATIENCE = 60  # seconds without a byte


def check_digits(sha256: str) -> str:
    """Refuse what cannot be a SHA-256 or its beginning.

    Raises:
        ValueError: it is not 8 to 64 hexadecimal digits.

    >>> check_digits("397923AF")
    '397923af'
    >>> check_digits("397923")
    Traceback (most recent call last):
    ValueError: sha256='397923' must be 8 to 64 hexadecimal digits: a file's SHA-256 or its beginning
    """
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-fA-F]{8,64}", sha256):
        raise ValueError(f"sha256={sha256!r} must be 8 to 64 hexadecimal digits: a file's SHA-256 or its beginning")
    return sha256.lower()


def check_hash(path: Path, sha256: str, origin: str | None = None) -> None:
    """Refuse a file whose SHA-256 does not begin with these digits; ``origin`` is what the refusal names, if given.

    Raises:
        ValueError: it begins otherwise.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(sha256):
        raise ValueError(
            f"{origin or path} is damaged or another file: its SHA-256 begins with {found[: len(sha256)]}, not {sha256}"
        )


def fetch(url: str, path: Path, sha256: str | None = None, *, resume: bool = False) -> None:
    """Download to a path, with a progress bar; whatever happens, the path holds the whole file or stays as it was.

    Args:
        url: an address that begins with ``https://`` or ``http://``.
        path: where the file goes; its folder is made.
        sha256: the file's SHA-256, or its beginning.
        resume: keep what has come when the download breaks off, beside the path, and go on from there the next time.
            The hash tells whether both halves are of one file, so one must be given.

    Raises:
        ValueError: the address is another kind, the file's SHA-256 is another, or ``resume`` is asked for without one.
        OSError: the network, the server or the disk fails, or the file ends early.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"url={url!r} must begin with https:// or http://")
    if resume and sha256 is None:
        raise ValueError(f"resume={resume!r} needs a sha256, which tells whether both halves are of one file")
    kept = path.with_name(f"{path.name}.part")
    half = path.with_name(f"{path.name}.{os.getpid()}.part")  # nobody else writes into it
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if resume and kept.exists():
            kept.replace(half)
        _append(url, half, path.name)
        if sha256 is not None:
            _check_or_discard(half, sha256, url)
        half.replace(path)
    except (OSError, HTTPException) as error:
        end = "ask again to go on from there" if resume and half.exists() else "nothing was kept"
        raise OSError(f"{url} could not be downloaded: {error}; {end}") from error
    finally:
        if resume and half.exists():
            half.replace(kept)
        half.unlink(missing_ok=True)


def _append(url: str, half: Path, name: str) -> None:
    """Download what is missing of a file that has begun, or all of it if the server starts from its beginning."""
    begun = half.stat().st_size if half.exists() else 0
    request = Request(url, headers={"User-Agent": "cnnbook"})  # noqa: S310  the caller has checked it
    if begun:
        request.add_header("Range", f"bytes={begun}-")
    try:
        answer = urlopen(request, timeout=PATIENCE)  # noqa: S310  the same
    except HTTPError as error:
        if not begun or error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        half.unlink()  # it was longer than the file: of another one
        _append(url, half, name)
        return
    with answer:
        goes_on = answer.status == HTTPStatus.PARTIAL_CONTENT and f"bytes {begun}-" in str(
            answer.headers["Content-Range"]
        )
        there = begun if goes_on else 0
        length = there + int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
        with (
            half.open("ab" if goes_on else "wb") as file,
            tqdm(total=length, initial=there, desc=name, unit="B", unit_scale=True) as bar,
        ):
            while block := answer.read(BLOCK):
                file.write(block)
                bar.update(len(block))
    if length is not None and half.stat().st_size != length:
        raise OSError(f"it ended after {half.stat().st_size:,} of {length:,} bytes")


def _check_or_discard(half: Path, sha256: str, url: str) -> None:
    """Refuse a file of another hash, and keep nothing of it: there is no way on from there."""
    try:
        check_hash(half, sha256, url)
    except ValueError:
        half.unlink()
        raise
