"""Our pooling layers take the place of torch's: in constructor, answers, gradients, layout and errors."""

import copy

import jaxtyping
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook import layers
from cnnbook.layers import AdaptiveAvgPool2d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxUnpool2d
from cnnbook.layers.checks import InputError
from twins import assert_gradient_has_a_gradient, assert_maps, assert_same, assert_same_constructor, assert_traces

NAN, INF = float("nan"), float("inf")
SIZES = {1: (9,), 2: (9, 8), 3: (5, 6, 7)}
MAX = [f"MaxPool{axes}d" for axes in SIZES]
AVG = [f"AvgPool{axes}d" for axes in SIZES]
UNPOOL = [f"MaxUnpool{axes}d" for axes in SIZES]
WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 2, "stride": 3, "ceil_mode": True},
]
CONFIGURATIONS = [
    *[(name, options) for name in MAX + AVG for options in WINDOWS],
    *[(name, {"kernel_size": 2, "stride": 1, "dilation": 2, "padding": 1}) for name in MAX],
    *[(name, {"kernel_size": 2, "return_indices": True}) for name in MAX],
    *[(name, WINDOWS[1] | {"count_include_pad": False}) for name in AVG],
    *[(name, {"kernel_size": 2, "divisor_override": -3}) for name in AVG[1:]],
    *[("AdaptiveAvgPool2d", {"output_size": wanted}) for wanted in [1, (3, 5), (None, 3), [12, 2]]],
]
each_pooling = pytest.mark.parametrize("name", [*MAX, *AVG, "AdaptiveAvgPool2d", *UNPOOL])
each_configuration = pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=str)


def pair(name, **options):
    return getattr(layers, name)(**options), getattr(nn, name)(**options)


def images(name, dtype=torch.float32):
    torch.manual_seed(0)
    return torch.randn(2, 3, *SIZES[int(name[-2])]).to(dtype)


@each_pooling
def test_the_constructor_has_the_same_arguments_in_the_same_order(name):
    assert_same_constructor(getattr(layers, name), getattr(nn, name))


@each_configuration
def test_answers_gradients_and_print_are_torchs(name, options):
    ours, theirs = pair(name, **options)
    assert repr(ours) == repr(theirs)
    assert not ours.state_dict()
    for input in (images(name), images(name)[0], images(name)[:0]):
        assert_same(ours, theirs, input)


@each_configuration
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_half_and_double_precision_keep_their_type(name, options, dtype):
    ours, theirs = pair(name, **options)
    input = images(name, dtype)
    if name == "AvgPool3d" and dtype != torch.float64:  # torch's own has none on the CPU
        torch.testing.assert_close(ours(input), theirs(input.float()).to(dtype), check_dtype=True)
    else:
        rounding = 4 * torch.finfo(dtype).eps  # torch rounds each sum of gradients, we only the last
        assert_same(ours, theirs, input, rtol=rounding, atol=rounding)


@each_configuration
def test_images_with_channels_last_stay_so(name, options):
    formats = {2: torch.channels_last, 3: torch.channels_last_3d}
    if (axes := int(name[-2])) in formats:
        input = images(name).to(memory_format=formats[axes])
        ours, theirs = pair(name, **options)
        found, expected = (layer(input) for layer in (ours, theirs))
        torch.testing.assert_close(found, expected)
        for output in found if isinstance(found, tuple) else [found]:
            assert output.is_contiguous(memory_format=formats[axes])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MaxPool1d", WINDOWS[2]),
        ("MaxPool2d", {"kernel_size": 2, "stride": 1, "dilation": 2, "padding": 1}),
        ("MaxPool3d", {"kernel_size": 2, "return_indices": True}),
        ("AvgPool1d", WINDOWS[2]),
        ("AvgPool2d", WINDOWS[1] | {"count_include_pad": False}),
        ("AvgPool3d", {"kernel_size": 2, "divisor_override": -3}),
        ("AdaptiveAvgPool2d", {"output_size": (None, 3)}),
    ],
    ids=str,
)
def test_it_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them, name, options):
    layer = getattr(layers_as_the_reader_imports_them, name)(**options)
    assert_traces(layer, images(name))
    if "return_indices" not in options:
        assert_maps(layer, images(name))


@pytest.mark.parametrize(
    ("name", "options"),
    [("MaxPool2d", WINDOWS[1]), ("AvgPool2d", WINDOWS[1]), ("AdaptiveAvgPool2d", {"output_size": (2, None)})],
)
def test_the_gradient_has_a_gradient(name, options):
    assert_gradient_has_a_gradient(pair(name, **options)[0], torch.randn(1, 2, 4, 3))


