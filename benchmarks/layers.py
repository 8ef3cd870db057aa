"""Measure the layers against their namesakes in torch, in time and in memory, and print the table: nothing is a test.

nox -s bench -- layers                      every layer, float32, 2 threads
nox -s bench -- layers --only Conv2d        those whose name begins so
nox -s bench -- layers --record             also write cnnbook/recorded/layers.json, which a page reads

A layer is timed in turn with torch's, so that both meet the same noise; the ratio is the median over all turns.
On a busy machine look at the second ratio, which counts the processor's time and not the clock's.
Memory is what autograd keeps for the way back, beyond the input and the weights.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

from cnnbook import layers, recorded

Make = Callable[[ModuleType], nn.Module]
Case = tuple[Make, tuple[Tensor, ...]]
Run = Callable[[], object]
SIZES = [(8, 16, 64, 32), (32, 64, 32, 64), (16, 128, 28, 128)]  # images, channels, rows and columns, filters
WANTED = {"forward": 4, "both ways": 5}  # times torch's time, for a 3×3 convolution at these sizes
WORK = {
    "products": {"aten::bmm", "aten::mm", "aten::addmm", "aten::mul"},
    "copies": {"aten::copy_"},
    "sums": {"aten::add", "aten::add_", "aten::sum", "aten::index_add_", "aten::unfold_backward"},
    "zeros": {"aten::fill_", "aten::zero_"},
}


def separable(package: ModuleType) -> nn.Module:
    """Make the layer, or what torch has in its place."""
    if package is layers:
        return layers.DepthwiseSeparableConv2d(64, 64, 3, padding=1)
    depthwise = nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(64, 64, 1))


def causal(package: ModuleType) -> nn.Module:
    """Make the layer, or what torch has in its place."""
    if package is layers:
        return layers.CausalConv1d(64, 64, 3, dilation=4)
    return nn.Sequential(nn.ConstantPad1d((8, 0), 0), nn.Conv1d(64, 64, 3, dilation=4))


def layer(kind: str, *arguments: Any, **options: Any) -> Make:
    """Say how to make a layer of either package."""
    return lambda package: getattr(package, kind)(*arguments, **options)


def cases() -> dict[str, Case]:
    """Name every layer, how to make it, and what goes in."""
    torch.manual_seed(0)
    found: dict[str, Case] = {}
    for kind in ("Conv2d", "ConvTranspose2d"):
        for count, channels, size, filters in SIZES:
            images = torch.randn(count, channels, size, size)
            shape = f"{count}×{channels}×{size}×{size} → {filters}"
            found[f"{kind} {shape}"] = layer(kind, channels, filters, 3, padding=1), (images,)
    signals, pictures, volumes = torch.randn(16, 64, 1000), torch.randn(32, 64, 32, 32), torch.randn(4, 16, 16, 32, 32)
    for kind in ("Conv", "ConvTranspose"):
        found[f"{kind}1d, kernel 9"] = layer(f"{kind}1d", 64, 64, 9, padding=4), (signals,)
        found[f"{kind}2d, stride 2"] = layer(f"{kind}2d", 64, 64, 3, stride=2, padding=1), (pictures,)
        found[f"{kind}2d, 1×1"] = layer(f"{kind}2d", 64, 64, 1), (pictures,)
        found[f"{kind}2d, depthwise"] = layer(f"{kind}2d", 64, 64, 3, padding=1, groups=64), (pictures,)
        found[f"{kind}3d"] = layer(f"{kind}3d", 16, 16, 3, padding=1), (volumes,)
    found["CausalConv1d, dilation 4"] = causal, (signals,)
    found["DepthwiseSeparableConv2d"] = separable, (pictures,)
    for axes, images in enumerate([signals, pictures, volumes], start=1):
        pooled, indices = getattr(functional, f"max_pool{axes}d")(images, 2, return_indices=True)
        found[f"MaxPool{axes}d(2)"] = layer(f"MaxPool{axes}d", 2), (images,)
        found[f"AvgPool{axes}d(2)"] = layer(f"AvgPool{axes}d", 2), (images,)
        found[f"MaxUnpool{axes}d(2)"] = layer(f"MaxUnpool{axes}d", 2), (pooled, indices)
    found["MaxPool2d(3, stride=2)"] = layer("MaxPool2d", 3, stride=2, padding=1), (pictures,)
    found["AdaptiveAvgPool2d(7)"] = layer("AdaptiveAvgPool2d", 7), (pictures,)
    found["Upsample, nearest"] = layer("Upsample", scale_factor=2), (pictures,)
    found["Upsample, bilinear"] = layer("Upsample", scale_factor=2, mode="bilinear"), (pictures,)
    found["BatchNorm2d"] = layer("BatchNorm2d", 64), (pictures,)
    found["LocalResponseNorm"] = layer("LocalResponseNorm", 5), (pictures,)
    found["Dropout"] = layer("Dropout"), (pictures,)
    return found


def in_turn(ours: Run, theirs: Run, turns: int) -> dict[str, float]:
    """Time torch and one layer, again and again, by the clock and by the processor's time."""
    clock, processor, fastest = [], [], []
    for run in (theirs, ours):
        run()
    for _ in range(turns):
        times = []
        for run in (theirs, ours):
            time.sleep(0.005)  # the threads of the one before it stop spinning
            start = time.perf_counter(), time.process_time()
            run()
            times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        clock.append(times[1][0] / times[0][0])
        processor.append(times[1][1] / times[0][1])
        fastest.append(times[1][0])
    return {"ratio": median(clock), "processor": median(processor), "ms": 1000 * min(fastest)}


