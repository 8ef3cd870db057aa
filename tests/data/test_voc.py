"""Pascal VOC: palette masks, boxes that count from one, and what people could not judge."""

import sys

import numpy as np
import pytest
import torch

from cnnbook.data import voc, voc_objects
from cnnbook.data.voc import ARCHIVES, CLASSES
from tiny_sets import pack, photograph, save, serving

CLASS_MASK = np.uint8([[0, 255, 15, 15], [0, 255, 15, 15], [12, 255, 0, 0]])  # a dog (12) and a person (15)
OBJECT_MASK = np.uint8([[0, 255, 1, 1], [0, 255, 1, 1], [3, 255, 0, 0]])  # a number may be left out
DOG = """<object><name>dog</name><pose>Left</pose><truncated>0</truncated><difficult>1</difficult>
<bndbox><xmin>1</xmin><ymin>3</ymin><xmax>1</xmax><ymax>3</ymax></bndbox></object>"""
PERSON = """<object><name>person</name><bndbox><xmax>4.0</xmax><xmin>3.0</xmin><ymax>2</ymax><ymin>1</ymin></bndbox>
<part><name>head</name><bndbox><xmin>3</xmin><ymin>1</ymin><xmax>3</xmax><ymax>1</ymax></bndbox></part></object>"""
XML = "<annotation><folder>VOC2012</folder><size><width>4</width><height>3</height></size>{}</annotation>"


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "cnnbook"


def write(root, year):
    """Two photographs with masks and boxes, one with boxes only."""
    root = root / "VOCdevkit" / f"VOC{year}"
    names = [f"{year}_000001", f"{year}_000002", f"{year}_000003"]
    for place, name in enumerate(names):
        save(root / "JPEGImages" / f"{name}.jpg", photograph(3, 4, (60 * place,) * 3))
        annotations = root / "Annotations"
        annotations.mkdir(exist_ok=True)
        (annotations / f"{name}.xml").write_text(XML.format(PERSON + DOG))
    for name in names[:2]:
        save(root / "SegmentationClass" / f"{name}.png", CLASS_MASK, palette=True)
        save(root / "SegmentationObject" / f"{name}.png", OBJECT_MASK, palette=True)
    for kind, train, val in (("Segmentation", names[:1], names[1:2]), ("Main", names[:2], names[2:])):
        lists = root / "ImageSets" / kind
        lists.mkdir(parents=True)
        for split, listed in (("train", train), ("val", val), ("trainval", train + val)):
            (lists / f"{split}.txt").write_text("\n".join(listed) + "\n")
    return root


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "set"
    write(root, 2012)
    return root


@pytest.fixture
def root(folder):
    return folder / "VOCdevkit" / "VOC2012"


def test_a_palette_mask_is_read_as_numbers(folder):
    examples = voc(folder, size=(3, 4))
    assert examples.labels.tolist() == [CLASS_MASK.tolist()]
    assert examples.ignored == 255
    assert len(examples.classes) == 21
    assert (examples.classes[0], examples.classes[12], examples.classes[15]) == ("background", "dog", "person")


def test_boxes_reach_from_edge_to_edge(folder):
    objects = voc_objects(folder, size=(3, 4)).objects[0]
    assert objects.boxes.tolist() == [[2, 0, 4, 2], [0, 2, 1, 3]]
    assert [CLASSES[label] for label in objects.labels] == ["person", "dog"]
    assert objects.difficult.tolist() == [False, True]
    assert objects.instances is None


def test_boxes_are_resized_with_their_photograph(folder):
    assert voc_objects(folder, size=(6, 2)).objects[0].boxes.tolist() == [[1, 0, 2, 4], [0, 4, 0.5, 6]]


