"""Penn-Fudan: masks and boxes of pedestrians, in the authors' layout and in a smaller copy's."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnbook.data import penn_fudan, penn_fudan_objects
from cnnbook.data.objects import tight_boxes
from tiny_sets import pack, photograph, save, serving

DATA = Path(os.environ.get("CNNBOOK_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = DATA / "penn-fudan-half-first120.tar"
needs_real = pytest.mark.skipif(not REAL.exists(), reason=f"CNNBOOK_DATA={DATA} has no {REAL.name}")
MASK = np.uint8([[0, 1, 1, 0], [0, 1, 1, 2], [0, 0, 0, 2]])
# As the authors write them: the first pixel is (1, 1), and the last one belongs to the box.
ANNOTATION = """# Compatible with PASCAL Annotation Version 1.00
Image filename : "PennFudanPed/PNGImages/{0}.png"
Image size (X x Y x C) : 4 x 3 x 3
Objects with ground truth : 2 {{ "PASpersonWalking" "PASpersonWalking" }}
# Top left pixel co-ordinates : (1, 1)

# Details for pedestrian 1 ("PASpersonWalking")
Original label for object 1 "PASpersonWalking" : "PennFudanPed"
Bounding box for object 1 "PASpersonWalking" (Xmin, Ymin) - (Xmax, Ymax) : (2, 1) - (3, 2)
Pixel mask for object 1 "PASpersonWalking" : "PennFudanPed/PedMasks/{0}_mask.png"

