"""Global pooling: one number for every map."""

import numpy as np
import pytest

from cnnbook import reference
from cnnbook.reference import (
    adaptive_avg_pool2d_loops,
    global_avg_pool1d,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    global_max_pool2d,
    global_max_pool2d_backward,
)
from slopes import assert_slopes

MAPS = np.array([[[1, 2], [3, 6]], [[-1, -1], [-4, -2]]])


def test_the_mean_and_the_largest_number_by_hand():
    assert global_avg_pool2d(MAPS).tolist() == [3, -2]
    assert global_max_pool2d(MAPS).tolist() == [6, -1]


def test_the_size_of_the_maps_does_not_show():
    random = np.random.default_rng(0)
    for size in [(1, 1), (3, 5), (8, 2)]:
        maps = random.standard_normal((4, 3, *size))
        assert global_avg_pool2d(maps).shape == global_max_pool2d(maps).shape == (4, 3)
        np.testing.assert_allclose(global_avg_pool2d(maps), maps.mean(axis=(2, 3)), atol=1e-12)
        np.testing.assert_allclose(global_avg_pool2d(maps), adaptive_avg_pool2d_loops(maps, 1)[..., 0, 0], atol=1e-12)
        np.testing.assert_array_equal(global_max_pool2d(maps), maps.max(axis=(2, 3)))


def test_all_share_the_gradient_of_the_mean_and_the_first_of_equals_has_that_of_the_largest():
    assert global_avg_pool2d_backward(np.array([4, 8]), MAPS).tolist() == [[[1, 1], [1, 1]], [[2, 2], [2, 2]]]
    assert global_max_pool2d_backward(np.array([4, 8]), MAPS).tolist() == [[[0, 0], [0, 4]], [[8, 0], [0, 0]]]


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 2), (1, 2, 3, 2, 2), (0, 2, 3)])
def test_the_gradient_is_the_slope_of_the_loss(kind, shape):
    name = f"global_{kind}_pool{len(shape) - 2}d"
    no_two_alike = np.random.default_rng(0).permutation(np.arange(float(np.prod(shape)))).reshape(shape)
    assert_slopes(getattr(reference, name), getattr(reference, f"{name}_backward"), [no_two_alike], step=0.1)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("pool", [global_avg_pool1d, global_max_pool2d])
def test_what_is_no_array_of_maps_is_refused(pool):
    with pytest.raises(TypeError, match="input must be a NumPy array, not int"):
        pool(3)
    with pytest.raises(ValueError, match=r"input has shape \(3,\)"):
        pool(np.ones(3))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("backward", [global_avg_pool2d_backward, global_max_pool2d_backward])
def test_a_gradient_of_another_shape_is_refused(backward):
    with pytest.raises(ValueError, match=r"grad_output has shape \(2, 1\); \(2,\) is needed"):
        backward(np.ones((2, 1)), MAPS)