def test_instances_are_numbered_without_a_gap_and_have_tight_boxes(folder):
    examples = voc_objects(folder, "trainval", size=(3, 4), instances=True)
    assert len(examples) == 2
    for objects in examples.objects:
        assert objects.instances.tolist() == [[0, -1, 1, 1], [0, -1, 1, 1], [2, -1, 0, 0]]
        assert objects.boxes.tolist() == [[2, 0, 4, 2], [0, 2, 1, 3]]
        assert [examples.classes[label] for label in objects.labels] == ["person", "dog"]


def test_an_instances_class_is_that_of_most_of_its_pixels(folder, root):
    mask = CLASS_MASK.copy()
    mask[0, 2], mask[0, 3] = 255, 7
    save(root / "SegmentationClass" / "2012_000001.png", mask, palette=True)
    labels = voc_objects(folder, instances=True).objects[0].labels
    assert [CLASSES[label] for label in labels] == ["person", "dog"]
    mask[:2, 2:] = 255
    save(root / "SegmentationClass" / "2012_000001.png", mask, palette=True)
    with pytest.raises(ValueError, match=r"SegmentationObject.2012_000001\.png shows an object where its mask"):
        voc_objects(folder, instances=True)


def test_a_photograph_full_of_objects_and_one_of_none_are_read(folder, root):
    path = "2012_000001.png"
    save(root / "SegmentationClass" / path, np.full((3, 4), 15, np.uint8), palette=True)
    save(root / "SegmentationObject" / path, np.full((3, 4), 1, np.uint8), palette=True)
    assert voc_objects(folder, size=(3, 4), instances=True).objects[0].boxes.tolist() == [[0, 0, 4, 3]]
    save(root / "SegmentationObject" / path, np.zeros((3, 4), np.uint8), palette=True)
    assert len(voc_objects(folder, instances=True).objects[0]) == 0
    (root / "Annotations" / "2012_000001.xml").write_text(XML.format(""))
    assert voc_objects(folder).objects[0].boxes.shape == (0, 4)


@pytest.mark.parametrize(("split", "masks", "boxes"), [("train", 1, 2), ("val", 1, 1), ("trainval", 2, 3)])
def test_each_split_has_the_photographs_of_its_lists(folder, split, masks, boxes):
    assert len(voc(folder, split, size=2)) == len(voc_objects(folder, split, size=2, instances=True)) == masks
    assert len(voc_objects(folder, split, size=2)) == boxes


def test_both_years_may_stand_in_one_folder(folder):
    write(folder, 2007)
    shades = [voc(folder, "val", size=1, year=year).inputs[0, 0, 0, 0].item() for year in (2007, 2012)]
    assert shades[0] == pytest.approx(60 / 255, abs=0.01)
    for place in (folder, folder / "VOCdevkit"):
        assert len(voc_objects(place, "trainval", size=1, year=2007)) == 3


def test_the_other_year_is_not_taken_for_the_one_asked_for(folder, root):
    for place in (folder, folder / "VOCdevkit", root):
        with pytest.raises(ValueError, match="is not VOC2007"):
            voc(place, year=2007)
    assert len(voc(root, size=1)) == 1


@pytest.mark.parametrize("kind", ["voc.tar", "voc.zip"])
def test_an_archive_is_read_too(folder, tmp_path, kind):
    assert len(voc(pack(folder, tmp_path / kind), "trainval", size=2)) == 2


def test_only_the_archive_of_the_split_is_downloaded(tmp_path, hub, monkeypatch):
    write(tmp_path / "set", 2007)
    content = pack(tmp_path / "set", tmp_path / "VOCtrainval.tar").read_bytes()
    with serving({"VOCtrainval.tar": content}, monkeypatch) as (address, asked):
        archive = type(ARCHIVES[2007, "train"])(f"{address}/VOCtrainval.tar", None)
        table = {(2007, split): archive for split in ("train", "val", "trainval")}
        monkeypatch.setattr(sys.modules["cnnbook.data.voc"], "ARCHIVES", table)  # its function has its name
        for split in ("train", "val"):
            assert len(voc(split=split, year=2007, size=2, download=True)) == 1
    assert asked == [("VOCtrainval.tar", None)]
    assert [path.name for path in hub.iterdir()] == ["voc2007-trainval"]


