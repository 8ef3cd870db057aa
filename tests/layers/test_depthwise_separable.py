"""A depthwise separable convolution is two of torch's, one after the other."""

import pytest
import torch
from torch import nn

from cnnbook.layers import DepthwiseSeparableConv2d
from cnnbook.shapes import depthwise_separable_parameters
from twins import assert_maps, assert_traces

OPTIONS = [
    {},
    {"stride": 2, "padding": 1, "bias": False},
    {"padding": "same", "dilation": 2},
    {"padding": 2, "padding_mode": "reflect"},
]


def in_torch(in_channels, out_channels, kernel_size, *, bias=True, **options):
    """The two layers that a reader of torch would write."""
    return nn.ModuleDict(
        {
            "depthwise": nn.Conv2d(in_channels, in_channels, kernel_size, groups=in_channels, bias=False, **options),
            "pointwise": nn.Conv2d(in_channels, out_channels, 1, bias=bias),
        }
    )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_is_torchs_two_layers(options):
    torch.manual_seed(0)
    layer = DepthwiseSeparableConv2d(4, 6, 3, **options)
    torch.manual_seed(0)
    theirs = in_torch(4, 6, 3, **options)
    torch.testing.assert_close(layer.state_dict(), theirs.state_dict(), rtol=0, atol=0)
    images = torch.rand(2, 4, 9, 7)
    for input in (images, images[0], images[:0]):
        torch.testing.assert_close(layer(input), theirs["pointwise"](theirs["depthwise"](input)))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them, options):
    layer = layers_as_the_reader_imports_them.DepthwiseSeparableConv2d(4, 6, 3, **options)
    assert_traces(layer, torch.rand(3, 4, 9, 7))
    assert_maps(layer, torch.rand(3, 4, 9, 7))


@pytest.mark.parametrize("bias", [True, False])
def test_it_has_the_weights_that_the_formula_counts_and_one_bias_for_each_output(bias):
    layer = DepthwiseSeparableConv2d(32, 64, 3, bias=bias)
    weights = depthwise_separable_parameters(32, 64, (3, 3), bias=False)
    assert sum(parameter.numel() for parameter in layer.parameters()) == weights + bias * 64


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels=0 must be at least 1"),
        ({"out_channels": 0}, "out_channels=0 must be at least 1"),
        ({"kernel_size": 0}, "kernel_size=0 must be at least 1"),
        ({"padding": "same", "stride": 2}, "padding='same' needs stride=1"),
    ],
)
def test_bad_sizes_are_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        DepthwiseSeparableConv2d(**{"in_channels": 4, "out_channels": 6, "kernel_size": 3} | options)
