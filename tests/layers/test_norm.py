"""Our normalisations take the place of torch's: in constructor, weights, running averages, answers and errors."""

import copy
import io

import jaxtyping
import pytest
import torch
from torch import nn

from cnnbook.layers import BatchNorm2d, LocalResponseNorm
from cnnbook.layers.checks import InputError
from twins import assert_gradient_has_a_gradient, assert_maps, assert_same, assert_same_constructor, assert_traces

SETTINGS = [
    {},
    {"eps": 0.1, "momentum": 0.5},
    {"momentum": None},
    {"momentum": 0},
    {"affine": False},
    {"bias": False},
    {"track_running_stats": False},
    {"affine": False, "track_running_stats": False},
]
all_settings = pytest.mark.parametrize("options", SETTINGS, ids=str)


def pair(channels=3, **options):
    """Ours and torch's, with the same weights, which are neither 1 nor 0."""
    ours, theirs = BatchNorm2d(channels, **options), nn.BatchNorm2d(channels, **options)
    torch.manual_seed(0)
    for weights in theirs.parameters():
        nn.init.normal_(weights)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def batch(seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return (torch.randn(4, 3, 5, 6) * 3 + 2).to(dtype)


def assert_same_state(ours, theirs, **tolerances):
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for found, expected in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        torch.testing.assert_close(found, expected, **tolerances)


@pytest.mark.parametrize("layer", ["BatchNorm2d", "LocalResponseNorm"])
def test_the_constructor_has_the_same_arguments_in_the_same_order(layer):
    assert_same_constructor(
        {"BatchNorm2d": BatchNorm2d, "LocalResponseNorm": LocalResponseNorm}[layer], getattr(nn, layer)
    )


@all_settings
def test_a_new_layer_prints_and_begins_as_torchs(options):
    ours, theirs = BatchNorm2d(3, **options), nn.BatchNorm2d(3, **options)
    assert repr(ours) == repr(theirs)
    assert_same_state(ours, theirs)
    assert ours.state_dict()._metadata == theirs.state_dict()._metadata


@all_settings
def test_answers_gradients_and_running_averages_are_torchs_through_training_and_evaluation(options):
    ours, theirs = pair(**options)
    for seed, training in enumerate([True, True, False, True, False]):
        for layer in (ours, theirs):
            layer.train(training)
        assert_same(ours, theirs, batch(seed), rtol=1e-4, atol=1e-5)
        assert_same_state(ours, theirs)


@all_settings
@pytest.mark.parametrize("training", [False, True])
def test_an_empty_batch_counts_but_moves_nothing(options, training):
    ours, theirs = (layer.train(training) for layer in pair(**options))
    assert_same(ours, theirs, batch()[:0])
    assert_same_state(ours, theirs)
    input = batch()[:0].requires_grad_()
    ours(input).sum().backward()
    assert all(not weights.grad.any() for weights in ours.parameters())


@pytest.mark.parametrize("images", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("weights", [None, torch.float32])
@pytest.mark.parametrize("training", [False, True])
def test_half_precision_is_measured_in_float32_and_double_in_double(images, weights, training):
    if (images, weights) == (torch.float64, torch.float32):
        return  # refused, below
    ours, theirs = (layer.train(training) for layer in pair(dtype=weights or images))
    rounding = 16 * torch.finfo(images).eps  # gradients are up to 8
    assert_same(ours, theirs, batch(dtype=images), rtol=rounding, atol=rounding)
    assert_same_state(ours, theirs, rtol=rounding, atol=rounding)


def test_a_variance_that_float16_cannot_hold_is_measured_all_the_same():
    large = torch.tensor([-60_000.0, 60_000], dtype=torch.float16).view(2, 1, 1, 1)
    assert BatchNorm2d(1)(large).flatten().tolist() == [-1, 1]


@pytest.mark.parametrize("training", [False, True])
def test_images_with_channels_last_stay_so(training):
    ours, theirs = (layer.train(training) for layer in pair())
    input = batch().to(memory_format=torch.channels_last)
    torch.testing.assert_close(ours(input), theirs(input), check_stride=True)


def test_training_gives_every_channel_mean_0_and_variance_1():
    output = BatchNorm2d(3, eps=1e-12, dtype=torch.float64)(batch(dtype=torch.float64))
    torch.testing.assert_close(output.mean((0, 2, 3)), torch.zeros(3).double())
    torch.testing.assert_close(output.var((0, 2, 3), correction=0), torch.ones(3).double())


def test_without_momentum_the_running_averages_are_those_of_all_batches():
    layer, batches = BatchNorm2d(3, momentum=None, dtype=torch.float64), [batch(seed).double() for seed in range(3)]
    for images in batches:
        layer(images)
    torch.testing.assert_close(layer.running_mean, torch.stack([b.mean((0, 2, 3)) for b in batches]).mean(0))
    torch.testing.assert_close(layer.running_var, torch.stack([b.var((0, 2, 3)) for b in batches]).mean(0))
    assert layer.num_batches_tracked == 3


def test_saved_weights_load_both_ways():
    ours, theirs = pair()
    theirs(batch())
    for giver, taker in [(theirs, ours), (ours, nn.BatchNorm2d(3))]:
        file = io.BytesIO()
        torch.save(giver.state_dict(), file)
        file.seek(0)
        taker.load_state_dict(torch.load(file, weights_only=True))
        torch.testing.assert_close(taker.eval()(batch()), giver.eval()(batch()))


@pytest.mark.parametrize("layer", [BatchNorm2d, nn.BatchNorm2d])
def test_weights_from_before_batches_were_counted_load(layer):
    network = nn.Sequential(layer(3))
    old = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("tracked")}
    network.load_state_dict(old)
    new = layer(3).state_dict()
    del new["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        layer(3).load_state_dict(new)


def test_running_averages_are_forgotten_and_weights_begin_anew():
    ours, theirs = pair()
    for layer in (ours, theirs):
        layer(batch())
        layer.reset_running_stats()
    assert_same_state(ours, theirs)
    ours.reset_parameters()
    assert_same_state(ours, nn.BatchNorm2d(3))


def test_settings_changed_after_construction_count_as_in_torch():
    ours, theirs = pair()
    for layer in (ours, theirs):
        layer.momentum, layer.eps = 0.9, 0.5
    assert_same(ours, theirs, batch(), rtol=1e-4, atol=1e-5)
    assert_same_state(ours, theirs)
    for layer in (ours, theirs):
        layer.track_running_stats = False
    assert_same(ours, theirs, batch(1), rtol=1e-4, atol=1e-5)
    assert_same_state(ours, theirs)


@pytest.mark.parametrize("training", [False, True])
def test_the_gradient_has_a_gradient(training):
    layer = BatchNorm2d(2, track_running_stats=not training)
    assert_gradient_has_a_gradient(layer.train(training), torch.randn(2, 2, 2, 2))


@pytest.mark.parametrize("options", [{}, {"momentum": None}, {"affine": False}], ids=str)
def test_training_is_compiled_as_one_graph(layers_as_the_reader_imports_them, options):
    layer, theirs = layers_as_the_reader_imports_them.BatchNorm2d(3, **options), nn.BatchNorm2d(3, **options)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    for seed in range(2):
        torch.testing.assert_close(compiled(batch(seed)), theirs(batch(seed)))
    assert_same_state(layer, theirs)
    exported = torch.export.export(copy.deepcopy(layer), (batch(),), dynamic_shapes=({0: torch.export.Dim("batch")},))
    torch.testing.assert_close(exported.module()(batch()[:2]), theirs(batch()[:2]))


def test_evaluation_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them):
    layer = layers_as_the_reader_imports_them.BatchNorm2d(3).eval()
    assert_traces(layer, batch())
    assert_maps(layer, batch())


def test_several_seeds_run_as_one():
    layers, images = [BatchNorm2d(3) for _ in range(3)], batch()
    parameters, buffers = torch.func.stack_module_state(layers)
    together = torch.vmap(lambda p, b: torch.func.functional_call(layers[0], (p, b), (images,)))(parameters, buffers)
    torch.testing.assert_close(together, torch.stack([layer(images) for layer in layers]))
    torch.testing.assert_close(buffers["running_var"], torch.stack([layer.running_var for layer in layers]))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "input", "message"),
    [
        ({}, batch()[0], "input has shape .*; 4 axes are needed, the batch too"),
        ({}, batch()[None], "4 axes are needed"),
        ({}, batch()[:, :2], "has 2 channels, not 3"),
        ({}, batch()[:1, :, :1, :1], "has one pixel for each channel: it has no variance"),
        ({"track_running_stats": False}, batch()[:1, :, :1, :1], "has no variance"),
        ({}, batch().long(), r"input is torch\.int64; floating-point numbers are needed"),
        ({}, batch().double(), r"input is torch\.float64; weight is torch\.float32, convert one of them"),
        ({"dtype": torch.bfloat16}, batch(), r"input is torch\.float32; weight is torch\.bfloat16"),
        ({"affine": False}, batch().double(), r"input is torch\.float64; running_mean is torch\.float32"),
        ({}, batch().to("meta"), "input is on meta; weight is on cpu, move one of them"),
        ({"eps": 0}, batch(), "eps=0 must be positive where a batch is normalised by its own variance"),
    ],
    ids=str,
)
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both(options, input, message):
    ours, theirs = pair(**options)
    with pytest.raises((RuntimeError, ValueError)):
        theirs(input)
    with pytest.raises(InputError, match=message):
        ours(input)
    assert not ours.state_dict().get("num_batches_tracked")  # what was refused is not counted


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_what_is_no_tensor_is_refused():
    for layer in (BatchNorm2d(3), LocalResponseNorm(3)):
        with pytest.raises(TypeError, match=r"input must be a torch\.Tensor, not list"):
            layer([1.0])


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_features": 0}, "num_features=0 must be at least 1"),
        ({"num_features": 2.0}, "num_features=2.0 must be a whole number"),
        ({"num_features": True}, "num_features=True must be a whole number"),
        ({"eps": -1e-5}, "eps=-1e-05 must be at least 0"),
        ({"eps": "small"}, "eps='small' must be a real number, not str"),
        ({"momentum": "a tenth"}, "momentum='a tenth' must be a real number, not str"),
    ],
)
def test_the_constructor_refuses_what_torch_refuses_when_called(options, message):
    with pytest.raises((TypeError, ValueError, RuntimeError, IndexError)):
        nn.BatchNorm2d(**{"num_features": 3} | options)(batch()[:, : options.get("num_features", 3)])
    with pytest.raises((TypeError, ValueError), match=message):
        BatchNorm2d(**{"num_features": 3} | options)


