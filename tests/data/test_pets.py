"""Oxford-IIIT Pet: the trimap minus one, from the authors' layout and from the real pictures."""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnbook.data.pets import ARCHIVES, pets
from tiny_sets import pack, photograph, save, serving

DATA = Path(os.environ.get("CNNBOOK_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = DATA / "oxford-iiit-pet-trainval.tar"
needs_real = pytest.mark.skipif(not REAL.exists(), reason=f"CNNBOOK_DATA={DATA} has no {REAL.name}")
TRIMAP = np.uint8([[2, 2, 2, 2], [2, 3, 3, 2], [3, 1, 1, 3]])


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "cnnbook"


@pytest.fixture
def folder(tmp_path):
    """Three pictures to learn from, one to be tested on, and one in no list; and what a Macintosh adds."""
    root = tmp_path / "set"
    names = ["Abyssinian_1", "Bengal_2", "beagle_3", "pug_4", "pug_5"]
    for place, name in enumerate(names):
        save(root / "images" / f"{name}.jpg", photograph(3, 4, (50 * place,) * 3))
        save(root / "annotations" / "trimaps" / f"{name}.png", TRIMAP)
    (root / "annotations" / "trimaps" / "._pug_4.png").write_bytes(b"mac")
    (root / "images" / "._pug_4.jpg").write_bytes(b"mac")
    (root / "annotations" / "trainval.txt").write_text("Abyssinian_1 1 1 1\nBengal_2 6 1 2\nbeagle_3 5 2 1\n")
    (root / "annotations" / "test.txt").write_text("pug_4 26 2 20\n")
    return root


def test_labels_are_the_trimaps_numbers_minus_one(folder):
    examples = pets(folder, size=(3, 4))
    assert examples.labels.tolist() == [(TRIMAP.astype(int) - 1).tolist()] * 3
    assert examples.classes == ("foreground", "background", "contour")
    assert examples.ignored is None
    assert examples.inputs.shape == (3, 3, 3, 4)
    assert examples.inputs.dtype == torch.float32


@pytest.mark.parametrize(
    ("split", "shades"), [("train", [0, 50, 100]), ("test", [150]), ("all", [0, 50, 100, 150, 200])]
)
def test_each_split_has_the_pictures_of_its_list(folder, split, shades):
    found = pets(folder, split, size=1).inputs[:, 0, 0, 0] * 255
    np.testing.assert_allclose(found, shades, atol=2)  # JPEG


def test_a_limit_spreads_over_the_breeds(folder):
    assert (pets(folder, size=1, limit=2).inputs[:, 0, 0, 0] * 255).round().tolist() == [0, 50]
    with pytest.raises(ValueError, match="limit=4 must be at most 3"):
        pets(folder, size=1, limit=4)


def test_the_authors_two_archives_are_one_set(folder, tmp_path):
    archives = []
    for name in ("images", "annotations"):
        (tmp_path / name).mkdir()
        (folder / name).rename(tmp_path / name / name)
        archives.append(pack(tmp_path / name, tmp_path / f"{name}.tar.gz"))
    assert len(pets(archives, "all", size=2)) == 5
    with pytest.raises(ValueError, match="is not Oxford-IIIT Pet: it lacks images, annotations/trimaps"):
        pets(archives[0])


def test_a_download_is_checked_extracted_and_read(folder, tmp_path, hub, monkeypatch):
    files = {}
    for name in ("images", "annotations"):
        (tmp_path / name).mkdir()
        (folder / name).rename(tmp_path / name / name)
        files[f"{name}.tar.gz"] = pack(tmp_path / name, tmp_path / f"{name}.tar.gz").read_bytes()
    with serving(files, monkeypatch, breaks=["annotations.tar.gz"]) as (address, asked):
        archives = [
            type(ARCHIVES[0])(f"{address}/{name}", hashlib.sha256(content).hexdigest())
            for name, content in files.items()
        ]
        monkeypatch.setattr(sys.modules["cnnbook.data.pets"], "ARCHIVES", archives)  # its function has its name
        with pytest.raises(FileNotFoundError, match="download=True"):
            pets()
        with pytest.raises(OSError, match="ask again"):
            pets(download=True)
        assert len(pets(download=True, size=2)) == len(pets(size=2)) == 3
    assert [name for name, _ in asked] == ["images.tar.gz", "annotations.tar.gz", "annotations.tar.gz"]
    assert [path.name for path in hub.iterdir()] == ["oxford-iiit-pet"]


def test_published_hashes_are_whole():
    for archive in ARCHIVES:
        assert archive.url.startswith("https://")
        assert len(bytes.fromhex(archive.sha256)) == 32


def trimap(folder):
    return folder / "annotations" / "trimaps" / "Bengal_2.png"


@pytest.mark.parametrize(
    ("damage", "error", "said"),
    [
        (lambda path: path.unlink(), FileNotFoundError, r"Bengal_2\.png is not there"),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), ValueError, r"Bengal_2\.png is damaged"),
        (lambda path: save(path, TRIMAP.T), ValueError, r"Bengal_2\.png has 4×3 pixels, but .*Bengal_2\.jpg has 3×4"),
        (lambda path: save(path, TRIMAP * 0), ValueError, r"Bengal_2\.png holds -?[01].*oxford-iiit-pet"),
        (lambda path: save(path, TRIMAP + 1), ValueError, r"Bengal_2\.png holds"),
        (lambda path: save(path, photograph(3, 4)), ValueError, r"Bengal_2\.png is a picture of mode RGB"),
    ],
)
def test_a_trimap_that_is_wrong_is_named(folder, damage, error, said):
    damage(trimap(folder))
    with pytest.raises(error, match=said):
        pets(folder)


