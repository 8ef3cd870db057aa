"""Weights move from VGG-16 into FCN, and from each network into the next finer one; all of them or none."""

import pytest
import torch
from torch import nn

from cnnbook.networks.vgg import VGG, vgg16
from cnnbook.networks.weights import load_weights
from cnnbook.tasks.segmentation.fcn import FCN, fcn8s, fcn16s, fcn32s
from cnnbook.tasks.segmentation.fcn_weights import load_coarser, load_vgg16
from small_fcn import BUILT, TINY, lively


@pytest.mark.parametrize(("coarse", "fine"), [(32, 16), (16, 8), (32, 8)])
def test_a_finer_network_begins_with_the_coarser_one_s_answer(coarse, fine):
    coarser, finer = lively(BUILT[coarse](2, **TINY)), BUILT[fine](2, **TINY).eval()
    load_coarser(finer, coarser)
    images = torch.rand(1, 3, 150, 150)
    with torch.no_grad():
        before, after = coarser(images), finer(images)
    # not one: interpolating twice cuts the corners that interpolating once has
    assert torch.corrcoef(torch.stack([before.flatten(), after.flatten()]))[0, 1] > 0.95


def test_a_new_skip_is_heard_once_it_has_learned():
    coarser, finer = lively(fcn16s(2, **TINY)), fcn8s(2, **TINY).eval()
    load_coarser(finer, coarser)
    images = torch.rand(1, 3, 60, 60)
    before = finer(images)
    nn.init.ones_(finer.score_pool3.weight)
    assert not torch.allclose(finer(images), before)


def test_vgg_s_classifier_becomes_fc6_and_fc7():
    vgg = VGG(16, num_classes=2)
    network = fcn32s(2)
    load_vgg16(network, vgg)
    for layer in (*vgg.features, *network.features):
        if isinstance(layer, nn.Conv2d):
            layer.padding = (1, 1)
    images = torch.rand(1, 3, 224, 224)
    vgg.eval(), network.eval()
    with torch.no_grad():
        wanted = vgg.classifier[:-1](vgg.features(images).flatten(1))
        found = network.relu7(network.fc7(network.relu6(network.fc6(network.features(images)))))
    torch.testing.assert_close(found.flatten(1), wanted, atol=1e-5, rtol=1e-4)


def test_a_file_of_published_weights_fits_the_features(tmp_path):
    network = fcn8s(2, **TINY)
    names = {name: value for name, value in network.state_dict().items() if name.startswith("features.")}
    with torch.device("meta"):
        assert set(names) == {name for name in vgg16().state_dict() if name.startswith("features.")}
    weights = {name: torch.ones_like(value) for name, value in names.items()} | {"classifier.0.weight": torch.ones(2)}
    torch.save(weights, tmp_path / "vgg16.pth")
    load_weights(network, tmp_path / "vgg16.pth", strict=False)
    assert all(bool((network.state_dict()[name] == 1).all()) for name in names)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: load_coarser(fcn8s(2, **TINY), 3), TypeError, "coarser must be an FCN, not int"),
        (lambda: load_coarser(nn.ReLU(), fcn8s(2, **TINY)), TypeError, "network must be an FCN, not ReLU"),
        (
            lambda: load_coarser(fcn16s(2, **TINY), fcn8s(2, **TINY)),
            ValueError,
            "coarser=FCN-8s must have a larger step than network=FCN-16s",
        ),
        (
            lambda: load_coarser(fcn16s(3, **TINY), fcn32s(2, **TINY)),
            ValueError,
            r"coarser does not fit network: score_fr.weight is \(2, 3, 1, 1\), not \(3, 3, 1, 1\)",
        ),
        (
            lambda: load_coarser(fcn16s(2, **TINY), fcn32s(2, **TINY, batch_norm=True)),
            ValueError,
            "coarser does not fit network: it has features.1.weight, which network lacks",
        ),
        (lambda: load_vgg16(fcn8s(2, **TINY), nn.ReLU()), TypeError, "vgg must be a VGG, not ReLU"),
        (lambda: load_vgg16(nn.ReLU(), VGG(16)), TypeError, "network must be an FCN, not ReLU"),
    ],
)
def test_what_does_not_fit_is_named(call, error, said):
    with torch.device("meta"), pytest.raises(error, match=said):
        call()


def test_a_refused_transfer_changes_nothing():
    network, coarser = fcn16s(3, **TINY), lively(FCN(32, 2, **TINY))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ValueError, match="score_fr"):
        load_coarser(network, coarser)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
