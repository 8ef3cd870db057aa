"""The file of a model: whole or not there, readable by others, and refused where the engine could not run it."""

import base64
import json
import struct
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnbook.data import Examples
from cnnbook.live import Walk, export
from cnnbook.live.export import traced
from cnnbook.networks.resnet import resnet18


class Calls(nn.Module):
    """A model whose forward is a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return self.function(self.conv(x))


def nodes(model):
    return traced(model, (1, 1, 8, 8))[0]["nodes"]


def test_a_file_holds_what_the_library_of_safetensors_reads(tmp_path):
    load_file = pytest.importorskip("safetensors.torch").load_file
    model = nn.Conv2d(1, 2, 3)
    export(model, (1, 1, 8, 8), tmp_path / "a.safetensors")
    read = load_file(tmp_path / "a.safetensors")
    torch.testing.assert_close(read["conv2d.weight"], model.weight.detach().half())
    torch.testing.assert_close(read["conv2d.bias"], model.bias.detach())


def test_the_header_ends_where_its_length_says_and_holds_the_graph(tmp_path):
    export(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 8, 8), tmp_path / "a.safetensors")
    content = (tmp_path / "a.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    graph = json.loads(header["__metadata__"]["graph"])
    assert [(node["name"], node["op"], node["inputs"]) for node in graph["nodes"]] == [
        ("input", "input", []),
        ("0", "conv", [0]),
        ("1", "relu", [1]),
    ]
    assert len(content) == 8 + length + 2 * 18 + 4 * 2


def pictures(channels=1, count=2):
    return Examples(torch.rand(count, channels, 8, 8), torch.zeros(count).long(), ("cat", "dog"))


def test_examples_travel_with_the_names_of_their_classes(tmp_path):
    load_file = pytest.importorskip("safetensors.torch").load_file
    examples = pictures()
    export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", examples)
    torch.testing.assert_close(load_file(tmp_path / "a.safetensors")["examples"], examples.inputs.half())
    written = (tmp_path / "a.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", written[:8])
    graph = json.loads(json.loads(written[8 : 8 + length])["__metadata__"]["graph"])
    assert (graph["examples"], graph["classes"]) == ("examples", ["cat", "dog"])


def test_the_element_of_a_walk_holds_the_file(tmp_path):
    model, examples = nn.Conv2d(1, 2, 3), pictures()
    export(model, (1, 1, 8, 8), tmp_path / "a.safetensors", examples)
    held = base64.b64encode((tmp_path / "a.safetensors").read_bytes()).decode()
    assert f'data-model="{held}"' in Walk(model, (1, 1, 8, 8), examples)._repr_html_()


def test_a_network_of_the_book_can_be_exported(tmp_path):
    export(resnet18(), (1, 3, 64, 64), tmp_path / "mine.safetensors")
    weights = sum(2 * weight.numel() for weight in resnet18().parameters() if weight.ndim > 1)
    assert (tmp_path / "mine.safetensors").stat().st_size > weights


def test_a_model_stays_as_it_was(tmp_path):
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout()).double()
    export(model, (1, 1, 4, 4), tmp_path / "a.safetensors")
    assert model.training
    assert model[0].weight.dtype == torch.float64


def test_what_writes_into_its_input_changes_all_who_read_it_later():
    def forward(x):
        functional.relu_(x)
        return x + torch.tanh(x)

    assert [(node["op"], node["inputs"]) for node in nodes(Calls(forward))[2:]] == [
        ("relu", [1]),
        ("tanh", [2]),
        ("add", [2, 3]),
    ]


def test_a_layer_that_is_called_twice_has_two_names():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.Tanh()

        def forward(self, x):
            return self.act(self.act(self.act(x)))

    assert [node["name"] for node in nodes(Twice())[1:]] == ["act", "act.tanh", "act.tanh.2"]


def enlarged(**how):
    return partial(functional.interpolate, mode="bilinear", **how)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (torch.sin, "'sin'.*does not know it"),
        (lambda x: x + 1, "'add'.*outputs of two layers"),
        (lambda x: x + x.mean((2, 3), keepdim=True), "'add'.*maps of one shape"),
        (lambda x: torch.cat([x, x], 2), "'cat'.*channels"),
        (lambda x: x.mean(1), "'mean'.*rows and columns"),
        (lambda x: x.view(1, 4, 18), "'view'.*all but the batch"),
        (lambda x: functional.softmax(x, 3), "'softmax'.*channels"),
        (functional.hardtanh, "'hardtanh'.*0 and 6"),
        (lambda x: functional.dropout(x, training=True), "'dropout'"),
        (lambda x: functional.relu_(x.flatten(1)), "'relu'.*inplace=False"),
        (lambda x: functional.avg_pool2d(x, 2, divisor_override=3), "'avg_pool2d'.*number of its own"),
        (enlarged(scale_factor=2, align_corners=True), "'upsample_bilinear2d'.*align_corners=False"),
        (enlarged(scale_factor=2.1), "'upsample_bilinear2d'.*whole number"),
        (enlarged(size=(3, 9)), "'upsample_bilinear2d'.*whole number"),
    ],
)
def test_what_the_engine_cannot_run_is_refused_with_operator_and_reason(function, said):
    with pytest.raises(ValueError, match=said):
        nodes(Calls(function))


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch's word on its own speed
def test_a_copy_that_is_written_into_is_no_other_name_for_what_was_copied():
    def forward(x):
        return x + x.clone().relu_()

    with pytest.raises(ValueError, match="it writes into what was copied"):
        nodes(Calls(forward))


def test_padding_that_differs_from_side_to_side_is_refused():
    with pytest.raises(ValueError, match=r"'conv2d'.*one side more"):
        nodes(nn.Conv2d(1, 1, 2, padding="same"))


def test_a_refusal_names_the_layer_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="'gelu' in the layer '1'"):
        export(nn.Sequential(nn.Conv2d(1, 1, 1), nn.GELU()), (1, 1, 4, 4), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_weight_beyond_sixteen_bits_is_refused(tmp_path):
    model = nn.Conv2d(1, 1, 1)
    nn.init.constant_(model.weight, 1e5)
    with pytest.raises(ValueError, match=r"'conv2d.weight'.*65504"):
        export(model, (1, 1, 4, 4), tmp_path / "a.safetensors")


def test_an_older_file_stays_where_a_new_one_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="disk full"):
        export(nn.ReLU(), (1, 1, 4, 4), path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.safetensors", b"old")]


@pytest.mark.usefixtures("as_the_reader_runs_it")
class TestArguments:
    @pytest.mark.parametrize("size", [(1, 8, 8), (2, 1, 8, 8), (1, 1, 0, 8), (1, 1, 8.0, 8)])
    def test_a_size_of_no_image_is_refused(self, size, tmp_path):
        with pytest.raises(ValueError, match="input_size="):
            export(nn.ReLU(), size, tmp_path / "a.safetensors")

    @pytest.mark.parametrize("size", [8, None, "1188"])
    def test_what_is_no_size_at_all_is_refused(self, size, tmp_path):
        with pytest.raises(TypeError, match=r"input_size=.* must be \(1, channels, rows, columns\), not a"):
            export(nn.ReLU(), size, tmp_path / "a.safetensors")

    @pytest.mark.parametrize("shape", [(0, 1, 8, 8), (2, 1, 0, 8)])
    def test_examples_without_pixels_are_refused(self, shape, tmp_path):
        examples = Examples(torch.zeros(shape), torch.zeros(shape[0]).long(), ("cat",))
        with pytest.raises(ValueError, match="must be images of 1 channels"):
            export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", examples)

    def test_a_model_that_does_not_run_is_refused_with_the_reason(self, tmp_path):
        with pytest.raises(ValueError, match=r"model=Conv2d does not run on an input of 1×1×8×8: .*channels"):
            export(nn.Conv2d(3, 2, 3), (1, 1, 8, 8), tmp_path / "a.safetensors")

    def test_weights_that_vanish_in_sixteen_bits_are_refused(self, tmp_path):
        model = nn.Conv2d(1, 1, 3)
        nn.init.constant_(model.weight, 1e-9)
        with pytest.raises(ValueError, match=r"'conv2d\.weight' that are all zero in sixteen bits"):
            export(model, (1, 1, 8, 8), tmp_path / "a.safetensors")

    def test_a_model_that_gives_its_own_weight_is_refused(self, tmp_path):
        class Own(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(2))

            def forward(self, _x):
                return self.weight

        with pytest.raises(ValueError, match="model"):
            export(Own(), (1, 1, 8, 8), tmp_path / "a.safetensors")
        assert not list(tmp_path.iterdir())

    def test_examples_of_other_channels_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"\(2, 3, 8, 8\) must be images of 1 channels"):
            export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", pictures(3))
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 7e4])
    def test_a_number_that_no_file_can_hold_is_said_to_be_the_examples_and_not_the_model_s(self, value, tmp_path):
        examples = pictures()
        examples.inputs[1, 0, 3, 3] = value
        with pytest.raises(ValueError, match=r"^examples\.inputs has numbers that are not finite, or beyond 65504"):
            export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", examples)
        assert not list(tmp_path.iterdir())

    def test_examples_that_vanish_in_sixteen_bits_are_refused(self, tmp_path):
        examples = Examples(torch.full((1, 1, 8, 8), 1e-9), torch.zeros(1).long(), ("cat",))
        with pytest.raises(ValueError, match=r"^examples\.inputs has numbers that are all zero in sixteen bits"):
            export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", examples)

    @pytest.mark.parametrize("outputs", [1, 3])
    def test_a_classifier_has_as_many_outputs_as_its_examples_name_classes(self, outputs, tmp_path):
        model = nn.Sequential(nn.Conv2d(1, outputs, 8), nn.Dropout(), nn.Flatten())
        with pytest.raises(ValueError, match=f"examples.classes has 2 names for model's {outputs} outputs"):
            export(model, (1, 1, 8, 8), tmp_path / "a.safetensors", pictures())
        assert not list(tmp_path.iterdir())
        export(nn.Sequential(model[0], model[1]), (1, 1, 8, 8), tmp_path / "maps.safetensors", pictures())
        with pytest.raises(ValueError, match=f"examples.classes has 2 names for model's {outputs} outputs"):
            Walk(model, (1, 1, 8, 8), pictures())

    def test_what_are_no_examples_is_refused(self, tmp_path):
        with pytest.raises(TypeError, match=r"examples must be cnnbook\.data\.Examples, not Tensor"):
            export(nn.ReLU(), (1, 1, 8, 8), tmp_path / "a.safetensors", torch.zeros(1, 1, 8, 8))

    def test_what_is_no_model_is_refused(self, tmp_path):
        with pytest.raises(TypeError, match=r"must be a torch\.nn\.Module, not str"):
            export("model", (1, 1, 8, 8), tmp_path / "a.safetensors")
