"""Our convolutions, forward and transposed, take the place of torch's: constructor, weights, state, layout, errors."""

import inspect
import io

import jaxtyping
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.export import Dim

from cnnbook import layers
from cnnbook.layers.checks import InputError
from cnnbook.layers.filters import PADDING_MODES

NAMES = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]
FORWARD, TRANSPOSED = NAMES[:3], NAMES[3:]
SIZE = (7, 6, 5)
ALIKE = [
    {},
    {"stride": 2, "padding": 1},
    {"padding": 2, "dilation": 2, "groups": 2, "bias": False},
    {"kernel_size": 1, "bias": False},
    {"groups": 4, "out_channels": 8, "stride": 2},
]
ONLY = {
    "forward": [
        {"padding": "same", "dilation": 2},
        {"padding": "valid", "groups": 2, "bias": False},
        {"padding": "same", "padding_mode": "reflect", "dilation": 2},
        *[{"padding": 2, "padding_mode": mode} for mode in PADDING_MODES],
    ],
    "transposed": [
        {"stride": 3, "output_padding": 2},
        {"stride": 2, "dilation": 3, "padding": 1, "output_padding": 1, "groups": 2},
    ],
}
every = pytest.mark.parametrize("name", NAMES)
CONFIGURATIONS = [(name, options) for name in NAMES for options in ALIKE] + [
    (name, options)
    for kind, names in [("forward", FORWARD), ("transposed", TRANSPOSED)]
    for name in names
    for options in ONLY[kind]
]
all_configurations = pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=str)
as_the_reader_runs_it = pytest.mark.usefixtures("as_the_reader_runs_it")


def axes(name):
    return int(name[-2])


def ours(name, package=layers, /, **options):
    torch.manual_seed(0)
    return getattr(package, name)(**{"in_channels": 4, "out_channels": 6, "kernel_size": 3} | options)


def theirs(name, **options):
    torch.manual_seed(0)
    return getattr(nn, name)(**{"in_channels": 4, "out_channels": 6, "kernel_size": 3} | options)


def pair(name, **options):
    """The same layer from the same seed, twice."""
    return ours(name, **options), theirs(name, **options)


def images(name, channels=4, **options):
    return torch.rand(2, channels, *SIZE[: axes(name)], **options)


def gradients(layer, input):
    return torch.autograd.grad(layer(input).square().sum(), [input, *layer.parameters()])


@every
def test_the_constructor_has_the_same_arguments_in_the_same_order(name):
    def arguments(layer):
        return [(argument, known.default) for argument, known in inspect.signature(layer).parameters.items()]

    assert arguments(getattr(layers, name)) == arguments(getattr(nn, name))
    assert arguments(getattr(layers, name).forward) == arguments(getattr(nn, name).forward)


@all_configurations
def test_the_same_seed_gives_the_same_weights_and_the_same_answer(name, options):
    our_layer, their_layer = pair(name, **options)
    assert our_layer.state_dict().keys() == their_layer.state_dict().keys()
    for key, weights in their_layer.state_dict().items():
        assert torch.equal(our_layer.state_dict()[key], weights)
    batch = images(name)
    for input in (batch, batch[0], batch[:0]):
        torch.testing.assert_close(our_layer(input), their_layer(input))


@all_configurations
def test_gradients_are_torchs(name, options):
    input = images(name, dtype=torch.float64, requires_grad=True)
    found, expected = (gradients(layer, input) for layer in pair(name, **options, dtype=torch.float64))
    torch.testing.assert_close(found, expected)


@all_configurations
def test_it_prints_like_torchs(name, options):
    our_layer, their_layer = pair(name, **options)
    assert repr(our_layer) == repr(their_layer)


