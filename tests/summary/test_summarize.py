"""Any model is summed up, and stays as it was."""

import copy
import random
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnbook.networks.alexnet import alexnet, alexnet_two_towers
from cnnbook.summary import summarize

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")


class Calls(nn.Module):
    """A model that calls a function, with some layers at hand."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *inputs, **named):
        return self.function(self, *inputs, **named)


class Block(nn.Module):
    """ResNet's, of two convolutions."""

    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(before, channels, 1, 2, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        skipped = x if self.downsample is None else self.downsample(x)
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + skipped)


def resnet18():
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    blocks, before = [], 64
    for channels, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        blocks.append(nn.Sequential(Block(before, channels, stride), Block(channels, channels, 1)))
        before = channels
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


@pytest.mark.parametrize(
    ("network", "parameters", "multiply_adds"),
    [
        (alexnet, 61_100_840, 714_188_480),  # torchvision's, conv and linear layers
        (alexnet_two_towers, 60_965_224, 724_406_816),
        (resnet18, 11_689_512, 1_814_073_344),
    ],
)
def test_networks_cost_what_is_known_of_them(network, parameters, multiply_adds):
    summary = summarize(network(), (1, 3, 224, 224))
    assert (summary.parameters, summary.multiply_adds) == (parameters, multiply_adds)


def test_a_resnet_sees_what_its_longest_path_sees():
    """By the sum of Araujo, Norris & Sim (2019), which gives 427 for ResNet-50."""
    pooled = next(row for row in summarize(resnet18(), (1, 3, 224, 224)).rows if row.kind == "AdaptiveAvgPool2d")
    before = [row for row in summarize(resnet18(), (1, 3, 512, 512)).rows if row.kind == "add"][-1]
    jump, size = 4, 7 + 2 * 2  # the stem: 7×7 in steps of 2, then 3×3 in steps of 2
    for stride in [1, 1, 2, 1, 2, 1, 2, 1]:
        size, jump = size + 2 * jump, jump * stride
        size += 2 * jump
    assert {field.size for field in before.fields[0]} == {size} == {435}
    assert {field.size for field in pooled.fields[0]} == {"all"}


def test_the_batch_multiplies_work_and_memory_but_no_parameters():
    one, four = (summarize(alexnet(), (n, 3, 224, 224)) for n in (1, 4))
    assert four.multiply_adds == 4 * one.multiply_adds
    assert four.activation_bytes == 4 * one.activation_bytes
    assert four.parameters == one.parameters


def test_memory_is_that_of_new_numbers_only():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(inplace=True), nn.ReLU(), nn.Flatten(), nn.Dropout())
    assert [row.activation_bytes for row in summarize(model, (1, 1, 10))] == [64, 0, 64, 0, 0]
    assert [row.activation_bytes for row in summarize(model.bfloat16(), (1, 1, 10))] == [32, 0, 32, 0, 0]


def test_functions_that_a_forward_calls_have_rows():
    model = Calls(lambda self, x: functional.max_pool2d(functional.relu(self.conv(x)), 2), conv=nn.Conv2d(1, 2, 3))
    rows = summarize(model, (1, 1, 8, 8)).rows
    assert [(row.name, row.kind, row.shape) for row in rows] == [
        ("conv", "Conv2d", (1, 2, 6, 6)),
        ("", "relu", (1, 2, 6, 6)),
        ("", "max_pool2d", (1, 2, 3, 3)),
    ]


def test_a_layer_called_twice_has_two_rows_and_one_set_of_weights():
    """pytorch-summary #201: two inputs through the same layer."""
    summary = summarize(Calls(lambda self, x, y: (self.conv(x), self.conv(y)), conv=nn.Conv2d(1, 1, 3, padding=1)),
                        [(1, 1, 16, 16), (1, 1, 28, 28)])  # fmt: skip
    assert [(row.parameters, row.shared) for row in summary.rows] == [(10, 0), (10, 10)]
    assert summary.parameters == 10
    assert summary.multiply_adds == 9 * (16 * 16 + 28 * 28)
    assert "(10)" in str(summary)


