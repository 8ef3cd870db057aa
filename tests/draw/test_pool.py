"""The drawing of pooling says what torch computes, and marks who has won."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook.draw import svg
from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pool import AveragePool, MaxPool
from cnnbook.draw.stage import still
from drawings import texts

MAP = np.array([[0, 1, 0, 0], [9, 2, 0, 4], [1, 0, 5, 3], [0, 3, 2, 2]])
HALVED = {"kernel": np.ones((2, 2)), "stride": (2, 2)}
PAIRS = st.tuples


@st.composite
def windows(draw):
    """The arguments of a window that fits."""
    input = draw(arrays(int, PAIRS(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(-9, 9)))
    kernel = draw(PAIRS(st.integers(1, 3), st.integers(1, 3)))
    stride, padding = (draw(PAIRS(st.integers(least, 3), st.integers(least, 1))) for least in (1, 0))
    for size, window, edge in zip(input.shape, kernel, padding, strict=True):
        assume(2 * edge <= window <= size + 2 * edge)
    return {"input": input, "kernel": np.ones(kernel), "stride": stride, "padding": padding}


@settings(deadline=None, max_examples=60)
@given(windows())
def test_the_outputs_are_torchs(drawn):
    image, kernel = torch.tensor(drawn["input"], dtype=torch.float64)[None], drawn["kernel"].shape
    for ours, theirs in [(MaxPool, torch.nn.functional.max_pool2d), (AveragePool, torch.nn.functional.avg_pool2d)]:
        expected = theirs(image, kernel, drawn["stride"], drawn["padding"])[0]
        np.testing.assert_allclose(ours(**drawn).output, expected, atol=1e-12)


def test_the_numbers_of_the_window_are_written_out_with_what_becomes_of_them():
    assert texts(still(MaxPool(MAP, **HALVED), (0, 0)))[-10:] == ["max(", "0", ",", "1", ",", "9", ",", "2", ") =", "9"]
    assert texts(still(AveragePool(MAP, **HALVED), (1, 1)))[-3:] == ["2", ") / 4 =", "3"]


def test_a_mean_has_two_decimals_at_most():
    assert texts(still(AveragePool(np.array([[1, 1, 0]]), np.ones((1, 3)))))[-1] == "0.67"


def test_a_negative_number_in_a_sum_has_brackets_and_in_a_list_has_none():
    pair = {"input": np.array([[3, -1]]), "kernel": np.ones((1, 2))}
    assert "(−1)" in texts(still(AveragePool(**pair)))
    assert "(−1)" not in texts(still(MaxPool(**pair)))


def test_the_padding_of_a_maximum_is_minus_infinity_and_of_a_mean_zero():
    padded = {"input": np.array([[-2, -3]]), "kernel": np.ones((1, 2)), "padding": (0, 1)}
    assert texts(still(MaxPool(**padded)))[2:6] == ["−∞", "−2", "−3", "−∞"]
    assert texts(still(AveragePool(**padded)))[2:6] == ["0", "−2", "−3", "0"]
    assert "inf" not in still(MaxPool(**padded))


def test_the_winner_alone_is_framed_in_the_colour_of_the_output():
    framed = f'stroke="{LIGHT["output"]}" stroke-width="2.5"'
    assert still(MaxPool(MAP, **HALVED)).count(framed) == 2  # the winner, and the output
    assert still(AveragePool(MAP, **HALVED)).count(framed) == 1
    assert '<rect x="0" y="36"' in MaxPool(MAP, **HALVED).mark((0, 0))


def test_padding_alone_has_no_winner():
    lonely = MaxPool(np.array([[5, 5]]), np.ones((1, 2)), padding=(0, 1), dilation=(1, 3))
    assert lonely.output.tolist() == [[-np.inf]]
    assert not lonely.mark((0, 0))
    assert texts(still(lonely))[-1] == "−∞"


def test_no_kernel_is_drawn_and_the_page_can_recolour_what_is():
    for operation in (MaxPool, AveragePool):
        drawing = still(operation(MAP, **HALVED))
        assert svg.is_figure(drawing)
        assert "kernel" not in texts(drawing)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("operation", [MaxPool, AveragePool])
def test_padding_of_more_than_half_a_window_is_refused(operation):
    with pytest.raises(ValueError, match="padding=2 must be at most half of kernel=3"):
        still(operation(MAP, np.ones((3, 3)), padding=2))


def test_a_mean_of_cells_that_are_no_neighbours_is_refused():
    with pytest.raises(ValueError, match=r"dilation=\(1, 2\) must be 1: a mean is taken of neighbours"):
        AveragePool(MAP, np.ones((2, 2)), dilation=(1, 2))
