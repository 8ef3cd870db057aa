"""Serve the built book on this machine: live pages are modules, and browsers load modules only from a server."""

import argparse
import contextlib
import re
import webbrowser
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder, never cached (the next build is read at the next reload), with the book's own 404 page."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".svg": "image/svg+xml"}
    mount = "/"

    def translate_path(self, path: str) -> str:
        """Answer below the published path as well: the 404 page names its files from the host's root."""
        return super().translate_path("/" + path.removeprefix(self.mount) if path.startswith(self.mount) else path)

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
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())

    def log_message(self, *_: object) -> None:
        """Say nothing: a reader does not read request logs."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Listen on this machine only; port 0 takes a free one.

    Raises:
        FileNotFoundError: ``folder`` holds no built book.
    """
    start = folder / "en" / "index.html"
    if not start.is_file():
        raise FileNotFoundError(f"{folder} holds no built book; build it with: nox -s book")
    published = re.search(r'rel="canonical" href="\w+://[^/]+(/.*?)en/', start.read_text("utf-8"))
    handler = type("BookHandler", (Handler,), {"mount": published[1] if published else "/"})
    return ThreadingHTTPServer(("127.0.0.1", port), partial(handler, directory=str(folder)))


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
