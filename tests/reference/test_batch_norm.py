"""Batch normalisation by its definition: hand computations, what it undoes, finite differences, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference import batch_norm_backward, batch_norm_loops
from slopes import assert_slopes


def images(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("shape", [(8, 3), (5, 3, 4), (2, 3, 4, 5), (2, 3, 2, 2, 2)], ids=str)
def test_training_gives_every_channel_mean_0_and_variance_1(shape):
    output = batch_norm_loops(images(*shape) * 7 + 3, None, None, training=True, eps=1e-14)
    numbers = np.moveaxis(output, 1, 0).reshape(3, -1)
    np.testing.assert_allclose(numbers.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(numbers.var(1), 1)


def test_neither_a_scale_nor_a_shift_of_a_channel_is_seen_afterwards():
    batch = images(4, 2, 3)
    moved = batch * np.array([[[10], [0.1]]]) + np.array([[[5], [-9]]])
    normalised = [batch_norm_loops(numbers, None, None, training=True, eps=1e-14) for numbers in (batch, moved)]
    np.testing.assert_allclose(*normalised)


def test_while_training_an_image_is_seen_in_the_light_of_its_batch_and_afterwards_alone():
    batch, mean, variance = images(4, 2, 3), np.zeros(2), np.ones(2)
    together = batch_norm_loops(batch, mean, variance, training=True)
    assert not np.allclose(together[:2], batch_norm_loops(batch[:2], mean, variance, training=True))
    together = batch_norm_loops(batch, mean, variance)
    np.testing.assert_array_equal(together[:2], batch_norm_loops(batch[:2], mean, variance))


def test_running_averages_move_by_a_share_and_by_the_unbiased_variance():
    mean, variance = np.array([10.0]), np.array([20.0])
    batch_norm_loops(np.array([[2], [4], [6]]), mean, variance, training=True, momentum=0.5)
    assert (mean[0], variance[0]) == (0.5 * 10 + 0.5 * 4, 0.5 * 20 + 0.5 * 8 / 2)  # 4 + 0 + 4, of three less one


def test_many_batches_teach_the_running_averages_mean_and_variance_of_all_images():
    mean, variance = np.zeros(1), np.ones(1)
    for seed in range(500):
        batch_norm_loops(images(20, 1, seed=seed) * 3 + 5, mean, variance, training=True, momentum=0.01)
    np.testing.assert_allclose(mean, 5, rtol=0.02)
    np.testing.assert_allclose(variance, 9, rtol=0.05)


def test_an_empty_batch_moves_nothing():
    mean, variance = np.full(2, 3.0), np.full(2, 4.0)
    assert batch_norm_loops(np.zeros((0, 2, 5)), mean, variance, training=True).shape == (0, 2, 5)
    assert (mean.tolist(), variance.tolist()) == ([3, 3], [4, 4])
    to_input, to_weight, to_bias = batch_norm_backward(np.zeros((0, 2, 5)), np.zeros((0, 2, 5)), mean, variance)
    assert (to_input.shape, to_weight.tolist(), to_bias.tolist()) == ((0, 2, 5), [0, 0], [0, 0])


@pytest.mark.parametrize("training", [False, True])
@settings(max_examples=30)
@given(
    shape=st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)),
    eps=st.sampled_from([1e-5, 0.1]),
)
def test_the_gradients_are_the_slopes_of_the_loss(training, shape, eps):
    mean, variance = images(shape[1], seed=1), np.exp(images(shape[1], seed=2))

    def forward(input, weight, bias):
        return batch_norm_loops(input, mean.copy(), variance.copy(), weight, bias, training, eps=eps)

    def backward(grad_output, input, weight, bias):
        assert bias.shape == weight.shape
        return batch_norm_backward(grad_output, input, mean, variance, weight, training, eps)

    spread = np.linspace(-3, 3, shape[0])[:, None, None, None]  # far from a variance of zero, where slopes jump
    arrays = [images(*shape) * 0.1 + spread, images(shape[1], seed=3), images(shape[1], seed=4)]
    assert_slopes(forward, backward, arrays, step=1e-4)


def test_while_training_no_gradient_moves_or_stretches_a_channel():
    batch, grad = images(5, 2, 3), images(5, 2, 3, seed=1)
    to_input, *_ = batch_norm_backward(grad, batch, None, None, training=True, eps=1e-14)
    np.testing.assert_allclose(to_input.sum((0, 2)), 0, atol=1e-12)
    np.testing.assert_allclose((to_input * batch).sum((0, 2)), 0, atol=1e-12)


def test_the_input_stays_as_it_was_and_whole_numbers_are_taken():
    batch = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    output = batch_norm_loops(batch, None, None, np.array([2, 3]), np.array([1, 1]), training=True)
    assert output.dtype == np.float64
    assert batch.tolist() == [[1, 2], [3, 4]]


GOOD = {"input": images(3, 2, 4), "running_mean": np.zeros(2), "running_var": np.ones(2)}


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": [[1.0]]}, "input must be a NumPy array, not list"),
        ({"input": np.ones((3, 2), dtype=bool)}, "input has dtype bool"),
        ({"input": np.ones(3)}, r"input has shape \(3,\); at least 2 axes are needed"),
        ({"input": np.ones((3, 4))}, r"running_mean has shape \(2,\); \(4,\) is needed"),
        ({"input": np.ones((1, 2)), "training": True}, "input of shape .* has one number for each channel"),
        ({"running_var": np.ones((2, 1))}, r"running_var has shape \(2, 1\)"),
        ({"running_mean": None}, "running_mean is None; only training can do without"),
        ({"running_var": None, "training": True}, "running_var is None; .* without both"),
        ({"running_mean": np.zeros(2, dtype=int)}, "running_mean has dtype int64; float64 is needed"),
        ({"weight": np.ones(3)}, r"weight has shape \(3,\); \(2,\) is needed"),
        ({"bias": np.ones((1, 2))}, "bias has shape"),
        ({"bias": [1, 1]}, "bias must be a NumPy array, not list"),
        ({"eps": -1e-9}, "eps=-1e-09 must be positive, or 0 where running averages serve"),
        ({"eps": 0, "training": True}, "eps=0.0 must be positive"),
        ({"eps": None}, "eps=None must be a real number"),
        ({"momentum": "0.1"}, "momentum='0.1' must be a real number"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes, message):
    batch_norm_loops(**GOOD)  # nothing else is wrong
    with pytest.raises((TypeError, ValueError), match=message):
        batch_norm_loops(**GOOD | changes)
    if not {"bias", "momentum"} & {*changes}:
        with pytest.raises((TypeError, ValueError), match=message):
            batch_norm_backward(np.ones(GOOD["input"].shape), **GOOD | changes)


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"grad_output has shape \(3, 2\); \(3, 2, 4\) is needed"):
        batch_norm_backward(np.ones((3, 2)), **GOOD)
