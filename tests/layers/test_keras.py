"""Weights from Keras give its answers in torch: those recorded, and where Keras is installed, those it gives now."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import recorded
from cnnbook.layers.keras import AXES, from_keras, to_keras
from cnnbook.shapes import same_padding, transposed_output_size

RECORD = recorded.read("keras")
ANSWERS = RECORD["answers"]
SCRIPT = Path(__file__).parents[2] / RECORD["script"]
TRANSPOSED = [name for name in ANSWERS if name.startswith(("transposed, same", "transposed, valid"))]


def small(shape):
    """The numbers that benchmarks/keras_layers.py gives to a layer, worked out once more."""
    return torch.tensor([7 * i % 11 - 5.0 for i in range(int(np.prod(shape)))]).reshape(*shape)


def first(images):
    """Channels first."""
    return images.movedim(-1, 1)


def case(name):
    """A recorded case: what went in, the kernels in torch's order, the bias if any, what came out; channels first."""
    found = ANSWERS[name]
    output = torch.tensor([float(number) for number in found["numbers"].split()]).reshape(found["output"])
    layer, weights = found["layer"], [small(shape) for shape in found["weights"]]
    layers = {"SeparableConv2D": ["DepthwiseConv2D", "Conv2D"]}.get(layer, [layer])
    kernels = [from_keras(one, kernel) for one, kernel in zip(layers, weights, strict=False) if one in AXES]
    return first(small(found["input"])), kernels, weights[-1] if weights else None, first(output)


def test_the_script_uses_the_same_small_numbers():
    assert small((2, 3)).tolist() == [[-5, 2, -2], [5, 1, -3]]


@pytest.mark.parametrize(
    ("name", "compute"),
    [
        ("valid", functional.conv2d),
        ("groups", lambda x, w, b: functional.conv2d(x, w, b, groups=2)),
        ("relu", lambda x, w, b: functional.conv2d(x, w, b).relu()),
        ("depthwise", lambda x, w, b: functional.conv2d(x, w, b, groups=2)),
        ("depthwise, one axis", lambda x, w, b: functional.conv1d(x, w, b, groups=2)),
        ("separable", lambda x, v, w, b: functional.conv2d(functional.conv2d(x, v, groups=2), w, b)),
        ("dense", functional.linear),
        ("causal", lambda x, w, b: functional.conv1d(functional.pad(x, (4, 0)), w, b, dilation=2)),
        ("volume", lambda x, w, b: functional.conv3d(functional.pad(x, (0, 1, 0, 1, 1, 1)), w, b, stride=2)),
        ("transposed, channels", lambda x, w, b: functional.conv_transpose2d(x, w, b, stride=2)),
        ("transposed, dilation", lambda x, w, b: functional.conv_transpose1d(x, w, b, dilation=2)),
        ("transposed, volume", functional.conv_transpose3d),
    ],
)
def test_converted_weights_give_keras_answers(name, compute):
    input, kernels, bias, expected = case(name)
    torch.testing.assert_close(compute(input, *kernels, bias), expected)


def test_every_row_of_the_table_has_an_answer_of_keras():
    layers = {answer["layer"] for answer in ANSWERS.values()}
    assert set(AXES) <= layers | {"Conv1DTranspose"}


@pytest.mark.claim("C2.4")
@pytest.mark.parametrize("name", [name for name in ANSWERS if name.startswith("same")])
def test_keras_pads_as_same_padding_says(name):
    input, (kernel,), bias, expected = case(name)
    options = ANSWERS[name]["options"]
    stride, dilation = options.get("strides", 1), options.get("dilation_rate", 1)
    rows, columns = (same_padding(n, options["kernel_size"], stride, dilation) for n in input.shape[2:])
    padded = functional.pad(input, (*columns, *rows))
    torch.testing.assert_close(functional.conv2d(padded, kernel, bias, stride=stride, dilation=dilation), expected)


