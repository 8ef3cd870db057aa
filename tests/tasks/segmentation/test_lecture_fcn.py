"""The lecture's network gives Keras's answers: those recorded, and where Keras is installed, those it gives now."""

import importlib.util
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook import recorded
from cnnbook.layers.checks import InputError
from cnnbook.shapes import conv_parameters
from cnnbook.tasks.segmentation.lecture_fcn import (
    SameConv2d,
    SameConvTranspose2d,
    lecture_fcn,
    load_keras_arrays,
)

RECORD = recorded.read("lecture_fcn")
SCRIPT = Path(__file__).parents[3] / RECORD["script"]
LAYERS = SameConv2d | SameConvTranspose2d


def small(shape):
    """The numbers that the script gives to an array, worked out once more."""
    return np.array([7 * i % 11 - 5.0 for i in range(int(np.prod(shape)))], np.float32).reshape(shape)


def arrays(shapes):
    """The script's weights: a kernel by the root of its numbers for one output, a bias by fifty."""
    return [small(shape) / (50 if len(shape) == 1 else 1.4 * np.sqrt(np.prod(shape[:-1]))) for shape in shapes]


def image(rows, columns):
    """The script's image, between 0 and 1, channels first."""
    return torch.from_numpy((small((1, rows, columns, 3)) + 5) * 25 / 255).permute(0, 3, 1, 2)


def recorded_probabilities():
    found = torch.tensor([float(number) for number in RECORD["probabilities"].split()])
    return found.reshape(RECORD["output"]).permute(0, 3, 1, 2)


@pytest.fixture(scope="module")
def narrow():
    return lecture_fcn(width=4)


@pytest.mark.claim("C6.5")
def test_it_answers_as_keras_did():
    network = lecture_fcn(width=RECORD["width"])
    load_keras_arrays(network, arrays(RECORD["weights"]))
    with torch.no_grad():
        found = network(image(*RECORD["image"])).softmax(1)
    wanted = recorded_probabilities()
    assert wanted.std() > 0.05  # probabilities that are all a third would agree with anything
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_mirrored_kernels_would_be_noticed():
    network = lecture_fcn(width=RECORD["width"])
    load_keras_arrays(network, arrays(RECORD["weights"]))
    layer = network.up[2]
    with torch.no_grad():
        layer.weight.copy_(layer.weight.flip(-1))
        found = network(image(*RECORD["image"])).softmax(1)
    assert (found - recorded_probabilities()).abs().max() > 1e-3


@pytest.mark.claim("C6.5")
def test_sides_and_parameters_are_the_lecture_s():
    sides, counts = [200], []

    def note(layer, _, output):
        sides.append(output.shape[-1])
        counts.append(sum(weight.numel() for weight in layer.parameters()))

    with torch.device("meta"):
        network = lecture_fcn()
        for layer in network.modules():
            if isinstance(layer, LAYERS):
                layer.register_forward_hook(note)
        assert network(torch.zeros(1, 3, 200, 200)).shape == (1, 3, 200, 200)
    assert sides == [200, 100, 100, 50, 50, 25, 25, 25, 50, 50, 100, 100, 200, 200]
    filters = [3, 64, 64, 128, 128, 256, 256, 256, 256, 128, 128, 64, 64, 3]
    pairs = pairwise(filters)
    assert counts == [conv_parameters(channels, out, (3, 3)) for channels, out in pairs]
    assert sum(counts) == 2_880_643 == RECORD["parameters"]["64"]


def test_a_relu_follows_every_layer_but_the_last():
    network = lecture_fcn(width=1)
    assert [type(layer) for layer in network.down] == [SameConv2d, nn.ReLU] * 6
    assert [type(layer) for layer in network.up] == [SameConvTranspose2d, nn.ReLU] * 6
    assert [layer.stride[0] for layer in network.down[::2]] == [2, 1] * 3
    assert [layer.stride[0] for layer in network.up[::2]] == [1, 2] * 3