def test_a_picture_that_is_cut_off_is_named(folder):
    path = folder / "images" / "Bengal_2.jpg"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"Bengal_2\.jpg is damaged or no picture"):
        pets(folder)


def test_a_copy_without_a_list_says_so(folder):
    (folder / "annotations" / "test.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"test\.txt is not there: this copy of the data set lacks that split"):
        pets(folder, "test")


def test_folders_without_pictures_are_named(folder):
    for path in (folder / "images").glob("*"):
        path.unlink()
    with pytest.raises(ValueError, match=r"images holds no picture \(\.jpg\)"):
        pets(folder, "all")


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"split": "val"}, ValueError, "split='val' must be 'train', 'test' or 'all'"),
        ({"size": 0}, ValueError, "size=0 must be at least 1"),
        ({"size": 2.5}, TypeError, "size=2.5 must be a whole number"),
        ({"folder": "nowhere"}, FileNotFoundError, "folder='nowhere' is not there"),
    ],
)
def test_bad_arguments_are_named(folder, arguments, error, said):
    with pytest.raises(error, match=said):
        pets(**{"folder": folder, **arguments})


@needs_real
def test_the_real_pictures_are_read_from_their_archive():
    examples = pets(REAL, size=64, limit=30)
    assert examples.inputs.shape == (30, 3, 64, 64)
    assert examples.labels.shape == (30, 64, 64)
    assert set(examples.labels.unique().tolist()) == {0, 1, 2}
    assert 0.2 < examples.inputs.mean() < 0.7
    assert len(pets(REAL, "all", size=1)) == len(pets(REAL, size=1)) == 300
    with pytest.raises(FileNotFoundError, match=r"test\.txt"):
        pets(REAL, "test")


@needs_real
def test_a_real_trimap_is_read_as_pillow_shows_it(hub):
    examples = pets(REAL, size=(128, 192), limit=1)
    name = next(hub.rglob("trainval.txt")).read_text().split()[0]
    with Image.open(next(hub.rglob(f"{name}.png"))) as seen:
        expected = np.asarray(seen.resize((192, 128), Image.Resampling.NEAREST)).astype(int) - 1
    np.testing.assert_array_equal(examples.labels[0], expected)


@needs_real
def test_animals_stand_in_the_middle_and_contours_between_them_and_the_background():
    labels = pets(REAL, size=64).labels
    assert (labels[:, 16:48, 16:48] == 0).float().mean() > 1.5 * (labels == 0).float().mean()
    touching = (labels[:, 1:] == 0) & (labels[:, :-1] == 1)
    through = (labels[:, 1:] == 2) | (labels[:, :-1] == 2)
    assert touching.sum() < 0.05 * through.sum()
