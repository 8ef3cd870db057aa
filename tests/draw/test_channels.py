"""The drawing of a convolution of several maps says what torch computes, map by map."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook.draw import svg
from cnnbook.draw.channels import Channels
from drawings import texts

FLAG = np.zeros((2, 4, 6), int)
FLAG[0, :, :3] = FLAG[1, :, 3:] = 1
UPRIGHT = np.array([[-1, 0, 1]] * 3)
BORDER = Channels(FLAG, np.array([[-UPRIGHT, UPRIGHT], [UPRIGHT, UPRIGHT]]), np.array([0, -4]))
NUMBERS = st.integers(-9, 9)


@st.composite
def layers(draw):
    """The arguments of a layer whose kernel fits."""
    maps, filters, kernel = (draw(st.integers(1, 3)) for _ in range(3))
    rows, columns = (draw(st.integers(3, 6)) for _ in range(2))
    shapes = {"input": (maps, rows, columns), "kernel": (filters, maps, kernel, kernel), "bias": filters}
    drawn = {name: draw(arrays(int, shape, elements=NUMBERS)) for name, shape in shapes.items()}
    return drawn | {"stride": draw(st.integers(1, 3)), "padding": draw(st.integers(0, 1))}


@settings(deadline=None, max_examples=60)
@given(layers())
def test_the_output_is_torchs(drawn):
    layer = Channels(**drawn)
    image, weight, bias = (torch.tensor(drawn[name], dtype=torch.float64) for name in ("input", "kernel", "bias"))
    expected = torch.nn.functional.conv2d(image[None], weight, bias, drawn["stride"], drawn["padding"])
    assert np.array_equal(layer.output, expected[0])


@settings(deadline=None, max_examples=40)
@given(layers())
def test_the_maps_and_the_bias_add_up_to_the_output(drawn):
    layer = Channels(**drawn)
    for number, output in enumerate(layer.output):
        assert np.array_equal(sum(slide.output for slide in layer.slides(number)) + layer.bias[number], output)


def test_the_sum_of_each_map_is_written_out_and_then_their_sum_with_the_bias():
    words = texts(BORDER.drawn(1, (0, 1)))
    assert len([word for word in words if "·" in word]) == 18
    first, second = (at for at, word in enumerate(words) if word == "=" and "·" in words[at - 1])
    assert (words[first + 1], words[second + 1]) == ("−3", "3")
    assert words[-1] == "−3 + 3 + (−4) = −4"
    assert "> = </tspan>" in svg.inline(BORDER.drawn(1, (0, 1)), prefix="it-", translate=str)


def test_every_map_its_slice_and_every_output_is_drawn_with_its_size():
    words = texts(BORDER.drawn(0, (0, 0)))
    assert [words[at + 1] for at, word in enumerate(words) if word == "input"] == ["4×6"] * 2
    assert [words[at + 1] for at, word in enumerate(words) if word == "kernel"] == ["3×3"] * 2
    assert [words[at + 1] for at, word in enumerate(words) if word == "output"] == ["2×4"] * 2


def test_the_most_telling_place_names_the_filter_too():
    assert BORDER.most_telling == (0, 0, 1)
    assert Channels(FLAG, BORDER.kernel, np.array([0, 9])).most_telling == (1, 0, 0)


def test_signals_have_sizes_of_one_number():
    stereo = Channels(np.ones((2, 1, 5)), np.ones((1, 2, 1, 3)), np.zeros(1))
    assert stereo.axes == 1
    assert [word for word in texts(stereo.drawn(0, (0, 2))) if word in {"3", "5"}][:2] == ["5", "3"]


def test_the_page_can_recolour_it_and_translate_its_words():
    drawing = BORDER.drawn(0, (1, 2))
    assert svg.is_figure(drawing)
    assert svg.words(drawing) == ["input", "kernel", "output"]
    assert svg.width(drawing) <= 440


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input": np.ones((4, 6))}, ValueError, r"input must have 3 axes, not the shape \(4, 6\)"),
        ({"kernel": np.ones((2, 3, 3))}, ValueError, r"kernel must have 4 axes, not the shape \(2, 3, 3\)"),
        ({"kernel": np.ones((2, 3, 1, 1))}, ValueError, "must have a slice for each of the 2 maps"),
        ({"input": [[[1]]]}, TypeError, "input must be a NumPy array, not list"),
    ],
)
def test_what_does_not_belong_together_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        Channels(**{"input": FLAG, "kernel": BORDER.kernel, "bias": BORDER.bias} | arguments)


def test_a_kernel_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        Channels(np.ones((1, 2, 2)), np.ones((1, 1, 3, 3)), np.zeros(1)).drawn(0, (0, 0))
