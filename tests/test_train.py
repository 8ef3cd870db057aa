"""One loop: it descends, survives interrupts, trusts no damaged file, and runs in several processes as in one."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from cnnbook.data import Examples
from cnnbook.train import batches, evaluate, train

ADAM = partial(torch.optim.Adam, lr=0.01)
quietly = partial(train, progress=False, device="cpu")


def examples(count=30):
    """Points on two sides of a plane."""
    inputs = torch.randn(count, 1, 8, generator=torch.Generator().manual_seed(1))
    return Examples(inputs, (inputs.sum((1, 2)) > 0).long(), ("below", "above"))


def with_one_changed(part):
    """The same points, but for one number or one label."""
    data = examples()
    getattr(data, part)[17] = 0.5 if part == "inputs" else 1 - data.labels[17]
    return data


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 2))


def weights(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


def interrupted_after(calls):
    """A loss during whose n-th computation Ctrl-C is pressed."""
    left = [calls]

    def loss(scores, labels):
        if torch.is_grad_enabled():
            left[0] -= 1
            if left[0] == 0:
                signal.raise_signal(signal.SIGINT)
        return cross_entropy(scores, labels)

    return loss


@pytest.fixture(autouse=True)
def _interrupts_arrive():
    """A shell starts background jobs with Ctrl-C ignored, and a test runner may be one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


# What it computes


def test_a_step_goes_down_the_gradient_of_the_mean_loss():
    data, model, by_hand = examples(), nn.Linear(8, 2), nn.Linear(8, 2)
    by_hand.load_state_dict(model.state_dict())
    quietly(
        nn.Sequential(nn.Flatten(), model), data, epochs=3, batch_size=30, optimizer=partial(torch.optim.SGD, lr=0.5)
    )
    for _ in range(3):
        loss = -by_hand(data.inputs.flatten(1)).log_softmax(1)[torch.arange(30), data.labels].mean()
        slopes = torch.autograd.grad(loss, list(by_hand.parameters()))
        with torch.no_grad():
            for weight, slope in zip(by_hand.parameters(), slopes, strict=True):
                weight.sub_(0.5 * slope)
    torch.testing.assert_close(weights(model), weights(by_hand))


def test_the_history_is_a_table_with_a_row_per_epoch():
    model, data = network(), examples()
    history = quietly(model, data, epochs=4, batch_size=7, test=data, optimizer=ADAM)
    assert list(history) == ["epoch", "train_loss", "train_error", "test_loss", "test_error"]
    assert history["epoch"] == [1, 2, 3, 4]
    assert (history["test_loss"][-1], history["test_error"][-1]) == evaluate(model, data)
    assert history["test_loss"][-1] < history["test_loss"][0]
    assert list(quietly(network(), data, epochs=1)) == ["epoch", "train_loss", "train_error"]


def test_the_training_columns_are_means_over_the_examples():
    frozen = partial(torch.optim.SGD, lr=0.0)
    model, data = nn.Sequential(nn.Flatten(), nn.Linear(8, 2)), examples(31)
    history = quietly(model, data, epochs=1, batch_size=10, test=data, optimizer=frozen)
    assert history["train_loss"] == pytest.approx(history["test_loss"], rel=1e-6)
    assert history["train_error"] == pytest.approx(history["test_error"])


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 2**40), st.integers(0, 9))
def test_an_epoch_shows_each_example_once(count, batch_size, seed, epoch):
    order = batches(count, batch_size, seed=seed, epoch=epoch)
    sizes = {len(batch) for batch in order}
    assert torch.cat(order).sort().values.tolist() == list(range(count))
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1


def test_epochs_and_seeds_shuffle_differently():
    orders = [torch.cat(batches(50, 10, seed=seed, epoch=epoch)).tolist() for seed, epoch in [(0, 0), (0, 1), (1, 0)]]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_the_same_arguments_give_the_same_weights_and_leave_the_readers_generator_alone():
    one, other = network(), network()
    before = torch.get_rng_state()
    quietly(one, examples(), epochs=2, batch_size=7)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    quietly(other, examples(), epochs=2, batch_size=7)
    assert torch.equal(weights(one), weights(other))


def test_evaluation_switches_dropout_off_and_on_again():
    model = network()
    assert evaluate(model, examples()) == evaluate(model, examples())
    assert model.training


