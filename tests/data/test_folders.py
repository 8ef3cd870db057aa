"""An archive becomes a folder, whole or not at all, and nothing leaves that folder."""

import hashlib
import io
import os
import re
import tarfile
import zipfile

import pytest
import torch

from cnnbook.data import folders
from cnnbook.data.folders import Archive, extract, find_folder, find_root, home, read_list
from tiny_sets import pack, serving


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "cnnbook"


@pytest.fixture
def original(tmp_path):
    folder = tmp_path / "original"
    (folder / "set" / "deep").mkdir(parents=True)
    (folder / "set" / "list.txt").write_text("cat\n")
    (folder / "set" / "deep" / "cat.bin").write_bytes(bytes(range(256)) * 400)
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def find(source, published=(), *, download=False):
    return find_folder(source, "tiny", published, download=download)


def tar_of(path, *members):
    """An archive whose members need not be honest."""
    with tarfile.open(path, "w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return path


def member(name, **facts):
    found = tarfile.TarInfo(name)
    for key, value in facts.items():
        setattr(found, key, value)
    return found


@pytest.mark.parametrize("kind", ["set.tar", "set.tar.gz", "set.zip"])
def test_every_kind_of_archive_gives_the_same_folder(original, tmp_path, kind):
    folder = find(pack(original, tmp_path / kind))
    assert contents(folder) == contents(original)


def test_a_folder_stays_where_it_is(original, hub):
    assert find(original) == find(str(original)) == original
    assert not hub.exists()


def test_an_archive_is_extracted_once_and_again_when_it_changes(original, tmp_path, monkeypatch):
    archive = pack(original, tmp_path / "set.tar")
    first = find(archive)
    with monkeypatch.context() as patch:
        patch.setattr(folders, "extract", lambda *_: pytest.fail("it was there"))
        assert find(archive) == first
    (original / "set" / "list.txt").write_text("dog\n")
    pack(original, archive)
    os.utime(archive, ns=(1, 1))
    assert (find(archive) / "set" / "list.txt").read_text() == "dog\n"


def test_several_archives_become_one_folder(tmp_path):
    for name in ("images", "annotations"):
        (tmp_path / name / name).mkdir(parents=True)
        (tmp_path / name / name / "cat").write_text(name)
    archives = [pack(tmp_path / name, tmp_path / f"{name}.tar.gz") for name in ("images", "annotations")]
    assert contents(find(archives)) == {"images/cat": b"images", "annotations/cat": b"annotations"}


@pytest.mark.parametrize("name", ["../out", "set/../../out", "/out", "..\\out", "\\out", "C:\\out", "C:out"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_member_that_climbs_out_is_refused_and_nothing_is_left(tmp_path, hub, name, kind):
    archive = tmp_path / f"set.{kind}"
    if kind == "tar":
        tar_of(archive, member("set/cat", size=3), member(name, size=3))
    else:
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("set/cat", "cat")
            packed.writestr(name, "out")
    with pytest.raises(ValueError, match=rf"set\.{kind} holds .*out', which climbs out of its folder"):
        find(archive)
    assert list(hub.iterdir()) == []
    assert not list(tmp_path.rglob("out"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, hub, kind):
    archive = tar_of(tmp_path / "set.tar", member("set/way", type=kind, linkname="/etc"))
    with pytest.raises(ValueError, match="'set/way', which is neither a file nor a folder"):
        find(archive)
    assert list(hub.iterdir()) == []


@pytest.mark.parametrize("kind", ["set.tar", "set.tar.gz", "set.zip"])
@pytest.mark.parametrize("keep", [0, 20, 0.3, 0.6])
def test_an_archive_that_was_cut_off_is_named_and_nothing_is_left(original, tmp_path, hub, kind, keep):
    archive = pack(original, tmp_path / kind)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(keep if keep >= 1 else keep * len(content))])
    with pytest.raises(ValueError, match=rf"{re.escape(kind)} is damaged, or no \.tar, \.tar\.gz or \.zip"):
        find(archive)
    assert list(hub.iterdir()) == []


def test_a_flipped_bit_in_a_zip_is_found(original, tmp_path, hub):
    archive = pack(original, tmp_path / "set.zip")
    content = bytearray(archive.read_bytes())
    content[content.index(bytes(range(100, 200))) + 5] ^= 1
    archive.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        find(archive)
    assert list(hub.iterdir()) == []


def test_an_encrypted_zip_is_named(original, tmp_path):
    archive = pack(original, tmp_path / "set.zip")
    content = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    archive.write_bytes(content)
    with pytest.raises(ValueError, match="encrypted"):
        find(archive)


def test_an_interrupted_extraction_leaves_nothing(original, tmp_path, hub, monkeypatch):
    archive = pack(original, tmp_path / "set.tar")

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extract", stop)
        with pytest.raises(KeyboardInterrupt):
            find(archive)
    assert list(hub.iterdir()) == []
    assert contents(find(archive)) == contents(original)


def test_when_two_extract_at_once_the_first_stays(original, tmp_path):
    archive, target = pack(original, tmp_path / "set.tar"), tmp_path / "target"
    target.mkdir()
    (target / "first").write_text("here")
    extract([archive], target)
    assert contents(target) == {"first": b"here"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original", "set.tar", "target"]


def test_what_a_macintosh_adds_is_left_out(original, tmp_path):
    (original / "set" / "._cat.png").write_text("not a picture")
    for kind in ("set.tar", "set.zip"):
        assert "set/._cat.png" not in contents(find(pack(original, tmp_path / kind)))


@pytest.fixture
def published(original, tmp_path, monkeypatch):
    content = pack(original, tmp_path / "published.tar.gz").read_bytes()
    digits = hashlib.sha256(content).hexdigest()
    with serving({"set.tar.gz": content, "damaged.tar.gz": content[:-400]}, monkeypatch) as (address, asked):
        yield address, digits, asked


def test_nothing_is_downloaded_unasked(published, hub):
    address, digits, asked = published
    with pytest.raises(FileNotFoundError, match=rf"download=True fetches tiny from {address}/set\.tar\.gz"):
        find(None, [Archive(f"{address}/set.tar.gz", digits)])
    assert asked == []
    assert not hub.exists()


def test_a_download_becomes_a_folder_and_its_archive_goes(published, original, hub):
    address, digits, asked = published
    archive = Archive(f"{address}/set.tar.gz", digits)
    folder = find(None, [archive], download=True)
    assert folder == home() / "tiny" == hub / "tiny"
    assert contents(folder) == contents(original)
    assert list(hub.iterdir()) == [folder]
    assert find(None, [archive], download=True) == find(None, [archive]) == folder
    assert len(asked) == 1


def test_an_archive_that_came_whole_is_kept_while_it_could_not_be_extracted(published, original, hub, monkeypatch):
    address, digits, asked = published
    archive = Archive(f"{address}/set.tar.gz", digits)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extract", full)
        with pytest.raises(OSError, match="No space left"):
            find(None, [archive], download=True)
    assert [path.name for path in hub.iterdir()] == ["tiny-set.tar.gz"]
    assert contents(find(None, [archive], download=True)) == contents(original)
    assert len(asked) == 1


def test_a_download_may_go_to_a_folder_of_the_readers_even_an_empty_one(published, original, tmp_path):
    address, digits, _ = published
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(FileNotFoundError, match="mine' is not there"):
        find(mine, [Archive(f"{address}/set.tar.gz", digits)])
    assert find(mine, [Archive(f"{address}/set.tar.gz", digits)], download=True) == mine
    assert contents(mine) == contents(original)


def test_another_file_than_the_published_one_is_refused(published, hub):
    address, _, _ = published
    with pytest.raises(ValueError, match="another file: its SHA-256 begins with"):
        find(None, [Archive(f"{address}/set.tar.gz", "0" * 64)], download=True)
    assert list(hub.iterdir()) == []


def test_without_a_hash_a_damaged_archive_is_not_kept_for_the_next_time(published, hub):
    address, _, asked = published
    for _ in range(2):
        with pytest.raises(ValueError, match="damaged"):
            find(None, [Archive(f"{address}/damaged.tar.gz", None)], download=True)
        assert list(hub.iterdir()) == []
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        (3, TypeError, "folder=3 must be a path, several paths, or None"),
        (["a", 3], TypeError, "several paths"),
        ([], ValueError, "at least one archive"),
        ("nowhere.tar", FileNotFoundError, r"folder='nowhere\.tar' is not there; download=True"),
        (["a.tar", "b.tar"], FileNotFoundError, r"folder='a\.tar, b\.tar' is not there$"),
    ],
)
def test_sources_that_are_none_are_named(source, error, said):
    with pytest.raises(error, match=said):
        find(source)


def test_a_folder_among_archives_is_named(original, tmp_path):
    with pytest.raises(ValueError, match="stands among several"):
        find([original, pack(original, tmp_path / "set.tar")])


@pytest.mark.parametrize("download", ["yes", 1, None])
def test_whether_to_download_is_true_or_false(download):
    with pytest.raises(TypeError, match="must be True or False"):
        find("nowhere", download=download)


@pytest.mark.parametrize("above", ["", "one", "one/two"])
def test_a_set_may_begin_up_to_two_folders_down(tmp_path, above):
    (tmp_path / above / "images").mkdir(parents=True)
    assert find_root(tmp_path, [["pictures"], ["images"]], "tiny") == (tmp_path / above, 1)


def test_a_folder_that_is_no_such_set_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"is not tiny: it lacks pictures, nor images, masks"):
        find_root(tmp_path, [["pictures"], ["images", "masks"]], "tiny")


def test_a_list_gives_the_first_word_of_its_lines(tmp_path):
    (tmp_path / "list.txt").write_text("# name class\ncat_1 1 1\n\ndog_2 2 1\r\n")
    assert read_list(tmp_path / "list.txt") == ["cat_1", "dog_2"]


def test_lists_without_names_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"list\.txt is not there: this copy of the data set lacks that split"):
        read_list(tmp_path / "list.txt")
    (tmp_path / "list.txt").write_text("# only a comment\n")
    with pytest.raises(ValueError, match=r"list\.txt names no picture"):
        read_list(tmp_path / "list.txt")
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"list\.txt is damaged"):
        read_list(tmp_path / "list.txt")
