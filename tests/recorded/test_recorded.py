"""What was recorded says where it comes from, and can be read."""

import re
from datetime import date
from pathlib import Path

import pytest

from cnnbook import recorded

ROOT = Path(__file__).parents[2]
every = pytest.mark.parametrize("name", recorded.names())


@every
def test_it_names_a_script_that_is_there(name):
    assert (ROOT / recorded.read(name)["script"]).is_file()


@every
def test_it_names_its_day_its_machine_and_its_seed(name):
    found = recorded.read(name)
    assert date(2026, 1, 1) <= date.fromisoformat(found["measured"]) <= date.today()  # noqa: DTZ011  a day is a day
    assert found["machine"]
    assert isinstance(found["seed"], int)


@every
def test_it_names_the_versions_of_what_it_measured(name):
    versions = recorded.read(name)["versions"]
    assert versions
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())


@pytest.mark.parametrize("text", ["", "{", "[1,"])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, text):
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json is damaged"):
        recorded.read("broken")


def test_what_was_written_is_read_again_with_its_day_and_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    recorded.write("one", script="a.py", seed=3, versions={"numpy": "2.0"}, rows=[1.5, None, "×"])
    found = recorded.read("one")
    assert found | {"script": "a.py", "seed": 3, "versions": {"numpy": "2.0"}, "rows": [1.5, None, "×"]} == found
    assert found["measured"] == date.today().isoformat()  # noqa: DTZ011
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["processor"]


def test_what_cannot_be_written_leaves_the_older_result(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    recorded.write("one", script="a.py", seed=0, versions={"numpy": "2.0"}, rows=[1])
    with pytest.raises(TypeError):
        recorded.write("one", script="a.py", seed=0, versions={"numpy": "2.0"}, rows=[object()])
    assert recorded.read("one")["rows"] == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
