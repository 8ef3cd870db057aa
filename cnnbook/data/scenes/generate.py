"""From a seed to scenes: plan a street, paint it from far to near, note what can be seen."""

from typing import SupportsIndex

import numpy as np
import torch
from jaxtyping import UInt8
from tqdm import tqdm

from cnnbook.data.objects import Objects
from cnnbook.data.scenes._painting.backdrop import backdrop
from cnnbook.data.scenes._painting.canvas import Canvas, noise
from cnnbook.data.scenes._painting.light import Light, develop
from cnnbook.data.scenes._painting.street import Lots, Street, plan
from cnnbook.data.scenes._painting.things import paint_thing
from cnnbook.data.scenes.record import CLASSES, THINGS, Scenes
from cnnbook.shapes import whole_number

SMALLEST, LARGEST = 16, 1024
STUFF = len(CLASSES) - len(THINGS)
COARSE, FINE = (7, 15, 31), (63,)  # lattices of clouds, leaves and snow; of grain


def scenes(
    n: SupportsIndex,
    size: SupportsIndex = 96,
    seed: SupportsIndex = 0,
    *,
    first: SupportsIndex = 0,
    progress: bool = False,
) -> Scenes:
    """Draw street scenes, fixed by their seed to the last byte on every machine.

    A scene depends on its seed, its number and its size alone: the first ten of a thousand are the ten of ten.
    In another size it is the same street in finer or coarser pixels.
    Numbers that do not overlap give sets that share no scene: ``scenes(4000)`` to train, ``scenes(500, first=4000)``
    to test.

    Args:
        n: How many scenes.
        size: Pixels on a side.
        seed: Another seed, other streets.
        first: Number of the first scene.
        progress: Whether to show a bar.

    Raises:
        TypeError: a count that is no whole number.
        ValueError: ``n`` below 1, a size outside 16…1024, a seed or a number outside 0…2³² − 1.

    Example:
        >>> street = scenes(1, seed=3)
        >>> street.images.shape, street.classes.shape
        (torch.Size([1, 3, 96, 96]), torch.Size([1, 96, 96]))
        >>> bool((scenes(5, seed=3)[0].images == street.images).all())
        True
    """
    n, size = whole_number("n", n, least=1), whole_number("size", size, least=SMALLEST)
    seed, first = whole_number("seed", seed, least=0), whole_number("first", first, least=0)
    if size > LARGEST:
        raise ValueError(f"size={size} must lie in {SMALLEST}…{LARGEST}")
    for name, last in {"seed": seed, "first": first + n - 1}.items():
        if last >= 2**32:
            raise ValueError(f"{name}={last if name == 'seed' else first} must end below {2**32}")
    lots = Lots()
    images = np.empty((n, 3, size, size), np.uint8)
    classes, instances = (np.empty((n, size, size), np.uint8) for _ in range(2))
    objects, distances = [], []
    for place in tqdm(range(n), unit="scene", disable=not progress):
        lots.begin(seed, first + place)
        street = plan(lots)
        images[place], marks = _paint(street, lots, size)
        seen, boxes = _seen(marks)
        things = [street.things[number - 1] for number in seen]
        bounds = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
        kinds = torch.tensor([THINGS.index(thing.kind) for thing in things], dtype=torch.int64)
        objects.append(Objects(bounds, kinds))
        distances.append(torch.tensor([thing.z for thing in things], dtype=torch.float32))
        classes[place] = _classes(street)[marks]
        numbers = np.zeros(256, np.uint8)
        numbers[[STUFF + number - 1 for number in seen]] = range(1, len(seen) + 1)  # who is wholly hidden has none
        instances[place] = numbers[marks]
    return Scenes(
        torch.from_numpy(images),
        torch.from_numpy(classes),
        torch.from_numpy(instances),
        tuple(objects),
        tuple(distances),
    )


def _paint(street: Street, lots: Lots, size: int) -> tuple[UInt8[np.ndarray, "3 h w"], UInt8[np.ndarray, "h w"]]:
    """Paint a planned street; return the picture, and for each pixel its class or, from STUFF on, its thing."""
    light = Light(street)
    lattices = np.frombuffer(lots.random.bytes(sum(lattice**2 for lattice in (*COARSE, *FINE))), np.uint8)
    coarse, fine = noise(lattices, COARSE, size), noise(lattices[::-1], FINE, size)
    grain = np.frombuffer(lots.random.bytes(3 * size * size), np.uint8).reshape(3, size, size)
    canvas = Canvas(size, coarse)
    backdrop(canvas, street, light)
    for number, thing in enumerate(street.things):
        paint_thing(canvas, street, light, thing, mark=STUFF + number)
    return develop(canvas.image, _classes(street)[canvas.marks], street, light, (coarse, fine, grain)), canvas.marks


def _classes(street: Street) -> UInt8[np.ndarray, " marks"]:
    """List the class of every mark."""
    return np.array([*range(STUFF), *(CLASSES.index(thing.kind) for thing in street.things)], np.uint8)


def _seen(marks: UInt8[np.ndarray, "h w"]) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """List who can be seen, with the bounds of their pixels: left, top, right, bottom, the last two not included."""
    seen, boxes = [], []
    for number in range(1, int(marks.max()) - STUFF + 2):
        rows, columns = np.nonzero(marks == STUFF + number - 1)
        if len(rows):
            seen.append(number)
            boxes.append((columns.min(), rows[0], columns.max() + 1, rows[-1] + 1))
    return seen, boxes
