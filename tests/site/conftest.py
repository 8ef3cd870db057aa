"""The built book on a local server, and a browser to read it with."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from reading import SITE, WIDE

from cnnbook.ext.serve import server

# A machine without a network answers each of the browser's own requests with an error.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The address of the built book."""
    with server(SITE) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium or Chrome, else Playwright's own."""
    names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield found
        found.close()


class Reader:
    """One reader's window: what the page asked for, what went wrong in it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.note_request(request.url))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error('CSP', event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber))"
        )

    def note_request(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.append(url)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}/{path}", wait_until="networkidle")
        return self.page


@pytest.fixture
def reader(browser: Browser, site_url: str):
    """Open windows: ``with reader(theme="dark", viewport=PHONE) as window: window.open("en/index.html")``."""

    @contextmanager
    def window(theme: str = "light", viewport: dict[str, int] = WIDE, **options: object) -> Iterator[Reader]:
        context = browser.new_context(color_scheme=theme, viewport=viewport, **options)
        try:
            yield Reader(context.new_page(), site_url)
        finally:
            context.close()

    return window
