"""Multiply-adds agree with torch's own counter, with counting on paper, and with what readers of other tools missed."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from cnnbook.shapes import conv_multiply_adds, conv_transpose_multiply_adds, linear_multiply_adds
from cnnbook.summary import summarize

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")


class Calls(nn.Module):
    """A model that calls a function, with some layers at hand."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *inputs, **named):
        return self.function(self, *inputs, **named)


def flops(model, *sizes):
    """What torch counts; without numbers, for its fused operators for numbers it does not count."""
    model = copy.deepcopy(model).eval().to("meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*[torch.zeros(size, device="meta") for size in sizes])
    return counter.get_total_flops()


@given(
    groups=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    transposed=st.booleans(),
    axes=st.integers(1, 3),
    batch=st.integers(1, 3),
)
def test_convolutions_of_all_kinds_count_as_torch_does(groups, channels, kernel, stride, transposed, axes, batch):
    kind = getattr(nn, f"Conv{'Transpose' * transposed}{axes}d")
    layer = kind(groups * channels[0], groups * channels[1], kernel, stride, groups=groups)
    size = (batch, groups * channels[0], *[5] * axes)
    summary = summarize(layer, size)
    count = conv_transpose_multiply_adds if transposed else conv_multiply_adds
    places = (5,) * axes if transposed else summary.rows[0].shape[2:]
    by_hand = batch * count(layer.in_channels, layer.out_channels, layer.kernel_size, places, groups=groups)
    assert summary.multiply_adds == by_hand
    assert summary.flops == flops(layer, size)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (nn.Linear(3, 8), (5, 10, 3)),  # torchinfo #77: only the first and the last dimension were counted
        (Calls(lambda _, x: x.flatten(2) @ x.flatten(2).mT), (2, 3, 4, 4)),  # torchinfo #126: raw operators
        (Calls(lambda _, x: torch.einsum("nchw,ncij->nhwij", x, x)), (2, 3, 4, 4)),
        (Calls(lambda _, x: functional.conv2d(x, torch.ones(4, 3, 3, 3, device=x.device))), (2, 3, 8, 8)),
        (nn.MultiheadAttention(16, 4, batch_first=True), [(2, 5, 16)] * 3),  # pytorch-OpCounter #197: 0 operations
        (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), (2, 5, 16)),
        (nn.LSTM(4, 5, num_layers=2), (7, 2, 4)),
        (nn.ConvTranspose2d(32, 1, 3), (1, 32, 1, 1)),  # fvcore #78
        (nn.ConvTranspose2d(4, 4, 3, stride=2, groups=4), (2, 4, 8, 8)),  # DeepSpeed #8323: 0 where depthwise
    ],
)
def test_what_other_tools_miss_is_counted_as_torch_counts_it(model, size):
    torch.backends.mha.set_fastpath_enabled(False)
    wanted = flops(model, *(size if isinstance(size, list) else [size]))
    torch.backends.mha.set_fastpath_enabled(True)
    assert summarize(model, size).flops == wanted > 0


def test_frozen_weights_multiply_as_well():
    """torchsummaryX #17 left them out."""
    layer = nn.Linear(3, 4).requires_grad_(requires_grad=False)
    summary = summarize(layer, (1, 3))
    assert summary.multiply_adds == linear_multiply_adds(3, 4) == 12
    assert (summary.parameters, summary.trainable) == (16, 0)


@pytest.mark.parametrize("layer", [nn.Bilinear(3, 4, 5), Calls(lambda _, x, y: torch.cdist(x, y))])
def test_products_that_have_no_count_are_not_taken_for_none(layer):
    summary = summarize(layer, [(2, 3), (2, 4 if isinstance(layer, nn.Bilinear) else 3)])
    assert [row.multiply_adds for row in summary.rows] == [None]
    assert not summary.is_complete
    assert "at least" in str(summary)


def test_an_activation_counts_nothing():
    assert summarize(nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3), nn.AvgPool2d(2)), (1, 3, 8, 8)).flops == 0