@pytest.mark.parametrize("name", MAX + AVG)
def test_settings_changed_after_construction_count_as_in_torch(name):
    both = pair(name, kernel_size=3)
    for layer in both:
        layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode = [(n,) * int(name[-2]) for n in (2, 3, 1)] + [
            True
        ]
    assert_same(*both, images(name))


@pytest.mark.parametrize("name", MAX)
def test_of_equal_numbers_the_first_is_kept_and_has_the_whole_gradient(name):
    ours, theirs = pair(name, kernel_size=3, stride=1, return_indices=True)
    assert_same(ours, theirs, images(name).round())
    flat = torch.zeros(1, 1, *SIZES[int(name[-2])])
    assert ours(flat)[1].flatten()[0] == 0


@pytest.mark.parametrize("name", MAX)
@pytest.mark.parametrize("odd", [NAN, -INF, INF], ids=str)
def test_numbers_that_are_none_win_and_infinities_count_as_numbers(name, odd):
    input = images(name)
    input[input > 0.5] = odd
    for options in WINDOWS:
        assert_same(*pair(name, return_indices=True, **options), input)
    assert_same(*pair(name, return_indices=True, kernel_size=2), torch.full_like(input, odd))


def test_the_last_of_several_numbers_that_are_none_is_named_as_in_torch():
    assert MaxPool1d(4, return_indices=True)(torch.tensor([[NAN, 1, NAN, 2]]))[1].tolist() == [[2]]


@pytest.mark.parametrize("name", MAX[1:])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int64])
def test_whole_numbers_have_a_maximum_too(name, dtype):
    input = (images(name) * 9).to(dtype)
    for options in WINDOWS:
        assert_same(*pair(name, return_indices=True, **options), input)


@pytest.mark.parametrize("name", MAX)
@pytest.mark.parametrize("dtype", [torch.float32, torch.int32])
def test_a_window_that_steps_over_the_image_has_no_pixel_and_no_gradient(name, dtype):
    options = {"kernel_size": 2, "dilation": 4, "padding": 1, "return_indices": True}
    ours, theirs = pair(name, **options)
    input = torch.ones(1, 1, *[3] * int(name[-2]), dtype=dtype)
    (found, where), (expected, there) = ours(input), theirs(input if dtype.is_floating_point else input.float())
    assert (found == (-INF if dtype.is_floating_point else torch.iinfo(dtype).min)).all()
    assert where.tolist() == there.tolist()
    assert dtype == torch.int32 or torch.equal(found, expected)
    if dtype.is_floating_point:
        input.requires_grad_()
        ours(input)[0].sum().backward()
        assert not input.grad.any()


def test_a_sum_that_float16_cannot_hold_is_averaged_all_the_same():
    large = torch.full((1, 1, 4, 4), 60_000.0, dtype=torch.float16)
    for layer in (AvgPool2d(4), AdaptiveAvgPool2d(1)):
        assert layer(large).item() == 60_000


def test_whole_numbers_are_averaged_towards_zero_as_in_torch():
    input = torch.tensor([[[[1, 2], [-1, -2]]]])
    assert_same(*pair("AvgPool2d", kernel_size=(1, 2)), input)
    assert AvgPool2d((1, 2))(input).flatten().tolist() == [1, -1]


def test_neighbouring_bins_share_pixels():
    row = torch.tensor([[[1.0, 2, 6, 7, 9]]])
    torch.testing.assert_close(AdaptiveAvgPool2d((1, 2))(row), torch.tensor([[[9 / 3, 22 / 3]]]))


@given(wanted=st.tuples(*[st.none() | st.integers(0, 14)] * 2), size=st.tuples(*[st.integers(1, 12)] * 2))
def test_any_number_of_bins_is_made_as_torch_makes_it(wanted, size):
    assert_same(*pair("AdaptiveAvgPool2d", output_size=wanted), torch.randn(2, 3, *size))


# unpooling


