"""Train the network of the live figure *paint and segment*, measure it, and write all that the figure loads.

python benchmarks/paint.py           some minutes of one core; goes on where it was interrupted
python benchmarks/paint.py --again   begin anew

Into ``docs/live/paint``: the network, streets to paint on, things to place, and what is known of them.
Into ``cnnbook/recorded/paint.json``: how good the network is on streets that it has not seen.
"""

import argparse
import base64
import io
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from matplotlib import image
from torch import Tensor, nn
from tqdm import tqdm

from cnnbook import recorded
from cnnbook.checkpoint import load_checkpoint, save_checkpoint
from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES, THINGS
from cnnbook.data.scenes._painting.street import Lots, Street, Thing, plan
from cnnbook.data.scenes.generate import STUFF, _paint
from cnnbook.draw import labels
from cnnbook.draw.pieces import Part, document
from cnnbook.live import export
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix
from cnnbook.tasks.segmentation.small_fcn import SmallFCN, cost_of_steps, enlarge, small_fcn

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs" / "live" / "paint"
UNFINISHED = ROOT / "_build" / "paint.checkpoint"
SEED, STREETS, UPDATES, BATCH, RATE = 0, 3000, 2400, 8, 0.005
WIDTHS = (12, 20, 28, 40, 48)  # 250,000 bytes at sixteen bits for each weight
STEPS = (32, 16, 8, 4, 2)
UNSEEN, PLACES = 4000, 5000  # the numbers of the first street to measure on, and of the first to take things from
SIZE, FINE = 96, 192  # pixels of a street, and of one from which things are cut
LIGHTS = {"clear": "A clear day", "fog": "Fog", "night": "Night", "snow": "Snow"}
KINDS = 4  # of things, on a street that is not empty
TALL = range(54, 100)  # pixels of a thing


class Finest(nn.Module):
    """The network up to its finest scores, beneath which all coarser ones are found."""

    def __init__(self, network: SmallFCN) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Compute the scores of the finest step."""
        return self.network.steps(images)[min(STEPS)]


def learn(*, again: bool) -> SmallFCN:
    """Train, as the gallery's script on skips does, and keep what is done in a file."""
    torch.manual_seed(SEED)
    network = small_fcn(len(CLASSES), widths=WIDTHS).to(memory_format=torch.channels_last)
    descent = torch.optim.AdamW(network.parameters(), lr=RATE)
    slowly = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=UPDATES, pct_start=0.1)
    parts: dict[str, Any] = {"network": network, "descent": descent, "slowly": slowly}
    settings: dict[str, str | int] = {"seed": SEED, "streets": STREETS, "updates": UPDATES, "widths": str(WIDTHS)}
    done = 0
    if UNFINISHED.exists() and not again:
        state = load_checkpoint(UNFINISHED, settings)
        done = state["done"]
        for name, part in parts.items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["random"])
    streets = scenes(STREETS, SIZE, progress=True).semantic()
    frequency = torch.bincount(streets.labels.flatten()) / streets.labels.numel()
    for update in tqdm(range(done + 1, UPDATES + 1), initial=done, total=UPDATES, unit="update"):
        batch = torch.randint(len(streets.inputs), (BATCH,))
        pictures, target = streets.inputs[batch], streets.labels[batch]
        if torch.rand(()) < 0.5:  # noqa: PLR2004 (half of them)
            pictures, target = pictures.flip(3), target.flip(2)
        answers = network.steps(pictures.contiguous(memory_format=torch.channels_last))
        loss = cost_of_steps(answers, target, frequency**-0.25)
        descent.zero_grad()
        loss.backward()
        descent.step()
        slowly.step()
        if update % 100 == 0:
            states = {name: part.state_dict() for name, part in parts.items()}
            save_checkpoint(UNFINISHED, {"done": update, "random": torch.get_rng_state(), **states}, settings)
    return network.to(memory_format=torch.contiguous_format).eval().requires_grad_(requires_grad=False)


