"""One training loop, read top to bottom.

It runs on whatever the machine has, survives an interrupt, and runs in several processes when ``torchrun`` starts it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from math import ceil, isfinite, nan
from operator import index
from pathlib import Path
from zlib import crc32

import torch
import torch.distributed as dist
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from cnnbook.checkpoint import Settings, State, load_checkpoint, save_checkpoint
from cnnbook.data import Examples
from cnnbook.machine import choose_device, held_interrupts, mix_seeds, own_generators, processes
from cnnbook.shapes import whole_number

History = dict[str, list[float]]
"""A row per epoch: ``epoch``, ``train_loss``, ``train_error`` and, given a test set, ``test_loss``, ``test_error``."""

COLUMNS = ("epoch", "train_loss", "train_error", "test_loss", "test_error")
Loss = Callable[[Tensor, Tensor], Tensor]
MakeOptimizer = Callable[[Iterable[Tensor]], Optimizer]
MakeSchedule = Callable[[Optimizer, int], LRScheduler]
SGD = partial(torch.optim.SGD, lr=0.01, momentum=0.9)


def train(  # noqa: C901, PLR0915 (one loop, read top to bottom)
    model: nn.Module,
    data: Examples,
    *,
    epochs: int,
    test: Examples | None = None,
    batch_size: int = 100,
    optimizer: MakeOptimizer = SGD,
    schedule: MakeSchedule | None = None,
    loss: Loss | None = None,
    seed: int = 0,
    device: str = "auto",
    bf16: bool = False,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    r"""Fit a model to examples by gradient descent on the mean loss of each batch.

    .. math:: w \leftarrow w - \eta\, \nabla_w \frac{1}{|B|} \sum_{(x, y) \in B} \ell(f_w(x), y)

    The model is changed in place and stays on its device.
    A run depends on its arguments alone.
    Interrupted and started again with the same checkpoint, it ends with the same weights, bit for bit.
    In two processes it follows the same curve as in one: ``batch_size`` counts the examples of all of them.

    Args:
        model: Maps inputs ``n c *size`` to scores ``n classes``, or ``n classes *size`` where each place has a label.
            Seed it where you build it.
        data: The examples to learn from.
        epochs: How often to go through them.
        test: Examples to measure the loss and the error on after each epoch.
        batch_size: At most so many examples per step; an epoch is cut into batches that differ by one example at most.
        optimizer: Given the weights, makes the optimizer: ``partial(torch.optim.Adam, lr=0.001)``.
        schedule: Given the optimizer and the number of steps, makes what changes the learning rate after each step.
        loss: Mean loss of a batch of scores and labels; ``None`` is cross-entropy, to which ignored labels are nothing.
        seed: Fixes the order of the examples and the dropout; the reader's own generators are left alone.
        device: ``"auto"`` takes the accelerator if there is one; else ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        bf16: Compute the forward pass in bfloat16 where that is safe (autocast); the weights stay in float32.
        checkpoint: File to save to after each epoch and at Ctrl-C, and to go on from if it exists.
        progress: Whether to show a bar.

    Returns:
        The error is the fraction of wrong labels among those that count;
        on the training examples it is counted while the weights still move.

    Raises:
        TypeError: a model or data of another kind.
        ValueError: counts below 1, inputs that are not finite, a device that is not there,
            a checkpoint that is damaged or belongs to another run, such as one on other examples. It is left as it is.
        FloatingPointError: the loss is no number any more; the last good checkpoint stays.
        KeyboardInterrupt: after Ctrl-C, once the step is finished and saved.

    Example:
        >>> from cnnbook.data import mnist1d
        >>> _ = torch.manual_seed(0)
        >>> history = train(nn.Sequential(nn.Flatten(), nn.Linear(40, 10)), mnist1d(), epochs=2, progress=False)
        >>> history["train_error"][1] < history["train_error"][0] < 0.9
        True
    """
    check(model, data=data, **{} if test is None else {"test": test})
    epochs, batch_size = whole_number("epochs", epochs, least=1), whole_number("batch_size", batch_size, least=1)
    seed, file = whole_number("seed", seed, least=0), None if checkpoint is None else Path(checkpoint)
    with (
        processes(choose_device(device)) as (here, rank, world),
        own_generators(here),
        held_interrupts(world) as interrupted,
    ):
        inputs, labels = data.inputs.to(here), data.labels.to(here)
        per_epoch = _batches_per_epoch(len(data), batch_size, world)
        descent = optimizer(model.to(here).parameters())
        rates = schedule(descent, epochs * per_epoch) if schedule else None
        parts: State = {"model": model, "optimizer": descent} | ({"schedule": rates} if rates else {})
        settings: Settings = {
            "seed": seed,
            "batch_size": batch_size,
            "data": _told_apart(data),
            "test": "none" if test is None else _told_apart(test),
            "bf16": bf16,
            "optimizer": f"{type(descent).__name__} {descent.defaults}",
            "schedule": f"{type(rates).__name__} over {epochs} epochs" if rates else "none",
        }
        loss = loss or _cross_entropy(data)
        step, sums = 0, torch.zeros(3, device=here)  # of the epoch so far: loss, wrong labels, labels
        history: History = {name: [] for name in COLUMNS[: 5 if test else 3]}
        if file and file.exists():
            step, sums, history = _resume(file, parts, settings, sums, history, steps=epochs * per_epoch)

        def save() -> None:
            if file and rank == 0:
                state = {name: part.state_dict() for name, part in parts.items()}
                state |= {"step": step, "sums": sums.tolist(), "history": history}
                save_checkpoint(file, state, settings)

        replica = DistributedDataParallel(model) if world > 1 else model
        bar = tqdm(initial=step, total=epochs * per_epoch, unit="step", disable=not progress or rank > 0)
        for epoch in range(len(history["epoch"]), epochs):
            order = batches(len(data), batch_size, seed=seed, epoch=epoch)
            for batch in order[step - epoch * per_epoch :]:
                mine = batch.tensor_split(world)[rank].to(here)
                torch.manual_seed(mix_seeds(seed, step, rank))  # so a resumed run has no generator to remember
                replica.train()
                with torch.autocast(here.type, torch.bfloat16, enabled=bf16):
                    scores = replica(inputs[mine])
                    cost = loss(scores, labels[mine])
                descent.zero_grad()
                torch.autograd.backward(cost * len(mine) * world / len(batch))  # processes average their gradients
                descent.step()
                if rates:
                    rates.step()
                step += 1
                sums += torch.stack([len(mine) * cost.detach(), *_wrong(scores, labels[mine], data.ignored)])
                bar.update()
                if interrupted():
                    save()
                    raise KeyboardInterrupt(f"stopped after step {step} of {epochs * per_epoch}")

            if world > 1:
                dist.all_reduce(sums)
            tested = evaluate(model, test, loss=loss, bf16=bf16) if test else ()
            row = (epoch + 1, *_means(sums, len(data)), *tested)
            if not isfinite(row[1]):
                raise FloatingPointError(f"the loss became {row[1]} in epoch {epoch + 1}; try a smaller learning rate")
            for column, value in zip(history.values(), row, strict=True):
                column.append(value)
            sums.zero_()
            save()
            bar.set_postfix_str(", ".join(f"{name} {column[-1]:.3g}" for name, column in history.items()))
        bar.close()
    return history


def batches(examples: int, batch_size: int, *, seed: int, epoch: int) -> tuple[Int[Tensor, " batch"], ...]:
    """Shuffle the places of all examples and cut them into the batches of one epoch, of equal size up to one example.

    Example:
        >>> [len(batch) for batch in batches(10, 4, seed=0, epoch=0)]
        [4, 3, 3]
    """
    examples, batch_size = whole_number("examples", examples, least=1), whole_number("batch_size", batch_size, least=1)
    seed, epoch = whole_number("seed", seed, least=0), whole_number("epoch", epoch, least=0)
    generator = torch.Generator().manual_seed(mix_seeds(seed, epoch))
    return torch.randperm(examples, generator=generator).tensor_split(ceil(examples / batch_size))


@torch.no_grad()
def evaluate(
    model: nn.Module, data: Examples, *, loss: Loss | None = None, bf16: bool = False, batch_size: int = 1000
) -> tuple[float, float]:
    """Mean loss and fraction of wrong labels, in evaluation mode, on the device of the model.

    Ignored labels count in neither; ``loss=None`` is cross-entropy.

    Example:
        >>> says_one = nn.Sequential(nn.Flatten(), nn.Linear(1, 2)).requires_grad_(False)
        >>> _ = says_one[1].weight.zero_(), says_one[1].bias.copy_(torch.tensor([0.0, 9.0]))
        >>> evaluate(says_one, Examples(torch.zeros(4, 1), torch.tensor([1, 1, 1, 0]), ("zero", "one")))[1]
        0.25
    """
    check(model, data=data)
    batch_size = whole_number("batch_size", batch_size, least=1)
    mode, here = model.training, next(model.parameters(), data.inputs).device
    loss, sums = loss or _cross_entropy(data), torch.zeros(3, device=here)
    model.eval()
    try:
        for inputs, labels in zip(
            torch.split(data.inputs, batch_size), torch.split(data.labels.to(here), batch_size), strict=True
        ):
            with torch.autocast(here.type, torch.bfloat16, enabled=bf16):
                scores = model(inputs.to(here))
                sums += torch.stack([len(labels) * loss(scores, labels), *_wrong(scores, labels, data.ignored)])
    finally:
        model.train(mode)
    return _means(sums, len(data))


def check(model: nn.Module, **parts: Examples) -> None:
    """Refuse what cannot be trained, and say why."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    for name, part in parts.items():
        if not isinstance(part, Examples):
            raise TypeError(f"{name} must be Examples, not {type(part).__name__}")
        if not len(part):
            raise ValueError(f"{name} must hold at least one example")
        if not part.inputs.isfinite().all():
            raise ValueError(f"{name} must have finite inputs, without NaN or infinity")