@pytest.mark.claim("C5.4")
@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_transposed_convolution_of_keras_is_torchs_cut_at_its_end(name):
    input, (weight,), bias, expected = case(name)
    options = ANSWERS[name]["options"]
    n, kernel, stride = input.shape[-1], options["kernel_size"], options["strides"]
    room = max(stride - kernel, 0)  # Keras fills up to the stride even without `same`
    before, after = same_padding(n * stride, kernel, stride) if options["padding"] == "same" else (0, 0)
    whole = functional.conv_transpose1d(input, weight, bias, stride, output_padding=room)
    torch.testing.assert_close(whole[..., before : whole.shape[-1] - after], expected)
    if options["padding"] == "same":
        assert expected.shape[-1] == n * stride
        if before == after:
            assert transposed_output_size(n, kernel, stride, before, output_padding=room) == n * stride
            padded = functional.conv_transpose1d(input, weight, bias, stride, before, output_padding=room)
            torch.testing.assert_close(padded, expected)


@given(layer=st.sampled_from(sorted(AXES)), data=st.data(), each=st.integers(1, 3))
def test_there_and_back_changes_nothing(layer, data, each):
    depthwise = layer.startswith("Depthwise")
    shape = data.draw(st.tuples(*[st.integers(1, 4)] * (len(AXES[layer]) - depthwise)))
    kernel = small((*shape, each) if depthwise else shape)
    multiplier = each if depthwise else 1
    assert torch.equal(to_keras(layer, from_keras(layer, kernel), multiplier), kernel)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: from_keras("Conv4D", torch.zeros(3)), ValueError, r"layer='Conv4D' must be one of Dense, Conv1D"),
        (lambda: from_keras("SeparableConv2D", torch.zeros(3)), ValueError, "layer='SeparableConv2D' must be one of"),
        (lambda: from_keras("Conv2D", torch.zeros(3, 3)), ValueError, r"shape \(3, 3\) must have 4 axes for Conv2D"),
        (lambda: from_keras("Conv2D", [[1.0]]), TypeError, r"weights must be a torch\.Tensor, not list"),
        (lambda: to_keras("Dense", torch.zeros(3)), ValueError, r"shape \(3,\) must have 2 axes for Dense"),
        (lambda: to_keras("Conv2D", torch.zeros(4, 1, 3, 3), 2), ValueError, "depth_multiplier=2 must be 1 for Conv2D"),
        (lambda: to_keras("DepthwiseConv2D", torch.zeros(4, 2, 3, 3)), ValueError, "must have one channel"),
        (
            lambda: to_keras("DepthwiseConv2D", torch.zeros(4, 1, 3, 3), 3),
            ValueError,
            "a multiple of depth_multiplier=3",
        ),
        (lambda: to_keras("DepthwiseConv2D", torch.zeros(4, 1, 3, 3), 0), ValueError, "must be at least 1"),
        (lambda: to_keras("DepthwiseConv2D", torch.zeros(4, 1, 3, 3), 1.5), TypeError, "depth_multiplier=1.5"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Keras's own lines call NumPy in a way that NumPy will give up
live = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def script():
    """The script that made the record, with Keras on whatever backend there is."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="the dependency group `keras` is not installed: nox -s keras")
    spec = importlib.util.spec_from_file_location("keras_layers", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@live
@pytest.mark.parametrize("name", ANSWERS)
def test_keras_still_answers_as_recorded(script, name):
    found = script.answer(script.CASES[name])
    elsewhere = RECORD["elsewhere"].get(script.keras.backend.backend(), {})
    assert script.agree(found, {"numbers": elsewhere.get(name, ANSWERS[name]["numbers"])})


@live
def test_keras_still_begins_refuses_and_trains_as_recorded(script):
    found = script.ask()
    assert found["defaults"] == {  # JSON knows no tuples
        name: {option: tuple(value) if isinstance(value, list) else value for option, value in options.items()}
        for name, options in RECORD["defaults"].items()
    }
    assert set(found["refused"]) == set(RECORD["refused"])
    assert found["Dropout"] == RECORD["Dropout"]
    for name, numbers in RECORD["BatchNormalization"].items():
        np.testing.assert_allclose(found["BatchNormalization"][name], numbers, rtol=1e-5)
    for name, drawn in RECORD["drawn"].items():
        assert found["drawn"][name] == drawn | {"largest": pytest.approx(drawn["largest"], rel=1e-3)}
