"""Residual networks are the paper's: as deep as their names, as heavy as its tables, and blocks that only add."""

import pytest
import torch
from torch import nn

from cnnbook.networks import resnet, resnet_cifar

LARGE, SMALL = [18, 34, 50, 101, 152], [20, 32, 44, 56]


def built(depth, **options):
    with torch.device("meta"):
        return getattr(resnet, f"resnet{depth}")(**options)


def weighted(network):
    """Layers with weights on the main way: the paper does not count shortcuts."""
    named = network.named_modules()
    return [layer for name, layer in named if isinstance(layer, nn.Conv2d | nn.Linear) and "downsample" not in name]


@pytest.mark.parametrize("depth", LARGE + SMALL)
def test_the_name_counts_the_layers_with_weights(depth):
    assert len(weighted(built(depth))) == depth


@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85)])
def test_the_small_ones_weigh_what_the_paper_s_table_six_says(depth, millions):
    assert round(sum(weight.numel() for weight in built(depth).parameters()) / 1e6, 2) == millions


@pytest.mark.parametrize("depth", LARGE)
def test_stages_halve_the_maps_as_in_table_one(depth):
    network = built(depth)
    maps = network.maxpool(network.conv1(torch.zeros(1, 3, 224, 224, device="meta")))
    sides = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        maps = stage(maps)
        sides.append(maps.shape[-1])
    assert sides == [56, 28, 14, 7]


@pytest.mark.parametrize("block", [resnet.BasicBlock(8, 8), resnet.Bottleneck(32, 8), resnet_cifar.CifarBlock(8, 8)])
def test_a_block_whose_last_scale_is_zero_passes_its_input_on(block):
    last = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)][-1]
    nn.init.zeros_(last.weight)
    maps = torch.rand(2, 32 if isinstance(block, resnet.Bottleneck) else 8, 5, 5)  # no ReLU changes what is positive
    assert torch.equal(block(maps.clone()), maps)


def test_a_plain_block_forgets_its_input():
    block = resnet_cifar.CifarBlock(8, 8, residual=False)
    nn.init.zeros_(block.bn2.weight)
    assert not block(torch.rand(2, 8, 5, 5)).any()


def test_a_plain_network_has_the_residual_one_s_weights():
    residual, plain = resnet.cifar_resnet(20), resnet.cifar_resnet(20, residual=False)
    plain.load_state_dict(residual.state_dict())
    assert not torch.equal(plain.eval()(torch.ones(1, 3, 32, 32)), residual.eval()(torch.ones(1, 3, 32, 32)))


def test_a_shortcut_without_weights_drops_pixels_and_fills_channels_with_zeros():
    block = resnet_cifar.CifarBlock(2, 4, stride=2)
    nn.init.zeros_(block.bn2.weight)
    maps = torch.rand(1, 2, 5, 5)
    found = block(maps)
    assert torch.equal(found[:, 1:3], maps[:, :, ::2, ::2])
    assert not found[:, [0, 3]].any()


def test_the_paper_s_stride_reads_one_pixel_in_four_and_torchvision_s_all():
    def gradient(*, stride_in_1x1):
        torch.manual_seed(0)
        block = resnet.Bottleneck(4, 4, stride=2, stride_in_1x1=stride_in_1x1)
        maps = torch.rand(1, 4, 8, 8, requires_grad=True)
        block.conv2(block.conv1(maps)).square().sum().backward()
        return (maps.grad != 0).any(1).float().mean().item()

    assert gradient(stride_in_1x1=True) <= 0.25
    assert gradient(stride_in_1x1=False) > 0.9


def test_a_stride_s_place_changes_no_weight():
    first, second = built(50), built(50, stride_in_1x1=True)
    assert [(name, value.shape) for name, value in first.state_dict().items()] == [
        (name, value.shape) for name, value in second.state_dict().items()
    ]
    images = torch.zeros(1, 3, 64, 64, device="meta")
    assert first(images).shape == second(images).shape


@pytest.mark.parametrize(
    ("depth", "error", "said"),
    [
        (2, ValueError, "depth=2 must be at least 8"),
        (21, ValueError, "depth=21 must be 2 more"),
        (20.5, TypeError, "depth"),
    ],
)
def test_only_depths_that_the_paper_can_build_are_taken(depth, error, said):
    with pytest.raises(error, match=said):
        resnet.cifar_resnet(depth)
