"""The checks of what the page on cheaper convolutions claims."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.shapes import conv_multiply_adds, depthwise_separable_cost_ratio, depthwise_separable_multiply_adds


@pytest.mark.claim("C2.12")
@given(filters=st.integers(1, 64), kernel=st.integers(1, 9))
def test_a_separable_layer_costs_one_part_in_the_filters_and_one_in_the_kernels_area(filters, kernel):
    separable = depthwise_separable_multiply_adds(6, filters, kernel, (5, 7))
    ordinary = conv_multiply_adds(6, filters, kernel, (5, 7))
    assert separable * filters * kernel**2 == ordinary * (kernel**2 + filters)
    assert separable == depthwise_separable_cost_ratio(filters, (kernel, kernel)) * ordinary


@pytest.mark.claim("C2.12")
def test_a_depthwise_layer_is_grouped_with_a_group_for_each_channel_and_the_pair_is_one_ordinary_layer():
    depthwise = nn.Conv2d(3, 3, 3, groups=3, bias=False, dtype=torch.float64)
    pointwise = nn.Conv2d(3, 5, 1, bias=False, dtype=torch.float64)
    ordinary = nn.Conv2d(3, 5, 3, bias=False, dtype=torch.float64)
    ordinary.load_state_dict({"weight": pointwise.weight * depthwise.weight[:, 0]})
    image = torch.rand(2, 3, 6, 6, dtype=torch.float64)
    torch.testing.assert_close(pointwise(depthwise(image)), ordinary(image))
