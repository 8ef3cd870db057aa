"""What a run needs of the machine: a device, generators of its own, its processes, and a Ctrl-C that waits."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
import torch
import torch.distributed as dist


def mix_seeds(*numbers: int) -> int:
    """Turn a seed and a place into a seed of its own."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def choose_device(name: str) -> torch.device:
    """Find the device of that name; ``"auto"`` is the accelerator if there is one, else the CPU.

    Raises:
        ValueError: there is no such device here.
    """
    if name == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # "meta" has a name, but no numbers
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device={name!r} must be 'auto', 'cpu' or an accelerator of this machine: {error}") from error
    return device


@contextmanager
def processes(device: torch.device) -> Iterator[tuple[torch.device, int, int]]:
    """This process's device, its rank and the number of processes that train together."""
    if not dist.is_available() or not dist.is_torchelastic_launched():
        yield device, 0, 1
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    ours = not dist.is_initialized()
    if ours:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield device, dist.get_rank(), dist.get_world_size()
    finally:
        if ours:
            dist.destroy_process_group()


@contextmanager
def own_generators(device: torch.device) -> Iterator[None]:
    """Leave the reader's generators as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextmanager
def held_interrupts(world: int) -> Iterator[Callable[[], bool]]:
    """Hold back the first Ctrl-C until a step is whole; the second one strikes at once.

    Several processes would stop at different steps.
    There it strikes at once, and the last epoch's checkpoint stands.
    """
    waiting = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    ignored = before in {signal.SIG_IGN, None}  # a shell starts its background jobs so
    if world > 1 or ignored or threading.current_thread() is not threading.main_thread():
        yield waiting.is_set
        return

    def hold(_signal: int, _frame: FrameType | None) -> None:
        waiting.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, hold)
    try:
        yield waiting.is_set
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting.is_set():
        raise KeyboardInterrupt  # it came after the last step