def _batches_per_epoch(examples: int, batch_size: int, world: int) -> int:
    count = ceil(examples / batch_size)
    if examples // count < world:
        raise ValueError(f"batch_size={batch_size} must give each of the {world} processes at least one example")
    return count


def _told_apart(examples: Examples) -> str:
    """Their number and a checksum over all their bytes: equal sets say the same, wherever they lie in memory."""
    checksum = 0
    for part in (examples.inputs, examples.labels):
        in_order = part.detach().cpu().clone(memory_format=torch.contiguous_format)
        checksum = crc32(in_order.view(torch.uint8).numpy().data, checksum)
    return f"{len(examples)} examples with the checksum {checksum:08x}"


def _resume(
    path: Path, parts: State, settings: Settings, sums: Tensor, history: History, *, steps: int
) -> tuple[int, Float[Tensor, "3"], History]:
    saved = load_checkpoint(path, settings)
    try:
        step, history = index(saved["step"]), {name: list(saved["history"][name]) for name in history}
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        sums = sums.new_tensor(saved["sums"]).view_as(sums)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"checkpoint {path} belongs to another model: {error}") from error
    if step > steps:
        raise ValueError(f"checkpoint {path} has taken {step} steps, more than the {steps} of these epochs")
    return step, sums, history


def _cross_entropy(data: Examples) -> Loss:
    return cross_entropy if data.ignored is None else partial(cross_entropy, ignore_index=data.ignored)


def _wrong(scores: Tensor, labels: Tensor, ignored: int | None) -> Float[Tensor, "2"]:
    """Count the wrong labels, and those that count."""
    counts = torch.ones_like(labels, dtype=torch.bool) if ignored is None else labels != ignored
    return torch.stack([((scores.argmax(1) != labels) & counts).sum(), counts.sum()]).float()


def _means(sums: Tensor, examples: int) -> tuple[float, float]:
    loss, wrong, labels = sums.tolist()
    return loss / examples, wrong / labels if labels else nan
