"""A window points at the pixels that a kernel reads, and knows what lies around an image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.reference.windows import PADDING_MODES, Window


@st.composite
def windows(draw):
    """The arguments of a window on one to three axes, and an image that it fits."""
    axes = draw(st.integers(1, 3))
    numbers = st.tuples(*[st.integers(1, 3)] * axes)
    padding = draw(st.one_of(st.just("valid"), st.tuples(*[st.integers(0, 2)] * axes), st.just("same")))
    stride = 1 if padding == "same" else draw(numbers)
    kernel, dilation = draw(numbers), draw(numbers)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    return (kernel, stride, padding, dilation), np.random.default_rng(0).random(
        [r + draw(st.integers(0, 3)) for r in reach]
    )


@given(windows())
def test_the_first_and_the_last_window_lie_inside_the_padded_image(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    last = [places - 1 for places in window.places(image.shape)]
    for place in ([0] * image.ndim, last):
        assert window.pad(image)[window.at(place)].shape == window.kernel


@given(windows())
def test_one_place_more_would_leave_the_padded_image(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    beyond = window.at(window.places(image.shape))
    assert all(reach.stop > size for reach, size in zip(beyond, window.pad(image).shape, strict=True))


@given(windows())
def test_cropping_undoes_padding(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    np.testing.assert_array_equal(window.crop(window.pad(image)), image)


@given(windows())
def test_the_view_shows_at_each_place_what_the_window_points_at(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    padded = window.pad(image)
    view = window.view(padded)
    for place in np.ndindex(window.places(image.shape)):
        np.testing.assert_array_equal(view[place], padded[window.at(place)])


@given(windows())
def test_overlap_add_is_the_transpose_of_the_view(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    padded = window.pad(image)
    windows = np.random.default_rng(1).random(window.view(padded).shape)
    there, back = np.vdot(windows, window.view(padded)), np.vdot(window.overlap_add(windows, padded.shape), padded)
    np.testing.assert_allclose(there, back)


@pytest.mark.parametrize("mode", ["zeros", *PADDING_MODES])
@given(data=st.data())
def test_padding_is_numpys_and_folding_is_its_transpose(mode, data):
    size = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    padding = tuple(data.draw(st.integers(0, {"reflect": n - 1, "circular": n}.get(mode, 4))) for n in size)
    window = Window.of((1,) * len(size), stride=1, padding=padding, dilation=1)
    random = np.random.default_rng(0)
    image = random.standard_normal((2, *size))

    padded = window.pad(image, mode)
    in_numpy = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    np.testing.assert_array_equal(padded, np.pad(image, [(0, 0), *zip(padding, padding, strict=True)], in_numpy))
    grad = random.standard_normal(padded.shape)
    np.testing.assert_allclose(np.vdot(grad, padded), np.vdot(window.fold(grad, mode), image))


@pytest.mark.parametrize("mode", ["zeros", *PADDING_MODES])
def test_neither_padding_nor_folding_touches_its_argument(mode):
    window = Window.of((1,), stride=1, padding=0, dilation=1)
    image = np.ones(3)
    window.pad(image, mode)[0] = 7
    assert image.tolist() == [1, 1, 1]