# Details for pedestrian 2 ("PASpersonWalking")
Bounding box for object 2 "PASpersonWalking" (Xmin, Ymin) - (Xmax, Ymax) : (4, 2) - (4, 3)
"""
NAMES = [*(f"FudanPed{number:05}" for number in range(1, 8)), *(f"PennPed{number:05}" for number in range(1, 5))]


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "cnnbook"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "set" / "PennFudanPed"
    (root / "Annotation").mkdir(parents=True)
    for place, name in enumerate(NAMES):
        save(root / "PNGImages" / f"{name}.png", photograph(3, 4, (place,) * 3))
        save(root / "PedMasks" / f"{name}_mask.png", MASK, palette=place % 2 == 1)
        (root / "Annotation" / f"{name}.txt").write_text(ANNOTATION.format(name))
    return root.parent


@pytest.fixture
def copy(tmp_path):
    root = tmp_path / "copy" / "penn-fudan-half"
    lines = ["# image width height xmin ymin xmax ymax"]
    for name in NAMES:
        save(root / "images" / f"{name}.jpg", photograph(3, 4))
        save(root / "masks" / f"{name}.png", MASK)
        lines += [f"{name} 4 3 1 0 3 2", f"{name} 4 3 3 1.5 4 3"]
    (root / "boxes.txt").write_text("\n".join(lines))
    return root.parent


def test_every_pixel_of_a_pedestrian_is_one(folder):
    examples = penn_fudan(folder, "all", size=(3, 4))
    assert examples.labels.tolist() == [(MASK > 0).astype(int).tolist()] * len(NAMES)
    assert examples.classes == ("background", "pedestrian")


def test_each_pedestrian_has_its_box_and_its_pixels(folder):
    examples = penn_fudan_objects(folder, "all", size=(3, 4))
    for objects in examples.objects:
        assert objects.boxes.tolist() == [[1, 0, 3, 2], [3, 1, 4, 3]]
        assert objects.boxes.equal(tight_boxes(objects.instances))
        assert objects.instances.tolist() == MASK.tolist()
        assert objects.labels.tolist() == [0, 0]
    assert examples.classes == ("pedestrian",)


def test_boxes_are_resized_with_their_picture(folder):
    objects = penn_fudan_objects(folder, "all", size=(6, 2)).objects[0]
    assert objects.boxes.tolist() == [[0.5, 0, 1.5, 4], [1.5, 2, 2, 6]]
    assert objects.instances.shape == (6, 2)


def test_the_copys_boxes_count_from_zero(copy):
    assert penn_fudan_objects(copy, size=(3, 4)).objects[0].boxes.tolist() == [[1, 0, 3, 2], [3, 1.5, 4, 3]]


def test_a_line_of_the_copys_boxes_that_is_wrong_is_named(copy):
    path = copy / "penn-fudan-half" / "boxes.txt"
    path.write_text(path.read_text().replace(f"{NAMES[1]} 4 3 1 0 3 2", f"{NAMES[1]} 4 3 1 0 three 2"))
    with pytest.raises(ValueError, match=r"boxes\.txt has 1 boxes, but .*FudanPed00002\.png has 2 pedestrians"):
        penn_fudan_objects(copy)


def test_every_fifth_picture_is_for_the_test(folder):
    def places(split):
        return (penn_fudan(folder, split, size=1).inputs[:, 0, 0, 0] * 255).round().int().tolist()

    assert places("test") == [4, 9]
    assert sorted(places("train") + places("test")) == places("all") == list(range(11))


def test_both_functions_give_the_same_pictures(folder):
    for split in ("train", "test"):
        dense, sparse = (function(folder, split, size=5, limit=2) for function in (penn_fudan, penn_fudan_objects))
        assert torch.equal(dense.inputs, sparse.inputs)
        for labels, objects in zip(dense.labels, sparse.objects, strict=True):
            assert torch.equal(labels > 0, objects.instances > 0)


def test_a_download_needs_no_hash_but_keeps_to_one(folder, tmp_path, hub, monkeypatch):
    content = pack(folder, tmp_path / "PennFudanPed.zip").read_bytes()
    with serving({"PennFudanPed.zip": content}, monkeypatch) as (address, _):
        module = sys.modules["cnnbook.data.penn_fudan"]  # its function has its name
        monkeypatch.setattr(module, "URL", f"{address}/PennFudanPed.zip")
        with pytest.raises(ValueError, match="another file"):
            penn_fudan(download=True, sha256="0" * 64)
        assert list(hub.iterdir()) == []
        assert len(penn_fudan(download=True, size=2)) == len(penn_fudan_objects(size=2)) == 9


def annotation(folder):
    return folder / "PennFudanPed" / "Annotation" / f"{NAMES[1]}.txt"


@pytest.mark.parametrize(
    ("damage", "error", "said"),
    [
        (lambda path: path.unlink(), FileNotFoundError, r"FudanPed00002\.txt is not there"),
        (lambda path: path.write_text(""), ValueError, r"00002\.txt has 0 boxes, but .*00002_mask\.png has 2 pedestr"),
        (
            lambda path: path.write_text(path.read_text().replace("(3, 2)", "(9, 2)")),
            ValueError,
            r"00002\.txt has the box \[1.0, 0.0, 9.0, 2.0\]",
        ),
    ],
)
def test_an_annotation_that_is_wrong_is_named(folder, damage, error, said):
    damage(annotation(folder))
    with pytest.raises(error, match=said):
        penn_fudan_objects(folder)
    assert len(penn_fudan(folder, size=2)) == 9  # needs no boxes


def test_a_pedestrian_without_pixels_is_named(folder):
    save(folder / "PennFudanPed" / "PedMasks" / f"{NAMES[0]}_mask.png", np.where(MASK == 1, 0, MASK).astype(np.uint8))
    with pytest.raises(ValueError, match=r"00001\.txt has 2 boxes, but .*00001_mask\.png"):
        penn_fudan_objects(folder)


@pytest.mark.parametrize("load", [penn_fudan, penn_fudan_objects])
def test_masks_that_are_wrong_are_named(folder, load):
    path = folder / "PennFudanPed" / "PedMasks" / f"{NAMES[0]}_mask.png"
    save(path, MASK.T)
    with pytest.raises(ValueError, match=r"00001_mask\.png has 4×3 pixels"):
        load(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"00001_mask\.png is not there"):
        load(folder)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("load", [penn_fudan, penn_fudan_objects])
@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"split": "val"}, ValueError, "split='val' must be"),
        ({"limit": 10}, ValueError, "limit=10 must be at most 9"),
        ({"sha256": "short"}, ValueError, "8 to 64 hexadecimal digits"),
        ({"size": (1, 2, 3)}, ValueError, "size="),
    ],
)
def test_bad_arguments_are_named(folder, load, arguments, error, said):
    with pytest.raises(error, match=said):
        load(folder, **arguments)


def test_a_folder_of_something_else_is_named(tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="is not Penn-Fudan: it lacks PNGImages, PedMasks, nor images, masks, boxes"):
        penn_fudan(tmp_path)


@needs_real
def test_real_boxes_hug_the_real_masks():
    examples = penn_fudan_objects(REAL, "all", size=(400, 400))
    assert len(examples) == 120
    assert sum(map(len, examples.objects)) == 307  # lines of boxes.txt
    overlaps = []
    for objects in examples.objects:
        tight = tight_boxes(objects.instances)
        low, high = torch.maximum(tight, objects.boxes)[:, :2], torch.minimum(tight, objects.boxes)[:, 2:]
        areas = [(box[:, 2:] - box[:, :2]).prod(1) for box in (tight, objects.boxes)]
        shared = (high - low).clamp(min=0).prod(1)
        overlaps.append(shared / (areas[0] + areas[1] - shared))
    assert torch.cat(overlaps).median() > 0.97
    assert torch.cat(overlaps).quantile(0.01) > 0.8