@every
def test_saved_weights_load_both_ways(name):
    for giver, taker in [pair(name), reversed(pair(name))]:
        nn.init.normal_(giver.weight)
        file = io.BytesIO()
        torch.save(giver.state_dict(), file)
        file.seek(0)
        taker.load_state_dict(torch.load(file, weights_only=True))
        input = images(name)
        torch.testing.assert_close(taker(input), giver(input))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *[("Conv2d", {"padding": 1, "padding_mode": mode, "groups": 2}) for mode in PADDING_MODES],
        ("Conv2d", {"groups": 4, "out_channels": 4, "dilation": 2}),
        ("Conv1d", {"padding": 2}),
        ("Conv3d", {"kernel_size": (1, 2, 2), "padding": 1}),
        ("ConvTranspose2d", {"groups": 2, "padding": 1, "output_padding": 1}),
        ("ConvTranspose1d", {"dilation": 2}),
    ],
    ids=str,
)
def test_the_gradient_has_a_gradient(name, options):
    layer = ours(name, **{"out_channels": 2, "kernel_size": 2, "stride": 2, "dtype": torch.float64} | options)
    small = torch.rand(1, 4, *[3] * axes(name), dtype=torch.float64, requires_grad=True)

    def of_all(input, *parameters):
        named = dict(zip(dict(layer.named_parameters()), parameters, strict=True))
        return torch.func.functional_call(layer, named, (input,))

    assert torch.autograd.gradgradcheck(of_all, (small, *layer.parameters()))


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_half_and_double_precision_keep_their_type(name, dtype):
    our_layer, their_layer = pair(name, dtype=dtype)
    rounding = 2 * torch.finfo(dtype).eps  # outputs are around 1
    input = images(name, dtype=dtype)
    torch.testing.assert_close(our_layer(input), their_layer(input), rtol=rounding, atol=rounding)


@pytest.mark.parametrize("name", ["Conv1d", "ConvTranspose1d"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_sum_of_many_numbers_in_half_precision_does_not_stop_growing(name, dtype):
    layer = ours(name, in_channels=1, out_channels=1, kernel_size=4096, bias=False, dtype=dtype)
    nn.init.ones_(layer.weight)
    ones = torch.ones(1, 4096, dtype=dtype)
    with torch.no_grad():
        assert layer(ones).max() == 4096  # where each addition rounds, 2048 + 1 stays 2048


@every
def test_autocast_computes_in_bfloat16_as_torch_does(name):
    our_layer, their_layer = pair(name)
    with torch.autocast("cpu", torch.bfloat16):
        for input in (images(name), images(name).bfloat16()):
            found, expected = our_layer(input), their_layer(input)
            assert found.dtype == torch.bfloat16
            torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)
        exact = ours(name, dtype=torch.float64)(images(name, dtype=torch.float64))
        assert exact.dtype == torch.float64


@every
def test_settings_changed_after_construction_count_as_in_torch(name):
    both = pair(name, padding=1)
    for layer in both:
        layer.dilation = layer.padding = (2,) * axes(name)
    input = images(name)
    torch.testing.assert_close(*(layer(input) for layer in both))


@pytest.mark.parametrize("name", FORWARD)
def test_filters_summed_over_colours_read_grey_pictures_as_in_torch(name):
    both = pair(name, bias=False)
    for layer in both:
        layer.weight = nn.Parameter(layer.weight.sum(1, keepdim=True))
    input = images(name, channels=1)
    torch.testing.assert_close(*(layer(input) for layer in both))


@pytest.mark.parametrize(
    ("name", "channels_last"),
    [
        ("Conv2d", torch.channels_last),
        ("ConvTranspose2d", torch.channels_last),
        ("Conv3d", torch.channels_last_3d),
        ("ConvTranspose3d", torch.channels_last_3d),
    ],
    ids=str,
)
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("which", ["images", "weights", "neither"])
def test_the_layout_in_memory_is_torchs(name, channels_last, which, groups):
    our_layer, their_layer = pair(name, padding=1, out_channels=8, groups=groups)
    input = images(name)
    if which == "images":
        input = input.to(memory_format=channels_last)
    elif which == "weights":
        our_layer, their_layer = (layer.to(memory_format=channels_last) for layer in (our_layer, their_layer))
    torch.testing.assert_close(our_layer(input), their_layer(input), check_stride=True)


@every
@pytest.mark.parametrize("options", ALIKE, ids=str)
def test_several_seeds_and_several_inputs_run_as_one(name, options):
    several = [ours(name, **options, dtype=torch.float64) for _ in range(3)]
    for layer in several:
        nn.init.normal_(layer.weight)
    parameters, _ = torch.func.stack_module_state(several)
    input = images(name, dtype=torch.float64)

    def run(parameters, input):
        return torch.func.functional_call(several[0], parameters, (input,))

    together = torch.vmap(run, in_dims=(0, None))(parameters, input)
    torch.testing.assert_close(together, torch.stack([layer(input) for layer in several]))

    first = dict(several[0].named_parameters())
    torch.testing.assert_close(torch.vmap(run, in_dims=(None, 0))(first, input), several[0](input))

    def cost(parameters, input):
        return run(parameters, input).square().sum()

    for_each_image = torch.vmap(torch.func.grad(cost), in_dims=(None, 0))(first, input)
    for found, expected in zip(for_each_image.values(), gradients(several[0], input.requires_grad_())[1:], strict=True):
        torch.testing.assert_close(found.sum(0), expected)


@every
@pytest.mark.parametrize("options", ALIKE[1:3], ids=str)
def test_torch_compiles_it_whole_for_any_size(layers_as_the_reader_imports_them, name, options):
    layer = ours(name, layers_as_the_reader_imports_them, **options)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True, dynamic=True)
    for size in [SIZE, (9, 8, 11)]:
        input = torch.rand(3, 4, *size[: axes(name)], requires_grad=True)
        torch.testing.assert_close(compiled(input), layer(input))
        torch.testing.assert_close(gradients(compiled, input), gradients(layer, input), rtol=1e-4, atol=1e-4)


