"""A causal convolution reads the present and the past."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from cnnbook.layers import CausalConv1d, Conv1d
from twins import assert_maps, assert_traces


@given(kernel=st.integers(1, 5), stride=st.integers(1, 3), dilation=st.integers(1, 4), now=st.integers(0, 3))
def test_no_place_reads_what_comes_after_it(kernel, stride, dilation, now):
    layer = CausalConv1d(2, 3, kernel, stride=stride, dilation=dilation)
    signals = torch.rand(1, 2, 12, requires_grad=True)
    (read,) = torch.autograd.grad(layer(signals)[..., now].sum(), signals)
    times = read.abs().sum((0, 1)).nonzero().flatten().tolist()
    past = [stride * now - dilation * back for back in reversed(range(kernel))]
    assert times == [time for time in past if time >= 0]


def test_it_is_torchs_convolution_after_padding_on_the_left():
    layer, theirs = CausalConv1d(4, 6, 3, dilation=4, groups=2), nn.Conv1d(4, 6, 3, dilation=4, groups=2)
    theirs.load_state_dict(layer.state_dict())
    signals = torch.rand(5, 4, 7)
    torch.testing.assert_close(layer(signals), theirs(functional.pad(signals, (8, 0))))
    torch.testing.assert_close(layer(signals[0]), layer(signals)[0])
    assert layer(signals[:0]).shape == (0, 6, 7)


def test_it_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them):
    layer = layers_as_the_reader_imports_them.CausalConv1d(4, 6, 3, dilation=2, groups=2)
    assert_traces(layer, torch.rand(3, 4, 9))
    assert_maps(layer, torch.rand(3, 4, 9))


def test_doubled_dilations_see_twice_as_far_with_each_layer():
    stack = nn.Sequential(*[CausalConv1d(1, 1, 2, dilation=2**layer, bias=False) for layer in range(4)])
    for layer in stack:
        nn.init.ones_(layer.weight)
    signal = torch.zeros(1, 20)
    signal[0, 0] = 1
    assert stack(signal).tolist() == [[1.0] * 16 + [0.0] * 4]


def test_the_same_seed_gives_the_weights_of_an_ordinary_layer():
    torch.manual_seed(0)
    causal = CausalConv1d(2, 3, 5).state_dict()
    torch.manual_seed(0)
    ordinary = Conv1d(2, 3, 5).state_dict()
    torch.testing.assert_close(causal, ordinary, rtol=0, atol=0)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("shape", "message"), [((2, 3, 9), "has 3 channels, not 2"), ((2, 2, 0), "n=0"), ((9,), "axes are needed")]
)
def test_what_is_no_signal_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        CausalConv1d(2, 3, 5)(torch.zeros(shape))
