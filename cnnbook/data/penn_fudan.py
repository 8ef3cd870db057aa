"""Penn-Fudan: pedestrians on two campuses, each with a mask of its own and a box.

170 pictures, 74 from Fudan and 96 from Pennsylvania.
The paper counts 345 pedestrians; the published masks also show small and hidden ones that were added later.

The authors name no pictures to be tested on.
Here every fifth picture is for the test, in the order of their names.

References:
    Wang, Shi, Song & Shen (2007), Object detection combining recognition and segmentation.
"""

import re
from pathlib import Path
from typing import Literal, SupportsIndex

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from cnnbook.data.examples import Examples
from cnnbook.data.folders import Archive, Source, find_folder, find_root
from cnnbook.data.objects import ObjectExamples, Objects, cut_boxes, scale_boxes
from cnnbook.data.pictures import (
    check_all_there,
    check_size,
    choose,
    load_examples,
    read_pair,
    resize_mask,
    resize_picture,
    watched,
)
from cnnbook.download import check_digits
from cnnbook.shapes import PerAxis

URL = "https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip"
"""The authors' file, 54 MB; they publish no hash of it."""

NAME = "penn-fudan"
CLASSES = ("background", "pedestrian")
Split = Literal["train", "test", "all"]
TEST = 5  # every fifth picture
LAYOUTS = (("PNGImages", "PedMasks"), ("images", "masks", "boxes.txt"))  # the authors', and a smaller copy's
BOX = re.compile(r"^Bounding box for object \d+ .*:\s*\((\d+),\s*(\d+)\)\s*-\s*\((\d+),\s*(\d+)\)\s*$", re.MULTILINE)
LISTED_BOX = re.compile(r"^(?P<name>\S+) +\d+ +\d+ +(?P<box>\d+(?:\.\d+)?(?: +\d+(?:\.\d+)?){3})\s*$", re.MULTILINE)


def penn_fudan(
    folder: Source = None,
    split: Split = "train",
    size: PerAxis = 200,
    *,
    limit: SupportsIndex | None = None,
    download: bool = False,
    sha256: str | None = None,
) -> Examples:
    """Load street scenes, and for each pixel whether a pedestrian is there: background 0, pedestrian 1.

    All pictures are brought to one size, whatever their shape: bilinear, the masks by the nearest pixel.

    Args:
        folder: the set's folder or archive; ``None`` is where ``download`` puts it.
        split: ``"test"`` is every fifth picture, ``"train"`` the others, ``"all"`` both.
        size: pixels of each side, or rows and columns.
        limit: load only so many, spread evenly over the split.
        download: fetch the set into its folder, if it is not there.
        sha256: the archive's SHA-256 or its beginning, if you know it: none is published.
            With it, a download that broke off goes on the next time.

    Returns:
        Inputs ``n 3 h w`` from 0 to 1, labels ``n h w``.

    Raises:
        FileNotFoundError: the folder, a picture or a mask is not there.
        OSError: the download fails.
        TypeError: an argument is of another type.
        ValueError: a split, a size or a limit that is none; a folder that is another set; an archive, a picture or a
            mask that is damaged; a mask of another size. The file is named.

    >>> penn_fudan("nowhere")
    Traceback (most recent call last):
    FileNotFoundError: folder='nowhere' is not there; download=True fetches penn-fudan from https://www.cis.upenn...
    """
    shape = check_size(size)
    _, pairs = _find(folder, split, limit, download=download, sha256=sha256)
    return load_examples(pairs, shape, NAME, CLASSES, lambda instances: (instances > 0).astype(np.int64))


def penn_fudan_objects(
    folder: Source = None,
    split: Split = "train",
    size: PerAxis = 200,
    *,
    limit: SupportsIndex | None = None,
    download: bool = False,
    sha256: str | None = None,
) -> ObjectExamples:
    """Load street scenes, and for each pedestrian the published box and the pixels of the published mask.

    Arguments, errors and the order of pictures are those of :func:`penn_fudan`.
    The only class is ``pedestrian``, so every label is 0.
    A box may be a pixel wider than its mask, and a pedestrian may lose the last pixel where pictures shrink.

    >>> penn_fudan_objects("nowhere", size=0)
    Traceback (most recent call last):
    ValueError: size=0 must be at least 1
    """
    shape = check_size(size)
    root, pairs = _find(folder, split, limit, download=download, sha256=sha256)
    check_all_there(path for pair in pairs for path in pair)
    inputs, objects = torch.empty(len(pairs), 3, *shape), []
    for place, (path, mask_path) in enumerate(watched(pairs, NAME)):
        image, instances = read_pair(path, mask_path)
        boxes, origin = _boxes(root, path.stem)
        if set(np.unique(instances)) - {0} != set(range(1, len(boxes) + 1)):
            raise ValueError(f"{origin} has {len(boxes)} boxes, but {mask_path} has {instances.max()} pedestrians")
        boxes = scale_boxes(cut_boxes(boxes, instances.shape, origin), instances.shape, shape)
        inputs[place] = resize_picture(image, shape)
        labels = torch.zeros(len(boxes), dtype=torch.int64)
        objects.append(Objects(boxes, labels, instances=resize_mask(instances, shape)))
    return ObjectExamples(inputs, tuple(objects), CLASSES[1:])


def _find(
    folder: Source, split: Split, limit: SupportsIndex | None, *, download: bool, sha256: str | None
) -> tuple[Path, list[tuple[Path, Path]]]:
    if split not in ("train", "test", "all"):
        raise ValueError(f"split={split!r} must be 'train', 'test' or 'all'")
    expected = None if sha256 is None else check_digits(sha256)
    root, layout = find_root(
        find_folder(folder, NAME, [Archive(URL, expected)], download=download), LAYOUTS, "Penn-Fudan"
    )
    pictures, masks = (root / part for part in LAYOUTS[layout][:2])
    kind, end = (".png", "_mask.png") if layout == 0 else (".jpg", ".png")
    names = sorted(path.stem for path in pictures.glob(f"[!.]*{kind}"))
    if not names:
        raise ValueError(f"{pictures} holds no picture ({kind})")
    held_out = names[TEST - 1 :: TEST]
    if split != "all":
        names = held_out if split == "test" else [name for name in names if name not in held_out]
    return root, [(pictures / f"{name}{kind}", masks / f"{name}{end}") for name in choose(names, limit)]


def _boxes(root: Path, name: str) -> tuple[Float[Tensor, "boxes 4"], Path]:
    """Read the boxes of one picture, and say where they stand."""
    listed = root / "boxes.txt"
    path = listed if listed.is_file() else root / "Annotation" / f"{name}.txt"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    text = path.read_text(encoding="utf-8", errors="replace")
    if path == listed:
        rows = [found["box"].split() for found in LISTED_BOX.finditer(text) if found["name"] == name]
        return torch.tensor([[float(number) for number in row] for row in rows]).reshape(-1, 4), path
    # Its first pixel is (1, 1), and its last one belongs to the box.
    corners = torch.tensor([[float(number) for number in found.groups()] for found in BOX.finditer(text)])
    return corners.reshape(-1, 4) - torch.tensor([1.0, 1, 0, 0]), path
