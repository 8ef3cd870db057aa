"""Move published weights to another task, from few examples on, and write down what that gains.

python benchmarks/transfer.py resnet20-12fca82f.th oxford-iiit-pet-trainval.tar            print it
python benchmarks/transfer.py resnet20-12fca82f.th oxford-iiit-pet-trainval.tar --record   and write it down

The weights are those of Idelbayev's ResNet-20, which has learned the ten classes of CIFAR-10.
The task is to name the breed of a pet: as many breeds as the archive or folder has, a hundred pictures of each.
Pictures are cut to a square and shrunk to the 32×32 pixels that the network was made for.
Of each breed thirty pictures are kept for testing; others are drawn anew for each seed.
It takes about ten minutes of one core.
"""

import argparse
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from cnnbook import recorded
from cnnbook.data.folders import find_folder
from cnnbook.networks.resnet import resnet20
from cnnbook.networks.transfer import freeze, head_name, replace_head
from cnnbook.networks.weights import load_weights

SIDE, TEST, SEEDS = 32, 30, range(5)
SIZES = (5, 10, 20, 50)  # examples of each breed
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # as the weights were trained


def pictures(folder: Path) -> tuple[Tensor, Tensor, list[str]]:
    """Read all pictures of the breeds: the breed is the file's name up to its number."""
    files = sorted(folder.rglob("images/*.jpg"))
    if not files:
        raise FileNotFoundError(f"{folder} has no images/*.jpg")
    breeds = sorted({file.stem.rpartition("_")[0] for file in files})
    inputs = []
    for file in files:
        with Image.open(file) as picture:
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            square = picture.convert("RGB").crop((left, top, left + side, top + side))
            inputs.append(np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32) / 255)
    labels = torch.tensor([breeds.index(file.stem.rpartition("_")[0]) for file in files])
    shown = (torch.tensor(np.stack(inputs)) - torch.tensor(MEAN)) / torch.tensor(DEVIATION)
    return shown.permute(0, 3, 1, 2).contiguous(), labels, breeds


def learn(
    network: nn.Module, inputs: Tensor, labels: Tensor, steps: int, rate: float, prepare: Callable[[], None]
) -> None:
    """Fit what may learn, by Adam with a falling rate; half of the pictures are mirrored."""
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    descent = torch.optim.Adam(learning, lr=rate)
    falling = torch.optim.lr_scheduler.LinearLR(descent, 1, 0.01, steps)
    for _ in range(steps):
        prepare()
        chosen = torch.randint(len(labels), (30,))
        batch = torch.where(torch.rand(30, 1, 1, 1) < 0.5, inputs[chosen], inputs[chosen].flip(3))  # noqa: PLR2004
        loss = cross_entropy(network(batch), labels[chosen])
        descent.zero_grad()
        loss.backward()
        descent.step()
        falling.step()


def only_train(network: nn.Module, head: nn.Module) -> None:
    """Keep normalisations as they are: a batch of thirty counts badly."""
    network.eval()
    head.train()


@torch.no_grad()
def error(network: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    """Compute the share of wrong answers, in percent."""
    return 100 * (network.eval()(inputs).argmax(1) != labels).double().mean().item()


def runs(weights: Path, inputs: Tensor, labels: Tensor, breeds: int, seed: int) -> dict[str, dict[int, float]]:
    """Learn from more and more examples in three ways; return the test errors."""
    torch.manual_seed(seed)
    order = torch.randperm(len(labels))
    of_breed = [order[labels[order] == breed] for breed in range(breeds)]
    test = torch.cat([places[:TEST] for places in of_breed])
    found: dict[str, dict[int, float]] = {"scratch": {}, "features": {}, "fine-tuning": {}}
    for size in SIZES:
        few = torch.cat([places[TEST : TEST + size] for places in of_breed])
        scratch = resnet20(breeds)
        learn(scratch, inputs[few], labels[few], 300, 0.003, scratch.train)
        moved = resnet20()
        load_weights(moved, weights)
        replace_head(moved, breeds)
        freeze(moved)
        learn(
            moved,
            inputs[few],
            labels[few],
            150,
            0.01,
            partial(only_train, moved, moved.get_submodule(head_name(moved))),
        )
        found["scratch"][size] = error(scratch, inputs[test], labels[test])
        found["features"][size] = error(moved, inputs[test], labels[test])
        moved.requires_grad_(requires_grad=True)
        head = moved.get_submodule(head_name(moved))
        learn(moved, inputs[few], labels[few], 150, 0.0003, partial(only_train, moved, head))
        found["fine-tuning"][size] = error(moved, inputs[test], labels[test])
    return found


def main() -> None:
    """Print a table, and record it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("pets", type=Path)
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    inputs, labels, breeds = pictures(find_folder(arguments.pets, "oxford-iiit-pet", (), download=False))
    each = [runs(arguments.weights, inputs, labels, len(breeds), seed) for seed in tqdm(SEEDS, unit="seed")]
    errors = {way: {str(size): [run[way][size] for run in each] for size in SIZES} for way in each[0]}
    for way, by_size in errors.items():
        print(
            f"{way:>11}", *(f"{size}: {mean(values):.0f} ± {stdev(values):.0f} %" for size, values in by_size.items())
        )
    if arguments.record:
        versions = {package: version(package) for package in ("torch", "pillow")}
        about = {"weights": arguments.weights.name, "breeds": breeds, "test": TEST * len(breeds)}
        recorded.write("transfer", "benchmarks/transfer.py", seed=0, versions=versions, **about, errors=errors)


if __name__ == "__main__":
    main()