@every
@pytest.mark.parametrize("options", ALIKE[1:], ids=str)
def test_torch_exports_it_for_any_size(layers_as_the_reader_imports_them, name, options):
    layer = ours(name, layers_as_the_reader_imports_them, **options)
    any_size = dict.fromkeys((0, *range(2, 2 + axes(name))), Dim.DYNAMIC)
    exported = torch.export.export(layer, (images(name),), dynamic_shapes=(any_size,)).module()
    for size in [SIZE, (9, 8, 11)]:
        input = torch.rand(3, 4, *size[: axes(name)])
        torch.testing.assert_close(exported(input), layer(input))


def test_the_axes_in_the_signature_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError, match="n c_in h w"):
        ours("Conv2d")(torch.rand(9, 9))


def test_every_kernel_reads_its_own_group_only():
    layer = layers.Conv1d(2, 2, 1, groups=2, bias=False)
    layer.load_state_dict({"weight": torch.tensor([[[10.0]], [[100.0]]])})
    assert layer(torch.tensor([[1.0], [2.0]])).tolist() == [[10], [200]]


@every
@as_the_reader_runs_it
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (lambda size: size[:1], "axes are needed"),
        (lambda size: (1, 2, 4, *size), "axes are needed"),
        (lambda size: (2, 3, *size), "has 3 channels, not 4"),
        (lambda size: (2, *size), "has 2 channels, not 4"),
        (lambda size: (2, 4, *size[:-1], 0), "n=0 must be at least 1"),
        (lambda size: (4, *size[:-1], 0), "n=0 must be at least 1"),
    ],
)
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both(name, shape, message):
    input = torch.rand(shape(SIZE[: axes(name)]))
    our_layer, their_layer = pair(name)
    with pytest.raises(RuntimeError):
        their_layer(input)
    with pytest.raises(RuntimeError, match=message) as refusal:
        our_layer(input)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize("name", FORWARD)
@as_the_reader_runs_it
@pytest.mark.parametrize("batch", [0, 2])
def test_a_kernel_that_does_not_fit_is_refused(name, batch):
    input = torch.rand(batch, 4, *SIZE[1 : axes(name)], 2)
    for layer, message in zip(pair(name), ["kernel=3 .* does not fit the 2", "Kernel size"], strict=True):
        with pytest.raises(RuntimeError, match=message):
            layer(input)


