"""Networks weigh, cost and shape what was read off the reference implementations."""

import json
import os
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnbook.networks.alexnet import alexnet, alexnet_two_towers
from cnnbook.networks.densenet import densenet121
from cnnbook.networks.googlenet import googlenet
from cnnbook.networks.inception import inception_v3
from cnnbook.networks.mobilenet import mobilenet_v1, mobilenet_v2
from cnnbook.networks.resnet import resnet18, resnet34, resnet50
from cnnbook.networks.vgg import vgg11, vgg11_bn, vgg16, vgg16_bn, vgg19, vgg19_bn
from cnnbook.networks.xception import xception
from cnnbook.summary import summarize

FACTS = Path(os.environ.get("CNNBOOK_FACTS", Path(__file__).parents[3] / "shared" / "facts")) / "architectures.json"

OURS = {
    "alexnet": alexnet,
    "vgg11": vgg11,
    "vgg11_bn": vgg11_bn,
    "vgg16": vgg16,
    "vgg16_bn": vgg16_bn,
    "vgg19": vgg19,
    "vgg19_bn": vgg19_bn,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "densenet121": densenet121,
    "mobilenet_v2": mobilenet_v2,
    "googlenet": googlenet,
    "googlenet_noaux": lambda: googlenet(aux_logits=False),
    "inception_v3": inception_v3,
    "inception_v3_noaux": lambda: inception_v3(aux_logits=False),
    "xception_timm": xception,
    "mobilenetv1_timm": mobilenet_v1,
}
NOT_OURS = {"squeezenet1_0", "squeezenet1_1"}
KERAS = {
    "Xception": "xception_timm",
    "MobileNet": "mobilenetv1_timm",
    "MobileNetV2": "mobilenet_v2",
    "VGG16": "vgg16",
    "ResNet50": "resnet50 of the paper",
    "InceptionV3": "inception_v3_noaux",
    "DenseNet121": "densenet121",
}
BIASED = {"ResNet50"}  # Keras's convolutions have biases that the normalisation behind them takes away
UNSCALED = {"InceptionV3"}  # Keras's normalisations learn no scale: a ReLU and a convolution follow

pytestmark = pytest.mark.skipif(not FACTS.exists(), reason=f"CNNBOOK_FACTS={FACTS.parent} has no {FACTS.name}")
models = pytest.mark.parametrize("name", OURS)


@cache
def facts():
    return json.loads(FACTS.read_text("utf-8"))


def listed(name):
    return facts()["models"][name]


@cache
def built(name):
    with torch.device("meta"):
        return (OURS | {"resnet50 of the paper": lambda: resnet50(stride_in_1x1=True)})[name]().eval()


@cache
def summarized(name, rows, columns):
    return summarize(built(name), (1, 3, rows, columns))


def layers(network, *kinds):
    return [layer for layer in network.modules() if isinstance(layer, kinds)]


def count(layers):
    return sum(weight.numel() for layer in layers for weight in layer.parameters())


def test_every_listed_model_is_ours_or_known_not_to_be():
    assert set(facts()["models"]) == set(OURS) | NOT_OURS
    assert set(facts()["keras"]) == set(KERAS)


@models
def test_it_has_as_many_layers_and_weights(name):
    network, fact = built(name), listed(name)
    convolutions, linear = layers(network, nn.Conv2d), layers(network, nn.Linear)
    assert (len(convolutions), count(convolutions)) == (fact["conv_layers"], fact["conv_parameters"])
    assert (len(linear), count(linear)) == (fact["linear_layers"], fact["linear_parameters"])
    assert count([network]) == fact["parameters"]
    assert sum(buffer.numel() for buffer in network.buffers()) == fact["buffers"]


@models
def test_it_saves_as_many_tensors(name):
    assert len(built(name).state_dict()) == listed(name)["state_dict_keys"]


@models
def test_it_normalises_alike(name):
    found = {(layer.eps, layer.momentum) for layer in layers(built(name), nn.BatchNorm2d)}
    assert sorted(map(list, found)) == listed(name)["batchnorm_eps_momentum"]


@models
def test_it_costs_as_many_multiply_adds(name):
    fact = listed(name)
    summary = summarized(name, *fact["input"][1:])
    of_linear = sum(row.multiply_adds for row in summary if row.kind == "Linear")
    assert (summary.multiply_adds, of_linear) == (fact["macs_conv_linear"], fact["macs_linear"])
    assert summary.flops == fact["flop_counter_flops"]


@models
def test_its_stages_have_the_same_shapes(name):
    fact = listed(name)
    wanted, missing = {stage: shape for stage, _, shape in fact["stages"]}, {}
    found = shapes(built(name), wanted, fact["input"])
    for stage, kind, _ in fact["stages"]:
        if stage not in found:
            missing[stage] = kind
            del wanted[stage]
    assert found == wanted
    assert set(missing.values()) <= {"ReLU", "Identity", "SelectAdaptivePool2d"}  # a forward may do it without a layer


def shapes(network, stages, size):
    """Of what each stage makes, so far as the network has one of its name."""
    found = {}

    def noted(stage):
        def hook(_layer, _maps, made):
            found[stage] = list(made.shape)

        return hook

    hooks = [layer.register_forward_hook(noted(name)) for name, layer in network.named_modules() if name in stages]
    network(torch.zeros(1, *size, device="meta"))
    for hook in hooks:
        hook.remove()
    return found


def test_another_network_would_be_noticed():
    fact = listed("alexnet")
    with torch.device("meta"):
        found = shapes(alexnet_two_towers().eval(), {stage for stage, *_ in fact["stages"]}, fact["input"])
    assert found != {stage: shape for stage, _, shape in fact["stages"]}


@pytest.mark.parametrize("name", KERAS)
def test_it_weighs_and_costs_what_keras_s_does(name):
    network, fact = built(KERAS[name]), facts()["keras"][name]
    norms = layers(network, nn.BatchNorm2d)
    weights = count([network])
    weights += sum(layer.out_channels for layer in layers(network, nn.Conv2d)) if name in BIASED else 0
    weights -= sum(layer.num_features for layer in norms) if name in UNSCALED else 0
    averages = sum(2 * layer.num_features for layer in norms)
    assert (weights, weights + averages) == (fact["trainable_parameters"], fact["total_parameters"])
    assert summarized(KERAS[name], *fact["input"][:2]).flops == fact["flop_counter_flops"]