def test_bfloat16_computes_coarsely_and_keeps_fine_weights():
    fine, coarse = network(), network()
    exact = quietly(fine, examples(), epochs=3, batch_size=7)
    rounded = quietly(coarse, examples(), epochs=3, batch_size=7, bf16=True)
    assert weights(coarse).dtype == torch.float32
    assert rounded["train_loss"] != exact["train_loss"]
    assert rounded["train_loss"] == pytest.approx(exact["train_loss"], rel=0.05)


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="no accelerator here")
def test_the_accelerator_is_found_and_follows_the_same_curve():
    model = network()
    model[3].p = 0.0  # devices draw dropout differently
    still = network()
    still[3].p = 0.0
    found = train(model, examples(), epochs=3, batch_size=7, progress=False)
    assert next(model.parameters()).device.type != "cpu"
    assert found["train_loss"] == pytest.approx(
        quietly(still, examples(), epochs=3, batch_size=7)["train_loss"], rel=1e-3
    )


def test_the_bar_can_be_silenced(capfd):
    quietly(network(), examples(), epochs=1)
    assert capfd.readouterr().err == ""
    train(network(), examples(), epochs=1, device="cpu")
    assert "1/1" in capfd.readouterr().err


# Interrupts


@pytest.mark.parametrize("stop", [1, 3, 5, 7, 10, 15])  # five steps an epoch: in one, at its end, at the very end
def test_a_resumed_run_is_the_uninterrupted_run_bit_for_bit(tmp_path, stop):
    def run(model, **options):
        schedule = partial(lambda optimizer, steps: OneCycleLR(optimizer, 0.02, total_steps=steps))
        return quietly(
            model, examples(), epochs=3, batch_size=6, test=examples(9), optimizer=ADAM, schedule=schedule, **options
        )

    whole, first, second = network(), network(), network()
    expected = run(whole)
    with pytest.raises(KeyboardInterrupt):
        run(first, checkpoint=tmp_path / "run.pt", loss=interrupted_after(stop))
    with torch.no_grad():
        second[1].weight.fill_(7.0)  # what the checkpoint holds must count, not what the model starts with
    assert run(second, checkpoint=tmp_path / "run.pt") == expected
    assert torch.equal(weights(second), weights(whole))


def test_a_finished_run_is_not_run_again_and_can_be_made_longer(tmp_path):
    run = partial(quietly, data=examples(), batch_size=7, checkpoint=tmp_path / "folder" / "run.pt")
    first = run(network(), epochs=2)
    again, longer, whole = network(), network(), network()
    assert run(again, epochs=2, loss=None) == first
    assert run(longer, epochs=3) == quietly(whole, examples(), epochs=3, batch_size=7)
    assert torch.equal(weights(longer), weights(whole))


def test_a_second_interrupt_strikes_at_once_and_the_handler_comes_back(tmp_path):
    before = signal.getsignal(signal.SIGINT)

    def twice(_scores, _labels):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second interrupt was held back too")

    with pytest.raises(KeyboardInterrupt):
        quietly(network(), examples(), epochs=1, loss=twice, checkpoint=tmp_path / "run.pt")
    assert signal.getsignal(signal.SIGINT) is before
    assert not list(tmp_path.iterdir())


def test_where_interrupts_are_ignored_they_stay_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert quietly(network(), examples(), epochs=1, loss=interrupted_after(1))["epoch"] == [1]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_loss_that_is_no_number_stops_the_run_and_spares_the_checkpoint(tmp_path):
    file = tmp_path / "run.pt"
    quietly(network(), examples(), epochs=1, checkpoint=file)
    good = file.read_bytes()
    with pytest.raises(FloatingPointError, match="the loss became nan in epoch 2"):
        quietly(network(), examples(), epochs=2, checkpoint=file, loss=lambda s, y: cross_entropy(s, y) * torch.nan)
    assert file.read_bytes() == good


# Several processes


