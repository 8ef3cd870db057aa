"""A window points at the pixels that a kernel reads."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference.windows import Window


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


@settings(deadline=None)
@given(windows())
def test_the_first_and_the_last_window_lie_inside_the_padded_image(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    last = [places - 1 for places in window.places(image.shape)]
    for place in ([0] * image.ndim, last):
        assert window.pad(image)[window.at(place)].shape == window.kernel


@settings(deadline=None)
@given(windows())
def test_one_place_more_would_leave_the_padded_image(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    beyond = window.at(window.places(image.shape))
    assert all(reach.stop > size for reach, size in zip(beyond, window.pad(image).shape, strict=True))


@settings(deadline=None)
@given(windows())
def test_cropping_undoes_padding(drawn):
    window, image = Window.of(*drawn[0]), drawn[1]
    np.testing.assert_array_equal(window.crop(window.pad(image)), image)
