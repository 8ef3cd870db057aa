"""Networks of torchvision, as other tools see them; each is skipped where it is not installed."""

import copy
import time
import warnings

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cnnbook.summary import summarize
from cnnbook.summary._showing.graph import graph
from parity.agreement import built
from parity.references import Reference

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

NETWORKS = [
    "alexnet",
    "vgg16",
    "googlenet",
    "inception_v3",
    "resnet50",
    "densenet121",
    "mobilenet_v2",
    "shufflenet_v2_x1_0",
    "squeezenet1_0",
    "vit_b_16",
    "swin_t",
    "convnext_tiny",
]
SEEN = {"squeezenet1_0": 223, "swin_t": "?"}  # the one drops a rim of one pixel, the other shuffles windows
PIXELS = {"inception_v3": 299}
SECONDS = 3


def network(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # GoogLeNet's first weights will change one day
        return built(Reference("torchvision", name, PIXELS.get(name, 224))).eval()


def size(name):
    return (1, 3, *2 * [PIXELS.get(name, 224)])


@pytest.mark.parametrize("name", NETWORKS)
def test_torch_counts_the_same(name):
    model = network(name)
    summary = summarize(model, size(name))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.to("meta")(torch.zeros(size(name), device="meta"))
    assert summary.flops == counter.get_total_flops()
    assert summary.parameters == sum(weight.numel() for weight in model.parameters())
    assert summary.is_complete
    assert not summary.note
    scores = [row for row in summary.rows if row.called][-1]
    assert {field.size for field in scores.fields[0]} == {SEEN.get(name, "all")}


@pytest.mark.parametrize("name", ["alexnet", "resnet50", "mobilenet_v2"])
def test_torchinfo_and_fvcore_count_the_same(name):
    torchinfo, fvcore = pytest.importorskip("torchinfo"), pytest.importorskip("fvcore.nn")
    model = network(name)
    summary = summarize(model, size(name))
    theirs = torchinfo.summary(copy.deepcopy(model), input_size=size(name), verbose=0)
    assert summary.parameters == theirs.total_params
    shapes = {layer.var_name: tuple(layer.output_size) for layer in theirs.summary_list if layer.is_leaf_layer}
    for row in summary.rows:
        if row.name.rpartition(".")[2] in {"conv1", "conv3", "fc", "avgpool", "maxpool"} and row.kind != "add":
            assert row.shape in {tuple(layer.output_size) for layer in theirs.summary_list}, row.name
    assert shapes
    counted = fvcore.FlopCountAnalysis(model, torch.zeros(size(name)))
    counted.unsupported_ops_warnings(enabled=False).uncalled_modules_warnings(enabled=False)
    kinds = counted.by_operator()
    assert summary.multiply_adds == kinds["conv"] + kinds["linear"]


def test_the_largest_resnet_takes_seconds():
    model = network("resnet152")
    start = time.process_time()
    summary = summarize(model, (1, 3, 224, 224))
    assert time.process_time() - start < SECONDS
    assert summary.parameters == 60_192_808


@pytest.mark.parametrize(
    ("name", "fields"),
    [("resnet50", 427), ("vgg16", 212), ("alexnet", 195)],  # Araujo, Norris & Sim (2019), with torchvision's strides
)
def test_fields_are_those_of_the_literature(name, fields):
    rows = [row for row in summarize(network(name), (1, 3, 640, 640)).rows if len(row.shape) == 4]
    last = [row for row in rows if row.kind not in {"AdaptiveAvgPool2d", "Dropout"}][-1]
    assert {field.size for field in last.fields[0]} == {fields}


def test_repeated_blocks_of_the_largest_resnet_are_drawn_once():
    nodes = graph(summarize(network("resnet152"), (1, 3, 224, 224)))
    assert len(nodes) < 45
    assert sorted({node.times for node in nodes}) == [1, 2, 7, 35]


def test_googlenet_s_heads_for_training_are_not_called():
    uncalled = [row.name for row in summarize(network("googlenet"), (1, 3, 224, 224)).rows if not row.called]
    assert uncalled
    assert all(name.startswith("aux") for name in uncalled)
