"""A checkpoint is whole or not there, and a damaged one is named, never trusted, never overwritten."""

import pickle
import re

import numpy as np
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


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.bool_])
def test_numpys_numbers_are_loaded_too(tmp_path, kind):
    save_checkpoint(tmp_path / "run.pt", STATE | {"lr": kind(1)}, RUN)
    assert load_checkpoint(tmp_path / "run.pt", RUN)["lr"] == 1


def test_a_link_stays_and_leads_to_the_new_file(tmp_path, good):
    link, file = tmp_path / "link.pt", tmp_path / "run.pt"
    file.write_bytes(good)
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("this system makes no links")
    save_checkpoint(link, STATE | {"step": 8}, RUN)
    assert link.is_symlink()
    assert load_checkpoint(file, RUN)["step"] == 8


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    torch.save({"settings": 3, "state": {}}, tmp_path / "number.pt")
    torch.save({"settings": RUN, "state": [1]}, tmp_path / "stateless.pt")
    (tmp_path / "folder.pt").mkdir()
    for name in ("list.pt", "weights.pt", "number.pt", "stateless.pt", "folder.pt"):
        with pytest.raises(ValueError, match=f"{name} is damaged or no checkpoint"):
            load_checkpoint(tmp_path / name, RUN)


def test_settings_that_differ_are_listed(tmp_path):
    save_checkpoint(tmp_path / "run.pt", STATE, {"seed": 0, "lr": "0.1"})
    with pytest.raises(ValueError, match=r"lr was '0.1' and is now None; seed was 0 and is now 1"):
        load_checkpoint(tmp_path / "run.pt", {"seed": 1})


def test_a_state_that_could_not_be_read_again_does_not_take_the_place_of_one_that_can(tmp_path, good):
    file = tmp_path / "run.pt"
    file.write_bytes(good)
    with pytest.raises(ValueError, match=re.escape(f"state cannot be saved as {file}")):
        save_checkpoint(file, STATE | {"array": np.ones(2), "range": range(3)}, RUN)
    assert file.read_bytes() == good
    assert list(tmp_path.iterdir()) == [file]


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