# local response normalisation

RESPONSES = [{"size": 3}, {"size": 4, "alpha": 2, "beta": 0.5, "k": 2.0}, {"size": 9, "alpha": 1.0}, {"size": 1}]
all_responses = pytest.mark.parametrize("options", RESPONSES, ids=str)


@all_responses
@pytest.mark.parametrize("size", [(7,), (4, 5), (2, 3, 4), (2, 2, 2, 2)], ids=str)
def test_responses_gradients_and_print_are_torchs(options, size):
    ours, theirs = LocalResponseNorm(**options), nn.LocalResponseNorm(**options)
    assert repr(ours) == repr(theirs)
    input = torch.randn(2, 5, *size)
    for given in (input, input[:0], input[..., :0]):
        assert_same(ours, theirs, given)
    if len(size) == 2:
        assert_same(ours, theirs, input.to(memory_format=torch.channels_last))


@all_responses
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_responses_in_half_precision_round_as_torchs(options, dtype):
    input = torch.randn(2, 5, 7).to(dtype)
    found, expected = (layer(**options)(input) for layer in (LocalResponseNorm, nn.LocalResponseNorm))
    torch.testing.assert_close(found, expected, rtol=2 * torch.finfo(dtype).eps, atol=0)


def test_responses_are_compiled_exported_mapped_and_twice_differentiable(layers_as_the_reader_imports_them):
    layer = layers_as_the_reader_imports_them.LocalResponseNorm(3, alpha=2)
    assert_traces(layer, batch())
    assert_maps(layer, batch())
    assert_gradient_has_a_gradient(layer, torch.randn(1, 4, 2))


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_responses_of_what_torch_refuses_are_refused():
    for input, message in [
        (torch.rand(2, 5), "at least 3 axes are needed"),
        (torch.ones(2, 5, 3, 3, dtype=torch.int32), r"input is torch\.int32; floating-point"),
    ]:
        with pytest.raises((ValueError, RuntimeError)):
            nn.LocalResponseNorm(3)(input)
        with pytest.raises(InputError, match=message):
            LocalResponseNorm(3)(input)
    for options, message in [
        ({"size": 0}, "size=0 must be at least 1"),
        ({"size": 2.5}, "size=2.5 must be a whole number"),
        ({"size": 2, "alpha": "a"}, "alpha='a' must be a real number"),
        ({"size": 2, "beta": None}, "beta=None must be a real number"),
        ({"size": 2, "k": "1"}, "k='1' must be a real number"),
    ]:
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            nn.LocalResponseNorm(**options)(batch())
        with pytest.raises((TypeError, ValueError), match=message):
            LocalResponseNorm(**options)


def test_the_axes_in_the_signature_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError, match="n c h w"):
        BatchNorm2d(3)(torch.rand(3, 3))
