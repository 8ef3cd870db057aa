"""MobileNets are the papers': where their work is, what a separable convolution saves, and what adds to what."""

import pytest
import torch
from torch import nn

from cnnbook.networks import mobilenet
from cnnbook.shapes import depthwise_separable_cost_ratio


def built(name, **options):
    with torch.device("meta"):
        return getattr(mobilenet, name)(**options)


def costs(network):
    """Multiply-adds and weights of each convolution and each linear layer on an image of 224 pixels, by kind."""
    found = {}

    def note(layer, _, output):
        kind = "linear" if isinstance(layer, nn.Linear) else "1×1" if layer.kernel_size == (1, 1) else "3×3"
        places = output[0, 0].numel() if output.ndim > 2 else 1
        work, weights = found.get(kind, (0, 0))
        found[kind] = work + places * layer.weight.numel(), weights + layer.weight.numel()

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(note)
    network.eval()(torch.zeros(1, 3, 224, 224, device="meta"))
    return found


def test_nearly_all_work_of_the_first_is_done_by_one_by_one_convolutions():
    # Howard et al. (2017), table 2: 94.86 % of the multiply-adds, 74.59 % of the parameters.
    found = costs(built("mobilenet_v1"))
    work, weights = (sum(column) for column in zip(*found.values(), strict=True))
    assert 100 * found["1×1"][0] / work == pytest.approx(94.86, abs=0.2)
    assert 100 * found["1×1"][1] / weights == pytest.approx(74.59, abs=0.5)


@pytest.mark.parametrize(
    ("name", "millions", "million_multiply_adds"), [("mobilenet_v1", 4.2, 569), ("mobilenet_v2", 3.4, 300)]
)
def test_they_cost_what_the_papers_say(name, millions, million_multiply_adds):
    network = built(name)
    assert sum(work for work, _ in costs(network).values()) / 1e6 == pytest.approx(million_multiply_adds, abs=1)
    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.11)


def test_a_separable_convolution_saves_what_the_formula_says():
    block = mobilenet.SeparableBlock(64, 128, stride=1)
    separable = block.conv_dw.weight.numel() + block.conv_pw.weight.numel()
    ordinary = nn.Conv2d(64, 128, kernel_size=3, bias=False).weight.numel()
    assert separable / ordinary == pytest.approx(float(depthwise_separable_cost_ratio(128, (3, 3))))


def test_half_the_width_needs_about_a_quarter_of_the_work():
    whole, half = (sum(work for work, _ in costs(built("mobilenet_v1", width=w)).values()) for w in (1, 0.5))
    assert half / whole == pytest.approx(1 / 4, abs=0.03)


def test_a_block_of_the_second_adds_only_where_the_shape_stays():
    blocks = [layer for layer in built("mobilenet_v2").features if isinstance(layer, mobilenet.InvertedResidual)]
    assert len(blocks) == 17
    for block in blocks:
        convolutions = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)]
        keeps = {layer.stride for layer in convolutions} == {(1, 1)}
        assert block.adds == (keeps and convolutions[0].in_channels == convolutions[-1].out_channels)


def test_a_bottleneck_is_linear_and_may_be_negative():
    torch.manual_seed(0)
    block = mobilenet.InvertedResidual(8, 16, stride=1, expansion=6)
    assert isinstance(block.conv[-1], nn.BatchNorm2d)
    assert (block(torch.rand(2, 8, 5, 5)) < 0).any()


@pytest.mark.parametrize("channels", [8, 12, 17, 100, 320.5])
def test_channels_are_rounded_to_eights_and_lose_no_tenth(channels):
    found = mobilenet.rounded(channels)
    assert found % 8 == 0
    assert found >= 0.9 * channels
    assert abs(found - channels) <= 8


@pytest.mark.parametrize(
    ("width", "error"),
    [(0, ValueError), (-1, ValueError), (float("inf"), ValueError), (float("nan"), ValueError), ("wide", TypeError)],
)
@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2"])
def test_a_width_is_a_positive_number(name, width, error):
    with pytest.raises(error, match="width"):
        built(name, width=width)
