"""The checks of what the chapter on networks claims of several of them at once."""

import pytest
import torch
from torch import nn

from cnnbook.networks import alexnet, densenet, googlenet, lenet, mobilenet, resnet, vgg, xception
from cnnbook.shapes import conv_output_size
from cnnbook.summary import summarize

PHOTOGRAPH = (1, 3, 224, 224)


def counted(build, size=PHOTOGRAPH):
    """Count a network without its numbers."""
    with torch.device("meta"):
        network = build()
    return summarize(network, size)


def joins(summary, kind):
    """The rows in which paths meet."""
    return [row for row in summary.rows if row.kind == kind and len(row.branches) > 1]


@pytest.mark.claim("C4.1")
def test_lenet_and_vgg_are_one_line():
    for summary in (counted(lenet.lenet5_modern, (1, 1, 32, 32)), counted(vgg.vgg16)):
        assert not [row for row in summary.rows if len(row.branches) > 1]
        assert all(len(row.sources) == 1 for row in summary.rows)


@pytest.mark.claim("C4.1")
def test_resnet_adds_what_skips_and_what_is_learned():
    assert len(joins(counted(resnet.resnet50), "add")) == 3 + 4 + 6 + 3
    assert joins(counted(resnet.resnet50), "cat") == []


@pytest.mark.claim("C4.1")
def test_googlenet_puts_four_branches_one_behind_the_other():
    meetings = joins(counted(lambda: googlenet.googlenet_paper(aux_logits=False)), "cat")
    assert [len(row.branches) for row in meetings] == [4] * 9


@pytest.mark.claim("C4.1")
def test_a_dense_layer_reads_everything_before_it_in_its_block():
    with torch.device("meta"):
        network = densenet.densenet121()
    for name, block in network.features.named_children():
        if name.startswith("denseblock"):
            channels = [layer.norm1.num_features for layer in block.children()]
            assert channels == [channels[0] + 32 * number for number in range(len(channels))]


@pytest.mark.claim("C4.1")
def test_xception_is_separable_all_through_with_skips():
    with torch.device("meta"):
        network = xception.xception()
    convolutions = [
        layer for layer in network.modules() if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)
    ]
    assert [layer.groups == layer.in_channels for layer in convolutions] == [False] * 2 + [True] * 34
    assert len(joins(summarize(network, (1, 3, 299, 299)), "add")) == 12


@pytest.mark.claim("C4.2")
def test_alexnet_has_sixty_million_parameters_most_of_them_fully_connected():
    for build, parameters in [(alexnet.alexnet_two_towers, 60_965_224), (alexnet.alexnet, 61_100_840)]:
        summary = counted(build)
        ends = sum(row.parameters for row in summary.rows if row.kind == "Linear")
        convolutions = sum(row.parameters for row in summary.rows if row.kind == "Conv2d")
        assert ends + convolutions == summary.parameters == parameters
        assert ends > 0.95 * parameters
        assert 2_300_000 < convolutions < 2_500_000


@pytest.mark.claim("C4.2")
def test_alexnet_s_second_maps_are_27_by_27_by_256():
    assert counted(alexnet.alexnet_two_towers)["features.4"].shape == (1, 256, 27, 27)


@pytest.mark.claim("C4.2")
def test_224_pixels_need_the_padding_that_the_paper_does_not_mention():
    assert (224 - 11) % 4 != 0
    assert conv_output_size(224, 11, stride=4, padding=2) == conv_output_size(227, 11, stride=4) == 55


@pytest.mark.claim("C4.2")
def test_the_top_5_error_counts_labels_that_are_not_among_five_guesses():
    scores = torch.arange(20.0).flip(0).expand(20, 20)  # class 0 is always the first guess, class 19 the last
    guesses = scores.topk(5, dim=1).indices
    wrong = ~(guesses == torch.arange(20)[:, None]).any(dim=1)
    assert wrong.tolist() == [False] * 5 + [True] * 15


@pytest.mark.claim("C4.3")
def test_vgg_19_has_144_million_parameters_in_sixteen_convolutions_and_three_connected_layers():
    summary = counted(vgg.vgg19)
    assert summary.parameters == 143_667_240
    with_weights = [row.kind for row in summary.rows if row.parameters]
    assert with_weights == ["Conv2d"] * 16 + ["Linear"] * 3


@pytest.mark.claim("C4.4")
def test_vgg_has_twice_alexnets_parameters_and_a_thousandth_of_a_language_models():
    for build in (vgg.vgg16, vgg.vgg19):
        assert 2 * 61_100_840 < counted(build).parameters < 175e9 / 1000


@pytest.mark.claim("C4.5")
def test_parameters_multiply_adds_and_memory_sort_the_networks_in_three_ways():
    family = {
        "AlexNet": alexnet.alexnet,
        "VGG-16": vgg.vgg16,
        "ResNet-50": resnet.resnet50,
        "DenseNet-121": densenet.densenet121,
        "MobileNet v2": mobilenet.mobilenet_v2,
    }
    found = {name: counted(build) for name, build in family.items()}
    orders = [
        sorted(found, key=lambda name: getattr(found[name], price))
        for price in ("parameters", "multiply_adds", "activation_bytes")
    ]
    assert len({tuple(order) for order in orders}) == 3
    dense, plain = found["DenseNet-121"], found["VGG-16"]
    assert plain.parameters > 15 * dense.parameters
    assert dense.activation_bytes > 1.5 * plain.activation_bytes


@pytest.mark.claim("C4.5")
def test_what_is_long_and_branched_keeps_more_for_each_product():
    kept = {}
    for build in (vgg.vgg16, resnet.resnet50, densenet.densenet121):
        summary = counted(build)
        kept[build.__name__] = summary.activation_bytes / summary.multiply_adds
    assert kept["vgg16"] < kept["resnet50"] < kept["densenet121"]
