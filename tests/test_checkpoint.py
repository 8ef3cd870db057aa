"""A checkpoint is whole or not there, and a damaged one is named, never trusted, never overwritten."""

import pickle
import re

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnbook.checkpoint import load_checkpoint, save_checkpoint

STATE = {"model": {"weight": torch.arange(300.0)}, "step": 7, "history": {"loss": [0.5, 0.25]}}
RUN = {"seed": 0}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "run.pt"
    save_checkpoint(path, STATE, RUN)
    return path.read_bytes()


def same(state):
    return torch.equal(state["model"]["weight"], STATE["model"]["weight"]) and (state | {"model": 0}) == (
        STATE | {"model": 0}
    )


def test_what_is_saved_is_loaded(tmp_path):
    save_checkpoint(tmp_path / "new folder" / "run.pt", STATE, RUN)
    assert same(load_checkpoint(tmp_path / "new folder" / "run.pt", RUN))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_noticed_or_changes_nothing(tmp_path, good, data):
    file = tmp_path / "run.pt"
    place, change = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(1, 255))
    damaged = bytearray(good)
    damaged[place] ^= change
    file.write_bytes(damaged)
    try:
        assert same(load_checkpoint(file, RUN))
    except ValueError as error:
        assert str(file) in str(error)  # noqa: PT017 (either outcome is right)
    assert file.read_bytes() == damaged


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_named_and_left(tmp_path, good, share):
    file = tmp_path / "run.pt"
    file.write_bytes(good[: int(len(good) * share)])
    with pytest.raises(ValueError, match=re.escape(f"checkpoint {file} is damaged")):
        load_checkpoint(file, RUN)
    assert file.stat().st_size == int(len(good) * share)


def test_a_changed_weight_is_noticed(tmp_path, good):
    file = tmp_path / "run.pt"
    nine = good.index(torch.tensor(9.0).numpy().tobytes() + torch.tensor(10.0).numpy().tobytes())
    file.write_bytes(good[:nine] + b"\1" + good[nine + 1 :])
    torch.load(file, weights_only=True)  # torch alone would have taken it
    with pytest.raises(ValueError, match="is damaged"):
        load_checkpoint(file, RUN)


class Trap:
    def __reduce__(self):
        return pytest.fail, ("a pickle ran its code",)


@pytest.mark.parametrize(
    "write",
    [
        lambda file: torch.save({"settings": RUN, "state": Trap()}, file),
        lambda file: file.write_bytes(pickle.dumps(Trap())),
    ],
)
def test_code_in_a_file_is_not_run(tmp_path, write):
    file = tmp_path / "run.pt"
    write(file)
    with pytest.raises(ValueError, match="is damaged or no checkpoint"):
        load_checkpoint(file, RUN)


def test_another_kind_of_file_is_no_checkpoint(tmp_path):
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"weight": 1}, tmp_path / "weights.pt")
    for name in ("list.pt", "weights.pt"):
        with pytest.raises(ValueError, match=f"{name} is damaged or no checkpoint"):
            load_checkpoint(tmp_path / name, RUN)


def test_settings_that_differ_are_listed(tmp_path):
    save_checkpoint(tmp_path / "run.pt", STATE, {"seed": 0, "lr": "0.1"})
    with pytest.raises(ValueError, match=r"lr was '0.1' and is now None; seed was 0 and is now 1"):
        load_checkpoint(tmp_path / "run.pt", {"seed": 1})


def test_a_half_written_file_never_takes_the_place_of_a_whole_one(tmp_path, good, monkeypatch):
    file = tmp_path / "run.pt"
    file.write_bytes(good)

    def full_disk(_state, target):
        target.write(good[:100])
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(file, STATE, RUN)
    assert file.read_bytes() == good
    assert list(tmp_path.iterdir()) == [file]
