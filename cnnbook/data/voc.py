"""Pascal VOC 2007 and 2012: twenty classes, as one label per pixel and as boxes around objects.

A mask is a palette picture: a pixel's number is its class, 0 is the background, and 255 is the seam around each object,
where nobody has judged.
With masks there are 422 photographs in 2007's ``"trainval"`` (209 and 213) and 210 in its ``"test"``,
and 2,913 in 2012's ``"trainval"`` (1,464 and 1,449).
With boxes there are 5,011 (2,501 and 2,510) and 4,952, and 11,540 (5,717 and 5,823).

References:
    Everingham, Van Gool, Williams, Winn & Zisserman (2010), The Pascal visual object classes (VOC) challenge.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, SupportsIndex
from xml.etree import ElementTree as ET

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from cnnbook.data.examples import Examples
from cnnbook.data.folders import Archive, Source, find_folder, find_root, read_list
from cnnbook.data.objects import (
    NOBODY,
    ObjectExamples,
    Objects,
    cut_boxes,
    scale_boxes,
    tight_boxes,
)
from cnnbook.data.pictures import (
    check_all_there,
    check_size,
    choose,
    load_examples,
    read_mask,
    read_pair,
    read_picture,
    resize_mask,
    resize_picture,
    watched,
)
from cnnbook.shapes import PerAxis

Year = Literal[2007, 2012]
Split = Literal["train", "val", "trainval", "test"]

CLASSES = (
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
IGNORED = 255
EDGES = ("xmin", "ymin", "xmax", "ymax")
SERVER = "https://thor.robots.ox.ac.uk/pascal/VOC/"
TRAINVAL_2007 = Archive(
    f"{SERVER}voc2007/VOCtrainval_06-Nov-2007.tar", "7d8cd951101b0957ddfd7a530bdc8a94f06121cfc1e511bb5937e973020c7508"
)
TEST_2007 = Archive(
    f"{SERVER}voc2007/VOCtest_06-Nov-2007.tar", "6836888e2e01dca84577a849d339fa4f73e1e4f135d312430c4856b5609b4892"
)
TRAINVAL_2012 = Archive(
    f"{SERVER}voc2012/VOCtrainval_11-May-2012.tar", "e14f763270cf193d0b5f74b169f44157a4b0c6efa708f4dd0ff78ee691763bcb"
)
ARCHIVES = {  # what each split is in; the labels of 2012's test were never published
    **{(2007, split): TRAINVAL_2007 for split in ("train", "val", "trainval")},
    (2007, "test"): TEST_2007,
    **{(2012, split): TRAINVAL_2012 for split in ("train", "val", "trainval")},
}


def voc(
    folder: Source = None,
    split: Split = "train",
    size: PerAxis = 200,
    *,
    year: Year = 2012,
    limit: SupportsIndex | None = None,
    download: bool = False,
) -> Examples:
    """Load photographs, and a class for each pixel: background 0, the twenty classes 1…20, and 255 for unjudged.

    All photographs are brought to one size, whatever their shape: bilinear, the masks by the nearest pixel.
    An example of ``h w`` pixels takes ``20 h w`` bytes: 0.8 MB at 200×200.

    Args:
        folder: the set's folder or archive (``VOCdevkit`` or what is in it); ``None`` is where ``download`` puts it.
        split: the authors' list of photographs with masks; ``"test"`` in 2007 only.
        size: pixels of each side, or rows and columns.
        year: 2007 or 2012.
        limit: load only so many, spread evenly over the list.
        download: fetch the split's archive into its folder, if it is not there (0.5 GB; 2 GB for 2012).

    Returns:
        Inputs ``n 3 h w`` from 0 to 1, labels ``n h w``, ``ignored=255``.

    Raises:
        FileNotFoundError: the folder, a list, a photograph or a mask is not there.
        OSError: the download fails; what has come of it is kept for the next time.
        TypeError: an argument is of another type.
        ValueError: a split, a year, a size or a limit that is none; a folder that is another set; an archive, a
            photograph or a mask that is damaged; a mask of colours, of another size or with other numbers.
            The file is named.

    >>> voc("nowhere", "test")
    Traceback (most recent call last):
    ValueError: split='test' of year=2012 has no labels: they were never published
    """
    shape = check_size(size)
    root = _find(folder, split, year, download=download)
    names = choose(read_list(root / "ImageSets" / "Segmentation" / f"{split}.txt"), limit)
    pairs = [(root / "JPEGImages" / f"{name}.jpg", root / "SegmentationClass" / f"{name}.png") for name in names]
    return load_examples(pairs, shape, f"VOC{year}", ("background", *CLASSES), lambda mask: mask, IGNORED)


def voc_objects(
    folder: Source = None,
    split: Split = "train",
    size: PerAxis = 200,
    *,
    year: Year = 2012,
    instances: bool = False,
    limit: SupportsIndex | None = None,
    download: bool = False,
) -> ObjectExamples:
    """Load photographs and their objects: the published boxes, or boxes around the published masks.

    The files count pixels from 1 and include the last; here a box reaches from edge to edge, in pixels of ``size``.

    Args:
        folder: as in :func:`voc`.
        split: the authors' list of photographs with boxes, or with masks.
        size: pixels of each side, or rows and columns.
        year: 2007 or 2012.
        instances: load the photographs with masks only, and for each object its pixels: its class is that of most of
            them, and its box the smallest around them.
            Otherwise all photographs of the split, with the boxes that people drew, and which of them are difficult.
        limit: load only so many, spread evenly over the list.
        download: as in :func:`voc`.

    Returns:
        Inputs ``n 3 h w`` from 0 to 1, and objects with labels 0…19: no background here.

    Raises:
        FileNotFoundError: as :func:`voc`; or an annotation is not there.
        OSError: as :func:`voc`.
        TypeError: an argument is of another type.
        ValueError: as :func:`voc`; or an annotation is damaged, names another class, or has a box that is empty or
            outside of its photograph. The file is named.

    >>> voc_objects("nowhere", year=2010)
    Traceback (most recent call last):
    ValueError: year=2010 must be 2007 or 2012
    """
    shape = check_size(size)
    if not isinstance(instances, bool):
        raise TypeError(f"instances={instances!r} must be True or False")
    root = _find(folder, split, year, download=download)
    kind = "Segmentation" if instances else "Main"
    names = choose(read_list(root / "ImageSets" / kind / f"{split}.txt"), limit)
    read = _read_masks if instances else _read_boxes
    parts = ["SegmentationClass/{}.png", "SegmentationObject/{}.png"] if instances else ["Annotations/{}.xml"]
    files = [[root / part.format(name) for part in ["JPEGImages/{}.jpg", *parts]] for name in names]
    check_all_there(path for group in files for path in group)
    inputs, objects = torch.empty(len(files), 3, *shape), []
    for place, group in enumerate(watched(files, f"VOC{year}")):
        inputs[place], found = read(group, shape)
        objects.append(found)
    return ObjectExamples(inputs, tuple(objects), CLASSES)


def _find(folder: Source, split: Split, year: Year, *, download: bool) -> Path:
    if year not in (2007, 2012):
        raise ValueError(f"year={year!r} must be 2007 or 2012")
    if split not in ("train", "val", "trainval", "test"):
        raise ValueError(f"split={split!r} must be 'train', 'val', 'trainval' or 'test'")
    if (year, split) not in ARCHIVES:
        raise ValueError(f"split={split!r} of year={year} has no labels: they were never published")
    name = f"voc{year}-{'test' if split == 'test' else 'trainval'}"
    found = find_folder(folder, name, [ARCHIVES[year, split]], download=download)
    own = f"VOC{year}"
    root, _ = find_root(found, [["ImageSets", "JPEGImages"]], own, ("", own, f"*/{own}"))
    if re.fullmatch(r"VOC\d{4}", root.name) and root.name != own:
        raise ValueError(f"folder={str(root)!r} is not {own}")
    return root


def _read_boxes(files: Sequence[Path], shape: tuple[int, int]) -> tuple[Float[Tensor, "c h w"], Objects]:
    path, annotation = files
    image = read_picture(path)
    size = image.height, image.width
    try:
        found = ET.parse(annotation).getroot().findall("object")  # noqa: S314  expat stops what grows without end
        corners = [[float(one.findtext(f"bndbox/{edge}", "nan")) for edge in EDGES] for one in found]
    except (ET.ParseError, ValueError) as error:
        raise ValueError(f"{annotation} is damaged or no annotation of VOC: {error}") from error
    names = [one.findtext("name", "").strip() for one in found]
    strange = [name for name in names if name not in CLASSES]
    if strange:
        raise ValueError(f"{annotation} has an object {strange[0]!r}, which is none of the twenty classes")
    # The first pixel is (1, 1), and the last one belongs to the box.
    edges = torch.tensor(corners).reshape(-1, 4) - torch.tensor([1.0, 1, 0, 0])
    return resize_picture(image, shape), Objects(
        scale_boxes(cut_boxes(edges, size, annotation), size, shape),
        torch.tensor([CLASSES.index(name) for name in names], dtype=torch.int64),
        torch.tensor([one.findtext("difficult", "0").strip() == "1" for one in found], dtype=torch.bool),
    )


def _read_masks(files: Sequence[Path], shape: tuple[int, int]) -> tuple[Float[Tensor, "c h w"], Objects]:
    path, class_path, object_path = files
    image, classes = read_pair(path, class_path)
    found = read_mask(object_path)
    if found.shape != classes.shape:
        raise ValueError(f"{object_path} has {found.shape[0]}×{found.shape[1]} pixels, and {class_path} others")
    shown = (found > 0) & (found != IGNORED)
    numbers = np.unique(found[shown])
    instances = np.where(shown, np.searchsorted(numbers, found) + 1, 0)  # from 1, without a gap
    labels = [_class_of(classes[found == number], object_path) for number in numbers]
    boxes = tight_boxes(torch.from_numpy(instances))
    return resize_picture(image, shape), Objects(
        scale_boxes(boxes, found.shape, shape),
        torch.tensor(labels, dtype=torch.int64),
        instances=resize_mask(np.where(found == IGNORED, NOBODY, instances), shape),
    )


def _class_of(numbers: Int[np.ndarray, " pixels"], path: Path) -> int:
    """Find the class of most pixels; the background and the seam are none."""
    counts = np.bincount(numbers[(numbers >= 1) & (numbers <= len(CLASSES))], minlength=1)
    if not counts.any():
        raise ValueError(f"{path} shows an object where its mask of classes has none")
    return int(counts.argmax()) - 1
