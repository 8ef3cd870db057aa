"""DeconvNet is VGG-16 and its mirror image, as heavy as the paper says, and its maxima return to their places."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.networks.vgg import VGG
from cnnbook.shapes import conv_parameters
from cnnbook.tasks.segmentation.deconvnet import deconvnet

DOWN = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
UP = [512, 512, 512, 512, 512, 512, 256, 256, 256, 128, 128, 64, 64, 64]  # the paper's deconv5-1 to deconv1-2


def small(**options):
    return deconvnet(**{"num_classes": 2, "widths": (2, 3, 4), "waist": 5, "image_size": 16} | options)


def steps(row):
    return pairwise(row)


def test_it_weighs_what_its_layers_add_up_to_and_what_the_paper_says():
    with torch.device("meta"):
        network = deconvnet()
    convolutions = sum(conv_parameters(before, after, (3, 3)) for before, after in (*steps(DOWN), *steps(UP)))
    waist = (
        conv_parameters(512, 4096, (7, 7)) + conv_parameters(4096, 4096, (1, 1)) + conv_parameters(4096, 512, (7, 7))
    )
    normalised = 2 * (sum(DOWN[1:]) + sum(UP[1:]) + 4096 + 4096 + 512)
    found = sum(weight.numel() for weight in network.parameters())
    assert found == convolutions + waist + normalised + conv_parameters(64, 21, (1, 1))
    assert round(found / 1e6) == 252  # the paper's section 4.3


def test_the_maps_are_the_paper_s():
    seen = []
    with torch.device("meta"):
        network = deconvnet()
        network.unpool.register_forward_hook(lambda _layer, _given, output: seen.append(tuple(output.shape[1:])))
        for layer in network.waist:
            if not isinstance(layer, nn.BatchNorm2d | nn.ReLU):
                layer.register_forward_hook(lambda _layer, _given, output: seen.append(tuple(output.shape[1:])))
        assert network(torch.zeros(2, 3, 224, 224)).shape == (2, 21, 224, 224)
    waist = [(4096, 1, 1), (4096, 1, 1), (512, 7, 7)]
    unpooled = [(512, 14, 14), (512, 28, 28), (256, 56, 56), (128, 112, 112), (64, 224, 224)]
    assert seen == waist + unpooled


def test_each_stage_comes_back_as_the_paper_s_table_has_it():
    with torch.device("meta"):
        stages = deconvnet().deconv
    back = [[(layer.in_channels, layer.out_channels) for layer in stage[::3]] for stage in stages]
    assert [pair for stage in reversed(back) for pair in stage] == list(steps(UP))
    assert [len(stage) for stage in back] == [2, 2, 3, 3, 3]


def test_normalisation_and_relu_follow_every_layer_but_the_last():
    network = small()
    layers = [layer for layer in network.modules() if not list(layer.children())]
    kinds = [type(layer) for layer in layers if not isinstance(layer, nn.MaxPool2d | nn.MaxUnpool2d)]
    assert kinds[1:-1:3] == [nn.BatchNorm2d] * (len(kinds) // 3)
    assert kinds[2:-1:3] == [nn.ReLU] * (len(kinds) // 3)
    assert kinds[-1] is nn.Conv2d


def test_vgg16_bn_s_weights_have_their_names():
    with torch.device("meta"):
        ours, theirs = deconvnet().features.state_dict(), VGG(16, batch_norm=True).features.state_dict()
    assert {n: v.shape for n, v in ours.items()} == {n: v.shape for n, v in theirs.items()}


def test_maxima_return_to_where_they_were_found():
    torch.manual_seed(0)
    network = small(widths=(2,), image_size=8).eval()
    given, returned = [], []
    pool = next(layer for layer in network.features if isinstance(layer, nn.MaxPool2d))
    pool.register_forward_hook(lambda _layer, inputs, _output: given.append(inputs[0]))
    network.unpool.register_forward_hook(lambda _layer, _inputs, output: returned.append(output))
    nn.init.ones_(network.waist[-2].bias)  # something positive to put back
    nn.init.zeros_(network.waist[-2].weight)
    network(torch.rand(1, 3, 8, 8))
    for map_, put in zip(given[0][0], returned[0][0], strict=True):
        blocks = map_.unfold(0, 2, 2).unfold(1, 2, 2).flatten(2)
        places = put.unfold(0, 2, 2).unfold(1, 2, 2).flatten(2)
        assert torch.equal(places.sum(-1), torch.ones(4, 4))
        torch.testing.assert_close((blocks * places).sum(-1), blocks.amax(-1))


@given(rows=st.integers(16, 60), columns=st.integers(16, 60))
def test_scores_have_the_image_s_size(rows, columns):
    with torch.device("meta"):
        assert small().eval()(torch.zeros(1, 3, rows, columns)).shape == (1, 2, rows, columns)


@pytest.fixture(scope="module")
def whole():
    with torch.device("meta"):
        return deconvnet()


@given(rows=st.integers(224, 520), columns=st.integers(224, 520))
def test_the_whole_network_too_keeps_every_size(whole, rows, columns):
    assert whole(torch.zeros(2, 3, rows, columns, device="meta")).shape == (2, 21, rows, columns)


@pytest.mark.parametrize(("shift", "equal"), [(8, True), (16, True), (4, False), (1, False)])
def test_a_shift_by_the_stride_shifts_the_scores(shift, equal):
    torch.manual_seed(0)
    network = small().double().eval()
    for layer in network.modules():
        if isinstance(layer, nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight)
    images = torch.rand(1, 3, 16, 400, dtype=torch.float64)
    with torch.no_grad():
        whole, later = network(images), network(images[..., shift:])
    middle = slice(150, 230)
    found = (whole[..., shift:][..., middle] - later[..., middle]).abs().max() / whole.std()
    assert (found < 1e-9) == equal


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: small(num_classes=0), ValueError, "num_classes=0 must be at least 1"),
        (lambda: small(widths=8), TypeError, "widths=8 must be a tuple or a list, not int"),
        (lambda: small(widths=()), ValueError, r"widths=\(\) has length 0; 1 to 5 stages"),
        (lambda: small(widths=(1,) * 6), ValueError, "has length 6; 1 to 5 stages"),
        (lambda: small(widths=(2, 0)), ValueError, "widths=0 must be at least 1"),
        (lambda: small(waist=0), ValueError, "waist=0 must be at least 1"),
        (lambda: small(image_size=20), ValueError, "image_size=20 must be a multiple of 8: 3 poolings"),
        (lambda: small(image_size=16.0), TypeError, "image_size=16.0 must be a whole number"),
        (
            lambda: small()(torch.zeros(2, 3, 15, 40)),
            InputError,
            r"images of 15×40 pixels are too small: waist.0, Conv2d, gets 1×5; at least 16×16",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
