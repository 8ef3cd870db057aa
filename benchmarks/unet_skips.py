"""Train a small U-Net with its skips and without, longer than a page may take, and write down how good its maps are.

python benchmarks/unet_skips.py              print it
python benchmarks/unet_skips.py --record     and write it down

Both networks have the same weights when they start; without skips, zeros take the place of what a skip brings.
They learn as in gallery/segmentation/plot_unet_without_skips.py, in 600 steps instead of 90.
It takes about six minutes of one core.
"""

import argparse
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor, nn

from cnnbook import recorded
from cnnbook.data import Examples, scenes
from cnnbook.data.scenes import CLASSES
from cnnbook.tasks.segmentation.boundary import contours, mean_boundary_f
from cnnbook.tasks.segmentation.evaluation import segment
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix
from cnnbook.tasks.segmentation.unet import UNet, unet
from cnnbook.train import train

SIDE, STREETS, UNSEEN, EPOCHS, BATCH, SEEDS = 64, 400, 100, 6, 4, (0, 1, 2)


def streets(count: int, first: int) -> Examples:
    """Draw streets, with colours around zero."""
    drawn = scenes(count, SIDE, first=first).semantic()
    return Examples((drawn.inputs - 0.45) / 0.25, drawn.labels, drawn.classes)


def build(seed: int, *, skips: bool) -> UNet:
    """Build a U-Net of three levels with batch normalisation, whose skips may bring nothing."""
    torch.manual_seed(seed)
    network = unet(len(CLASSES), channels=3, width=8, depth=3, padding="same", dropout=0.0)
    for block in (*network.down, *network.up):
        assert isinstance(block, nn.Sequential)  # noqa: S101  a list of modules does not say what it holds
        first = block[0]
        assert isinstance(first, nn.Conv2d)  # noqa: S101
        for relu in (1, 3):
            block[relu] = nn.Sequential(nn.BatchNorm2d(first.out_channels), nn.ReLU())
    if not skips:
        for block in network.up:
            block.register_forward_pre_hook(forget)
    return network


def forget(_block: nn.Module, given: tuple[Tensor, ...]) -> Tensor:
    """Replace what a skip brought by zeros."""
    large, small = given[0].chunk(2, dim=1)
    return torch.cat([torch.zeros_like(large), small], dim=1)


def measured(found: Tensor, unseen: Examples) -> dict[str, Any]:
    """Measure maps by area, by contour, near the contours and away from them."""
    matrix = ConfusionMatrix(len(CLASSES))
    matrix.update(predicted=found, target=unseen.labels)
    rim = nn.functional.max_pool2d(contours(unseen.labels).float(), kernel_size=3, stride=1, padding=1).bool()
    right = found == unseen.labels
    return {
        "mean_iou": matrix.mean_iou(),
        "iou": matrix.iou().tolist(),
        "boundary_f": mean_boundary_f(found, unseen.labels, len(CLASSES), tolerance=1),
        "near": right[rim].double().mean().item(),
        "elsewhere": right[~rim].double().mean().item(),
    }


def main() -> None:
    """Train both with each seed, measure, print, and write down on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write cnnbook/recorded/unet_skips.json")
    record = parser.parse_args().record
    torch.set_num_threads(1)
    learned, unseen = streets(STREETS, first=0), streets(UNSEEN, first=2000)
    found: dict[str, list[dict[str, Any]]] = {"with skips": [], "without": []}
    for seed in SEEDS:
        for name, several in found.items():
            network = build(seed, skips=name == "with skips")
            train(
                network,
                learned,
                epochs=EPOCHS,
                batch_size=BATCH,
                optimizer=torch.optim.Adam,
                schedule=lambda descent, steps: torch.optim.lr_scheduler.OneCycleLR(
                    descent, max_lr=0.05, total_steps=steps
                ),
                seed=seed,
                progress=False,
            )
            several.append(measured(segment(network, unseen.inputs), unseen))
            print(seed, name, {key: value for key, value in several[-1].items() if key != "iou"}, flush=True)
    if record:
        settings = {"side": SIDE, "streets": STREETS, "unseen": UNSEEN, "epochs": EPOCHS, "batch": BATCH}
        path = recorded.write(
            "unet_skips",
            script="benchmarks/unet_skips.py",
            seed=SEEDS[0],
            versions={"torch": version("torch")},
            settings=settings,
            classes=list(CLASSES),
            found=found,
        )
        print(f"written to {path}")


if __name__ == "__main__":
    main()
