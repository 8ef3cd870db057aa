"""A summary prints, is read by machines, and suits a page with a strict policy."""

import html
import sys
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from torch import nn

from cnnbook.summary import summarize
from cnnbook.summary._showing.table import COLUMNS, memory, size

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")


@pytest.fixture(scope="module")
def summary():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 10))
    return summarize(model, (2, 3, 16, 16))


def test_columns_stand_under_their_names(summary):
    lines = str(summary).splitlines()
    head = next(line for line in lines if line.startswith("layer"))
    convolution = next(line for line in lines if line.startswith("0 "))
    for name in COLUMNS[3:-1]:
        end = head.index(name) + len(name)
        assert convolution[end - 1] != " "
        assert convolution[end : end + 1] in {"", " "}
    assert "time" not in head
    assert head.split() == COLUMNS[:-1]


def test_the_totals_are_those_of_the_rows(summary):
    text = str(summary)
    assert f"parameters: {8 * 27 + 8 + 5130:,}, 5,354 of them trainable" in text
    assert f"multiply-adds: {2 * (8 * 27 * 256 + 5120):,} ({4 * (8 * 27 * 256 + 5120):,} FLOPs)" in text
    assert repr(summary) == text


def test_frozen_weights_are_told_apart():
    assert "parameters: 12, 0 of them trainable, 12 frozen" in str(
        summarize(nn.Linear(3, 3).requires_grad_(requires_grad=False), (1, 3))
    )


def test_the_html_is_well_formed_and_has_classes_but_no_styles(summary):
    markup = summary._repr_html_()
    root = ET.fromstring(markup)  # noqa: S314  our own
    assert root.get("class") == "cb-summary"
    assert "style" not in markup
    assert not any(element.tag in {"script", "style"} for element in root.iter())
    assert [th.text for th in root.iter("th") if th.get("scope") == "col"] == COLUMNS[:-1]
    rows = root.findall(".//tbody/tr")
    assert [row.find("th").text for row in rows] == ["0", "1", "2", "3", "4"]
    assert root.find(".//caption").text == "Sequential, input 2×3×16×16"


def test_names_are_escaped():
    class Odd(nn.ReLU):
        pass

    Odd.__name__ = "<b>&"
    markup = summarize(nn.Sequential(Odd()), (1, 3))._repr_html_()
    assert html.escape("<b>&") in markup
    assert "<b>" not in markup


def test_the_time_has_a_column_where_it_was_measured():
    timed = summarize(nn.Conv1d(1, 1, 3), (1, 1, 9), time=True, rounds=1)
    assert " ms" in str(timed)
    assert '<th scope="col">time</th>' in timed._repr_html_()


def test_rows_are_data(summary):
    assert len(summary) == 5
    assert [row.kind for row in summary] == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"]
    assert summary["4"].flops == 2 * 2 * 5120
    with pytest.raises(KeyError, match="Sequential has no layer 'fc'"):
        summary["fc"]


def test_without_pandas_the_reader_is_told_what_to_do(summary, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"to_pandas\(\) needs pandas.*\.rows holds the same"):
        summary.to_pandas()


def test_with_pandas_there_is_a_line_for_each_row(summary, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=lambda records: records))
    records = summary.to_pandas()
    assert [record["multiply_adds"] for record in records] == [row.multiply_adds for row in summary]
    assert records[0]["shape"] == (2, 8, 16, 16)
    assert records[0]["flops"] == 2 * records[0]["multiply_adds"]


def test_sizes_are_written_for_readers():
    assert (size((1, 3)), size(())) == ("1×3", "one number")
    assert [memory(count) for count in (0, 1023, 1024, 3 * 1024**2, 5 * 1024**5)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "3.0 MiB",
        "5120.0 TiB",
    ]