def test_two_processes_follow_the_same_curve_as_one(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent("""
        import json, os, sys, warnings
        from pathlib import Path
        import torch
        from torch import nn
        from cnnbook.data import Examples
        from cnnbook.train import train

        warnings.simplefilter("error")
        torch.manual_seed(int(os.environ.get("RANK", 0)))  # first weights come from process 0, whatever the others drew
        model = nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 2))
        inputs = torch.randn(31, 1, 8, generator=torch.Generator().manual_seed(1))
        data = Examples(inputs, (inputs.sum((1, 2)) > 0).long(), ("below", "above"))
        folder = Path(sys.argv[1])
        history = train(model, data, epochs=3, batch_size=7, test=data, device="cpu", progress=False,
                        checkpoint=folder / "run.pt")
        rank = os.environ.get("RANK", "0")
        final = torch.cat([weight.flatten() for weight in model.parameters()]).tolist()
        (folder / f"{rank}.json").write_text(json.dumps([history, final]))
        """)
    )
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for command in ([sys.executable, script, one], [*torchrun, script, two]):
        subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300)
    (alone, alone_weights), *together = [
        json.loads(path.read_text()) for path in (one / "0.json", two / "0.json", two / "1.json")
    ]
    for history, final in together:
        assert final == pytest.approx(alone_weights, abs=1e-5)
        for name, column in alone.items():
            assert history[name] == pytest.approx(column, rel=1e-4), name
    assert (two / "run.pt").exists()


# Bad input


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "resnet"}, TypeError, r"model must be a torch.nn.Module, not str"),
        ({"data": torch.zeros(3)}, TypeError, "data must be Examples, not Tensor"),
        ({"test": [1]}, TypeError, "test must be Examples, not list"),
        ({"data": examples()[:0]}, ValueError, "data must hold at least one example"),
        ({"epochs": 0}, ValueError, "epochs=0 must be at least 1"),
        ({"epochs": 1.5}, TypeError, "epochs=1.5 must be a whole number, not float"),
        ({"batch_size": -1}, ValueError, "batch_size=-1 must be at least 1"),
        ({"batch_size": float("nan")}, TypeError, "batch_size=nan must be a whole number"),
        ({"seed": -1}, ValueError, "seed=-1 must be at least 0"),
        ({"seed": None}, TypeError, "seed=None must be a whole number"),
        ({"checkpoint": 3}, TypeError, "int"),
        ({"checkpoint": ""}, ValueError, "checkpoint . is damaged or no checkpoint"),
        ({"device": "gpu"}, ValueError, "device='gpu' must be"),
        ({"device": "cuda:99"}, ValueError, "device='cuda:99' must be"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        train(**{"model": network(), "data": examples(), "epochs": 1, "device": "cpu", "progress": False} | arguments)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "resnet"}, TypeError, r"model must be a torch.nn.Module, not str"),
        ({"data": torch.zeros(3)}, TypeError, "data must be Examples, not Tensor"),
        ({"data": examples()[:0]}, ValueError, "data must hold at least one example"),
        ({"batch_size": 0}, ValueError, "batch_size=0 must be at least 1"),
        ({"batch_size": 1.5}, TypeError, "batch_size=1.5 must be a whole number"),
    ],
)
def test_what_cannot_be_evaluated_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        evaluate(**{"model": network(), "data": examples()} | arguments)


def test_a_network_without_weights_is_evaluated_too():
    assert evaluate(nn.Flatten(), examples(), batch_size=np.int64(7))[1] > 0


def test_an_evaluation_that_fails_leaves_the_model_in_its_mode():
    model = network()
    with pytest.raises(TypeError):
        evaluate(model, examples(), loss=0.5)
    assert model.training


@pytest.mark.usefixtures("as_the_reader_runs_it")
@given(
    st.sampled_from(["examples", "batch_size", "seed", "epoch"]),
    st.one_of(st.booleans(), st.floats(), st.none(), st.text(), st.integers(max_value=-1)),
)
def test_batches_refuse_whatever_is_no_count(name, value):
    with pytest.raises((TypeError, ValueError), match=f"{name}=.* must be"):
        batches(**{"examples": 4, "batch_size": 2, "seed": 0, "epoch": 0, name: value})


def test_numbers_may_be_numpys_and_a_checkpoint_keeps_them(tmp_path):
    rate = partial(torch.optim.SGD, lr=np.float64(0.1))
    run = partial(quietly, data=examples(), optimizer=rate, checkpoint=tmp_path / "run.pt")
    counts = {"batch_size": np.int64(7), "seed": np.int64(3)}
    first = run(network(), epochs=np.int64(2), **counts)
    assert run(network(), epochs=2, batch_size=7, seed=3) == first


