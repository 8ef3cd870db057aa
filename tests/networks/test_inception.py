"""Inception v3 has the paper's sizes, torchvision's weights, and a head that answers in training only."""

import pytest
import torch
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.networks import inception
from cnnbook.networks.inception_parts import ConvNorm


def built(**options):
    with torch.device("meta"):
        return inception.inception_v3(**options)


def images(side):
    return torch.zeros(2, 3, side, side, device="meta")


@pytest.mark.parametrize(("options", "parameters"), [({}, 27_161_264), ({"aux_logits": False}, 23_834_568)])
def test_it_weighs_what_torchvision_s_weighs(options, parameters):
    assert sum(weight.numel() for weight in built(**options).parameters()) == parameters


def test_maps_have_the_sizes_of_table_one():
    network, maps, met = built(aux_logits=False), torch.zeros(1, 3, 299, 299, device="meta"), []
    for name, layer in network.named_children():
        met.append((name, tuple(maps.shape[1:])))
        if name == "fc":
            break
        maps = layer(maps).flatten(1) if name == "dropout" else layer(maps)
    sizes = dict(met)
    assert sizes["Conv2d_1a_3x3"] == (3, 299, 299)
    assert sizes["Conv2d_2a_3x3"] == (32, 149, 149)
    assert sizes["Conv2d_2b_3x3"] == (32, 147, 147)
    assert sizes["maxpool1"] == (64, 147, 147)
    assert sizes["Conv2d_3b_1x1"] == (64, 73, 73)
    assert sizes["Mixed_5b"] == (192, 35, 35)  # the table has 288 already: the published network widens on the way
    assert sizes["Mixed_6a"] == (288, 35, 35)
    assert sizes["Mixed_6b"] == sizes["Mixed_7a"] == (768, 17, 17)
    assert sizes["Mixed_7b"] == (1280, 8, 8)
    assert sizes["avgpool"] == (2048, 8, 8)
    assert sizes["fc"] == (2048,)


def test_five_modules_keep_17x17_and_two_8x8():
    kinds = [type(layer).__name__[-1] for layer in built().children() if isinstance(layer, inception.Mixed)]
    assert "".join(kinds) == "AAABCCCCDEE"


@pytest.mark.parametrize(
    ("kernels", "sees"),
    [
        ([5], (5, 5)),
        ([3, 3], (5, 5)),
        ([inception.ROW, inception.COLUMN], (7, 7)),
        ([inception.COLUMN, inception.ROW], (7, 7)),
    ],
)
def test_small_kernels_behind_one_another_see_as_far_as_the_large_one(kernels, sees):
    layers = nn.Sequential(*(ConvNorm(1, 1, kernel).conv for kernel in kernels))
    seen = torch.zeros(1, 1, 15, 15, requires_grad=True)
    for layer in layers:
        nn.init.ones_(layer.weight)
    layers(seen)[0, 0, 7, 7].backward()
    rows, columns = seen.grad[0, 0].nonzero().unbind(1)
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == sees


@pytest.mark.parametrize(
    ("module", "branch", "maps"),
    [
        (inception.InceptionA(8, pooled=32), "branch5x5_2", range(64, 128)),
        (inception.InceptionA(8, pooled=32), "branch_pool", range(224, 256)),
        (inception.InceptionB(8), "branch3x3dbl_3", range(384, 480)),
        (inception.InceptionC(8, narrow=4), "branch7x7dbl_5", range(384, 576)),
        (inception.InceptionD(8), "branch3x3_2", range(320)),
        (inception.InceptionE(8), "branch3x3_2b", range(704, 1088)),
        (inception.InceptionE(8), "branch3x3dbl_3a", range(1088, 1472)),
    ],
)
def test_a_branch_changes_its_own_maps_only(module, branch, maps):
    torch.manual_seed(0)
    images = torch.rand(1, 8, 7, 7)
    module.eval()
    with torch.no_grad():
        before = module(images)
        module.get_submodule(branch).bn.bias += 1
        changed = (module(images) != before).flatten(2).any(2)[0]
    assert changed.nonzero().flatten().tolist() == list(maps)


def test_modules_that_halve_keep_the_largest_of_what_came_in_as_their_last_maps():
    torch.manual_seed(0)
    images = torch.rand(1, 8, 7, 7)
    for module in (inception.InceptionB(8), inception.InceptionD(8)):
        torch.testing.assert_close(module(images)[:, -8:], nn.functional.max_pool2d(images, 3, stride=2))


def test_the_head_answers_in_training_only():
    network = built(num_classes=5)
    scores = network.train()(images(299))
    assert scores._fields == ("logits", "aux_logits")
    assert [head.shape for head in scores] == [(2, 5)] * 2
    assert network.eval()(images(299)).shape == (2, 5)
    assert built(num_classes=5, aux_logits=False).train()(images(299)).shape == (2, 5)


def test_the_head_s_maps_are_5x5_so_that_its_convolution_is_fully_connected():
    head = built().AuxLogits
    assert head.pool(torch.zeros(1, 768, 17, 17, device="meta")).shape == (1, 768, 5, 5)
    assert head.conv1.conv.kernel_size == (5, 5)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "training", "least", "layer"),
    [
        ({}, True, 299, "AuxLogits.conv1.conv, Conv2d, gets 4×4"),
        ({}, False, 75, "Mixed_7a.branch3x3_2.conv, Conv2d, gets 2×2"),
        ({"aux_logits": False}, True, 75, "Mixed_7a.branch3x3_2.conv, Conv2d, gets 2×2"),
    ],
)
def test_images_that_are_too_small_are_refused_by_the_layer_that_runs_out_of_pixels(options, training, least, layer):
    network = built(num_classes=5, **options).train(training)
    assert network.smallest_image == least
    network(images(least))
    with pytest.raises(InputError, match=rf"{layer}; at least {least}×{least} are needed"):
        network(images(least - 1))


def test_weights_are_drawn_small_and_the_head_s_scores_smaller():
    torch.manual_seed(0)
    network = inception.inception_v3(num_classes=50)
    assert network.Mixed_5b.branch1x1.conv.weight.std().item() == pytest.approx(0.1, rel=0.05)
    assert network.fc.weight.std().item() == pytest.approx(0.1, rel=0.05)
    assert network.AuxLogits.fc.weight.std().item() == pytest.approx(0.001, rel=0.05)
