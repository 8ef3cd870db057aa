"""Our layers take the place of torch's: in constructor, weights, state, layout and errors."""

import inspect
import io

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers import Conv1d, Conv2d
from cnnbook.layers.checks import InputError
from cnnbook.layers.filters import PADDING_MODES

PAIRS = [(Conv1d, nn.Conv1d), (Conv2d, nn.Conv2d)]
SIZES = {Conv1d: (11,), Conv2d: (11, 9)}
CONFIGURATIONS = [
    {},
    {"stride": 2, "padding": 1},
    {"padding": "same", "dilation": 2},
    {"padding": "valid", "groups": 2, "bias": False},
    *[{"padding": 3, "padding_mode": mode} for mode in PADDING_MODES],
    {"padding": "same", "padding_mode": "reflect", "dilation": 2},
]
both_dimensions = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["1d", "2d"])
all_configurations = pytest.mark.parametrize("options", CONFIGURATIONS, ids=str)


def pair(ours, theirs, **options):
    """The same layer from the same seed, twice."""
    layers = []
    for layer in (ours, theirs):
        torch.manual_seed(0)
        layers.append(layer(4, 6, 3, **options))
    return layers


@both_dimensions
def test_the_constructor_has_the_same_arguments_in_the_same_order(ours, theirs):
    def arguments(layer):
        return [(name, argument.default) for name, argument in inspect.signature(layer).parameters.items()]

    assert arguments(ours) == arguments(theirs)


@both_dimensions
@all_configurations
def test_the_same_seed_gives_the_same_weights_and_the_same_answer(ours, theirs, options):
    our_layer, their_layer = pair(ours, theirs, **options)
    assert our_layer.state_dict().keys() == their_layer.state_dict().keys()
    for name, weights in their_layer.state_dict().items():
        assert torch.equal(our_layer.state_dict()[name], weights)
    images = torch.rand(2, 4, *SIZES[ours])
    torch.testing.assert_close(our_layer(images), their_layer(images))
    torch.testing.assert_close(our_layer(images[0]), their_layer(images[0]))
    assert our_layer(images[:0]).shape == their_layer(images[:0]).shape


@both_dimensions
@all_configurations
def test_it_prints_like_torchs(ours, theirs, options):
    our_layer, their_layer = pair(ours, theirs, **options)
    assert repr(our_layer) == repr(their_layer)


@both_dimensions
def test_saved_weights_load_both_ways(ours, theirs):
    our_layer, their_layer = ours(4, 6, 3), theirs(4, 6, 3)
    images = torch.rand(2, 4, *SIZES[ours])
    for giver, taker in [(our_layer, their_layer), (theirs(4, 6, 3), our_layer)]:
        file = io.BytesIO()
        torch.save(giver.state_dict(), file)
        file.seek(0)
        taker.load_state_dict(torch.load(file, weights_only=True))
        torch.testing.assert_close(taker(images), giver(images))


@both_dimensions
@pytest.mark.parametrize("mode", PADDING_MODES)
def test_gradients_are_right_for_every_padding_mode(ours, theirs, mode):
    our_layer, their_layer = pair(ours, theirs, padding=2, padding_mode=mode, dtype=torch.float64)
    images = torch.rand(2, 4, *SIZES[ours], dtype=torch.float64, requires_grad=True)
    for found, expected in zip(
        *(
            torch.autograd.grad(layer(images).square().sum(), [images, *layer.parameters()])
            for layer in (our_layer, their_layer)
        ),
        strict=True,
    ):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_the_gradient_has_a_gradient(mode):
    layer = Conv2d(2, 2, 2, stride=2, padding=1, padding_mode=mode, groups=2, dtype=torch.float64)
    images = torch.rand(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(layer, images)


@both_dimensions
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_half_and_double_precision_keep_their_type(ours, theirs, dtype):
    our_layer, their_layer = pair(ours, theirs, dtype=dtype)
    images = torch.rand(2, 4, *SIZES[ours], dtype=dtype)
    rounding = 2 * torch.finfo(dtype).eps  # outputs are around 1
    torch.testing.assert_close(our_layer(images), their_layer(images), rtol=rounding, atol=rounding)


@both_dimensions
def test_autocast_computes_in_bfloat16_as_torch_does(ours, theirs):
    our_layer, their_layer = pair(ours, theirs)
    images = torch.rand(2, 4, *SIZES[ours])
    with torch.autocast("cpu", torch.bfloat16):
        for given_images in (images, images.bfloat16()):
            found, expected = our_layer(given_images), their_layer(given_images)
            torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)


@both_dimensions
def test_settings_changed_after_construction_count_as_in_torch(ours, theirs):
    images = torch.rand(2, 4, *SIZES[ours])
    layers = pair(ours, theirs, padding=1)
    for layer in layers:
        layer.dilation = layer.padding = (2,) * ours.axes
    torch.testing.assert_close(*(layer(images) for layer in layers))


@pytest.mark.parametrize("which", ["images", "weights", "neither"])
def test_the_layout_in_memory_is_torchs(which):
    our_layer, their_layer = pair(Conv2d, nn.Conv2d, padding=1)
    images = torch.rand(2, 4, 5, 7)
    if which == "images":
        images = images.to(memory_format=torch.channels_last)
    elif which == "weights":
        our_layer, their_layer = (layer.to(memory_format=torch.channels_last) for layer in (our_layer, their_layer))
    torch.testing.assert_close(our_layer(images), their_layer(images), check_stride=True)


