"""Oxford-IIIT Pet: cats and dogs, and for each a trimap that says where the animal is.

The archive holds 7,390 pictures of 37 breeds, each with its trimap; ``split="all"`` counts them.
The authors' two lists name 7,349 of them: 3,680 to learn from and 3,669 to be tested on.

A trimap has three values: 1 where the animal is, 2 where it is not, and 3 along its contour, which the authors call
not classified.
Labels start at 0 here, so 1 is subtracted.

References:
    Parkhi, Vedaldi, Zisserman & Jawahar (2012), Cats and dogs.
"""

from typing import Literal, SupportsIndex

from cnnbook.data.examples import Examples
from cnnbook.data.folders import Archive, Source, find_folder, find_root, read_list
from cnnbook.data.pictures import check_size, choose, load_examples
from cnnbook.shapes import PerAxis

ARCHIVES = (
    Archive(
        "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
        "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
    ),
    Archive(
        "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
        "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
    ),
)
"""The authors' two files, 792 MB and 19 MB."""

CLASSES = ("foreground", "background", "contour")
LISTS = {"train": "trainval.txt", "test": "test.txt"}


def pets(
    folder: Source = None,
    split: Literal["train", "test", "all"] = "train",
    size: PerAxis = 200,
    *,
    limit: SupportsIndex | None = None,
    download: bool = False,
) -> Examples:
    """Load pictures of pets, and a class for each pixel: foreground 0, background 1, contour 2.

    All pictures are brought to one size, whatever their shape: bilinear, the trimaps by the nearest pixel.
    An example of ``h w`` pixels takes ``20 h w`` bytes: 0.8 MB at 200×200, or 2.9 GB for the whole ``"train"``.

    Args:
        folder: the set's folder or archive; the authors' two archives as a pair.
            ``None`` is where ``download`` puts it.
        split: the authors' list, ``"train"`` (their trainval) or ``"test"``; or ``"all"`` pictures that are there.
        size: pixels of each side, or rows and columns.
        limit: load only so many, spread evenly over the list, which is sorted by breed.
        download: fetch the set into its folder, if it is not there.

    Returns:
        Inputs ``n 3 h w`` from 0 to 1, labels ``n h w``.

    Raises:
        FileNotFoundError: the folder, a list, a picture or a trimap is not there.
        OSError: the download fails; what has come of it is kept for the next time.
        TypeError: an argument is of another type.
        ValueError: a split, a size or a limit that is none; a folder that is another set; an archive, a picture or a
            trimap that is damaged; a trimap of another size or with other values. The file is named.

    >>> pets("nowhere")
    Traceback (most recent call last):
    FileNotFoundError: folder='nowhere' is not there; download=True fetches oxford-iiit-pet from https://www.robots...
    """
    if split not in (*LISTS, "all"):
        raise ValueError(f"split={split!r} must be 'train', 'test' or 'all'")
    shape = check_size(size)
    found = find_folder(folder, "oxford-iiit-pet", ARCHIVES, download=download)
    root, _ = find_root(found, [["images", "annotations/trimaps"]], "Oxford-IIIT Pet")
    if split == "all":
        names = sorted(path.stem for path in (root / "images").glob("[!.]*.jpg"))
        if not names:
            raise ValueError(f"{root / 'images'} holds no picture (.jpg)")
    else:
        names = read_list(root / "annotations" / LISTS[split])
    names = choose(names, limit)
    pairs = [(root / "images" / f"{name}.jpg", root / "annotations" / "trimaps" / f"{name}.png") for name in names]
    return load_examples(pairs, shape, "oxford-iiit-pet", CLASSES, lambda trimap: trimap - 1)