def test_published_hashes_are_whole_and_differ():
    archives = set(ARCHIVES.values())
    assert len({archive.sha256 for archive in archives}) == len(archives) == 3
    assert all(len(bytes.fromhex(archive.sha256)) == 32 for archive in archives)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<annotation>", "damaged or no annotation of VOC"),
        (XML.format(DOG.replace("dog", "unicorn")), "has an object 'unicorn', which is none of the twenty classes"),
        (XML.format(DOG.replace("<xmin>1", "<xmin>one")), "damaged or no annotation of VOC: could not convert"),
        (XML.format(DOG.replace("xmax", "right")), r"has the box \[0.0, 2.0, nan, 3.0\]"),
        (XML.format(DOG.replace("<xmax>1", "<xmax>6")), r"the box \[0.0, 2.0, 6.0, 3.0\].*3×4 pixels"),
        (XML.format(DOG.replace("<xmin>1", "<xmin>4")), "empty or outside"),
    ],
)
def test_an_annotation_that_is_wrong_is_named(folder, root, text, said):
    (root / "Annotations" / "2012_000002.xml").write_text(text)
    with pytest.raises(ValueError, match=rf"2012_000002\.xml .*{said}"):
        voc_objects(folder)


def test_a_box_that_stands_out_by_a_pixel_is_cut(folder, root):
    text = XML.format(DOG.replace("<xmin>1", "<xmin>0").replace("<ymax>3", "<ymax>4"))
    (root / "Annotations" / "2012_000001.xml").write_text(text)
    assert voc_objects(folder, size=(3, 4)).objects[0].boxes.tolist() == [[0, 2, 1, 3]]


@pytest.mark.parametrize("part", ["JPEGImages/{}.jpg", "Annotations/{}.xml"])
def test_missing_files_are_named(folder, root, part):
    (root / part.format("2012_000002")).unlink()
    with pytest.raises(FileNotFoundError, match="2012_000002"):
        voc_objects(folder)


@pytest.mark.parametrize("part", ["SegmentationClass", "SegmentationObject"])
def test_masks_that_are_wrong_are_named(folder, root, part):
    path = root / part / "2012_000001.png"
    save(path, CLASS_MASK.T, palette=True)
    with pytest.raises(ValueError, match=rf"{part}.2012_000001\.png has 4×3 pixels"):
        voc_objects(folder, instances=True)
    save(path, photograph(3, 4))
    with pytest.raises(ValueError, match=rf"{part}.2012_000001\.png is a picture of mode RGB"):
        voc_objects(folder, instances=True)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=rf"{part}.2012_000001\.png is not there"):
        voc_objects(folder, instances=True)


def test_a_class_that_is_none_is_named(folder, root):
    save(root / "SegmentationClass" / "2012_000001.png", CLASS_MASK + np.uint8(CLASS_MASK == 15) * 6, palette=True)
    with pytest.raises(ValueError, match=r"2012_000001\.png holds 21, which is none of VOC2012's numbers"):
        voc(folder)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("load", [voc, voc_objects])
@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"split": "all"}, ValueError, "split='all' must be 'train', 'val', 'trainval' or 'test'"),
        ({"split": "test"}, ValueError, "split='test' of year=2012 has no labels: they were never published"),
        ({"split": "test", "year": 2007}, ValueError, "is not VOC2007"),
        ({"year": "2012"}, ValueError, "year='2012' must be 2007 or 2012"),
        ({"limit": 3}, ValueError, "limit=3 must be at most"),
        ({"size": -1}, ValueError, "size=-1"),
    ],
)
def test_bad_arguments_are_named(folder, load, arguments, error, said):
    with pytest.raises(error, match=said):
        load(folder, **arguments)


def test_whether_to_load_instances_is_true_or_false(folder):
    with pytest.raises(TypeError, match="instances='yes' must be True or False"):
        voc_objects(folder, instances="yes")