def test_several_seeds_run_as_one():
    layers = [Conv1d(1, 2, 3) for _ in range(3)]
    parameters, buffers = torch.func.stack_module_state(layers)
    signals = torch.rand(5, 1, 9)
    together = torch.vmap(lambda p, b: torch.func.functional_call(layers[0], (p, b), (signals,)))(parameters, buffers)
    torch.testing.assert_close(together, torch.stack([layer(signals) for layer in layers]))


def test_the_axes_in_the_signature_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError, match="n c_in h w"):
        Conv2d(4, 6, 3)(torch.rand(9, 9))


def test_every_kernel_reads_its_own_group_only():
    layer = Conv1d(2, 2, 1, groups=2, bias=False)
    layer.load_state_dict({"weight": torch.tensor([[[10.0]], [[100.0]]])})
    assert layer(torch.tensor([[1.0], [2.0]])).tolist() == [[10], [200]]


@both_dimensions
@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4,), "axes are needed"),
        ((1, 2, 4, 11, 11, 11), "axes are needed"),
        ((2, 3, 11, 11), "has 3 channels, not 4|axes are needed"),
        ((2, 4, 2, 11), "kernel=3 .* does not fit the 2|axes are needed"),
        ((2, 4, 2), "kernel=3 .* does not fit the 2|has 2 channels, not 4"),
    ],
)
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both(ours, theirs, shape, message):
    with pytest.raises(RuntimeError):
        theirs(4, 6, 3)(torch.rand(shape))
    with pytest.raises(RuntimeError, match=message) as refusal:
        ours(4, 6, 3)(torch.rand(shape))
    assert isinstance(refusal.value, ValueError)


@both_dimensions
@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("mode", "padding", "message"),
    [("reflect", 9, "padding=.* is too wide .*'reflect' finds only 8"), ("circular", 10, "'circular' finds only 9")],
)
def test_padding_that_finds_no_pixels_is_refused(ours, theirs, mode, padding, message):
    images = torch.rand(2, 4, *[9] * len(SIZES[ours]))
    our_layer, their_layer = pair(ours, theirs, padding=padding, padding_mode=mode)
    for layer, error in [(our_layer, message), (their_layer, "[Pp]adding")]:
        with pytest.raises(RuntimeError, match=error):
            layer(images)
    our_layer, their_layer = pair(ours, theirs, padding=padding - 1, padding_mode=mode)
    torch.testing.assert_close(our_layer(images), their_layer(images))


@both_dimensions
@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_an_input_of_another_kind_is_refused(ours, theirs):
    for layer in (ours(4, 6, 3), theirs(4, 6, 3)):
        with pytest.raises(TypeError):
            layer([[1.0]])
        with pytest.raises(RuntimeError):
            layer(torch.rand(2, 4, *SIZES[ours], dtype=torch.float64))
    with pytest.raises(TypeError, match=r"input must be a torch\.Tensor, not list"):
        ours(4, 6, 3)([[1.0]])
    with pytest.raises(InputError, match=r"input is torch\.int64; the weights are torch\.float32"):
        ours(4, 6, 3)(torch.ones(2, 4, *SIZES[ours], dtype=torch.int64))


@both_dimensions
@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.bool, torch.complex64], ids=str)
def test_what_autocast_does_not_convert_is_refused(ours, theirs, dtype):
    images = torch.ones(2, 4, *SIZES[ours], dtype=dtype)
    with torch.autocast("cpu", torch.bfloat16):
        with pytest.raises(RuntimeError):
            theirs(4, 6, 3)(images)
        with pytest.raises(InputError, match=r"input is torch\.\w+; the weights are torch\.float32"):
            ours(4, 6, 3)(images)


@pytest.mark.parametrize("ours", [Conv1d, Conv2d])
@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(("here", "there"), [("cpu", "meta"), ("meta", "cpu")])
def test_images_and_weights_on_two_devices_are_refused(ours, here, there):
    with pytest.raises(InputError, match=f"input is on {here}; the weights are on {there}, move one of them"):
        ours(4, 6, 3, device=there)(torch.ones(2, 4, *SIZES[ours], device=here))


@pytest.mark.parametrize("ours", [Conv1d, Conv2d])
@pytest.mark.usefixtures("as_the_reader_runs_it")
@settings(deadline=None)
@given(
    name=st.sampled_from(["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"]),
    value=st.one_of(st.booleans(), st.floats(), st.none(), st.integers(max_value=-1), st.text(), st.lists(st.floats())),
)
def test_the_constructor_refuses_whatever_is_no_size(ours, name, value):
    good = {"in_channels": 4, "out_channels": 6, "kernel_size": 3}
    with pytest.raises((TypeError, ValueError), match=name):
        ours(**good | {name: value})


@both_dimensions
@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 0}, "groups=0 must be at least 1"),
        ({"groups": 3}, "groups=3 must divide in_channels=4"),
        ({"groups": 4}, "groups=4 must divide out_channels=6"),
        ({"padding": "same", "stride": 2}, "padding='same' needs stride=1, not 2"),
        ({"padding": "sane"}, "padding='sane' must be 'same', 'valid'"),
        ({"padding_mode": "mirror"}, "padding_mode='mirror' must be one of zeros, reflect, replicate, circular"),
    ],
)
def test_the_constructor_refuses_what_torchs_refuses(ours, theirs, options, message):
    with pytest.raises(ValueError, match=r"groups|padding"):
        theirs(4, 6, 3, **options)
    with pytest.raises(ValueError, match=message):
        ours(4, 6, 3, **options)
