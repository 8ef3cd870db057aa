"""Files from the network that are whole or not there: fetched beside their place, checked, then renamed."""

import hashlib
import os
import re
from http.client import HTTPException
from pathlib import Path
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


def fetch(url: str, path: Path, sha256: str | None = None) -> None:
    """Download to a path, with a progress bar; whatever happens, the path holds the whole file or stays as it was.

    Args:
        url: an address that begins with ``https://`` or ``http://``.
        path: where the file goes; its folder is made.
        sha256: the file's SHA-256, or its beginning.

    Raises:
        ValueError: the address is another kind, or the file's SHA-256 is another.
        OSError: the network, the server or the disk fails, or the file ends early.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"url={url!r} must begin with https:// or http://")
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        request = Request(url, headers={"User-Agent": "cnnbook"})  # noqa: S310  checked above
        with urlopen(request, timeout=PATIENCE) as answer, half.open("wb") as file:  # noqa: S310  the same
            length = int(answer.headers.get("Content-Length") or 0)
            with tqdm(total=length or None, desc=path.name, unit="B", unit_scale=True) as bar:
                while block := answer.read(BLOCK):
                    file.write(block)
                    bar.update(len(block))
        if length and half.stat().st_size != length:
            raise OSError(f"it ended after {half.stat().st_size:,} of {length:,} bytes")  # noqa: TRY301  told below
        if sha256 is not None:
            check_hash(half, sha256, url)
        half.replace(path)
    except (OSError, HTTPException) as error:
        raise OSError(f"{url} could not be downloaded: {error}; nothing was kept") from error
    finally:
        half.unlink(missing_ok=True)
