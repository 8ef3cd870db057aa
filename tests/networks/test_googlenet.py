"""GoogLeNet is the paper's table 1 in one form, torchvision's in the other: another kernel, another normalisation."""

import pytest
import torch
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.networks import googlenet
from cnnbook.networks.inception_parts import as_published


def built(factory=googlenet.googlenet, **options):
    with torch.device("meta"):
        return factory(**options)


def paper(**options):
    return built(googlenet.googlenet_paper, **options)


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
def test_in_the_paper_s_form_a_module_weighs_what_table_one_says_and_its_widths_give(module, kilo, strays):
    # The table counts in 1,024s. Its later rows do not follow from their own widths: by so much they stray.
    found = weights(paper().get_submodule(f"inception{module}")) / 1024
    assert abs(found - kilo) <= strays + 1
    assert abs(found - kilo) >= strays - 2


@pytest.mark.parametrize(("options", "parameters"), [({}, 13_378_280), ({"aux_logits": False}, 6_998_552)])
def test_in_the_paper_s_form_it_weighs_what_caffe_s_weighs(options, parameters):
    # bvlc_googlenet.caffemodel has 53,533,754 bytes, four for each of the former and 20 KiB of names.
    # Open Model Zoo says 6.999 million of what is left without the heads.
    assert sum(weight.numel() for weight in paper(**options).parameters()) == parameters


def test_torchvision_s_third_branch_has_a_smaller_kernel():
    assert paper().inception3a.branch3[1][0].kernel_size == (5, 5)
    assert built().inception3a.branch3[1].conv.kernel_size == (3, 3)


def test_the_paper_normalises_responses_before_the_first_1x1_and_before_the_second_pooling():
    names = [name for name, _ in paper().named_children()]
    assert names[:7] == ["conv1", "maxpool1", "norm1", "conv2", "conv3", "norm2", "maxpool2"]
    kinds = {type(layer) for layer in paper().modules()}
    assert nn.LocalResponseNorm in kinds
    assert nn.BatchNorm2d not in kinds
    assert all(layer.bias is not None for layer in paper().modules() if isinstance(layer, nn.Conv2d))


def test_in_the_paper_s_form_all_poolings_between_modules_are_3x3_and_dropout_is_as_said():
    network = paper()
    assert {network.get_submodule(f"maxpool{number}").kernel_size for number in (1, 2, 3, 4)} == {3}
    assert (network.dropout.p, network.aux1.dropout.p, network.aux2.dropout.p) == (0.4, 0.7, 0.7)


@pytest.mark.parametrize(("maps", "head"), [(512, "aux1"), (528, "aux2")])
def test_the_paper_s_heads_pool_14x14_to_4x4(maps, head):
    head = paper().get_submodule(head)
    assert head.pool[0](torch.zeros(1, maps, 14, 14, device="meta")).shape == (1, maps, 4, 4)
    assert (head.conv[0].in_channels, head.conv[0].out_channels, head.fc1.out_features) == (maps, 128, 1024)


def test_at_the_paper_s_size_its_heads_meet_no_other_mean():
    torch.manual_seed(0)
    head = googlenet.googlenet_paper(num_classes=3).aux1
    maps = torch.rand(1, 512, 14, 14)
    torch.testing.assert_close(head.pool(maps), head.pool[0](maps), rtol=0, atol=0)


def test_without_normalisation_signals_still_arrive_and_differ():
    torch.manual_seed(0)
    network = googlenet.googlenet_paper(num_classes=10).eval()
    one, other = network(torch.randn(2, 3, 64, 64))
    assert 0.01 < (one - other).std() < 100


@pytest.mark.parametrize("factory", [googlenet.googlenet, googlenet.googlenet_paper])
def test_modules_widen_and_halvings_shrink_as_in_table_one(factory):
    network, maps, sizes = built(factory, aux_logits=False), torch.zeros(1, 3, 224, 224, device="meta"), {}
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


@pytest.mark.parametrize("factory", [googlenet.googlenet, googlenet.googlenet_paper])
def test_heads_answer_in_training_only(factory):
    network = built(factory, num_classes=5)
    images = torch.zeros(2, 3, 80, 80, device="meta")
    assert [scores.shape for scores in network.train()(images)] == [(2, 5)] * 3
    assert network.train()(images)._fields == ("logits", "aux_logits2", "aux_logits1")
    assert network.eval()(images).shape == (2, 5)
    assert built(factory, num_classes=5, aux_logits=False).train()(images).shape == (2, 5)


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_the_paper_s_heads_ask_for_more_pixels_in_training():
    network = paper(num_classes=5)
    least = network.train().smallest_image
    assert len(network(torch.zeros(2, 3, least, least, device="meta"))) == 3
    with pytest.raises(InputError, match=rf"{least - 1} pixels are too small: aux1.pool.0, AvgPool2d, gets 4×4"):
        network(torch.zeros(2, 3, least - 1, least - 1, device="meta"))
    assert network.eval()(torch.zeros(2, 3, least - 1, least - 1, device="meta")).shape == (2, 5)


def test_images_are_scaled_from_imagenet_s_statistics_to_one_on_either_side():
    black, white = torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    for image, want in ((black, -1), (white, 1)):
        normalised = (image - mean[:, None, None]) / deviation[:, None, None]
        torch.testing.assert_close(as_published(normalised), torch.full((1, 3, 1, 1), float(want)))
