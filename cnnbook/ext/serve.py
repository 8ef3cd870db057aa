"""Serve the built book on this machine: live pages are modules, and browsers load modules only from a server."""

import argparse
import contextlib
import gzip
import io
import re
import sys
import webbrowser
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

COMPRESSED = ("text/", "image/svg+xml", "application/json", "application/xml")


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder as a static host sends them: texts compressed, connections kept, and the book's own 404 page.

    Only the cache differs: none is used, so that the next reload shows the next build.
    """

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".svg": "image/svg+xml"}
    mount = "/"
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True  # or a kept connection waits between a response's head and its body

    def translate_path(self, path: str) -> str:
        """Answer below the published path as well: the 404 page names its files from the host's root."""
        return super().translate_path("/" + path.removeprefix(self.mount) if path.startswith(self.mount) else path)

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Compress a text for a browser that takes it so."""
        found = self.translate_path(self.path)
        path = Path(found, "index.html") if found.endswith("/") else Path(found)
        kind = self.guess_type(path)
        if not (path.is_file() and kind.startswith(COMPRESSED) and "gzip" in self.headers.get("Accept-Encoding", "")):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), compresslevel=6)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self) -> None:
        """Let the browser ask again each time."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Show the page that the host will show."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            super().send_error(code, message, explain)
            return
        self.send_response(code)
        body = page.read_bytes()
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: a reader does not read request logs."""


class Server(ThreadingHTTPServer):
    """Answers several requests at once."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that left before the end."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int = 0) -> Server:
    """Listen on this machine only; port 0 takes a free one.

    Raises:
        FileNotFoundError: ``folder`` holds no built book.
    """
    start = folder / "en" / "index.html"
    if not start.is_file():
        raise FileNotFoundError(f"{folder} holds no built book; build it with: nox -s book")
    published = re.search(r'rel="canonical" href="\w+://[^/]+(/.*?)en/', start.read_text("utf-8"))
    handler = type("BookHandler", (Handler,), {"mount": published[1] if published else "/"})
    return Server(("127.0.0.1", port), partial(handler, directory=str(folder)))


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0, help="a free one when left out")
    parser.add_argument("--quiet", action="store_true", help="do not open a browser")
    arguments = parser.parse_args()
    with server(arguments.folder, arguments.port) as listening:
        address = f"http://127.0.0.1:{listening.server_port}/"
        print(f"The book is at {address} (stop with Ctrl-C)")  # noqa: T201 - the command's whole output
        if not arguments.quiet:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            listening.serve_forever()


if __name__ == "__main__":
    main()
