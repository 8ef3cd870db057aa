"""Every network for images says what is wrong with its images, and its least size is the least."""

import copy
import importlib
from functools import partial

import pytest
import torch
from torch.func import functional_call

from cnnbook.layers.checks import InputError
from cnnbook.networks.alexnet import alexnet, alexnet_two_towers
from cnnbook.networks.googlenet import googlenet_paper
from cnnbook.networks.images import check_images
from cnnbook.networks.resnet import cifar_resnet, resnet20
from parity.references import REFERENCES

NETWORKS = {
    name: partial(getattr(importlib.import_module(f"cnnbook.networks.{file}"), name.partition(" ")[0]), **entry.options)
    for file, references in REFERENCES.items()
    for name, entry in references.items()
} | {
    "alexnet_two_towers": alexnet_two_towers,
    "googlenet_paper": googlenet_paper,
    "resnet20": resnet20,
    "plain20": partial(cifar_resnet, 20, residual=False),
}

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_least_image_is_the_least(name):
    with torch.device("meta"):
        network = NETWORKS[name](num_classes=7).eval()
        least = network.smallest_image
        assert network(torch.zeros(2, 3, least, least)).shape == (2, 7)
        with pytest.raises((RuntimeError, ValueError)):
            network.forward(torch.zeros(2, 3, least - 1, least - 1))
        with pytest.raises(InputError, match=rf"images of {least}×{least - 1} pixels are too small: [\w.]+, \w+, gets"):
            network(torch.zeros(2, 3, least, least - 1))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("num_classes", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError), (float("nan"), TypeError)]
)
def test_a_number_of_classes_is_a_whole_number_of_at_least_one(name, num_classes, error):
    with torch.device("meta"), pytest.raises(error, match="num_classes"):
        NETWORKS[name](num_classes=num_classes)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (torch.zeros(2, 1, 64, 64), r"shape \(2, 1, 64, 64\) has 1 channels, not 3"),
        (torch.zeros(3, 64, 64), r"shape \(3, 64, 64\); 4 axes are needed"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.uint8), "torch.uint8; floating-point numbers are needed"),
        (torch.zeros(2, 3, 64, 20), "64×20 pixels are too small: features.5, MaxPool2d, gets 7×1"),
    ],
)
def test_images_that_do_not_fit_are_named(images, said):
    with pytest.raises(InputError, match=said):
        alexnet(num_classes=2)(images)


def test_what_is_no_tensor_is_named():
    with pytest.raises(TypeError, match=r"images must be a torch.Tensor, not list"):
        alexnet(num_classes=2)([[1.0]])
    with pytest.raises(InputError, match="4 axes"):
        alexnet(num_classes=2)(images=torch.zeros(3, 64, 64))


def test_a_refused_image_leaves_the_network_as_it_was():
    network = alexnet(num_classes=2)
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(InputError):
        network(torch.zeros(2, 3, 20, 20))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(layer._forward_pre_hooks for layer in network.children())


def test_only_a_network_for_images_is_checked():
    with pytest.raises(TypeError, match="network must be an ImageNetwork, not Linear"):
        check_images(torch.nn.Linear(1, 1), (torch.zeros(1),), {})


@pytest.mark.parametrize(
    ("of_network", "of_images"),
    [
        (torch.float32, torch.float64),
        (torch.float32, torch.float16),
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float64, torch.float32),
    ],
)
def test_images_of_another_type_than_the_weights_are_named(of_network, of_images):
    said = rf"{of_images}; the weights are {of_network}, convert one of them"
    with pytest.raises(InputError, match=said):
        resnet20().to(of_network)(torch.zeros(1, 3, 32, 32, dtype=of_images))


def test_images_on_another_device_than_the_weights_are_named():
    network = resnet20()
    with pytest.raises(InputError, match="on meta; the weights are on cpu, move one of them"):
        network(torch.zeros(1, 3, 32, 32, device="meta"))
    with pytest.raises(InputError, match="on cpu; the weights are on meta, move one of them"):
        network.to("meta")(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_network_of_any_type_takes_images_of_its_type(name, dtype):
    with torch.device("meta"):
        network = NETWORKS[name](num_classes=7).eval().to(dtype)
        least = network.smallest_image
        assert network(torch.zeros(2, 3, least, least, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("of_network", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("of_images", [torch.float32, torch.bfloat16, torch.float16])
def test_autocast_converts_images_and_weights(of_network, of_images):
    network = resnet20().eval().to(of_network)
    images = torch.rand(1, 3, 32, 32, dtype=of_images)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert network(images).dtype == torch.bfloat16


def test_what_autocast_does_not_convert_is_refused_under_it_too():
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(InputError, match=r"torch\.float64"):
        resnet20()(torch.rand(1, 3, 32, 32).double())


def test_the_check_looks_at_the_weights_that_are_called_with():
    network = resnet20()
    halves = {
        name: weight.bfloat16() if weight.is_floating_point() else weight
        for name, weight in network.state_dict().items()
    }
    images = torch.rand(1, 3, 32, 32)
    assert functional_call(network.eval(), halves, (images.bfloat16(),)).dtype == torch.bfloat16
    with pytest.raises(InputError, match=r"the weights are torch\.bfloat16"):
        functional_call(network, halves, (images,))
