"""Serve the built book on this machine: live pages are modules, and browsers load modules only from a server."""

import argparse
import contextlib
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder, never cached (the next build is read at the next reload), with the book's own 404 page."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".svg": "image/svg+xml"}

    def end_headers(self) -> None:
        """Let the browser ask again each time."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: a reader does not read request logs."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Listen on this machine only; port 0 takes a free one.

    Raises:
        FileNotFoundError: ``folder`` holds no built book.
    """
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"{folder} holds no built book; build it with: nox -s book")
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder)))


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
