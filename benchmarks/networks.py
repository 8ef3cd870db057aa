"""Measure every network against its namesake in torchvision or timm, in time and in memory: nothing is a test.

nox -s parity -- --bench                        every network, float32, 2 threads; writes cnnbook/recorded/networks.json
python benchmarks/networks.py --only vgg        those whose name begins so, where torchvision and timm are installed
python benchmarks/networks.py --device cuda     on an accelerator

A network is timed in turn with its namesake, so that both meet the same noise; the ratio is the median over all turns.
Memory is what autograd keeps for the way back, beyond the input and the weights.
"""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnbook import recorded
from cnnbook.summary import summarize
from layers import in_turn, kept

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from parity.references import REFERENCES, Reference

WANTED = 1.05  # times the namesake's time and memory
SIDES = {"inception": 299, "xception": 299}  # pixels; 224 for all others
COUNTS = (1, 8)  # pictures at once


def theirs(reference: Reference, options: dict[str, Any]) -> nn.Module:
    """Make the library's network."""
    if reference.library == "timm":
        module = importlib.import_module("timm")
        return module.create_model(reference.name, **options)
    module = importlib.import_module("torchvision.models")
    return getattr(module, reference.name)(**{"weights": None} | options | reference.only_theirs)


def pairs(only: str) -> Iterator[tuple[str, int, nn.Module, nn.Module]]:
    """Make both of each pair, with the same weights, ready to be used."""
    for stem, references in REFERENCES.items():
        for name, reference in references.items():
            if not name.startswith(only) or "without" in name:
                continue
            module = importlib.import_module(f"cnnbook.networks.{stem}")
            ours, library = getattr(module, name)(**reference.options), theirs(reference, reference.options)
            library.load_state_dict(ours.state_dict())
            yield name, SIDES.get(stem, 224), ours.eval(), library.eval()


def timed(network: nn.Module, pictures: Tensor) -> Callable[[], object]:
    """Run the network once; an accelerator is waited for."""

    @torch.no_grad()
    def run() -> None:
        network(pictures)
        if pictures.is_cuda:
            torch.cuda.synchronize()

    return run


def measure(only: str, turns: int, device: str) -> list[dict[str, Any]]:
    """Measure every pair, and print a row for each."""
    rows: list[dict[str, Any]] = []
    print(f"{'':<14}{'1 picture':>16} {'8 pictures':>15} {'keeps MB':>14}")
    print(f"{'':<14} {'ratio':>7} {'ms':>7} {'ratio':>7} {'ms':>7} {'ratio':>6} {'ours':>7}")
    for name, side, ours, library in pairs(only):
        row: dict[str, Any] = {"network": name, "pixels": side}
        for count in COUNTS:
            torch.manual_seed(0)
            pictures = torch.randn(count, 3, side, side, device=device)
            found = in_turn(timed(ours.to(device), pictures), timed(library.to(device), pictures), turns)
            row[str(count)] = {"ratio": found["ratio"], "ms": found["ms"]}
        row["kept_mb"] = [kept(network, (pictures[:1],)) for network in (ours, library)]
        times = " ".join(f"{row[str(count)]['ratio']:7.3f} {row[str(count)]['ms']:7.1f}" for count in COUNTS)
        print(f"{name:<14} {times} {row['kept_mb'][0] / row['kept_mb'][1]:6.3f} {row['kept_mb'][0]:7.1f}", flush=True)
        rows.append(row)
    return rows


def summary_seconds() -> float:
    """Time the summary of the deepest ResNet."""
    network = importlib.import_module("cnnbook.networks.resnet").resnet152()
    start = time.perf_counter()
    summarize(network, (1, 3, 224, 224))
    return time.perf_counter() - start


def main() -> None:
    """Read the arguments, measure, print, record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="the networks to measure, by the beginning of their names")
    parser.add_argument("--turns", type=int, default=9, help="how often each network meets its namesake")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--record", action="store_true", help="write the measurements down for the page to read")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else f"{arguments.threads} threads"
    print(f"torch {torch.__version__}, {where}, float32; wanted: at most {WANTED} times the namesake's")
    summarized = summary_seconds()
    print(f"summarize(resnet152): {summarized:.2f} s")
    rows = measure(arguments.only, arguments.turns, arguments.device)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(f"load average afterwards: {load}")
    if arguments.record:
        versions = {name: importlib.import_module(name).__version__ for name in ("torch", "torchvision", "timm")}
        name = "networks" if arguments.device == "cpu" else f"networks_{arguments.device}"
        about = {"device": where, "load": load, "summarize_resnet152_s": summarized}
        recorded.write(name, "benchmarks/networks.py", 0, versions, **about, rows=rows)


if __name__ == "__main__":
    main()
