"""The two networks have the textbook's sizes."""

import pytest
import torch
from torch import nn

from cnnbook.networks import mnist1d


@pytest.mark.parametrize("build", [mnist1d.convolutional, mnist1d.fully_connected])
def test_forty_numbers_become_ten_scores(build):
    assert build()(torch.zeros(3, 1, 40)).shape == (3, 10)


@pytest.mark.parametrize("build", [mnist1d.convolutional, mnist1d.fully_connected])
def test_weights_start_with_he_s_variance_and_biases_at_zero(build):
    torch.manual_seed(0)
    for layer in build():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            inputs = layer.weight[0].numel()
            assert layer.weight.abs().max() <= (6 / inputs) ** 0.5
            if layer.weight.numel() > 1000:
                assert layer.weight.var().item() == pytest.approx(2 / inputs, rel=0.1)
            assert not layer.bias.any()
