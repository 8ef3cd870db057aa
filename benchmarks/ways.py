"""Measure NumPy's ways to convolve against torch's, in time and in memory, and print the table: nothing here is a test.

nox -s bench -- ways           3×3 kernels, float32, 2 threads
nox -s bench -- ways --record  also write cnnbook/recorded/ways.json, which a page reads

All ways and torch are timed in turn, so that they meet the same noise; a ratio is the median over all rounds.
On a busy machine look at the second ratio, which counts the processor's time and not the clock's.
"""

import argparse
import os
import random
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from statistics import median

THREADS = "2"
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", THREADS)  # read when NumPy is imported
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # or NumPy's idle threads go on spinning, on torch's time

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

from cnnbook import recorded  # noqa: E402
from cnnbook.reference import conv2d_fft, conv2d_loops, conv2d_matmul, conv2d_windows, im2col  # noqa: E402
from cnnbook.reference.windows import Window  # noqa: E402

Array = np.ndarray
Way = Callable[[Array, Array], Array]
LOOPS, TORCH = "conv2d_loops, once", "torch.nn.functional.conv2d"
SIZES = [(8, 16, 64, 32), (32, 64, 32, 64), (16, 128, 28, 128)]  # images, channels, rows and columns, filters


def padded(images: Array) -> tuple[Window, Array]:
    """Surround images with the one pixel that a 3×3 kernel asks for."""
    window = Window.of(kernel=(3, 3), stride=1, padding=1, dilation=1)
    return window, window.pad(images)


def whole_batch(images: Array, weight: Array) -> Array:
    """Write the whole batch as columns before the first product."""
    sums = weight.reshape(len(weight), -1) @ im2col(images, kernel_size=3, padding=1)
    return sums.reshape(len(images), len(weight), *images.shape[2:])


def tensordot(images: Array, weight: Array) -> Array:
    """Contract a view of all windows with the filters."""
    window, around = padded(images)
    sums: Array = np.tensordot(window.view(around), weight, axes=([1, 4, 5], [1, 2, 3]))
    return sums.transpose(0, 3, 1, 2)


def shifted(images: Array, weight: Array) -> Array:
    """Add up k² products of 1×1 filters and shifted images: no columns are needed."""
    _, around = padded(images)
    count, channels, rows, columns = images.shape
    sums = np.zeros((count, len(weight), rows * columns), images.dtype)
    for i, j in np.ndindex(3, 3):
        shift = around[:, :, i : i + rows, j : j + columns].reshape(count, channels, -1)
        sums += weight[:, :, i, j] @ shift
    return sums.reshape(count, len(weight), rows, columns)


WAYS: dict[str, Way] = {
    "conv2d_matmul, image by image": lambda images, weight: conv2d_matmul(images, weight, padding=1),
    "im2col of the whole batch": whole_batch,
    "conv2d_windows: einsum over a view": lambda images, weight: conv2d_windows(images, weight, padding=1),
    "tensordot over a view": tensordot,
    "k² shifted products": shifted,
    "conv2d_fft, in float64": lambda images, weight: conv2d_fft(images, weight, padding=1),
}


def in_turn(images: Array, weight: Array, rounds: int) -> dict[str, dict[str, float]]:
    """Time torch and all ways, round after round in an order drawn anew, by the clock and by the processor's time."""
    tensors = torch.from_numpy(images), torch.from_numpy(weight)
    calls: dict[str, Callable[[], object]] = {TORCH: lambda: functional.conv2d(*tensors, padding=1)}
    calls |= {name: partial(way, images, weight) for name, way in WAYS.items()}
    expected = np.asarray(calls[TORCH]())
    for call in calls.values():
        np.testing.assert_allclose(np.asarray(call()), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    clock: dict[str, list[float]] = {name: [] for name in calls}
    processor: dict[str, list[float]] = {name: [] for name in calls}
    order, shuffle = list(calls), random.Random(0).shuffle  # noqa: S311  no secret
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            time.sleep(0.02)  # the threads of the one before it stop spinning
            calls[name]()  # its own threads wake up, and its numbers come into the cache
            start = time.perf_counter(), time.process_time()
            calls[name]()
            clock[name].append(time.perf_counter() - start[0])
            processor[name].append(time.process_time() - start[1])
    return {
        name: {
            "ratio": median(ours / theirs for ours, theirs in zip(clock[name], clock[TORCH], strict=True)),
            "processor": median(ours / theirs for ours, theirs in zip(processor[name], processor[TORCH], strict=True)),
            "ms": 1000 * median(clock[name]),
            "cpu_ms": 1000 * median(processor[name]),
        }
        for name in calls
    }


def once(call: Callable[[], object], torchs: dict[str, float]) -> dict[str, float]:
    """Time what takes seconds a single time."""
    start = time.perf_counter(), time.process_time()
    call()
    clock, processor = time.perf_counter() - start[0], time.process_time() - start[1]
    return {"ratio": 1000 * clock / torchs["ms"], "processor": 1000 * processor / torchs["cpu_ms"], "ms": 1000 * clock}


def peak(way: Way, images: Array, weight: Array) -> float:
    """Find how many megabytes NumPy asks for at most while a way runs, the result included."""
    way(images, weight)
    tracemalloc.start()
    try:
        way(images, weight)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def measure(rounds: int) -> list[dict[str, object]]:
    """Measure every way at every size, and print a row for each."""
    draw, rows = np.random.default_rng(0), []
    print(f"{'':<36} {'time':>6} {'CPU':>6} {'ms':>7} {'peak MB':>8}   (time and CPU as multiples of torch's)")
    for count, channels, size, filters in SIZES:
        print(f"{count} × {channels} × {size} × {size} → {filters}")
        images = draw.standard_normal((count, channels, size, size), dtype=np.float32)
        weight = draw.standard_normal((filters, channels, 3, 3), dtype=np.float32)
        measured = in_turn(images, weight, rounds)
        measured[LOOPS] = once(
            lambda images=images, weight=weight: conv2d_loops(images, weight, padding=1), measured[TORCH]
        )
        for name, times in measured.items():
            row = times | ({"peak_mb": peak(WAYS[name], images, weight)} if name in WAYS else {})
            memory = f"{row['peak_mb']:8.1f}" if name in WAYS else ""
            print(f"  {name:<34} {row['ratio']:6.2f} {row['processor']:6.2f} {row['ms']:7.1f} {memory}", flush=True)
            rows.append({"images": list(images.shape), "filters": filters, "way": name} | row)
    return rows


def main() -> None:
    """Read the arguments, measure, print, record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=25, help="how often each way meets torch")
    parser.add_argument("--record", action="store_true", help="write the measurements down for the page to read")
    arguments = parser.parse_args()
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    print(f"NumPy {np.__version__}, torch {torch.__version__}, {os.environ['OMP_NUM_THREADS']} threads, float32, 3×3")
    print("wanted: conv2d_matmul at most 2.2 times as long as torch, and the shortest of NumPy's ways")
    with torch.inference_mode():
        rows = measure(arguments.rounds)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(f"load average afterwards: {load}")
    if arguments.record:
        versions = {"numpy": np.__version__, "torch": torch.__version__}
        recorded.write("ways", "benchmarks/ways.py", 0, versions, load=load, threads=int(THREADS), rows=rows)


if __name__ == "__main__":
    main()
