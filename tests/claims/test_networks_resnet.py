"""The checks of what the pages on ResNet and DenseNet claim of what is added and what is kept."""

import pytest
import torch
from torch import nn

from cnnbook.networks import densenet, resnet

LAST = {resnet.BasicBlock: "bn2", resnet.Bottleneck: "bn3"}


def stage_that_adds_nothing(block, maps):
    """Two blocks on so many maps, each with a last normalisation that makes zeros."""
    blocks = [block(maps, maps // block.expansion) for _ in range(2)]
    for made in blocks:
        last = getattr(made, LAST[block])
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return nn.Sequential(*blocks)


@pytest.mark.claim("C4.1")
@pytest.mark.parametrize("block", LAST)
@pytest.mark.parametrize("training", [True, False])
def test_a_stage_whose_blocks_add_nothing_hands_on_maps_without_negatives_unchanged(block, training):
    stage = stage_that_adds_nothing(block, 16).train(training)
    maps = torch.rand(2, 16, 6, 6)
    assert torch.equal(stage(maps), maps)


@pytest.mark.claim("C4.1")
@pytest.mark.parametrize("block", LAST)
def test_its_gradient_is_handed_back_unchanged_as_well(block):
    stage = stage_that_adds_nothing(block, 16)
    maps = torch.rand(2, 16, 6, 6) + 0.1
    maps.requires_grad_()
    sent = torch.randn(2, 16, 6, 6)
    (arrived,) = torch.autograd.grad(stage(maps), maps, sent)
    assert torch.equal(arrived, sent)


@pytest.mark.claim("C4.1")
def test_without_the_skips_the_same_blocks_lose_everything():
    stage = resnet.cifar_resnet(8, residual=False).layer1
    for block in stage:
        nn.init.zeros_(block.bn2.weight)
    assert not stage(torch.rand(2, 16, 6, 6)).any()


@pytest.mark.claim("C4.1")
def test_each_dense_layer_is_given_all_earlier_maps_unchanged():
    torch.manual_seed(0)
    block = densenet.DenseBlock(channels=10, growth=4, count=5).eval()
    given, made = [], []
    for layer in block.children():
        layer.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].clone()))
        layer.register_forward_hook(lambda _, __, new: made.append(new.clone()))
    maps = torch.randn(2, 10, 6, 6)
    answer = block(maps)
    for number, wanted in enumerate([*given, answer]):
        assert torch.equal(wanted, torch.cat([maps, *made[:number]], dim=1))


@pytest.mark.claim("C4.1")
def test_each_dense_layer_depends_on_every_map_before_it():
    torch.manual_seed(0)
    block = densenet.DenseBlock(channels=10, growth=4, count=3).double().eval()
    *_, last = block.children()
    maps = torch.randn(1, 10 + 2 * 4, 6, 6, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(last(maps).square().sum(), maps)
    assert (slope.abs().amax((0, 2, 3)) > 0).all()