@given(rows=st.integers(1, 70), columns=st.integers(1, 70), classes=st.integers(1, 5))
def test_scores_have_the_image_s_size(rows, columns, classes):
    assert lecture_fcn(classes, width=1)(torch.zeros(1, 3, rows, columns)).shape == (1, classes, rows, columns)


@given(rows=st.integers(1, 40), columns=st.integers(1, 40))
def test_a_padded_image_gives_the_same_scores(rows, columns):
    network = lecture_fcn(width=1)
    images = torch.rand(1, 3, rows, columns)
    padded = torch.zeros(1, 3, rows + -rows % 8, columns + -columns % 8)
    padded[..., :rows, :columns] = images
    torch.testing.assert_close(network(images), network(padded)[..., :rows, :columns])


@pytest.mark.parametrize(("shift", "equal"), [(8, True), (16, True), (4, False), (1, False)])
def test_a_shift_by_the_stride_shifts_the_scores(narrow, shift, equal):
    torch.manual_seed(0)
    images = torch.rand(1, 3, 16, 256)
    with torch.no_grad():
        whole, later = narrow(images), narrow(images[..., shift:])
    middle = slice(64, 160)  # far from both borders
    difference = (whole[..., shift:][..., middle] - later[..., middle]).abs().max()
    assert (difference < 1e-6) == equal


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: lecture_fcn(num_classes=0), ValueError, "num_classes=0 must be at least 1"),
        (lambda: lecture_fcn(width=0), ValueError, "width=0 must be at least 1"),
        (lambda: lecture_fcn(width=2.5), TypeError, "width=2.5 must be a whole number"),
        (lambda: lecture_fcn(width=1)(torch.zeros(1, 1, 8, 8)), InputError, "has 1 channels, not 3"),
        (lambda: lecture_fcn(width=1)(torch.zeros(1, 3, 0, 8)), InputError, "0×8 pixels are too small"),
        (lambda: load_keras_arrays(nn.Linear(1, 1), []), TypeError, "must be a LectureFCN, not Linear"),
        (
            lambda: load_keras_arrays(lecture_fcn(width=2), arrays(RECORD["weights"])),
            ValueError,
            r"arrays\[0\], in our order \(4, 3, 3, 3\), must be \(2, 3, 3, 3\)",
        ),
        (
            lambda: SameConvTranspose2d(1, 1)(torch.zeros(1, 1, 2, 2), [2, 2]),
            ValueError,
            r"output_size=\[2, 2\] must be None",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_a_refused_transfer_changes_nothing():
    network = lecture_fcn(width=4)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    wrong = arrays(RECORD["weights"])
    wrong[-1] = wrong[-1][:2]
    with pytest.raises(ValueError, match=r"arrays\[25\]"):
        load_keras_arrays(network, wrong)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


# Keras's own lines call NumPy in a way that NumPy will give up
live = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def script():
    """The script that made the record, with Keras on whatever backend there is."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="the dependency group `keras` is not installed: nox -s keras")
    spec = importlib.util.spec_from_file_location("keras_lecture_fcn", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@live
@pytest.mark.parametrize(("rows", "columns"), [(16, 24), (40, 8)])
def test_it_answers_as_keras_does_now(script, rows, columns):
    model = script.weighted(script.lecture_model(script.WIDTH, script.CLASSES, (rows, columns)))
    network = lecture_fcn(width=script.WIDTH)
    load_keras_arrays(network, model.get_weights())
    with torch.no_grad():
        found = network(image(rows, columns)).softmax(1).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, script.answer(model, rows, columns), atol=1e-5)


@live
def test_the_whole_network_answers_as_keras_does_with_weights_that_keras_draws(script):
    script.keras.utils.set_random_seed(0)
    model, network = script.lecture_model(), lecture_fcn()
    load_keras_arrays(network, model.get_weights())
    with torch.no_grad():
        found = network(image(200, 200)).softmax(1).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, script.answer(model, 200, 200), atol=1e-5)


@live
def test_keras_makes_208_of_203_pixels(script):
    model = script.weighted(script.lecture_model(1, size=(None, None)))
    assert script.answer(model, 203, 8).shape == (1, 208, 8, 3)
