"""Several seeds in one step are the same runs as one after the other."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.data import Examples
from cnnbook.train import evaluate, train
from cnnbook.train_seeds import train_seeds


def examples(count=30):
    inputs = torch.randn(count, 1, 8, generator=torch.Generator().manual_seed(1))
    return Examples(inputs, (inputs.sum((1, 2)) > 0).long(), ("below", "above"))


def network():
    return nn.Sequential(nn.Conv1d(1, 3, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(9, 2))


@pytest.mark.parametrize(
    "optimizer", [partial(torch.optim.SGD, lr=0.1, momentum=0.9), partial(torch.optim.Adam, lr=0.01)]
)
def test_each_seed_follows_the_path_of_the_plain_loop(optimizer):
    data, test, seeds = examples(), examples(11), (3, 0, 5)
    runs = train_seeds(network, data, test, seeds=seeds, epochs=4, batch_size=7, optimizer=optimizer, checks=2)
    assert runs.step.tolist() == [10, 20]
    assert runs.train_error.shape == runs.test_error.shape == (2, 3)
    for place, seed in enumerate(seeds):
        torch.manual_seed(seed)
        alone = network()
        history = train(
            alone, data, test=test, epochs=4, batch_size=7, optimizer=optimizer, seed=seed, device="cpu", progress=False
        )
        assert runs.test_error[:, place] == pytest.approx([history["test_error"][1], history["test_error"][3]])
        assert runs.train_error[-1, place] == pytest.approx(evaluate(alone, data)[1])
        for ours, expected in zip(runs.models[place].parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-4)


def test_the_readers_generator_is_left_alone():
    before = torch.get_rng_state()
    train_seeds(network, examples(), examples(), seeds=[1], epochs=1, checks=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_seeds_may_be_numpys():
    runs = [
        train_seeds(network, examples(), examples(), seeds=seeds, epochs=1, checks=1)
        for seeds in (np.arange(2), range(2))
    ]
    assert np.array_equal(runs[0].test_error, runs[1].test_error)


def test_a_loss_that_is_no_number_stops_the_runs():
    with pytest.raises(FloatingPointError, match="the loss became nan in epoch"):
        train_seeds(
            network, examples(), examples(), seeds=[0], epochs=9, checks=1, optimizer=partial(torch.optim.SGD, lr=1e30)
        )


def test_dropout_differs_between_seeds():
    def dropping():
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(8, 2))

    one, other = train_seeds(dropping, examples(), examples(), seeds=[1, 1], epochs=1, checks=1).models
    assert not np.array_equal(one[2].weight.detach(), other[2].weight.detach())


ONLY = network()


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"seeds": []}, ValueError, r"seeds=\[\] must name at least one seed"),
        ({"seeds": [-1]}, ValueError, "seed=-1 must be at least 0"),
        ({"seeds": [0.5]}, TypeError, "seed=0.5 must be a whole number"),
        ({"seeds": [None]}, TypeError, "seed=None must be a whole number"),
        ({"seeds": ["a"]}, TypeError, "seed='a' must be a whole number"),
        ({"seeds": [float("nan")]}, TypeError, "seed=nan must be a whole number"),
        ({"test": None}, TypeError, "test must be Examples, not NoneType"),
        ({"build": lambda: ONLY, "seeds": [0, 1]}, ValueError, "build must make a new network"),
        ({"epochs": 0}, ValueError, "epochs=0 must be at least 1"),
        ({"checks": 0}, ValueError, "checks=0 must be at least 1"),
        ({"checks": 3}, ValueError, "checks=3 must be at most epochs=2"),
        ({"build": lambda: 3}, TypeError, "model must be a torch.nn.Module, not int"),
        ({"build": lambda: nn.BatchNorm1d(1)}, ValueError, "without running statistics, not with .*running_mean"),
        ({"data": 3}, TypeError, "data must be Examples"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    usual = {"build": network, "data": examples(), "test": examples(), "seeds": [0], "epochs": 2, "checks": 1}
    with pytest.raises(error, match=message):
        train_seeds(**usual | arguments)


def test_seeds_learn_a_label_for_each_place_as_the_plain_loop_does():
    inputs = torch.randn(20, 1, 8, generator=torch.Generator().manual_seed(3))
    data = Examples(inputs, (inputs[:, 0] > 0).long(), ("below", "above"))
    build = partial(nn.Conv1d, 1, 2, 3, padding=1)
    runs = train_seeds(build, data, data, seeds=[4, 5], epochs=3, batch_size=5, checks=1)
    for seed, model, error in zip([4, 5], runs.models, runs.test_error[-1], strict=True):
        torch.manual_seed(seed)
        alone = build()
        history = train(alone, data, epochs=3, test=data, batch_size=5, seed=seed, progress=False, device="cpu")
        torch.testing.assert_close(model.weight, alone.weight)
        assert error == pytest.approx(history["test_error"][-1])
