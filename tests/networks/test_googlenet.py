"""GoogLeNet is the paper's table 1, but for the kernel that torchvision took for another."""

import pytest
import torch
from torch import nn

from cnnbook.networks import googlenet


def built(**options):
    with torch.device("meta"):
        return googlenet.googlenet(**options)


def weights(layer):
    """Weights of the convolutions, without biases and normalisation."""
    return sum(part.weight.numel() for part in layer.modules() if isinstance(part, nn.Conv2d))


@pytest.mark.parametrize(("options", "parameters"), [({}, 13_004_888), ({"aux_logits": False}, 6_624_904)])
def test_it_weighs_what_torchvision_s_weighs(options, parameters):
    assert sum(weight.numel() for weight in built(**options).parameters()) == parameters


@pytest.mark.parametrize(
    ("module", "kilo", "strays"),
    [
        ("3a", 159, 0),
        ("3b", 380, 0),
        ("4a", 364, 4),
        ("4b", 437, 2),
        ("4c", 463, 36),
        ("4d", 580, 12),
        ("4e", 840, 8),
        ("5a", 1072, 54),
        ("5b", 1388, 23),
    ],
)
def test_with_the_paper_s_kernel_a_module_weighs_what_table_one_says_and_its_widths_give(module, kilo, strays):
    # The table counts in 1,024s. Its later rows do not follow from their own widths: by so much they stray.
    found = weights(built(five_by_five=True).get_submodule(f"inception{module}")) / 1024
    assert abs(found - kilo) <= strays + 1
    assert abs(found - kilo) >= strays - 2


def test_torchvision_s_third_branch_has_a_smaller_kernel():
    kernels = {option: built(five_by_five=option).inception3a.branch3[1].conv.kernel_size for option in (True, False)}
    assert kernels == {True: (5, 5), False: (3, 3)}


def test_modules_widen_and_halvings_shrink_as_in_table_one():
    network, maps, sizes = built(aux_logits=False), torch.zeros(1, 3, 224, 224, device="meta"), {}
    for name, layer in network.named_children():
        if name == "avgpool":
            break
        maps = layer(maps)
        sizes[name] = tuple(maps.shape[1:])
    assert sizes["inception3b"] == (480, 28, 28)
    assert sizes["inception4e"] == (832, 14, 14)
    assert sizes["inception5b"] == (1024, 7, 7)


def test_a_branch_changes_its_own_maps_only():
    torch.manual_seed(0)
    module = googlenet.Inception(8, (2, (3, 4), (3, 5), 6), kernel=3).eval()
    maps = torch.rand(1, 8, 6, 6)
    before = module(maps)
    with torch.no_grad():
        module.branch2[1].bn.bias += 1
    changed = (module(maps) != before).flatten(2).any(2)[0]
    assert changed.nonzero().flatten().tolist() == [2, 3, 4, 5]


def test_heads_answer_in_training_only():
    network = built(num_classes=5)
    images = torch.zeros(2, 3, 64, 64, device="meta")
    assert [scores.shape for scores in network.train()(images)] == [(2, 5)] * 3
    assert network.train()(images)._fields == ("logits", "aux_logits2", "aux_logits1")
    assert network.eval()(images).shape == (2, 5)
    assert built(num_classes=5, aux_logits=False).train()(images).shape == (2, 5)


def test_images_are_scaled_from_imagenet_s_statistics_to_one_on_either_side():
    black, white = torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    for image, want in ((black, -1), (white, 1)):
        normalised = (image - mean[:, None, None]) / deviation[:, None, None]
        torch.testing.assert_close(googlenet.as_published(normalised), torch.full((1, 3, 1, 1), float(want)))