def test_tied_weights_are_counted_once_and_marked():
    """torchinfo #377: an embedding whose weights score the words as well."""
    model = Calls(
        lambda self, x: functional.linear(self.hidden(self.words(x)), self.words.weight),
        words=nn.Embedding(100, 8),
        hidden=nn.Linear(8, 8),
    )
    summary = summarize(model, torch.zeros(2, 5, dtype=torch.long))
    assert summary.parameters == sum(weight.numel() for weight in model.parameters()) == 872
    assert [(row.parameters, row.shared) for row in summary.rows] == [(800, 0), (72, 0), (800, 800)]
    head = nn.Linear(8, 100, bias=False)
    head.weight = model.words.weight
    assert [row.shared for row in summarize(nn.Sequential(model.words, head), torch.zeros(1, 3).long())] == [0, 800]


@pytest.mark.parametrize(
    "model",
    [
        Calls(lambda self, x: self.layer.forward(x), layer=nn.Linear(4, 4)),  # torchinfo #366: no hook hears it
        Calls(
            lambda self, x: self.layer(x) + self.shift, layer=nn.Linear(4, 4), shift=nn.Parameter(torch.ones(4))
        ),  # 142
        Calls(lambda self, x: x * self.scales[0], scales=nn.ParameterList([torch.ones(4), torch.ones(4)])),  # 190
        Calls(lambda self, x: self.layer(x), layer=nn.Linear(4, 4), never=nn.Linear(4, 9)),
        nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)),
        nn.Sequential(*[shared := nn.PReLU(), nn.Linear(4, 4), shared]),  # torchinfo #262
        nn.Sequential(),
    ],
)
def test_all_parameters_are_counted_once(model):
    summary = summarize(model, (2, 4))
    assert summary.parameters == sum(weight.numel() for weight in model.parameters())
    assert sum(row.parameters - row.shared for row in summary.rows) == summary.parameters


def test_what_is_not_called_stands_last():
    model = Calls(lambda self, x: self.one(x), one=nn.Linear(4, 4), auxiliary=nn.Linear(4, 9))
    *_, row = summarize(model, (2, 4)).rows
    assert (row.name, row.called, row.parameters, row.shapes) == ("auxiliary", False, 45, ())
    assert "not called" in str(summarize(model, (2, 4)))


@pytest.mark.parametrize(
    ("function", "inputs", "shapes"),
    [
        (lambda self, x: {"a": self.conv(x), "b": [x, 3, None]}, (1, 1, 8), [(1, 2, 6)]),
        (lambda self, xs: self.conv(xs[0]) + self.conv(xs[1]), [[(1, 1, 8), (1, 1, 8)]], [(1, 2, 6)] * 3),
        (lambda self, x, *, mask=None: self.conv(x) * mask, {"x": (1, 1, 8), "mask": (1, 1, 6)}, [(1, 2, 6)] * 2),
        (lambda self, x, deep: self.conv(x) if deep else x, {"x": (1, 1, 8), "deep": True}, [(1, 2, 6)]),
        (lambda self, x: self.conv(x), [1, 1, 8], [(1, 2, 6)]),
        (lambda self, x: self.conv(x), torch.ones(1, 1, 8), [(1, 2, 6)]),
        (lambda self, x, y: self.conv(x) + y, [(3, 1, 8), torch.ones(6)], [(3, 2, 6)] * 2),
    ],
)
def test_inputs_and_outputs_may_have_any_form(function, inputs, shapes):
    summary = summarize(Calls(function, conv=nn.Conv1d(1, 2, 3)), inputs)
    assert [row.shape for row in summary.rows] == shapes


