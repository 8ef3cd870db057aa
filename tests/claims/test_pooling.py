"""The checks of what the page on pooling claims."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.reference import avg_pool2d_loops, global_avg_pool2d, global_max_pool2d, max_pool2d_loops

BY_HAND = np.array([[0, 1, 0, 0], [9, 2, 0, 4], [1, 0, 5, 3], [0, 3, 2, 2]])


@pytest.mark.claim("C2.14")
def test_each_region_sends_its_champion_or_its_mean():
    assert max_pool2d_loops(BY_HAND[None], 2)[0].tolist() == [[9, 4], [3, 5]]
    assert avg_pool2d_loops(BY_HAND[None], 2)[0].tolist() == [[3, 1], [1, 3]]


@pytest.mark.claim("C2.14")
@pytest.mark.parametrize("layer", [nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1)])
def test_pooling_has_no_weights_and_keeps_the_channels(layer):
    assert not list(layer.parameters())
    assert layer(torch.zeros(1, 7, 8, 8)).shape[1] == 7


@pytest.mark.claim("C2.14")
@pytest.mark.parametrize("pool", [max_pool2d_loops, avg_pool2d_loops])
def test_every_channel_is_pooled_by_itself(pool):
    maps = np.random.default_rng(0).standard_normal((5, 6, 8))
    for channel, pooled in zip(maps, pool(maps, 2), strict=True):
        np.testing.assert_array_equal(pool(channel[None], 2)[0], pooled)


@pytest.mark.claim("C2.14")
@pytest.mark.parametrize("size", [5, 7, 9])
def test_pooling_with_the_maps_own_size_is_global_pooling_and_gives_one_number_for_each_map(size):
    maps = np.random.default_rng(0).standard_normal((2, 3, size, size))
    torchs = torch.from_numpy(maps)
    for ours, pool, adaptive in [
        (global_avg_pool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
        (global_max_pool2d, nn.MaxPool2d, nn.AdaptiveMaxPool2d),
    ]:
        whole = pool(size)(torchs)
        assert whole.shape == (2, 3, 1, 1)
        torch.testing.assert_close(whole, adaptive(1)(torchs))
        np.testing.assert_allclose(ours(maps).ravel(), whole.ravel())
