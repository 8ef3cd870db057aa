"""Tiny data sets in the layouts of the real ones, and a server for their archives."""

import re
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image


def save(path, pixels, *, palette=False, **options):
    """Write an array as a picture; with a palette, its numbers are places in one whose colours mean nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels))
    if palette:
        image.putpalette(np.random.default_rng(7).integers(0, 256, 768, dtype=np.uint8).tobytes())
    image.save(path, **options)
    return path


def photograph(rows, columns, colour=(200, 100, 50)):
    return np.full((rows, columns, 3), colour, np.uint8)


def pack(folder, archive):
    """Put what is in a folder into an archive, of the kind that its name says."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in sorted(folder.rglob("*")):
                packed.write(path, path.relative_to(folder))
    else:
        with tarfile.open(archive, "w:gz" if archive.suffix == ".gz" else "w") as tar:
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name)
    return archive


@contextmanager
def serving(files, monkeypatch, breaks=()):
    """Serve files by name; those that break end in their middle, once. Says which ranges were asked for."""
    monkeypatch.setenv("no_proxy", "*")
    asked, broken = [], set(breaks)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.strip("/")
            span = self.headers.get("Range")
            asked.append((name, span))
            if name not in files:
                self.send_error(404)
                return
            content = files[name]
            begin = int(re.fullmatch(r"bytes=(\d+)-", span)[1]) if span and "whole" not in name else 0
            if begin >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - begin))
            self.end_headers()
            self.wfile.write(content[begin : len(content) // 2] if name in broken else content[begin:])
            broken.discard(name)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}", asked
        finally:
            running.shutdown()
            thread.join()