def kept(layer: nn.Module, inputs: tuple[Tensor, ...]) -> float:
    """Count the megabytes that autograd keeps for the way back, beyond input and weights."""
    there = {tensor.untyped_storage().data_ptr() for tensor in (*inputs, *layer.parameters())}
    storages: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in there:
            storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(note, lambda tensor: tensor):
        output = layer(*inputs)  # alive, so that no storage is counted for another's address
    del output
    return sum(storages.values()) / 1e6


def shares(run: Run) -> dict[str, float]:
    """Say for which part of the time each kind of work is responsible."""
    run()
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        run()
    spent: Counter[str] = Counter()
    for event in seen.key_averages():
        work = next((work for work, names in WORK.items() if event.key in names), "the rest")
        spent[work] += event.self_cpu_time_total
    return {work: spent[work] / spent.total() for work in [*WORK, "the rest"]}


def measure(only: str, turns: int) -> list[dict[str, Any]]:
    """Measure every layer both ways, and print a row for each."""
    rows: list[dict[str, Any]] = []
    print(f"{'':<36}{'forward':>20} {'both ways':>21} {'keeps MB':>15}   of the time both ways, in %")
    print(
        f"{'':<36} {'time':>5} {'CPU':>6} {'ms':>6}  {'time':>6} {'CPU':>6} {'ms':>6} {'ours':>7} {'theirs':>7}",
        end="   ",
    )
    print(", ".join([*WORK, "the rest"]))
    for name, (make, inputs) in cases().items():
        if not name.startswith(only):
            continue
        ours, theirs = make(layers), make(nn)
        theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
        first = inputs[0].requires_grad_()
        grad_output = torch.randn_like(theirs(*inputs))
        if name != "Dropout":
            torch.testing.assert_close(ours(*inputs), theirs(*inputs), rtol=1e-3, atol=1e-3)

        def forward(layer: nn.Module, inputs: tuple[Tensor, ...] = inputs) -> Run:
            return torch.no_grad()(lambda: layer(*inputs))

        def both(
            layer: nn.Module, inputs: tuple[Tensor, ...] = inputs, first: Tensor = first, grad: Tensor = grad_output
        ) -> Run:
            return lambda: torch.autograd.grad(layer(*inputs), [first, *layer.parameters()], grad)

        row: dict[str, Any] = {"layer": name}
        row["forward"] = in_turn(forward(ours), forward(theirs), turns)
        row["both ways"] = in_turn(both(ours), both(theirs), turns)
        row["kept_mb"] = [kept(layer, inputs) for layer in (ours, theirs)]
        row["shares"] = shares(both(ours))
        times = [f"{row[way]['ratio']:6.2f} {row[way]['processor']:6.2f} {row[way]['ms']:6.1f}" for way in WANTED]
        memory = " ".join(f"{megabytes:7.1f}" for megabytes in row["kept_mb"])
        parts = " ".join(f"{100 * share:3.0f}" for share in row["shares"].values())
        print(f"{name:<36}{times[0]}  {times[1]} {memory}   {parts}", flush=True)
        rows.append(row)
    return rows


def main() -> None:
    """Read the arguments, measure, print, record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="the layers to measure, by the beginning of their names")
    parser.add_argument("--turns", type=int, default=15, help="how often each layer meets torch's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write the measurements down for the page to read")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, {arguments.threads} threads, float32; times are multiples of torch's")
    wanted = " and ".join(f"{most} {way}" for way, most in WANTED.items())
    print(f"wanted of the 3×3 convolutions whose sizes are given: at most {wanted}")
    rows = measure(arguments.only, arguments.turns)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(f"load average afterwards: {load}")
    if arguments.record:
        versions = {"torch": torch.__version__}
        about = {"load": load, "threads": arguments.threads}
        recorded.write("layers", "benchmarks/layers.py", 0, versions, **about, rows=rows)


if __name__ == "__main__":
    main()
