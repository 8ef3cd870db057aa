"""Train the three networks that enlarge, on streets and on photographs, and write down what they gain on bicubic.

python benchmarks/super_resolution.py            print it
python benchmarks/super_resolution.py --record   and write it down

All pictures are shrunk to half their sides by the mean of 2×2 pixels, and enlarged again.
Streets are drawn at twice the size and shrunk once before, as a camera's lens does.
Without that, their grain, which nobody can guess, would hide the gain.
The photographs are those that scikit-image, scikit-learn and Matplotlib carry; three of them are only tested on.
It takes a good part of an hour of one core.
"""

import argparse
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev
from time import process_time

import matplotlib as mpl
import numpy as np
import torch
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate
from tqdm import tqdm

from cnnbook import recorded
from cnnbook.data import scenes
from cnnbook.tasks.super_resolution.metrics import psnr, ssim
from cnnbook.tasks.super_resolution.networks import SuperResolution, resize_convolution, sub_pixel, transposed

NETWORKS = {"transposed": transposed, "resize-convolution": resize_convolution, "sub-pixel": sub_pixel}
SEEDS, STEPS, SIDE, KEPT, RATE = range(3), 600, 32, 2000, 0.004


def streets(count: int, first: int) -> list[Tensor]:
    """Draw streets, and shrink them once."""
    return list(avg_pool2d(scenes(count, 384, first=first).images.float() / 255, 2)[:, None])


def photographs() -> tuple[list[Tensor], dict[str, Tensor]]:
    """Read the photographs to learn from and, with their names, those to test on; sides are cut to even ones."""
    hopper = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    learned = [
        data.astronaut(),
        data.coffee(),
        data.rocket(),
        data.stereo_motorcycle()[0],
        np.asarray(Image.open(hopper)),
    ]
    tested = {
        "china": load_sample_image("china.jpg"),
        "flower": load_sample_image("flower.jpg"),
        "chelsea": data.chelsea(),
    }

    def tensor(picture: np.ndarray) -> Tensor:
        rows, columns = (pixels // 2 * 2 for pixels in picture.shape[:2])
        return torch.tensor(picture[:rows, :columns].transpose(2, 0, 1).copy())[None].float() / 255

    return [tensor(picture) for picture in learned], {name: tensor(picture) for name, picture in tested.items()}


def bicubic(small: Tensor) -> Tensor:
    """Enlarge twice without learning."""
    return interpolate(small, scale_factor=2, mode="bicubic").clamp(0, 1)


def hard_patches(pictures: list[Tensor]) -> Tensor:
    """Cut all pictures into patches, and keep those in which bicubic errs most."""
    cut = [
        picture.unfold(2, SIDE, SIDE // 2).unfold(3, SIDE, SIDE // 2).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
        for picture in pictures
    ]
    patches = torch.cat(cut)
    wrong = torch.cat([(bicubic(avg_pool2d(some, 2)) - some).abs().mean((1, 2, 3)) for some in patches.split(500)])
    return patches[wrong.argsort(descending=True)[:KEPT]].contiguous()


def learn(network: nn.Module, patches: Tensor) -> None:
    """Fit by Adam with a rate that falls along a cosine; the loss is the mean absolute error."""
    descent = torch.optim.Adam(network.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, STEPS, pct_start=0.05)
    for _ in range(STEPS):
        batch = patches[torch.randint(len(patches), (16,))]
        loss = (network(avg_pool2d(batch, 2)) - batch).abs().mean()
        descent.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        descent.step()
        falling.step()


@torch.no_grad()
def quality(enlarge: nn.Module, pictures: list[Tensor]) -> tuple[list[float], list[float]]:
    """Compute PSNR and SSIM of each picture."""
    made = [enlarge(avg_pool2d(picture, 2)).clamp(0, 1) for picture in pictures]
    pairs = list(zip(made, pictures, strict=True))
    return [psnr(*pair).item() for pair in pairs], [ssim(*pair).item() for pair in pairs]


@torch.no_grad()
def unevenness(network: SuperResolution) -> float:
    """Compute how an even grey spreads when enlarged, in steps of 256."""
    return 255 * network(torch.full((1, 3, 32, 32), 0.5))[..., 16:-16, 16:-16].std((2, 3)).mean().item()


def main() -> None:
    """Print a table, and record it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    shots, kept_back = photographs()
    sets = {
        "streets": (streets(60, 0), streets(20, 5000)),
        "photographs": (shots, list(kept_back.values())),
    }
    found: dict[str, dict[str, dict[str, list]]] = {}
    for name, (learned, tested) in sets.items():
        plain: dict[str, list] = dict(zip(("psnr", "ssim"), quality(bicubic, tested), strict=True))
        found[name] = {"bicubic": plain}
        patches = hard_patches(learned)
        for way, build in NETWORKS.items():
            rows = found[name][way] = {"psnr": [], "ssim": [], "unevenness": [], "seconds": []}
            for seed in tqdm(SEEDS, desc=f"{name}, {way}", unit="seed"):
                torch.manual_seed(seed)
                network, began = build(scale=2, width=16), process_time()
                learn(network, patches)
                rows["seconds"].append(process_time() - began)
                for measure, values in zip(("psnr", "ssim"), quality(network, tested), strict=True):
                    rows[measure].append(values)
                rows["unevenness"].append(unevenness(network))
            gains = [mean(run) - mean(plain["psnr"]) for run in rows["psnr"]]
            print(
                f"{name:>11}, {way:>18}: {mean(gains):+.2f} ± {stdev(gains):.2f} dB, "
                f"unevenness {[round(value, 2) for value in rows['unevenness']]}",
                flush=True,
            )
    if arguments.record:
        versions = {package: version(package) for package in ("torch", "scikit-image", "scikit-learn", "matplotlib")}
        about = {"steps": STEPS, "photographs": list(kept_back)}
        recorded.write("super_resolution", "benchmarks/super_resolution.py", 0, versions, **about, found=found)


if __name__ == "__main__":
    main()