@pytest.mark.parametrize("axes", SIZES)
@pytest.mark.parametrize("options", [{"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}], ids=str)
def test_unpooling_answers_and_prints_as_torch_does(axes, options):
    both = pair(f"MaxUnpool{axes}d", **options)
    assert repr(both[0]) == repr(both[1])
    input = images(f"{axes}d")
    pooled, where = pair(f"MaxPool{axes}d", return_indices=True, **options)[1](input)
    for size in (input.shape, input.shape[2:], list(input.shape[2:])):
        for select in (slice(None), 0, slice(0)):
            assert_same(*[at_size(layer, size) for layer in both], pooled[select], where[select])


def at_size(layer, size):
    """A layer that is called with an output size."""

    class AtSize(nn.Module):
        def forward(self, input, indices):
            return layer(input, indices, size)

    return AtSize()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_unpooling_keeps_type_and_layout(dtype):
    pooled, where = nn.MaxPool2d(2, return_indices=True)(images("2d").to(memory_format=torch.channels_last))
    assert_same(*pair("MaxUnpool2d", kernel_size=2), pooled.to(dtype), where)


@pytest.mark.parametrize("axes", SIZES)
def test_unpooling_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them, axes):
    _, pool = pair(f"MaxPool{axes}d", kernel_size=2, return_indices=True)
    layer = getattr(layers_as_the_reader_imports_them, f"MaxUnpool{axes}d")(2)
    pooled = pool(torch.randn(2, 3, *[4] * axes))
    assert_traces(layer, *pooled)
    assert_maps(layer, *pooled)


def test_what_is_unpooled_is_pooled_again():
    pool, unpool = MaxPool2d(2, return_indices=True), MaxUnpool2d(2)
    pooled, where = pool(images("2d").abs())
    torch.testing.assert_close(pool(unpool(pooled, where)), (pooled, where), check_layout=False)


def test_the_gradient_of_unpooling_has_a_gradient():
    pooled, where = nn.MaxPool2d(2, return_indices=True)(torch.randn(1, 2, 4, 4))
    assert_gradient_has_a_gradient(MaxUnpool2d(2), pooled, where)


POOLED, WHERE = nn.MaxPool2d(2, return_indices=True)(torch.rand(2, 3, 4, 6))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((POOLED, WHERE + 99), r"indices point outside of an output of size \(4, 6\): index \d+ is out of bounds"),
        ((POOLED, WHERE - 99), "indices point outside"),
        ((POOLED, WHERE, (3, 5)), r"indices point outside of an output of size \(3, 5\)"),
        ((POOLED, WHERE.int()), r"indices are torch\.int32; torch\.int64 is needed"),
        ((POOLED, WHERE[:1]), r"indices have shape \(1, 3, 2, 3\); \(2, 3, 2, 3\) is needed"),
        ((POOLED[0], WHERE), "indices have shape"),
        ((POOLED, WHERE.to("meta")), "input is on cpu; indices are on meta, move one of them"),
        ((POOLED.int(), WHERE), r"input is torch\.int32; floating-point numbers are needed"),
        ((POOLED[0, 0], WHERE[0, 0]), "axes are needed"),
        ((POOLED[:, :0], WHERE[:, :0]), "only the batch may be empty"),
        ((POOLED[..., :0], WHERE[..., :0]), "only the batch may be empty"),
        ((POOLED, [1]), r"indices must be a torch\.Tensor, not list"),
        (([1], WHERE), r"input must be a torch\.Tensor, not list"),
        ((POOLED, WHERE, (6, 6)), r"output_size=\(6, 6\) must be within 3 to 5 where it is 6"),
        ((POOLED, WHERE, (4, 4)), "output_size=.* must be within 5 to 7 where it is 4"),
        ((POOLED, WHERE, (4,)), "output_size=.* has length 1"),
        ((POOLED, WHERE, 4), "output_size=4 must be a tuple or a list"),
        ((POOLED, WHERE, (4.0, 6)), "output_size=4.0 must be a whole number"),
    ],
    ids=str,
)
def test_unpooling_refuses_what_torch_refuses(arguments, message):
    ours, theirs = pair("MaxUnpool2d", kernel_size=2)
    refuse_alike(ours, theirs, arguments, message)


def test_unpooling_refuses_padding_that_leaves_less_than_nothing():
    ours, theirs = pair("MaxUnpool2d", kernel_size=2, padding=3)
    refuse_alike(ours, theirs, (POOLED, WHERE), r"padding=\(3, 3\) leaves nothing")
    ours, theirs = pair("MaxUnpool2d", kernel_size=2, padding=(2, 0))
    assert_same(ours, theirs, POOLED, WHERE)  # torch does not look at indices where there is no pixel


def refuse_alike(ours, theirs, arguments, message):
    """Both refuse, and whoever expects torch's error catches ours."""
    with pytest.raises(Exception) as expected:  # noqa: PT011 - torch's errors are many
        theirs(*arguments)
    with pytest.raises((TypeError, ValueError), match=message) as found:
        ours(*arguments)
    if not isinstance(found.value, TypeError) and not isinstance(expected.value, TypeError):
        assert isinstance(found.value, RuntimeError if isinstance(expected.value, RuntimeError) else ValueError)


# errors


