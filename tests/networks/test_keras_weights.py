"""Keras's VGG-16 and Xception give their answers here, and files that are not theirs are refused."""

import importlib.util
import os
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.networks.keras_weights import EPSILON, ROWS, converted, load_keras_weights
from cnnbook.networks.resnet import resnet18
from cnnbook.networks.vgg import vgg16
from cnnbook.networks.xception import xception

with torch.device("meta"):
    NETWORKS = {"VGG16": vgg16(num_classes=10), "Xception": xception(num_classes=10)}
KINDS = {
    "SeparableConv2D": "SeparableConv2d",
    "Conv2D": "Conv2d",
    "BatchNormalization": "BatchNorm2d",
    "Dense": "Linear",
}


@pytest.fixture
def keras():
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed (nox -s keras)")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return importlib.import_module("keras")


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_table_names_each_layer_with_weights_once(name):
    network = NETWORKS[name]
    rows = ROWS[type(network)]
    assert all(type(network.get_submodule(ours)).__name__ == KINDS[kind] for kind, _, ours in rows)
    prefixes = tuple(f"{ours}." for _, _, ours in rows)
    assert len(set(prefixes)) == len(prefixes)
    assert all(weight.startswith(prefixes) for weight in network.state_dict())


def test_a_dense_layer_after_maps_reads_them_in_our_order():
    rng = np.random.default_rng(0)
    maps, kernel = rng.standard_normal((2, 7, 7, 512)), rng.standard_normal((7 * 7 * 512, 3))
    weight = converted(NETWORKS["VGG16"], "Dense", "fc1", "classifier.0", [kernel])["classifier.0.weight"]
    ours = torch.from_numpy(maps).permute(0, 3, 1, 2).flatten(1) @ weight.T
    np.testing.assert_allclose(ours.numpy(), maps.reshape(2, -1) @ kernel, atol=1e-10)


