"""Runs side by side: every run is seen, the mean is theirs, and rows stand in the order of the names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cnnbook.draw.runs import show_runs


@given(st.lists(st.lists(st.floats(0, 100), min_size=1, max_size=6), min_size=1, max_size=5))
def test_every_run_has_a_dot_in_the_row_of_its_name_and_the_stroke_is_their_mean(runs):
    ax = Figure().subplots()
    show_runs(ax, {str(number): np.array(one) for number, one in enumerate(runs)})
    for row, (one, dots, mean) in enumerate(zip(runs, ax.lines[::2], ax.lines[1::2], strict=True)):
        assert dots.get_xdata().tolist() == one
        assert {*dots.get_ydata(), *mean.get_ydata()} == {row}
        assert mean.get_xdata()[0] == pytest.approx(sum(one) / len(one))
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(number) for number in range(len(runs))]


def test_the_first_name_stands_on_top():
    ax = Figure().subplots()
    show_runs(ax, {"a": [1.0], "b": [2.0]})
    low, high = ax.get_ylim()
    assert low > high
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("results", "said"),
    [
        ({}, r"results=\{\} must name"),
        ({"a": []}, r"results\['a'\]=\[\]"),
        ({"a": 3.0}, r"results\['a'\]=3\.0 must be"),
    ],
)
def test_nothing_to_draw_is_refused(results, said):
    with pytest.raises(ValueError, match=said):
        show_runs(Figure().subplots(), results)
