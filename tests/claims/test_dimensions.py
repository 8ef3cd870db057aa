"""The checks of what the page on one, two and three axes claims."""

import numpy as np
import pytest

from cnnbook.reference import conv1d_loops, conv2d_loops, conv3d_loops


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.claim("C2.12")
def test_a_signal_is_a_picture_with_one_row_and_a_picture_a_film_with_one_moment(random):
    signal, along = random.standard_normal((2, 3, 9)), random.standard_normal((4, 3, 3))
    flat = conv2d_loops(signal[:, :, None], along[:, :, None], stride=(1, 2), padding=(0, 1))[:, :, 0]
    np.testing.assert_allclose(conv1d_loops(signal, along, stride=2, padding=1), flat)
    picture, plane = random.standard_normal((2, 3, 6, 5)), random.standard_normal((4, 3, 3, 2))
    thin = conv3d_loops(picture[:, :, None], plane[:, :, None], dilation=(1, 2, 1))[:, :, 0]
    np.testing.assert_allclose(conv2d_loops(picture, plane, dilation=(2, 1)), thin)


@pytest.mark.claim("C2.12")
def test_a_kernel_over_time_answers_what_changes_and_not_what_rests(random):
    resting = np.repeat(random.standard_normal((1, 1, 5, 5)), 4, axis=1)
    change = np.array([-1, 1]).reshape(1, 1, 2, 1, 1)
    assert not conv3d_loops(resting, change).any()
    moving = np.stack([np.roll(resting[0, 0], step, axis=1) for step in range(4)])[None]
    assert conv3d_loops(moving, change).any()


@pytest.mark.claim("C2.12")
def test_grouped_convolution_is_several_ordinary_ones_side_by_side(random):
    image, filters = random.standard_normal((6, 7, 7)), random.standard_normal((4, 3, 3, 3))
    halves = [conv2d_loops(image[3 * g : 3 * g + 3], filters[2 * g : 2 * g + 2]) for g in (0, 1)]
    np.testing.assert_allclose(conv2d_loops(image, filters, groups=2), np.concatenate(halves))
