"""A download is whole or not there; one that broke off goes on from where it was."""

import hashlib
import re

import pytest

from cnnbook import download
from cnnbook.download import fetch
from tiny_sets import serving

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "set.tar"


def left(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_a_download_that_broke_off_asks_for_the_rest_only(path, monkeypatch):
    with serving({"set.tar": CONTENT}, monkeypatch, breaks=["set.tar"]) as (address, asked):
        with pytest.raises(OSError, match="ask again to go on from there"):
            fetch(f"{address}/set.tar", path, SHA256, resume=True)
        assert left(path) == ["set.tar.part"]
        fetch(f"{address}/set.tar", path, SHA256, resume=True)
    assert asked == [("set.tar", None), ("set.tar", f"bytes={len(CONTENT) // 2}-")]
    assert path.read_bytes() == CONTENT
    assert left(path) == ["set.tar"]


def test_a_server_that_knows_no_ranges_starts_again(path, monkeypatch):
    with serving({"whole.tar": CONTENT}, monkeypatch, breaks=["whole.tar"]) as (address, _):
        with pytest.raises(OSError, match="could not be downloaded"):
            fetch(f"{address}/whole.tar", path, SHA256, resume=True)
        fetch(f"{address}/whole.tar", path, SHA256, resume=True)
    assert path.read_bytes() == CONTENT
    assert left(path) == ["set.tar"]


def test_without_resuming_nothing_is_kept(path, monkeypatch):
    with (
        serving({"set.tar": CONTENT}, monkeypatch, breaks=["set.tar"]) as (address, _),
        pytest.raises(OSError, match="nothing was kept"),
    ):
        fetch(f"{address}/set.tar", path, SHA256)
    assert left(path) == []


def test_a_beginning_of_another_file_is_found_out_and_thrown_away(path, monkeypatch):
    path.parent.mkdir()
    path.with_name("set.tar.part").write_bytes(b"another file")
    with serving({"set.tar": CONTENT}, monkeypatch) as (address, _):
        with pytest.raises(ValueError, match="damaged or another file"):
            fetch(f"{address}/set.tar", path, SHA256, resume=True)
        assert left(path) == []
        fetch(f"{address}/set.tar", path, SHA256, resume=True)
    assert path.read_bytes() == CONTENT


def test_a_beginning_that_is_longer_than_the_file_is_started_again(path, monkeypatch):
    path.parent.mkdir()
    path.with_name("set.tar.part").write_bytes(CONTENT + b"more")
    with serving({"set.tar": CONTENT}, monkeypatch) as (address, _):
        fetch(f"{address}/set.tar", path, SHA256, resume=True)
    assert path.read_bytes() == CONTENT


def test_what_came_before_an_interruption_is_kept(path, monkeypatch):
    monkeypatch.setattr(download, "BLOCK", 1000)
    bar = download.tqdm

    class Interrupted(bar):
        def update(self, n=1):
            super().update(n)
            if self.n > 3000:
                raise KeyboardInterrupt

    with serving({"set.tar": CONTENT}, monkeypatch) as (address, asked):
        with monkeypatch.context() as patch:
            patch.setattr(download, "tqdm", Interrupted)
            with pytest.raises(KeyboardInterrupt):
                fetch(f"{address}/set.tar", path, SHA256, resume=True)
        fetch(f"{address}/set.tar", path, SHA256, resume=True)
    assert asked[1] == ("set.tar", "bytes=4000-")
    assert path.read_bytes() == CONTENT


def test_a_missing_page_leaves_what_had_come(path, monkeypatch):
    path.parent.mkdir()
    path.with_name("set.tar.part").write_bytes(CONTENT[:100])
    with serving({}, monkeypatch) as (address, _), pytest.raises(OSError, match="404"):
        fetch(f"{address}/set.tar", path, SHA256, resume=True)
    assert path.with_name("set.tar.part").read_bytes() == CONTENT[:100]


def test_going_on_needs_a_hash(path):
    with pytest.raises(ValueError, match=re.escape("resume=True needs a sha256")):
        fetch("https://example.org/set.tar", path, resume=True)


def test_other_kinds_of_address_are_refused(path):
    with pytest.raises(ValueError, match="must begin with https"):
        fetch("file:///etc/hostname", path)
