"""A classifier turned into convolutions gives its own scores, and those of a window that slides."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.networks.alexnet import alexnet, alexnet_two_towers
from cnnbook.networks.lenet import lenet5, lenet5_modern
from cnnbook.networks.mobilenet import mobilenet_v2
from cnnbook.networks.resnet import cifar_resnet, resnet18
from cnnbook.networks.vgg import vgg16
from cnnbook.tasks.segmentation.convolutionize import convolutionize

CLOSE = {"atol": 1e-10, "rtol": 1e-10}


def ready(network):
    """In evaluation, in float64, with weights that let differences through."""
    torch.manual_seed(0)
    for weight in network.parameters():
        if weight.ndim > 1:
            nn.init.kaiming_normal_(weight)
    return network.double().eval()


def narrowed(network, times=16):
    """The same layers with a sixteenth of their filters: VGG-16 itself takes minutes at the sizes needed here."""
    first = True
    for name, layer in list(network.named_modules()):
        if isinstance(layer, nn.Conv2d):
            channels = layer.in_channels if first else layer.in_channels // times
            new = nn.Conv2d(
                channels, layer.out_channels // times, layer.kernel_size, layer.stride, layer.padding, layer.dilation
            )
            network.set_submodule(name, new)
            first = False
        elif isinstance(layer, nn.Linear):
            outputs = layer.out_features // times if layer.out_features >= 4096 else layer.out_features
            network.set_submodule(name, nn.Linear(layer.in_features // times, outputs))
    return network


def unpadded(network):
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.padding = (0, 0)
    return network


def slide(classifier, images, size, stride):
    """The definition: cut each window out, and ask the classifier about it alone."""
    rows, columns = ((n - size) // stride + 1 for n in images.shape[2:])
    windows = [
        images[..., stride * i : stride * i + size, stride * j : stride * j + size]
        for i in range(rows)
        for j in range(columns)
    ]
    with torch.no_grad():
        scores = torch.cat([classifier(window) for window in windows])
    return scores.T.reshape(1, -1, rows, columns)


@pytest.mark.claim("C6.2")
@pytest.mark.parametrize(
    ("classifier", "size"),
    [
        (lenet5_modern, 32),
        (alexnet, 224),
        (alexnet_two_towers, 224),
        (lambda num_classes: narrowed(vgg16(num_classes)), 224),
        (resnet18, 64),
        (mobilenet_v2, 64),
        (lambda num_classes: cifar_resnet(20, num_classes), 32),
    ],
)
def test_on_the_original_size_the_scores_are_the_classifier_s(classifier, size):
    network = ready(classifier(num_classes=5))
    images = torch.rand(1, network.image_channels, size, size, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(convolutionize(network, size)(images)[..., 0, 0], network(images), **CLOSE)


@pytest.mark.claim("C6.2")
def test_lenet_slides_over_the_image():
    network = ready(lenet5_modern())
    images = torch.rand(1, 1, 45, 52, dtype=torch.float64)
    wanted = slide(network, images, size=32, stride=4)
    assert wanted.shape == (1, 10, 4, 6)
    with torch.no_grad():
        torch.testing.assert_close(convolutionize(network, 32)(images), wanted, **CLOSE)


@pytest.mark.claim("C6.2")
@pytest.mark.parametrize(
    ("network", "size"), [(lambda: alexnet(num_classes=5), 355), (lambda: narrowed(vgg16(num_classes=5)), 404)]
)
def test_without_padding_alexnet_and_vgg_slide_over_the_image(network, size):
    network = ready(unpadded(network()))
    images = torch.rand(1, 3, size, size + 33, dtype=torch.float64)
    wanted = slide(network, images, size, stride=32)
    assert wanted.std() > 1e-3
    with torch.no_grad():
        torch.testing.assert_close(convolutionize(network, size)(images), wanted, **CLOSE)


@pytest.mark.parametrize(
    ("network", "side"), [(lambda: alexnet(num_classes=5), 6), (lambda: narrowed(vgg16(num_classes=5)), 7)]
)
def test_with_padding_they_slide_over_the_maps_and_not_over_the_image(network, side):
    network = ready(network())
    images = torch.rand(1, 3, 224, 288, dtype=torch.float64)
    with torch.no_grad():
        found = convolutionize(network, 224)(images)
        maps = network.features(images)
        torch.testing.assert_close(found, slide(lambda m: network.classifier(m.flatten(1)), maps, side, 1), **CLOSE)
        cut = slide(network, images, 224, 32)
    assert found.shape == cut.shape
    assert (found - cut).abs().max() > 1e-3 * cut.std()


@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 5),
    more=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    channels=st.integers(1, 3),
)
def test_a_fully_connected_layer_is_a_kernel_as_large_as_its_maps(rows, columns, more, channels):
    layer = nn.Linear(channels * rows * columns, 4).double()
    network = convolutionize(nn.Sequential(nn.Flatten(), layer), (rows, columns))
    images = torch.rand(2, channels, rows + more[0], columns + more[1], dtype=torch.float64)
    found = network(images)
    assert found.shape == (2, 4, more[0] + 1, more[1] + 1)
    last = images[..., more[0] :, more[1] :].flatten(1)
    torch.testing.assert_close(found[..., -1, -1], layer(last), **CLOSE)


@pytest.mark.parametrize(("side", "cells"), [(6, 1), (6, 2), (6, 3), (6, 6), (4, (2, 4))])
def test_adaptive_pooling_slides_with_its_window(side, cells):
    outputs = cells * cells if isinstance(cells, int) else cells[0] * cells[1]
    head = [nn.AdaptiveAvgPool2d(cells), nn.Dropout(), nn.Flatten(), nn.Dropout(), nn.Linear(2 * outputs, 3)]
    network = ready(nn.Sequential(nn.Conv2d(1, 2, 3), *head))
    images = torch.rand(1, 1, side + 4, side + 6, dtype=torch.float64)
    with torch.no_grad():
        found = convolutionize(network, side + 2)(images)
    torch.testing.assert_close(found, slide(network, images, side + 2, 1), **CLOSE)


class Written(nn.Module):
    """A classifier whose forward says everything by functions."""

    def __init__(self):
        super().__init__()
        self.conv, self.first, self.norm = nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, 8), nn.BatchNorm1d(8)
        self.second = nn.Linear(8, 5, bias=False)

    def forward(self, x):
        x = torch.relu(self.conv(x))
        x = x.view(x.size(0), -1)
        x = nn.functional.relu(self.norm(self.first(x))) * 2
        return nn.functional.dropout(self.second(x), training=self.training).tanh()


def test_functions_normalisation_and_layers_without_bias_are_understood():
    network = ready(Written())
    network.norm.running_mean.uniform_(-1, 1)
    network.norm.running_var.uniform_(0.5, 2)
    images = torch.rand(1, 3, 10, 9, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(convolutionize(network, 8)(images), slide(network, images, 8, 1), **CLOSE)


@pytest.mark.parametrize("last", [nn.Softmax(dim=1), nn.LogSoftmax(dim=-1)])
def test_probabilities_are_taken_at_each_place(last):
    network = ready(nn.Sequential(nn.Flatten(), nn.Linear(9, 4), last))
    images = torch.rand(1, 1, 4, 5, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(convolutionize(network, 3)(images), slide(network, images, 3, 1), **CLOSE)
    assert last.dim == network[-1].dim


def test_the_classifier_stays_as_it_was_and_shares_nothing():
    network = lenet5_modern()
    before, modules = copy.deepcopy(network.state_dict()), [type(layer) for layer in network.modules()]
    turned = convolutionize(network, 32)
    with torch.no_grad():
        for weight in turned.parameters():
            weight.zero_()
    assert [type(layer) for layer in network.modules()] == modules
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert sum(w.numel() for w in turned.parameters()) == sum(w.numel() for w in network.parameters())


def test_it_works_without_numbers_and_keeps_training_on():
    with torch.device("meta"):
        turned = convolutionize(vgg16(), 224)
        assert turned.training
        assert turned(torch.zeros(1, 3, 256, 288)).shape == (1, 1000, 2, 3)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(9, 9)

    def forward(self, x):
        x = x.flatten(1)
        return x + self.linear(x)


class Asking(Twice):
    def forward(self, x):
        return self.linear(x.flatten(1)) if x.sum() > 0 else x


class Tokens(Twice):
    def forward(self, x):
        return self.linear(x.flatten(2))


def oblong():
    return nn.Sequential(nn.Flatten(), nn.Linear(6, 2))


def sequential(*layers):
    return lambda: convolutionize(nn.Sequential(*layers), 3)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: convolutionize(1, 3), TypeError, "classifier must be a torch.nn.Module, not int"),
        (lambda: convolutionize(lenet5_modern(), 0), ValueError, "image_size=0 must be at least 1"),
        (lambda: convolutionize(lenet5_modern(), 3.5), TypeError, "image_size=3.5 must be a whole number"),
        (lambda: convolutionize(lenet5_modern(), 28), ValueError, r"image_size=\(28, 28\) does not fit"),
        (sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), ValueError, "has no nn.Linear behind its maps"),
        (sequential(nn.ReLU()), ValueError, "Sequential has no nn.Linear that could become a convolution"),
        (sequential(nn.Linear(3, 9)), ValueError, "classifier has 0, Linear: its inputs are not maps in a row"),
        (sequential(nn.Linear(3, 3), nn.Flatten(), nn.Linear(9, 2)), ValueError, "has 0, Linear: its inputs are not"),
        (sequential(nn.Flatten(2), nn.Linear(9, 2)), ValueError, "has 0, Flatten: it must make one row of all maps"),
        (sequential(nn.Flatten(), nn.LayerNorm(9), nn.Linear(9, 2)), ValueError, "has 1, LayerNorm: it stands behind"),
        (sequential(nn.Flatten(), nn.BatchNorm1d(9), nn.Linear(9, 2)), ValueError, "has 1, BatchNorm1d: it stands"),
        (sequential(nn.Flatten(), nn.Linear(9, 8), nn.Unflatten(1, (2, 4))), ValueError, "has 2, Unflatten"),
        (
            sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4, 2)),
            ValueError,
            "has 0, AdaptiveAvgPool2d: from 3×3 and 2×2 places its windows are not all alike",
        ),
        (
            sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(2, 2)),
            ValueError,
            "has 1, Conv2d: it reads pooled maps that are not flattened next",
        ),
        (lambda: convolutionize(Twice(), 3), ValueError, "call_function: it joins a row of maps with something else"),
        (lambda: convolutionize(Asking(), 3), ValueError, "classifier=Asking cannot be read"),
        (lambda: convolutionize(Tokens(), 3), ValueError, "has linear, Linear: its inputs are not maps in a row"),
        (lambda: convolutionize(lenet5(), 32), ValueError, "classifier=LeNet5 cannot be read"),
        (
            lambda: convolutionize(lenet5_modern(), 32)(torch.zeros(1, 1, 31, 40)),
            InputError,
            "images of 31×40 pixels are too small: layers.features.6, Conv2d, gets",
        ),
        (
            lambda: convolutionize(nn.Sequential(nn.Flatten(), nn.Linear(6, 2)), (2, 3))(
                images=torch.zeros(1, 1, 3, 2)
            ),
            InputError,
            "images of 3×2 pixels are too small; at least 2×3 are needed",
        ),
    ],
)
def test_what_cannot_be_turned_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