def test_one_layer_may_make_several_tensors():
    [row] = summarize(nn.LSTM(4, 5), (7, 2, 4)).rows
    assert row.shapes == ((7, 2, 5), (1, 2, 5), (1, 2, 5))
    assert "7×2×5, 1×2×5, 1×2×5" in str(summarize(nn.LSTM(4, 5), (7, 2, 4)))


def state(model):
    kept = {
        name: (value.clone(), value.data_ptr(), value.device, value.dtype) for name, value in model.state_dict().items()
    }
    hooks = {name: (len(m._forward_hooks), len(m._forward_pre_hooks), m.training) for name, m in model.named_modules()}
    return kept, hooks, [weight.grad for weight in model.parameters()], [id(weight) for weight in model.parameters()]


@pytest.mark.parametrize("options", [{}, {"time": True, "rounds": 1}])
@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_as_it_was(options, training):
    """torchinfo #21: a summary changed the running means; #287: the device."""
    model = nn.Sequential(resnet18()[:5], nn.Dropout(), nn.utils.spectral_norm(nn.Conv2d(64, 2, 1))).train(training)
    model.register_forward_hook(lambda *_: None)
    model[0][0].weight.grad = torch.ones_like(model[0][0].weight)
    model.calls = []
    (weights, hooks, grads, ids), attributes = state(model), set(vars(model))
    seeds = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    fast = torch.backends.mha.get_fastpath_enabled()
    summarize(model, (2, 3, 32, 32), **options)
    after, hooks_after, grads_after, ids_after = state(model)
    for name, (value, *rest) in weights.items():
        assert torch.equal(after[name][0], value)
        assert list(after[name][1:]) == rest
    assert hooks == hooks_after
    assert ids == ids_after
    assert all(one is other for one, other in zip(grads, grads_after, strict=True))
    assert set(vars(model)) == attributes
    assert torch.equal(torch.get_rng_state(), seeds[0])
    assert random.getstate() == seeds[1]
    assert np.random.get_state()[1].tolist() == seeds[2]  # noqa: NPY002
    assert torch.backends.mha.get_fastpath_enabled() == fast


def test_what_a_forward_remembers_it_does_not_remember_of_the_summary():
    def count(self, x):
        self.calls = getattr(self, "calls", 0) + 1
        self.seen.append(x)
        self.total += x.sum()
        return x * torch.rand(1)

    model = Calls(count, seen=[])
    model.register_buffer("total", torch.zeros(()))
    before = copy.deepcopy(vars(model))
    summarize(model, (1, 3))
    assert "calls" not in vars(model)
    assert model.seen == []
    assert model.total == before["_buffers"]["total"] == 0


def test_what_cannot_be_copied_is_used_as_it_is():
    model = Calls(lambda self, x: self.layer(x), layer=nn.Linear(3, 3), lock=threading.Lock(), draw=torch.Generator())
    assert len(summarize(model, (1, 3))) == 1


def test_weights_without_numbers_are_enough():
    model = nn.Conv2d(3, 4, 3, device="meta")
    assert summarize(model, (1, 3, 8, 8)).multiply_adds == 4 * 27 * 36


@pytest.mark.parametrize(
    "function",
    [
        lambda self, x: self.one(x) if x.sum() >= 0 else self.other(x),
        lambda self, x: self.one(torch.from_numpy(x.numpy())),
        lambda self, x: self.one(x)[torch.nonzero(x[:, 0] < 1, as_tuple=True)[0]],
    ],
)
def test_where_numbers_decide_zeros_are_sent_and_the_summary_says_so(function):
    model = Calls(function, one=nn.Conv1d(1, 2, 3, padding=1), other=nn.Conv1d(1, 2, 5, padding=2))
    summary = summarize(model, (2, 1, 9))
    assert summary.multiply_adds == 2 * 6 * 9
    assert "found by a run with zeros" in str(summary)
    assert summary.rows[-1].name == "other"
    assert not summary.rows[-1].called