def rounded(network: SmallFCN) -> SmallFCN:
    """Round the weights as the file does, so that what is measured is what a reader gets."""
    for weight in network.parameters():
        if weight.ndim > 1:
            weight.copy_(weight.half().float())
    return network


def measure(network: SmallFCN) -> dict[str, float]:
    """Measure the mean IoU of every step on streets that the network has not seen."""
    unseen = scenes(300, SIZE, first=UNSEEN).semantic()
    counted = {step: ConfusionMatrix(len(CLASSES)) for step in STEPS}
    for pictures, target in zip(unseen.inputs.split(25), unseen.labels.split(25), strict=True):
        for step, scores in network.steps(pictures).items():
            counted[step].update(enlarge(scores, step).argmax(1), target)
    return {str(step): round(matrix.mean_iou(), 4) for step, matrix in counted.items()}


def drawn(number: int, things: int | None, size: int) -> tuple[Street, UInt8[np.ndarray, "3 h w"], Any]:
    """Paint a street with all its things, or with one of them, or with none: ``things=-1``."""
    lots = Lots()
    lots.begin(SEED, number)
    street = plan(lots)
    if things is not None:
        alone = street.things[things : things + 1] if things >= 0 else ()
        street = Street(**vars(street) | {"things": alone})
    return street, *_paint(street, lots, size)


def looks(street: Street) -> str:
    """Say what light a street lies in: its weather, or that it is night."""
    by_day = street.weather if street.hour == "day" else street.hour
    return "night" if (street.weather, street.hour) == ("clear", "night") else by_day


def streets() -> tuple[list[UInt8[np.ndarray, "h w 3"]], dict[str, Any]]:
    """Choose unseen streets: an empty one, then the first of each light with four kinds of things."""
    numbers = iter(range(UNSEEN, 2 * UNSEEN))
    pictures, known = [], {}
    for light, name in (("clear", "An empty street"), *LIGHTS.items()):
        for number in numbers:
            street, picture, _ = drawn(number, None, SIZE)
            if looks(street) == light and len({thing.kind for thing in street.things}) >= KINDS:
                break
        if not pictures:
            _, picture, _ = drawn(number, -1, SIZE)
        pictures.append(picture.transpose(1, 2, 0))
        known[str(number)] = {"name": name, "horizon": round(street.horizon, 4), "eye": round(street.eye, 3)}
    return pictures, known


def cut(number: int, place: int) -> tuple[UInt8[np.ndarray, "h w 4"], float] | None:
    """Cut one thing out of a street where it stands alone; its picture, and its height in metres, or None.

    It must be tall, and lie wholly within the frame.
    """
    street, picture, marks = drawn(number, place, FINE)
    rows, columns = np.nonzero(marks == STUFF)
    if not len(rows) or min(rows.min(), columns.min()) == 0 or max(rows.max(), columns.max()) == FINE - 1:
        return None
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    tall = box[0].stop - box[0].start
    mask = (marks[box] == STUFF)[:, :, None].astype(np.uint8)
    alone = np.concatenate([picture.transpose(1, 2, 0)[box] * mask, 255 * mask], 2)
    metres = float(tall * street.eye / (box[0].stop - FINE * street.horizon))
    return (alone, round(metres, 3)) if tall in TALL else None


def things() -> tuple[list[UInt8[np.ndarray, "h w 4"]], list[dict[str, Any]]]:
    """Choose two of every kind, by a clear day: vehicles from the front and from the side, others as they come."""
    found: dict[tuple[str, bool], tuple[UInt8[np.ndarray, "h w 4"], float]] = {}
    for number in range(PLACES, 2 * PLACES):
        lots = Lots()
        lots.begin(SEED, number)
        street = plan(lots)
        for place, thing in enumerate(street.things if looks(street) == "clear" else ()):
            kind = variant(thing, found)
            if kind not in found and (one := cut(number, place)):
                found[kind] = one
        if len(found) == 2 * len(THINGS):
            break
    chosen = [(kind, second) for kind in ("car", "bus", "person", "tree", "sign") for second in (False, True)]
    known = [{"class": CLASSES.index(kind), "metres": found[kind, second][1]} for kind, second in chosen]
    return [found[key][0] for key in chosen], known


