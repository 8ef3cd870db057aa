"""Local response normalisation by its definition: hand computations, finite differences, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference import local_response_norm_backward, local_response_norm_loops
from slopes import assert_slopes

CHANNELS = np.array([[[1], [2], [3], [4]]])


def test_neighbours_are_squared_and_added_and_missing_ones_are_nothing():
    found = local_response_norm_loops(CHANNELS, size=3, alpha=3, beta=1)[0, :, 0]
    np.testing.assert_allclose(found, [1 / (1 + 5), 2 / (1 + 14), 3 / (1 + 29), 4 / (1 + 25)])


def test_an_even_window_has_one_neighbour_more_before_than_after():
    found = local_response_norm_loops(CHANNELS, size=2, alpha=2, beta=1)[0, :, 0]
    np.testing.assert_allclose(found, [1 / (1 + 1), 2 / (1 + 5), 3 / (1 + 13), 4 / (1 + 25)])


def test_the_settings_of_alexnet_divided_by_size_are_those_of_the_paper():
    # b = a / (2 + 1e-4 * sum of five squares) ** 0.75, section 3.3; torch's alpha is divided by five
    random = np.random.default_rng(0).standard_normal((1, 9, 4, 4)) * 100
    found = local_response_norm_loops(random, size=5, alpha=5e-4, beta=0.75, k=2)
    squares = np.pad(random**2, [(0, 0), (2, 2), (0, 0), (0, 0)])
    energy = sum(squares[:, start : start + 9] for start in range(5))
    np.testing.assert_allclose(found, random / (2 + 1e-4 * energy) ** 0.75)


def test_a_strong_response_dampens_its_neighbours():
    quiet, loud = np.array([[[1.0], [1], [1]]]), np.array([[[1.0], [100], [1]]])
    before, after = (local_response_norm_loops(numbers, size=3, alpha=1) for numbers in (quiet, loud))
    assert (after[0, [0, 2]] < before[0, [0, 2]]).all()


@settings(max_examples=50)
@given(
    shape=st.lists(st.integers(1, 4), min_size=3, max_size=5).map(tuple),
    size=st.integers(1, 6),
    alpha=st.sampled_from([1e-4, 1, 3]),
    beta=st.sampled_from([0.75, 1, 2]),
    seed=st.integers(0, 99),
)
def test_the_gradient_is_the_slope_of_the_loss(shape, size, alpha, beta, seed):
    def forward(input):
        return local_response_norm_loops(input, size, alpha, beta)

    def backward(grad_output, input):
        return local_response_norm_backward(grad_output, input, size, alpha, beta)

    assert_slopes(forward, backward, [np.random.default_rng(seed).standard_normal(shape)], step=1e-5)


def test_no_images_are_no_images():
    assert local_response_norm_loops(np.zeros((0, 3, 2)), 3).shape == (0, 3, 2)
    assert local_response_norm_backward(np.zeros((0, 3, 2)), np.zeros((0, 3, 2)), 3).shape == (0, 3, 2)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": [[[1.0]]]}, "input must be a NumPy array, not list"),
        ({"input": np.ones((3, 2))}, r"input has shape \(3, 2\); at least 3 axes are needed"),
        ({"size": 0}, "size=0 must be at least 1"),
        ({"size": 2.5}, "size=2.5 must be a whole number"),
        ({"alpha": "a"}, "alpha='a' must be a real number"),
        ({"beta": None}, "beta=None must be a real number"),
        ({"k": 1j}, "k=1j must be a real number"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes, message):
    good = {"input": CHANNELS, "size": 3}
    with pytest.raises((TypeError, ValueError), match=message):
        local_response_norm_loops(**good | changes)
    with pytest.raises((TypeError, ValueError), match=message):
        local_response_norm_backward(np.ones(CHANNELS.shape), **good | changes)
