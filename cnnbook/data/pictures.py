"""Pictures and masks from files: what each pixel says, whatever the file's own form.

A picture becomes three numbers from 0 to 1 per pixel; a mask stays one whole number per pixel.
So a picture may be averaged when it shrinks, and a mask never: halfway between class 1 and class 3 there is no class 2.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import SupportsIndex, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from cnnbook.data.examples import Examples
from cnnbook.shapes import PerAxis, per_axis, whole_number

Item = TypeVar("Item")
FEW = 300  # how many pictures are read without a progress bar: about two seconds
COLOURED = {"1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LA", "La", "PA", "RGBA", "RGBa", "RGBX"}
INDEXED = {"1", "L", "P", "I"}


def read_picture(path: Path) -> Image.Image:
    """Read a picture as red, green and blue of 8 bits each.

    Grey is given to all three colours.
    What is transparent is laid over black: a colour of 200 at half opacity counts 100.
    16 bits of grey are rounded to 8.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, cut off, no picture, or of numbers whose range is not known.
    """
    image = _open(path)
    if _is_16_bits(image):
        image = Image.fromarray((np.asarray(image, np.float64) / 257).round().astype(np.uint8))
    if image.mode not in COLOURED:
        raise ValueError(f"{path} is a picture of mode {image.mode}, which has no known range of colours")
    if image.has_transparency_data:
        opaque = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", opaque.size, (0, 0, 0, 255)), opaque)
    return image.convert("RGB")


def read_mask(path: Path) -> Int[np.ndarray, "h w"]:
    """Read a mask's whole numbers: a palette picture gives places in its palette, never the colours that stand there.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, cut off or no picture, has colours, or was saved as JPEG, which changes its numbers.
    """
    image = _open(path)
    if image.format == "JPEG":
        raise ValueError(f"{path} is a JPEG, which changes the numbers of a mask; a PNG keeps them")
    if image.mode not in INDEXED and not _is_16_bits(image):
        raise ValueError(
            f"{path} is a picture of mode {image.mode}; a mask needs one whole number per pixel (grey or a palette)"
        )
    return np.asarray(image).astype(np.int64)


def _is_16_bits(image: Image.Image) -> bool:
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")


def _open(path: Path) -> Image.Image:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    content = path.read_bytes()
    try:
        with Image.open(BytesIO(content)) as image:
            image.verify()  # a PNG's checksums, which reading the pixels does not compare
        image = Image.open(BytesIO(content))
        image.load()
    except Exception as error:  # a damaged file can provoke any
        raise ValueError(f"{path} is damaged or no picture: {type(error).__name__}: {error}") from error
    return image


def resize_picture(image: Image.Image, size: tuple[int, int]) -> Float[Tensor, "c h w"]:
    """Resize to ``size`` rows and columns, and scale to 0…1.

    Bilinear: each new pixel is a mean, weighted by a triangle as wide as what it replaces, so small things fade but
    do not flicker (antialiasing).

    >>> resize_picture(Image.fromarray(np.uint8([[0, 255], [255, 0]])).convert("RGB"), (1, 1)).flatten().tolist()
    [0.501..., 0.501..., 0.501...]
    """
    rows, columns = size
    pixels = np.array(image.resize((columns, rows), Image.Resampling.BILINEAR))
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def resize_mask(mask: Int[np.ndarray, "h w"], size: tuple[int, int]) -> Int[Tensor, "oh ow"]:
    """Resize to ``size`` rows and columns: each new pixel takes the number under its centre, so none is invented.

    Row ``i`` of ``oh`` has its centre at ``(i + ½) h / oh`` and reads row ``⌊(2i + 1) h / 2oh⌋``; columns alike.

    >>> resize_mask(np.array([[0, 1, 2, 3]]), (1, 2)).tolist()
    [[1, 3]]
    >>> resize_mask(np.array([[0, 3]]), (1, 4)).tolist()
    [[0, 0, 3, 3]]
    """
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(mask.shape, size, strict=True))
    return torch.from_numpy(mask[rows[:, None], columns])


def check_size(size: PerAxis) -> tuple[int, int]:
    """Give rows and columns, from one number for both or a pair.

    Raises:
        TypeError: a number is not whole.
        ValueError: a number is below 1, or they are not two.

    >>> check_size(200)
    (200, 200)
    """
    rows, columns = per_axis("size", size, axes=2, least=1)
    return rows, columns


def choose(names: Sequence[Item], limit: SupportsIndex | None) -> list[Item]:
    """Choose ``limit`` of the names, spread evenly over their order, for lists are often sorted by class.

    Raises:
        TypeError: the limit is no whole number.
        ValueError: it is below 1, or above the number of names.

    >>> choose("abcdef", 3)
    ['a', 'c', 'e']
    """
    if limit is None:
        return list(names)
    count = whole_number("limit", limit, least=1)
    if count > len(names):
        raise ValueError(f"limit={limit!r} must be at most {len(names)}, as many as there are")
    return [names[place * len(names) // count] for place in range(count)]


def check_all_there(paths: Iterable[Path]) -> None:
    """Look for every file before the first is read, so that a missing one is named at once.

    Raises:
        FileNotFoundError: one is missing, or several; the first three are named.
    """
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""  # noqa: PLR2004  enough to see what
        raise FileNotFoundError(f"{', '.join(missing[:3])}{more} {'are' if missing[1:] else 'is'} not there")


def watched(items: Sequence[Item], name: str) -> Iterator[Item]:
    """Go through items, with a progress bar if they are more than a few hundred."""
    yield from tqdm(items, desc=name, unit=" pictures", disable=len(items) <= FEW)


def read_pair(path: Path, mask_path: Path) -> tuple[Image.Image, Int[np.ndarray, "h w"]]:
    """Read a picture and its mask.

    Raises:
        FileNotFoundError: one is missing.
        ValueError: one is damaged, or the mask has another size than the picture; the message names it.
    """
    image, mask = read_picture(path), read_mask(mask_path)
    if mask.shape != (image.height, image.width):
        raise ValueError(
            f"{mask_path} has {mask.shape[0]}×{mask.shape[1]} pixels, "
            f"but its picture {path} has {image.height}×{image.width}"
        )
    return image, mask


def load_examples(
    pairs: Sequence[tuple[Path, Path]],
    size: tuple[int, int],
    name: str,
    classes: tuple[str, ...],
    labels_of: Callable[[Int[np.ndarray, "h w"]], Int[np.ndarray, "h w"]],
    ignored: int | None = None,
) -> Examples:
    """Load pictures with a label for each pixel, all of one size.

    Args:
        pairs: paths of each picture and of its mask.
        size: rows and columns.
        name: the data set's name, for the progress bar.
        classes: what the labels mean.
        labels_of: turns a mask's numbers into labels.
        ignored: the label of what nobody has judged.

    Raises:
        FileNotFoundError: a file is missing; all are looked for before the first is read.
        ValueError: a file is damaged, or a mask has another size than its picture or a number that means nothing;
            the message names it.
    """
    check_all_there(path for pair in pairs for path in pair)
    inputs = torch.empty(len(pairs), 3, *size)
    labels = torch.empty(len(pairs), *size, dtype=torch.int64)
    for place, (path, mask_path) in enumerate(watched(pairs, name)):
        image, mask = read_pair(path, mask_path)
        named = labels_of(mask)
        strange = (named != ignored) & ((named < 0) | (named >= len(classes)))
        if strange.any():
            raise ValueError(f"{mask_path} holds {mask[strange][0]}, which is none of {name}'s numbers")
        inputs[place], labels[place] = resize_picture(image, size), resize_mask(named, size)
    return Examples(inputs, labels, classes, ignored)
