"""Train the small FCN on real pictures or on many streets, with several seeds, and write down how well it segments.

python benchmarks/segmentation.py pets oxford-iiit-pet.tar         print it
python benchmarks/segmentation.py penn-fudan PennFudanPed          print it
python benchmarks/segmentation.py scenes                           print it
... --record                                                       and write it down

A fifth of the real pictures is kept for testing, another fifth for each seed; streets are drawn anew.
It takes some minutes of one core for each seed on real pictures, and longer on streets.
"""

import argparse
import time
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from cnnbook import recorded
from cnnbook.data import Examples, scenes
from cnnbook.data.penn_fudan import penn_fudan
from cnnbook.data.pets import pets
from cnnbook.tasks.segmentation.boundary import mean_boundary_f
from cnnbook.tasks.segmentation.evaluation import measure, segment
from cnnbook.tasks.segmentation.small_fcn import SmallFCN, cost_of_steps, small_fcn

SEEDS = range(3)
BATCH, RATE = 8, 0.005


class Plan(NamedTuple):
    """How one set is learned."""

    widths: tuple[int, ...]
    steps: int
    shift: int  # pixels by which a picture is moved, at most, each way


PLANS = {
    "pets": Plan((16, 32, 48, 64, 96), 2500, 8),
    "penn-fudan": Plan((16, 32, 48, 64, 96), 1200, 16),
    "scenes": Plan((24, 48, 64, 96, 128), 12000, 0),
}


def parts(name: str, folder: Path | None, seed: int) -> tuple[Examples, Examples]:
    """Load what to learn from, and what to measure on."""
    if name == "scenes":
        return scenes(12000, progress=True).semantic(), scenes(500, first=4_000_000).semantic()
    everything = pets(folder, "all", 64) if name == "pets" else penn_fudan(folder, "all", (128, 128))
    order = torch.randperm(len(everything), generator=torch.Generator().manual_seed(seed))
    kept = len(order) // 5
    train, test = (
        Examples(everything.inputs[which], everything.labels[which], everything.classes, everything.ignored)
        for which in (order[kept:], order[:kept])
    )
    return train, test


def varied(images: Tensor, labels: Tensor, shift: int, ignored: int) -> tuple[Tensor, Tensor]:
    """Mirror half of the pictures, move each a little, and let the light change."""
    inputs, targets = [], []
    for image, label in zip(images, labels, strict=True):
        down, right = torch.randint(-shift, shift + 1, (2,)).tolist() if shift else (0, 0)
        moved, known = image.roll((down, right), (1, 2)), label.roll((down, right), (0, 1)).clone()
        for axis, by in enumerate((down, right)):  # what came in on the other side was never there
            gone = slice(0, by) if by >= 0 else slice(by, None)
            known[gone if axis == 0 else slice(None), gone if axis == 1 else slice(None)] = ignored
        if torch.rand(()) < 0.5:  # noqa: PLR2004 (half of them)
            moved, known = moved.flip(2), known.flip(1)
        light = 0.8 + 0.4 * torch.rand(3, 1, 1) if shift else 1
        inputs.append(moved * light)
        targets.append(known)
    return torch.stack(inputs), torch.stack(targets)


def learn(train: Examples, plan: Plan, seed: int) -> SmallFCN:
    """Fit a network under a seed, by AdamW with a rate that rises once and falls."""
    torch.manual_seed(seed)
    classes, ignored = len(train.classes), -100 if train.ignored is None else train.ignored
    network = small_fcn(classes, widths=plan.widths).to(memory_format=torch.channels_last)
    counts = torch.bincount(train.labels[train.labels != ignored], minlength=classes)
    weight = (counts / counts.sum()) ** -0.25
    descent = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=plan.steps, pct_start=0.1)
    for _ in tqdm(range(plan.steps), desc=f"seed {seed}", unit="step"):
        chosen = torch.randint(len(train), (BATCH,))
        images, labels = varied(train.inputs[chosen], train.labels[chosen], plan.shift, ignored)
        answers = network.steps(images.contiguous(memory_format=torch.channels_last))
        loss = cost_of_steps(answers, labels, weight, ignored)
        descent.zero_grad()
        loss.backward()
        descent.step()
        rates.step()
    return network


def run(name: str, folder: Path | None, seed: int) -> dict[str, object]:
    """Learn and measure once."""
    train, test = parts(name, folder, seed)
    start = time.process_time()
    network = learn(train, PLANS[name], seed)
    spent = time.process_time() - start
    counted, maps = measure(network, test), segment(network, test.inputs)
    return {
        "seconds": round(spent, 1),
        "pixel_accuracy": counted.pixel_accuracy(),
        "mean_iou": counted.mean_iou(),
        "iou": dict(zip(test.classes, counted.iou().tolist(), strict=True)),
        "boundary_f": mean_boundary_f(maps[:100], test.labels[:100], len(test.classes), ignored=test.ignored),
    }


def main() -> None:
    """Print a table, and record it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=PLANS)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    runs = [run(arguments.set, arguments.folder, seed) for seed in SEEDS]
    for measured in ("seconds", "pixel_accuracy", "mean_iou", "boundary_f"):
        values = [float(str(one[measured])) for one in runs]
        print(f"{measured:>14} {mean(values):.3f} ± {stdev(values):.3f}")
    for one in runs:
        print(one["iou"])
    if arguments.record:
        plan = PLANS[arguments.set]._asdict() | {"batch": BATCH, "rate": RATE}
        name = f"segmentation_{arguments.set.replace('-', '_')}"
        recorded.write(name, "benchmarks/segmentation.py", 0, {"torch": version("torch")}, plan=plan, runs=runs)


if __name__ == "__main__":
    main()