@pytest.mark.parametrize("name", MAX + AVG)
@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both(name):
    axes = int(name[-2])
    ours, theirs = pair(name, kernel_size=4)
    size = SIZES[axes]
    for shape, message in [
        (size, "axes are needed"),
        ((1, 1, 3, *size), "axes are needed"),
        ((2, 0, *size), "only the batch may be empty"),
        ((2, 3, *[0] * axes), "only the batch may be empty"),
        ((2, 3, *[3] * axes), "input of shape .*: kernel=4 .* does not fit the 3"),
    ]:
        refuse_alike(ours, theirs, (torch.rand(shape),), message)
    refuse_alike(ours, theirs, ([1.0],), r"input must be a torch\.Tensor, not list")
    for dtype in (torch.bool, torch.complex64):
        refuse_alike(ours, theirs, (images(name).to(dtype),), f"input is {dtype}; .* are needed")


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("input", "message"),
    [
        (torch.rand(5, 5), "axes are needed"),
        (torch.rand(1, 1, 1, 5, 5), "axes are needed"),
        (torch.rand(2, 3, 0, 5), "rows and columns are needed to average"),
        (torch.ones(2, 3, 5, 5, dtype=torch.int64), r"input is torch\.int64; floating-point"),
        ([1.0], r"input must be a torch\.Tensor"),
    ],
    ids=["two axes", "five axes", "no rows", "whole numbers", "a list"],
)
def test_adaptive_pooling_refuses_what_torch_refuses(input, message):
    refuse_alike(*pair("AdaptiveAvgPool2d", output_size=2), (input,), message)


def test_a_window_larger_than_the_volume_is_refused_whatever_the_padding_as_in_torch():
    ours, theirs = pair("AvgPool3d", kernel_size=6, padding=3)
    refuse_alike(ours, theirs, (torch.rand(1, 1, 5, 5, 5),), "is smaller than kernel_size=6")
    assert isinstance(ours, AvgPool3d)


BAD_OPTIONS = [
    ({"kernel_size": 0}, "kernel_size=0 must be at least 1"),
    ({"kernel_size": (2, -1)}, "kernel_size=-1 must be at least 1"),
    ({"kernel_size": 2.0}, "kernel_size=2.0 must be a whole number"),
    ({"kernel_size": True}, "kernel_size=True must be a whole number"),
    ({"kernel_size": None}, "kernel_size=None must be a whole number"),
    ({"kernel_size": (2, 2, 2)}, "kernel_size=.* has length 3"),
    ({"kernel_size": 2, "stride": 0}, "stride=0 must be at least 1"),
    ({"kernel_size": 2, "padding": -1}, "padding=-1 must be at least 0"),
    ({"kernel_size": 2, "padding": 2}, "padding=2 must be at most half of kernel_size=2"),
    ({"kernel_size": 2, "ceil_mode": None}, "ceil_mode=None must be True or False"),
]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        *[(name, *bad) for name in ("MaxPool2d", "AvgPool2d") for bad in BAD_OPTIONS],
        ("MaxPool2d", {"kernel_size": 3, "dilation": 2, "padding": 2}, "padding=2 must be at most half"),
        ("MaxPool2d", {"kernel_size": 2, "dilation": 0}, "dilation=0 must be at least 1"),
        ("AvgPool2d", {"kernel_size": 2, "count_include_pad": 1}, "count_include_pad=1 must be True or False"),
        ("AvgPool2d", {"kernel_size": 2, "divisor_override": 0}, "divisor_override=0 must not be zero"),
        ("AvgPool2d", {"kernel_size": 2, "divisor_override": 2.5}, "divisor_override=2.5 must be a whole number"),
        ("AdaptiveAvgPool2d", {"output_size": -1}, "output_size=-1 must be at least 0"),
        ("AdaptiveAvgPool2d", {"output_size": (2, 2, 2)}, "output_size=.* has length 3"),
        ("AdaptiveAvgPool2d", {"output_size": None}, "output_size=None must be a whole number"),
        ("AdaptiveAvgPool2d", {"output_size": (True, 2)}, "output_size=True must be a whole number"),
        ("MaxUnpool2d", {"kernel_size": 2.0}, "kernel_size=2.0 must be a whole number"),
    ],
)
def test_the_constructor_refuses_what_torch_refuses_when_called(name, options, message):
    given = (POOLED, WHERE) if name == "MaxUnpool2d" else (images("2d"),)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        getattr(nn, name)(**options)(*given)
    with pytest.raises((TypeError, ValueError), match=message):
        getattr(layers, name)(**options)


def test_the_axes_in_the_signature_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError, match="n c h w"):
        MaxPool2d(2)(torch.rand(9, 9))


def test_a_copied_layer_is_the_same_layer():
    layer = MaxPool2d(2, return_indices=True)
    assert repr(copy.deepcopy(layer)) == repr(layer)
    with pytest.raises(InputError):
        copy.deepcopy(layer)(torch.rand(1, 1, 1, 1))