@pytest.mark.parametrize("name", FORWARD)
@as_the_reader_runs_it
@pytest.mark.parametrize(
    ("mode", "padding", "message"),
    [("reflect", 4, "padding=.* is too wide .*'reflect' finds only 3"), ("circular", 5, "'circular' finds only 4")],
)
def test_padding_that_finds_no_pixels_is_refused(name, mode, padding, message):
    input = torch.rand(2, 4, *[4] * axes(name))
    for layer, error in zip(pair(name, padding=padding, padding_mode=mode), [message, "[Pp]adding"], strict=True):
        with pytest.raises(RuntimeError, match=error):
            layer(input)
    our_layer, their_layer = pair(name, padding=padding - 1, padding_mode=mode)
    torch.testing.assert_close(our_layer(input), their_layer(input))


@every
@as_the_reader_runs_it
def test_an_input_of_another_kind_is_refused(name):
    for layer in pair(name):
        with pytest.raises(TypeError):
            layer([[1.0]])
        with pytest.raises(RuntimeError):
            layer(images(name, dtype=torch.float64))
    with pytest.raises(TypeError, match=r"input must be a torch\.Tensor, not list"):
        ours(name)([[1.0]])
    with pytest.raises(InputError, match=r"input is torch\.int64; the weights are torch\.float32"):
        ours(name)(images(name).long())


@every
@as_the_reader_runs_it
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.bool, torch.complex64], ids=str)
def test_what_autocast_does_not_convert_is_refused(name, dtype):
    our_layer, their_layer = pair(name)
    with torch.autocast("cpu", torch.bfloat16):
        with pytest.raises(RuntimeError):
            their_layer(images(name).to(dtype))
        with pytest.raises(InputError, match=r"input is torch\.\w+; the weights are torch\.float32"):
            our_layer(images(name).to(dtype))


@every
@as_the_reader_runs_it
@pytest.mark.parametrize(("here", "there"), [("cpu", "meta"), ("meta", "cpu")])
def test_images_and_weights_on_two_devices_are_refused(name, here, there):
    with pytest.raises(InputError, match=f"input is on {here}; the weights are on {there}, move one of them"):
        ours(name, device=there)(images(name, device=here))


@every
def test_shapes_are_found_without_numbers(name):
    assert ours(name, device="meta")(images(name, device="meta")).shape == theirs(name)(images(name)).shape


SIZES = ["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"]


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name in NAMES for size in (SIZES if name in FORWARD else [*SIZES, "output_padding"])],
)
@as_the_reader_runs_it
@given(
    value=st.one_of(st.booleans(), st.floats(), st.none(), st.integers(max_value=-1), st.text(), st.lists(st.floats()))
)
def test_the_constructor_refuses_whatever_is_no_size(name, size, value):
    with pytest.raises((TypeError, ValueError), match=size):
        ours(name, **{size: value})


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (NAMES, {"groups": 0}, "groups=0 must be at least 1"),
        (NAMES, {"groups": 3}, "groups=3 must divide in_channels=4"),
        (NAMES, {"groups": 4}, "groups=4 must divide out_channels=6"),
        (NAMES, {"padding_mode": "mirror"}, "padding_mode='mirror' must be"),
        (FORWARD, {"padding": "same", "stride": 2}, "padding='same' needs stride=1, not 2"),
        (FORWARD, {"padding": "sane"}, "padding='sane' must be 'same', 'valid'"),
        (TRANSPOSED, {"padding_mode": "reflect"}, "padding_mode='reflect' must be 'zeros'"),
    ],
    ids=str,
)
@as_the_reader_runs_it
def test_the_constructor_refuses_what_torchs_refuses(names, options, message):
    for name in names:
        with pytest.raises(ValueError, match=r"groups|padding"):
            theirs(name, **options)
        with pytest.raises(ValueError, match=message):
            ours(name, **options)
