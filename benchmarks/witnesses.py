"""Hold every witness against torch in 100,000 configurations of each operation, and write down how many were asked.

nox -s witnesses                 all operations: some hours of one core; goes on where it was interrupted
nox -s witnesses -- --only pool  those whose name holds this word
nox -s witnesses -- --again      begin anew

Configurations come in blocks of 500: block k is what hypothesis draws with seed k.
A finished block is written down at once, with its date, in cnnbook/recorded/witnesses.json.
A disagreement ends the session and names the operation, the seed and the smallest configuration that shows it.
"""

import argparse
import os
import sys
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cnnbook import recorded

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

WANTED, BLOCK = 100_000, 500
NAME = "witnesses"


def quiet() -> None:
    """Make a worker ready: one thread, no annotations checked, Ctrl-C is the parent's."""
    import signal  # noqa: PLC0415 - only workers need these
    import warnings  # noqa: PLC0415

    import jaxtyping  # noqa: PLC0415
    import torch  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", "Using padding='same' with even kernel")
    jaxtyping.config.update("jaxtyping_disable", value=True)
    torch.set_num_threads(1)


def ask(operation: str, seed: int) -> str:
    """Ask one block of configurations; return what is wrong, or nothing."""
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415
    from hypothesis import seed as seeded  # noqa: PLC0415

    witnesses = import_module("witnesses")

    @seeded(seed)
    @settings(max_examples=BLOCK, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(witnesses.OPERATIONS[operation].cases)
    def agrees(case: Any) -> None:
        witnesses.compare(witnesses.OPERATIONS[operation], case)

    try:
        agrees()
    except Exception:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{operation}, seed {seed}:\n{traceback.format_exc()}"
    return ""


def note(asked: dict[str, dict[str, Any]]) -> None:
    """Write down how far the session is."""
    versions = {package: version(package) for package in ("torch", "numpy", "hypothesis")}
    recorded.write(NAME, "benchmarks/witnesses.py", seed=0, versions=versions, block=BLOCK, operations=asked)


def session(only: str, *, again: bool, workers: int) -> int:
    """Ask all blocks that have not been asked, the operation with the fewest first; return the exit code."""
    operations = import_module("witnesses").OPERATIONS
    known = recorded.read(NAME)["operations"] if NAME in recorded.names() and not again else {}
    asked = {name: known.get(name, {"configurations": 0, "measured": ""}) for name in operations}
    blocks = [
        (seed, name)
        for name in operations
        if only in name
        for seed in range(asked[name]["configurations"] // BLOCK, WANTED // BLOCK)
    ]
    waiting = iter(sorted(blocks))
    running: dict[Future[str], tuple[int, str]] = {}
    done: set[tuple[int, str]] = set()
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=quiet) as pool,
        tqdm(total=len(blocks) * BLOCK, unit="configuration", unit_scale=True) as bar,
    ):
        while True:
            while len(running) < 2 * workers and (block := next(waiting, None)):
                running[pool.submit(ask, block[1], block[0])] = block
            if not running:
                return 0
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                seed, name = running.pop(future)
                if wrong := future.result():
                    pool.shutdown(cancel_futures=True)
                    print(wrong, file=sys.stderr)
                    return 1
                done.add((seed, name))
                entry = asked[name]
                while (entry["configurations"] // BLOCK, name) in done:  # without a gap
                    entry["configurations"] += BLOCK
                    entry["measured"] = time.strftime("%Y-%m-%d")
                note(asked)
                bar.update(BLOCK)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="operations whose name holds this word")
    parser.add_argument("--again", action="store_true", help="begin anew")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    arguments = parser.parse_args()
    try:
        sys.exit(session(arguments.only, again=arguments.again, workers=arguments.workers))
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on with the first block that was not finished")


if __name__ == "__main__":
    main()