def test_times_are_those_of_the_layers():
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 62 * 62, 2))
    summary = summarize(model, (1, 3, 64, 64), time=True, rounds=2)
    assert all(row.seconds >= 0 for row in summary.rows)
    assert summary.rows[0].seconds > 0
    assert summary.seconds == sum(row.seconds for row in summary.rows)
    assert summarize(model, (1, 3, 64, 64)).seconds is None


def test_attention_is_timed_though_torch_has_an_operator_of_its_own_for_it():
    model = Calls(lambda _, x: functional.scaled_dot_product_attention(x, x, x))
    summary = summarize(model, (2, 4, 8, 16), time=True, rounds=1)
    assert summary.seconds > 0
    assert summary.multiply_adds == summarize(model, (2, 4, 8, 16)).multiply_adds


@pytest.mark.parametrize(
    ("model", "size", "error", "message"),
    [
        ("resnet", (1, 3, 8, 8), TypeError, r"model must be a torch.nn.Module, not str"),
        (nn.ReLU(), (1, 0, 8), ValueError, r"input_size\[1\]=0 must be at least 1"),
        (nn.ReLU(), (1, 3, -8), ValueError, r"input_size\[2\]=-8 must be at least 1"),
        (nn.ReLU(), (1, 3, 8.0), TypeError, r"input_size\[2\]=8.0 must be a whole number, not float"),
        (nn.ReLU(), (), ValueError, r"input_size=\(\) must have at least one axis"),
        (nn.ReLU(), 224, TypeError, r"input_size=224 must be a size, a tensor, or a list of them, not int"),
        (nn.ReLU(), "224", TypeError, r"input_size='224' must be a size, a tensor"),
        (nn.ReLU(), [(1, 3), 5], TypeError, r"input_size\[1\]=5 must be a size"),
        (nn.ReLU(), {"input": (1, 0)}, ValueError, r"input_size\['input'\]\[1\]=0 must be at least 1"),
        (nn.LazyLinear(3), (1, 3), ValueError, r"model, LazyLinear, has weights without a size: call the model once"),
        (
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(5, 4, 3)),
            (1, 3, 8, 8),
            ValueError,
            r"forward fails in 2, Conv2d, which gets 1×4×6×6: .*expected input\[1, 4, 6, 6\] to have 5 channels",
        ),
        (nn.Sequential(nn.Flatten(), nn.Linear(5, 4)), (1, 3, 8), ValueError, r"fails in 1, Linear, which gets 1×24"),
        (nn.Conv2d(3, 4, 3), (1, 3), ValueError, r"fails in the model, Conv2d, which gets 1×3: Expected 3D"),
        (
            alexnet(),
            (1, 3, 32, 32),
            ValueError,
            r"fails in features.12, MaxPool2d, which gets 1×256×1×1: images of 32×32 pixels are too small",
        ),
        (
            Calls(lambda self, x: self.conv(x) + x, conv=nn.Conv2d(3, 3, 3)),
            (1, 3, 8, 8),
            ValueError,
            r"fails in the model, Calls, which gets 1×3×8×8, in add of 1×3×6×6 and 1×3×8×8",
        ),
        (nn.MaxPool2d(9), (1, 3, 8, 8), ValueError, r"fails in the model, MaxPool2d, which gets 1×3×8×8"),
    ],
)
def test_what_cannot_be_summed_up_is_refused_by_name(model, size, error, message):
    with pytest.raises(error, match=message):
        summarize(model, size)


def test_torch_s_own_error_stands_behind_ours():
    with pytest.raises(ValueError, match="forward fails") as raised:
        summarize(nn.Linear(3, 4), (1, 5))
    assert isinstance(raised.value.__cause__, RuntimeError)


def test_torchscript_hides_its_layers(recwarn):
    with pytest.raises(TypeError, match="1 is compiled to TorchScript, which hides its layers"):
        summarize(nn.Sequential(nn.ReLU(), torch.jit.script(nn.ReLU())), (1, 3))
    recwarn.clear()