def test_keras_s_epsilon_moves_into_the_variance():
    rng = np.random.default_rng(0)
    scale, shift, mean, variance = (rng.uniform(0.001, 1, 32) for _ in range(4))
    arrays = [scale, shift, mean, variance]
    state = converted(NETWORKS["Xception"], "BatchNormalization", "block1_conv1_bn", "bn1", arrays)
    layer = nn.BatchNorm2d(32).double().eval()
    layer.load_state_dict({name.removeprefix("bn1."): value for name, value in state.items()}, strict=False)
    maps = rng.standard_normal((2, 5, 5, 32))
    want = (maps - mean) / np.sqrt(variance + EPSILON) * scale + shift
    found = layer(torch.from_numpy(maps).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    np.testing.assert_allclose(found.detach().numpy(), want, atol=1e-12)


def test_other_networks_and_absent_files_are_named(tmp_path):
    with torch.device("meta"), pytest.raises(TypeError, match="network must be VGG or Xception, not ResNet"):
        load_keras_weights(resnet18(), tmp_path / "x.h5")
    with pytest.raises(FileNotFoundError, match=r"x\.h5' is not there"):
        load_keras_weights(NETWORKS["Xception"], tmp_path / "x.h5")


def filled(model):
    """Give a Keras model weights that let the image through; with Keras's own, only the biases arrive."""
    rng = np.random.RandomState(0)
    for layer in model.layers:
        drawn = []
        for place, weight in enumerate(layer.get_weights()):
            if weight.ndim == 1:
                near_one = type(layer).__name__ == "BatchNormalization" and place in {0, 3}
                drawn.append(rng.uniform(-0.1, 0.1, weight.shape) + near_one)
            else:
                by_channel = type(layer).__name__ == "SeparableConv2D" and place == 0
                inputs = 9 if by_channel else weight.size // weight.shape[-1]
                drawn.append(rng.uniform(-1, 1, weight.shape) * (6 / inputs) ** 0.5)
        layer.set_weights(drawn)
    return model


def built(keras, name, size, **options):
    factory = getattr(keras.applications, name)
    return factory(weights=None, classes=10, input_shape=(size, size, 3), classifier_activation=None, **options)


def difference(model, network, size):
    """How far the scores are apart, and how far two images' are, both as a share of the largest."""
    images = np.random.RandomState(1).uniform(-1, 1, (2, size, size, 3)).astype("float32")
    want = model.predict(images, verbose=0)
    with torch.inference_mode():
        found = network.eval()(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()
    return np.abs(found - want).max() / np.abs(want).max(), np.abs(want[0] - want[1]).max() / np.abs(want).max()


def saved(model, path):
    (model.save_weights if path.name.endswith(".weights.h5") else model.save)(path)
    return path


@pytest.mark.parametrize("ending", ["weights.h5", "h5", "keras"])
def test_xception_gives_keras_s_answers(keras, tmp_path, ending):
    built(keras, "Xception", 71)  # so that the shortcuts of the next are not counted from nothing
    model = filled(built(keras, "Xception", 71))
    network = xception(num_classes=10)
    load_keras_weights(network, saved(model, tmp_path / f"model.{ending}"))
    apart, spread = difference(model, network, 71)
    assert spread > 0.01
    assert apart < 1e-5


@pytest.mark.parametrize(("size", "alike"), [(103, True), (104, True), (101, False), (295, True), (299, False)])
def test_xception_s_borders_are_keras_s_only_where_all_pooled_maps_are_odd(keras, tmp_path, size, alike):
    model = filled(built(keras, "Xception", size))
    network = xception(num_classes=10)
    load_keras_weights(network, saved(model, tmp_path / "model.weights.h5"))
    apart, _ = difference(model, network, size)
    assert (apart < 1e-5) == alike
    assert alike or apart > 0.01


def test_vgg16_gives_keras_s_answers(keras, tmp_path):
    model = filled(built(keras, "VGG16", 224))
    network = vgg16(num_classes=10)
    load_keras_weights(network, saved(model, tmp_path / "model.weights.h5"))
    apart, spread = difference(model, network, 224)
    assert spread > 0.01
    assert apart < 1e-4


def test_features_alone_load_if_they_may(keras, tmp_path):
    model = filled(built(keras, "VGG16", 32, include_top=False))
    network = vgg16(num_classes=10)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for ending in ("weights.h5", "h5", "keras"):
        file = saved(model, tmp_path / f"features.{ending}")
        with pytest.raises(ValueError, match=r"does not fit VGG: it lacks classifier\.0\.weight, .* and 3 more"):
            load_keras_weights(network, file)
        assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    load_keras_weights(network, file, strict=False)
    images = np.random.RandomState(1).uniform(-1, 1, (1, 32, 32, 3)).astype("float32")
    with torch.inference_mode():
        found = network.features(torch.from_numpy(images).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    want = model.predict(images, verbose=0)
    np.testing.assert_allclose(found.numpy(), want, rtol=0, atol=1e-5 * np.abs(want).max())
    assert torch.equal(network.classifier[0].weight, before["classifier.0.weight"])


def test_another_model_of_keras_is_refused(keras, tmp_path):
    small = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2D(4, 3, name="block1_conv1")])
    for ending in ("weights.h5", "h5", "keras"):
        with pytest.raises(ValueError, match=rf"model\.{ending} does not fit Xception: it lacks"):
            load_keras_weights(NETWORKS["Xception"], saved(small, tmp_path / f"model.{ending}"))
    many = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2DTranspose(4, 3, name="up")])
    with pytest.raises(ValueError, match=r"does not fit Xception: nobody asked for up$"):
        load_keras_weights(NETWORKS["Xception"], saved(many, tmp_path / "many.h5"))


def test_damaged_files_are_refused(h5py, tmp_path):
    files = {"text.h5": b"no weights", "empty.keras": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "bare.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = np.zeros(3)
    with h5py.File(tmp_path / "whole.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 3, 64))
    (tmp_path / "cut.h5").write_bytes((tmp_path / "whole.h5").read_bytes()[:-500])
    for name in (*files, "bare.keras", "other.h5", "cut.h5"):
        with pytest.raises(ValueError, match=f"{name} is damaged or no file of Keras's weights"):
            load_keras_weights(NETWORKS["VGG16"], tmp_path / name)


def test_a_kernel_with_other_axes_is_named(h5py, tmp_path):
    with h5py.File(tmp_path / "flat.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 64))
    with pytest.raises(ValueError, match=r"does not fit VGG: conv2d: weights of shape \(3, 64\) must have 4 axes"):
        load_keras_weights(NETWORKS["VGG16"], tmp_path / "flat.weights.h5")
