"""Several seeds of one network, trained in the same step."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state
from torch.nn.functional import cross_entropy

from cnnbook.data import Examples
from cnnbook.machine import own_generators
from cnnbook.shapes import whole_number
from cnnbook.train import SGD, MakeOptimizer, batches, check


class SeedRuns(NamedTuple):
    """Several runs of one network: the errors at the steps where they were measured, and the trained models."""

    step: Int[np.ndarray, " checks"]
    train_error: Float[np.ndarray, "checks seeds"]
    test_error: Float[np.ndarray, "checks seeds"]
    models: list[nn.Module]


def train_seeds(  # noqa: C901 (one loop, read top to bottom)
    build: Callable[[], nn.Module],
    data: Examples,
    test: Examples,
    *,
    seeds: Sequence[int],
    epochs: int,
    batch_size: int = 100,
    optimizer: MakeOptimizer = SGD,
    checks: int = 20,
) -> SeedRuns:
    """Train one network per seed, all in the same step: their weights are stacked, and each sees its own batch.

    A small network keeps a processor waiting more than busy: three together cost less than three in turn.
    Each follows the path that :func:`~cnnbook.train.train` follows with its seed, up to rounding.
    The optimizer must treat each weight by itself, as SGD and Adam do.

    Args:
        build: Makes the network; its first weights are drawn under each seed.
        data: The examples to learn from.
        test: The examples to measure on.
        seeds: One run for each.
        epochs: How often to go through the examples.
        batch_size: At most so many examples per step and network.
        optimizer: As for :func:`~cnnbook.train.train`.
        checks: How often to measure the errors, spread evenly over the epochs, the last at the end.

    Raises:
        TypeError: what is built is no network, data of another kind.
        ValueError: no seeds, counts below 1, more checks than epochs, inputs that are not finite,
            ignored labels, a network that keeps running statistics (batch normalisation).
        FloatingPointError: the loss of a run is no number any more.
    """
    seeds = [whole_number("seed", seed, least=0) for seed in seeds]
    if not seeds:
        raise ValueError(f"seeds={seeds!r} must name at least one seed")
    epochs, checks = whole_number("epochs", epochs, least=1), whole_number("checks", checks, least=1)
    models = _one_for_each(build, seeds)
    check(models[0], data=data, test=test)
    if data.ignored is not None or test.ignored is not None:
        raise ValueError("data and test must judge every place: ignored labels are for train")
    if checks > epochs:
        raise ValueError(f"checks={checks} must be at most epochs={epochs}")
    weights, buffers = stack_module_state(models)
    if buffers:
        raise ValueError(f"build must make a network without running statistics, not with {sorted(buffers)}")

    def net(weights: dict[str, Tensor], inputs: Tensor) -> Any:
        return functional_call(models[0], weights, (inputs,))

    each_its_own = torch.vmap(net, randomness="different")
    all_the_same = torch.vmap(net, in_dims=(0, None))
    descent = optimizer(weights.values())
    measured = {epochs * check // checks for check in range(1, checks + 1)}
    rows: list[tuple[int, Tensor, Tensor]] = []
    with own_generators(torch.device("cpu")):
        torch.manual_seed(seeds[0])  # for dropout
        for epoch in range(epochs):
            orders = [batches(len(data), batch_size, seed=seed, epoch=epoch) for seed in seeds]
            for chosen in map(torch.stack, zip(*orders, strict=True)):
                scores = each_its_own(weights, data.inputs[chosen])
                costs = cross_entropy(scores.flatten(0, 1), data.labels[chosen].flatten(0, 1), reduction="sum")
                descent.zero_grad()
                each = data.labels[chosen[0]].numel()
                torch.autograd.backward(costs / each)  # no weight stands in two networks: the sum separates
                descent.step()
            if not costs.isfinite():
                raise FloatingPointError(
                    f"the loss became {costs.item()} in epoch {epoch + 1}; try a smaller learning rate"
                )
            if epoch + 1 in measured:
                models[0].eval()
                with torch.no_grad():
                    guesses = [all_the_same(weights, part.inputs).argmax(2) for part in (data, test)]
                models[0].train()
                wrong = [
                    (guess != part.labels).double().flatten(1).mean(1)
                    for guess, part in zip(guesses, (data, test), strict=True)
                ]
                rows.append(((epoch + 1) * len(orders[0]), *wrong))
    for place, model in enumerate(models):
        model.load_state_dict({name: weight[place].detach() for name, weight in weights.items()})
    step, train_error, test_error = (np.array(column) for column in zip(*rows, strict=True))
    return SeedRuns(step, train_error, test_error, models)


def _one_for_each(build: Callable[[], nn.Module], seeds: Sequence[int]) -> list[nn.Module]:
    models = []
    with own_generators(torch.device("cpu")):
        for seed in seeds:
            torch.manual_seed(seed)
            models.append(build())
    if len(set(map(id, models))) < len(models):
        raise ValueError("build must make a new network for each seed, not hand out the same one again")
    return models
