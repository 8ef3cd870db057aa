"""The book on this machine answers as it will on its host."""

import gzip
import sys
import threading
from http.client import HTTPConnection

import pytest

from cnnbook.ext import serve

PUBLISHED = '<link rel="canonical" href="https://example.org/books/cnn/en/index.html">'
PAGE = f"<html>{PUBLISHED}<p>{'합성곱 ' * 200}</p></html>"
FILES = {
    "en/index.html": PAGE.encode(),
    "en/_static/loader.js": b"export const one = 1;\n",
    "en/figure.svg": b"<svg/>",
    "en/photo.png": b"\x89PNG" + bytes(500),
    "404.html": "<h1>Page not found · 없는 쪽</h1>".encode(),
}


@pytest.fixture
def folder(tmp_path):
    """A built book of few files, and a file beside it that is nobody's business."""
    for name, content in FILES.items():
        path = tmp_path / "html" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "html"


@pytest.fixture
def ask(folder):
    """Ask for a path as it stands, which no browser would do with dots in it."""
    with serve.server(folder) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = HTTPConnection(*listening.server_address[:2], timeout=10)

        def answer(path, **headers):
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response, response.read()

        yield answer
        connection.close()
        listening.shutdown()


@pytest.mark.parametrize("name", [name for name in FILES if name != "404.html"])
@pytest.mark.parametrize("mount", ["/", "/books/cnn/"])
def test_every_file_is_found_from_the_root_and_below_its_published_path(ask, name, mount):
    response, body = ask(mount + name)
    assert (response.status, body) == (200, FILES[name])


def test_a_folder_shows_its_index(ask):
    assert ask("/en/")[1] == FILES["en/index.html"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("en/index.html", "text/html"),
        ("en/_static/loader.js", "text/javascript"),  # with another, a browser runs no module
        ("en/figure.svg", "image/svg+xml"),
        ("en/photo.png", "image/png"),
    ],
)
def test_every_file_says_its_kind(ask, name, kind):
    for encoding in ("identity", "gzip"):
        assert ask(f"/{name}", Accept_Encoding=encoding)[0].getheader("Content-Type").split(";")[0] == kind


def test_texts_are_compressed_for_a_browser_that_takes_them_so(ask):
    response, body = ask("/en/index.html", Accept_Encoding="br, gzip")
    assert response.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(body) == FILES["en/index.html"]
    assert len(body) < len(FILES["en/index.html"]) / 4


def test_nothing_is_compressed_for_a_browser_that_does_not_ask_and_pictures_never_are(ask):
    assert ask("/en/index.html")[0].getheader("Content-Encoding") is None
    response, body = ask("/en/photo.png", Accept_Encoding="gzip")
    assert response.getheader("Content-Encoding") is None
    assert body == FILES["en/photo.png"]


@pytest.mark.parametrize("path", ["/en/index.html", "/en/photo.png", "/nowhere.html"])
def test_the_next_reload_shows_the_next_build(ask, folder, path):
    for encoding in ("identity", "gzip"):
        assert ask(path, Accept_Encoding=encoding)[0].getheader("Cache-Control") == "no-store"
    (folder / "en/index.html").write_text("the next build")
    assert ask("/en/index.html")[1] == b"the next build"


@pytest.mark.parametrize("path", ["/nowhere.html", "/en/nowhere/", "/books/cnn/ko/", "/books/index.html"])
def test_who_is_lost_reads_the_books_own_page(ask, path):
    response, body = ask(path)
    assert (response.status, body) == (404, FILES["404.html"])
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"


def test_a_book_without_such_a_page_still_says_that_nothing_is_there(ask, folder):
    (folder / "404.html").unlink()
    assert ask("/nowhere.html")[0].status == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/en/../../secret.txt", "/%2e%2e/secret.txt", "/books/cnn/../secret.txt"]
)
def test_nothing_outside_the_folder_is_served(ask, path):
    response, body = ask(path)
    assert response.status == 404
    assert b"secret" not in body


def test_only_this_machine_is_answered(folder):
    with serve.server(folder) as listening:
        host, port = listening.server_address[:2]
    assert host == "127.0.0.1"
    assert port > 0


def test_a_book_without_an_address_stands_at_the_root(folder):
    (folder / "en/index.html").write_text("<html></html>")
    with serve.server(folder) as listening:
        assert listening.RequestHandlerClass.func.mount == "/"


@pytest.mark.parametrize(("error", "reported"), [(BrokenPipeError(), False), (ZeroDivisionError(), True)])
def test_a_browser_that_left_is_nothing_to_report_and_a_mistake_of_ours_is(folder, capsys, error, reported):
    with serve.server(folder) as listening:
        try:
            raise error
        except type(error):
            listening.handle_error(None, ("127.0.0.1", 1))
    assert bool(capsys.readouterr().err) == reported


def test_a_folder_without_a_book_says_how_to_build_one(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no built book; build it with: nox -s book"):
        serve.server(tmp_path)


@pytest.mark.parametrize("quiet", [True, False])
def test_the_command_says_the_address_opens_it_and_stops_at_ctrl_c(folder, monkeypatch, capsys, quiet):
    opened = []

    def interrupted(_server):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.webbrowser, "open", opened.append)
    monkeypatch.setattr(serve.ThreadingHTTPServer, "serve_forever", interrupted)
    monkeypatch.setattr(sys, "argv", ["serve", str(folder), *["--quiet"] * quiet])
    serve.main()
    [address] = [word for word in capsys.readouterr().out.split() if word.startswith("http://127.0.0.1:")]
    assert opened == ([] if quiet else [address])
