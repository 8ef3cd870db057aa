"""A network gets another head, and nothing else of it learns."""

import pytest
import torch
from torch import nn

from cnnbook.networks import alexnet, densenet, googlenet, inception, lenet, mobilenet, resnet, vgg, xception
from cnnbook.networks.transfer import freeze, head_name, replace_head

HEADS = {  # as torchvision and timm name their last layers
    alexnet.alexnet: "classifier.6",
    densenet.densenet121: "classifier",
    googlenet.googlenet: "fc",
    inception.inception_v3: "fc",
    lenet.lenet5_modern: None,
    mobilenet.mobilenet_v2: "classifier.1",
    resnet.resnet18: "fc",
    vgg.vgg16: "classifier.6",
    xception.xception: "fc",
}


@pytest.mark.parametrize(("build", "name"), HEADS.items(), ids=lambda value: getattr(value, "__name__", value))
def test_the_head_is_the_layer_that_gives_the_scores(build, name):
    with torch.device("meta"):
        network = build().eval()
        head = replace_head(network, 7)
        images = torch.zeros(1, *((1, 32, 32) if build is lenet.lenet5_modern else (3, 299, 299)))
        assert network(images).shape == (1, 7)
    assert name is None or network.get_submodule(name) is head


def test_a_new_head_keeps_the_kind_of_number_and_the_missing_bias():
    network = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2, bias=False, dtype=torch.float64))
    head = replace_head(network, 5)
    assert head.weight.dtype is torch.float64
    assert head.bias is None


def test_all_other_weights_stay_when_the_head_is_replaced():
    network = lenet.lenet5_modern()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    replace_head(network, before[f"{head_name(network)}.bias"].numel())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]) != name.startswith(head_name(network)), name


def test_a_frozen_network_passes_gradients_to_its_head_only_and_counts_no_batches():
    network = resnet.resnet18(num_classes=3)
    network.train()
    freeze(network)
    network(torch.rand(2, 3, 32, 32)).sum().backward()
    assert {name for name, weight in network.named_parameters() if weight.grad is not None} == {"fc.weight", "fc.bias"}
    assert all(value == 0 for name, value in network.state_dict().items() if name.endswith("num_batches_tracked"))


def test_a_frozen_network_can_be_set_free_again():
    network = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    freeze(network)
    network.requires_grad_()
    assert all(weight.requires_grad for weight in network.parameters())


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: replace_head("vgg16", 5), TypeError, "network must be a torch.nn.Module, not str"),
        (lambda: freeze(nn.Conv2d(3, 1, 1)), ValueError, "network=Conv2d has no nn.Linear inside"),
        (lambda: freeze(nn.Linear(3, 1)), ValueError, "network=Linear has no nn.Linear inside"),
        (lambda: replace_head(nn.Sequential(nn.Linear(3, 1)), 0), ValueError, "num_classes=0 must be at least 1"),
    ],
)
def test_what_is_wrong_is_named(wrong, error, says):
    with pytest.raises(error, match=says):
        wrong()


def test_a_head_that_stands_in_two_places_is_replaced_in_both():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 2)
            self.second = self.first

    network = Shared()
    replace_head(network, 5)
    assert network.first is network.second
    assert network.second.out_features == 5


def test_what_reads_the_scores_itself_has_no_head_to_replace():
    with pytest.raises(ValueError, match=r"a Distances, which reads the scores of 'classifier\.1'"):
        replace_head(lenet.lenet5(), 5)


def test_a_head_without_weights_is_named():
    with pytest.raises(ValueError, match="head '0' without weights yet"):
        replace_head(nn.Sequential(nn.LazyLinear(4)), 5)


def test_to_freeze_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match=r"network must be a torch\.nn\.Module, not NoneType"):
        freeze(None)
