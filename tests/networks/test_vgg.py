"""VGG is the paper's table 1, and weighs what its table 2 says."""

import pytest
import torch
from torch import nn

from cnnbook.networks import vgg
from cnnbook.shapes import conv_parameters, receptive_field


def parameters(layer):
    return sum(weight.numel() for weight in layer.parameters())


@pytest.fixture(params=vgg.ROWS)
def network(request):
    with torch.device("meta"):
        return request.param, getattr(vgg, f"vgg{request.param}")()


def test_the_name_counts_the_layers_with_weights(network):
    depth, network = network
    assert len([layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]) == depth


@pytest.mark.parametrize(("depth", "millions"), [(11, 133), (13, 133), (16, 138), (19, 144)])
def test_it_weighs_what_the_paper_s_table_two_says(depth, millions):
    with torch.device("meta"):
        assert round(parameters(vgg.VGG(depth)) / 1e6) == millions


def test_vgg19_has_a_hundred_times_more_weights_than_a_lecture_said():
    with torch.device("meta"):
        network = vgg.vgg19()
    assert parameters(network) == 143_667_240
    assert sum(isinstance(layer, nn.Conv2d) for layer in network.modules()) == 16
    assert sum(isinstance(layer, nn.Linear) for layer in network.modules()) == 3


def test_every_convolution_is_three_by_three_and_keeps_the_size(network):
    _, network = network
    for layer in network.features:
        if isinstance(layer, nn.Conv2d):
            assert (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (1, 1), (1, 1))
    assert network.features(torch.zeros(1, 3, 224, 224, device="meta")).shape == (1, 512, 7, 7)


@pytest.mark.parametrize(("layers", "kernel"), [(2, 5), (3, 7)])
def test_small_kernels_in_a_row_see_as_far_as_a_large_one_and_weigh_less(layers, kernel):
    assert receptive_field([(3, 1, 1)] * layers).size == kernel
    channels = 64
    small = layers * conv_parameters(channels, channels, (3, 3), bias=False)
    large = conv_parameters(channels, channels, (kernel, kernel), bias=False)
    assert small * kernel**2 == large * 9 * layers
    assert small < large


def test_most_weights_are_in_the_first_fully_connected_layer(network):
    _, network = network
    assert parameters(network.classifier[0]) / parameters(network) > 0.7
    assert parameters(network.classifier) > 6 * parameters(network.features)


def test_first_weights_keep_signals_their_size_on_the_way_back():
    torch.manual_seed(0)
    for layer in vgg.vgg11().features:
        if isinstance(layer, nn.Conv2d):
            assert layer.weight.std().item() == pytest.approx((2 / (9 * layer.out_channels)) ** 0.5, rel=0.05)
            assert not layer.bias.any()