def test_equal_examples_from_elsewhere_in_memory_go_on_from_the_same_checkpoint(tmp_path):
    data = examples()
    turned = data.inputs.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    assert turned.stride() != data.inputs.stride()
    run = partial(quietly, batch_size=7, checkpoint=tmp_path / "run.pt", test=data)
    run(network(), data, epochs=1)
    history = run(network(), Examples(turned, data.labels.clone(), data.classes), epochs=2)
    assert history["epoch"] == [1, 2]


@pytest.mark.parametrize("part", ["model", "optimizer", "step", "sums", "history"])
@pytest.mark.parametrize("content", [None, "seven", [], {}])
def test_a_checkpoint_with_another_content_is_named(tmp_path, part, content):
    file = tmp_path / "run.pt"
    run = partial(quietly, data=examples(), epochs=2, checkpoint=file)
    run(network())
    saved = torch.load(file, weights_only=True)
    saved["state"][part] = content
    torch.save(saved, file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=f"checkpoint {re.escape(str(file))} belongs to another model"):
        run(network())
    assert file.read_bytes() == before


def test_a_checkpoint_of_more_epochs_is_refused(tmp_path):
    run = partial(quietly, data=examples(), batch_size=10, checkpoint=tmp_path / "run.pt")
    run(network(), epochs=3)
    with pytest.raises(ValueError, match="has taken 9 steps, more than the 3 of these epochs"):
        run(network(), epochs=1)


def test_inputs_that_are_no_numbers_are_refused():
    data = examples()
    data.inputs[3, 0, 2] = torch.nan
    with pytest.raises(ValueError, match="data must have finite inputs"):
        quietly(network(), data, epochs=1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 1}, "seed was 0 and is now 1"),
        ({"batch_size": 8}, "batch_size was 7 and is now 8"),
        ({"bf16": True}, "bf16 was False and is now True"),
        ({"optimizer": ADAM}, "optimizer was .SGD .* and is now .Adam "),
        ({"data": examples(29)}, "data was '30 examples .* and is now '29 examples "),
        ({"data": with_one_changed("inputs")}, "data was '30 examples with the checksum .* and is now '30 examples "),
        ({"data": with_one_changed("labels")}, "data was '30 examples with the checksum .* and is now '30 examples "),
        ({"test": examples()}, "test was 'none' and is now '30 examples "),
        ({"model": nn.Sequential(nn.Flatten(), nn.Linear(8, 2))}, "belongs to another model"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_left(tmp_path, changed, message):
    file = tmp_path / "run.pt"
    run = {"model": network(), "data": examples(), "epochs": 1, "batch_size": 7, "checkpoint": file}
    quietly(**run)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=message) as caught:
        quietly(**run | {"model": network()} | changed)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == before


def painted(count=12):
    """Pictures whose pixels are bright or dark, with a frame that nobody judged."""
    inputs = torch.randn(count, 1, 6, 6, generator=torch.Generator().manual_seed(2))
    labels = torch.full((count, 6, 6), 255)
    labels[:, 1:5, 1:5] = (inputs[:, 0, 1:5, 1:5] > 0).long()
    return Examples(inputs, labels, ("dark", "bright"), ignored=255)


def test_a_network_learns_a_label_for_each_pixel():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1))
    history = quietly(model, painted(), epochs=60, test=painted(), optimizer=ADAM, batch_size=4)
    assert history["test_error"][-1] < 0.05 < history["test_error"][0]


def test_ignored_labels_count_neither_as_right_nor_as_wrong():
    says_dark = nn.Conv2d(1, 2, 1)
    nn.init.zeros_(says_dark.weight)
    says_dark.bias.data = torch.tensor([1.0, 0.0])
    judged = painted().labels[:, 1:5, 1:5]
    loss, error = evaluate(says_dark, painted())
    assert error == pytest.approx(judged.double().mean().item())
    bright, dark = np.log(1 + np.e), np.log(1 + 1 / np.e)
    assert loss == pytest.approx(dark + (bright - dark) * error)


def test_where_nothing_is_judged_there_is_no_error():
    blank = Examples(torch.zeros(2, 1, 2), torch.full((2, 2), 9), ("dark", "bright"), ignored=9)
    assert all(np.isnan(evaluate(nn.Conv1d(1, 2, 1), blank)))