def variant(thing: Thing, found: dict[tuple[str, bool], Any]) -> tuple[str, bool]:
    """Say which of its kind's two places a thing would take."""
    return thing.kind, thing.sideways if thing.kind in {"car", "bus"} else (thing.kind, False) in found


def sheet(pictures: list[UInt8[np.ndarray, "h w c"]], path: Path) -> list[list[int]]:
    """Write pictures beside each other as one file that loses nothing; return left, top, width and height of each."""
    boxes, left = [], 0
    joined = np.zeros((max(map(len, pictures)), sum(one.shape[1] for one in pictures), pictures[0].shape[2]), np.uint8)
    for picture in pictures:
        rows, columns = picture.shape[:2]
        joined[:rows, left : left + columns] = picture
        boxes.append([left, 0, columns, rows])
        left += columns
    path.write_bytes(coded(joined, "webp", lossless=True, quality=100, method=6))
    return boxes


def still(street: UInt8[np.ndarray, "h w 3"], network: SmallFCN) -> str:
    """Draw what stands on the page without scripts: a street, and beside it the map of its classes."""
    picture = torch.from_numpy(street.transpose(2, 0, 1).copy())[None] / 255
    found = network(picture).argmax(1)[0].numpy()
    colours = np.array([[int(labels.colour_of(k)[at : at + 2], 16) for at in (1, 3, 5)] for k in range(len(CLASSES))])
    files = [coded(street, "jpeg", quality=90), coded(colours.astype(np.uint8)[found], "png", optimize=True)]
    parts = [
        f'<image x="{left}" width="{SIZE}" height="{SIZE}" image-rendering="pixelated" '
        f'href="data:image/{kind};base64,{base64.b64encode(file).decode()}"/>'
        for left, kind, file in zip((0, SIZE + 4), ("jpeg", "png"), files, strict=True)
    ]
    return document(Part("".join(parts), 2 * SIZE + 4, SIZE), scale=3) + "\n"


def coded(pixels: UInt8[np.ndarray, "h w c"], kind: str, **how: Any) -> bytes:
    """Write a picture as a file of a kind."""
    file = io.BytesIO()
    image.imsave(file, pixels, format=kind, pil_kwargs=how)
    return file.getvalue()


def main() -> None:
    """Read the command line, train, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="begin anew")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    try:
        network = rounded(learn(again=arguments.again))
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on with the last hundred updates")
    FIGURE.mkdir(exist_ok=True)
    export(Finest(network), (1, 3, SIZE, SIZE), FIGURE / "network.safetensors")
    (pictures, on), (cutouts, placed) = streets(), things()
    sheet(pictures, FIGURE / "streets.webp")
    boxes = sheet(cutouts, FIGURE / "things.webp")
    colours = [labels.colour_of(place) for place in range(len(CLASSES))]
    known = {
        "size": SIZE,
        "steps": STEPS,
        "classes": CLASSES,
        "colours": colours,
        "presets": on,
        "things": [{**thing, "box": box} for thing, box in zip(placed, boxes, strict=True)],
    }
    (FIGURE / "still.svg").write_text(still(pictures[1], network), "utf-8")
    (FIGURE / "settings.json").write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    path = recorded.write(
        "paint",
        script="benchmarks/paint.py",
        seed=SEED,
        versions={package: version(package).split("+")[0] for package in ("torch", "numpy")},
        widths=WIDTHS,
        parameters=sum(weight.numel() for weight in network.parameters()),
        streets=STREETS,
        updates=UPDATES,
        unseen=300,
        mean_iou=measure(network),
    )
    print(path.read_text("utf-8"))


if __name__ == "__main__":
    main()
