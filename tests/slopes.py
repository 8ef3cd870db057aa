"""Finite differences: what gradients claim, measured."""

import numpy as np


def assert_slopes(forward, backward, arrays, step=1.0):
    """Compare every gradient with the slope of a loss, along a direction in which all numbers of an array move.

    ``forward`` takes the arrays, and ``backward`` a gradient to the output before them.
    One number that errs in a gradient tilts almost any direction.
    A large step is as good as a small one where the loss is linear in each array, and rounds less.
    """
    random = np.random.default_rng(0)
    blame = random.standard_normal(forward(*arrays).shape)
    gradients = backward(blame, *arrays)
    for moved, gradient in enumerate(gradients if isinstance(gradients, tuple) else [gradients]):
        direction = random.standard_normal(arrays[moved].shape)
        before, after = (
            np.vdot(blame, forward(*[a + way * direction if i == moved else a for i, a in enumerate(arrays)]))
            for way in (-step, step)
        )
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.vdot(gradient, direction), (after - before) / (2 * step), atol=1e-8)
