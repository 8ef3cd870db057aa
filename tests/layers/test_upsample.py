"""Our Upsample takes the place of torch's: in constructor, answers, gradients, layout and errors."""

import jaxtyping
import pytest
import torch
from torch import nn

from cnnbook.layers import Upsample
from twins import assert_gradient_has_a_gradient, assert_maps, assert_same, assert_same_constructor, assert_traces

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
CONFIGURATIONS = [
    (axes, options | {"mode": mode})
    for axes, linear in LINEAR.items()
    for mode in ["nearest", "nearest-exact", linear]
    for options in [{"scale_factor": 2}, {"scale_factor": (1.7,) * axes}, {"size": 3}, {"size": (7,) * axes}]
] + [
    (axes, options | {"mode": linear, "align_corners": True})
    for axes, linear in LINEAR.items()
    for options in [{"scale_factor": 2.5}, {"size": 1}]
]
each_configuration = pytest.mark.parametrize(("axes", "options"), CONFIGURATIONS, ids=str)
few_configurations = pytest.mark.parametrize(("axes", "options"), CONFIGURATIONS[::5], ids=str)


def pair(**options):
    return Upsample(**options), nn.Upsample(**options)


def images(axes, dtype=torch.float32):
    torch.manual_seed(0)
    return torch.randn(2, 3, *(5, 4, 3)[:axes]).to(dtype)


def test_the_constructor_has_the_same_arguments_in_the_same_order():
    assert_same_constructor(Upsample, nn.Upsample)


@each_configuration
def test_answers_gradients_and_print_are_torchs(axes, options):
    ours, theirs = pair(**options)
    assert repr(ours) == repr(theirs)
    assert not ours.state_dict()
    for input in (images(axes), images(axes)[:0]):
        assert_same(ours, theirs, input)


@each_configuration
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_half_and_double_precision_keep_their_type(axes, options, dtype):
    rounding = 8 * torch.finfo(dtype).eps  # torch rounds in between, we only at the end
    assert_same(*pair(**options), images(axes, dtype), rtol=rounding, atol=rounding)


@pytest.mark.parametrize("recompute", [None, False, True])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("factor", [1.1, 1.3, 2.05, 0.4])
def test_a_factor_counts_for_places_too_unless_it_is_recomputed(recompute, mode, factor):
    assert_same(*pair(scale_factor=factor, mode=mode, recompute_scale_factor=recompute), images(2))


def test_forwards_a_factor_counts_on_one_axis_even_where_it_leaves_the_size():
    signal = torch.tensor([[[1.0, 2, 3]]])  # backwards, torch forgets it
    ours, theirs = pair(scale_factor=1.3)
    assert ours(signal).tolist() == theirs(signal).tolist() == [[[1, 1, 2]]]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_bytes_are_copied(mode):
    assert_same(*pair(scale_factor=2, mode=mode), (images(2) * 9).to(torch.uint8))


@pytest.mark.parametrize(("axes", "layout"), [(2, torch.channels_last), (3, torch.channels_last_3d)])
@pytest.mark.parametrize("linear", [False, True])
def test_images_with_channels_last_stay_so(axes, layout, linear):
    assert_same(
        *pair(scale_factor=2, mode=LINEAR[axes] if linear else "nearest"), images(axes).to(memory_format=layout)
    )


def test_settings_changed_after_construction_count_as_in_torch():
    both = pair(scale_factor=2)
    for layer in both:
        layer.scale_factor, layer.mode, layer.align_corners = (3.0, 1.5), "bilinear", True
    assert_same(*both, images(2))


@few_configurations
def test_it_is_compiled_exported_and_mapped(layers_as_the_reader_imports_them, axes, options):
    layer = layers_as_the_reader_imports_them.Upsample(**options)
    assert_traces(layer, images(axes))
    assert_maps(layer, images(axes))


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_the_gradient_has_a_gradient(mode):
    assert_gradient_has_a_gradient(Upsample(scale_factor=1.5, mode=mode), torch.randn(1, 2, 3, 4))


def test_aligned_corners_keep_their_values_and_others_do_not():
    signal = torch.tensor([[[0.0, 4, 8]]])
    assert Upsample(size=5, mode="linear", align_corners=True)(signal).tolist() == [[[0, 2, 4, 6, 8]]]
    assert Upsample(size=6, mode="linear")(signal).tolist() == [[[0, 1, 3, 5, 7, 8]]]


def test_doubling_by_neighbours_repeats_every_pixel():
    image = images(2)
    expected = image.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(Upsample(scale_factor=2)(image), expected)


def test_nearest_lies_left_of_the_nearest():
    signal = torch.tensor([[[1.0, 2, 3, 4]]])
    assert Upsample(size=2)(signal).tolist() == [[[1, 3]]]
    assert Upsample(size=2, mode="nearest-exact")(signal).tolist() == [[[2, 4]]]


IMAGES = torch.rand(2, 3, 4, 4)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "input", "message"),
    [
        ({"scale_factor": 2}, [1.0], r"input must be a torch\.Tensor, not list"),
        ({"scale_factor": 2}, IMAGES[0, 0], "input has shape .* needs 3 or 4 or 5 axes"),
        ({"scale_factor": 2}, IMAGES[None, None], "needs 3 or 4 or 5 axes"),
        ({"scale_factor": 2, "mode": "bilinear"}, IMAGES[0], "mode='bilinear' needs 4 axes"),
        ({"scale_factor": 2, "mode": "linear"}, IMAGES, "mode='linear' needs 3 axes"),
        ({"scale_factor": 2}, IMAGES[:, :0], "only the batch may be empty"),
        ({"scale_factor": 2}, IMAGES[..., :0], "only the batch may be empty"),
        ({"scale_factor": 2}, IMAGES.bool(), r"input is torch\.bool; floating-point"),
        ({"scale_factor": 2}, IMAGES.long(), r"input is torch\.int64; floating-point"),
        ({"scale_factor": (2, 2, 2)}, IMAGES, r"scale_factor=\(2.0, 2.0, 2.0\) has length 3; 2 axes"),
        ({"scale_factor": 0.2}, IMAGES, "scale_factor=0.2 leaves no pixel"),
        ({"size": (2, 2, 2)}, IMAGES, r"size=\(2, 2, 2\) has length 3"),
    ],
    ids=str,
)
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both(options, input, message):
    ours, theirs = pair(**options)
    with pytest.raises(Exception) as expected:  # noqa: PT011 - torch's errors are many
        theirs(input)
    with pytest.raises((TypeError, ValueError), match=message) as found:
        ours(input)
    if isinstance(found.value, ValueError):
        assert isinstance(found.value, RuntimeError)
        assert isinstance(expected.value, RuntimeError | ValueError)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "size=None and scale_factor=None: give one of them"),
        ({"size": 4, "scale_factor": 2}, "size=4 and scale_factor=2: give one of them"),
        ({"size": 0}, "size=0 must be at least 1"),
        ({"size": 4.0}, "size=4.0 must be a whole number"),
        ({"scale_factor": 0}, "scale_factor=0 must be positive and finite"),
        ({"scale_factor": -1}, "scale_factor=-1 must be positive"),
        ({"scale_factor": (2, float("nan"))}, "scale_factor=nan must be positive and finite"),
        ({"scale_factor": float("inf")}, "scale_factor=inf must be positive and finite"),
        ({"scale_factor": [2, 2]}, r"scale_factor=\[2, 2\] must be a real number"),
        ({"size": 4, "mode": "cubic"}, "mode='cubic' must be one of nearest, nearest-exact, linear, bilinear"),
        ({"size": 4, "mode": None}, "mode=None must be one of"),
        ({"size": 4, "align_corners": False}, "align_corners=False must be None with mode='nearest'"),
        ({"size": 4, "mode": "bilinear", "align_corners": 1}, "align_corners=1 must be True or False"),
        ({"size": 4, "recompute_scale_factor": True}, "recompute_scale_factor=True must come with a scale_factor"),
    ],
    ids=str,
)
def test_the_constructor_refuses_what_torch_refuses_when_called(options, message):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        nn.Upsample(**options)(IMAGES)
    with pytest.raises((TypeError, ValueError), match=message):
        Upsample(**options)


def test_the_axes_in_the_signature_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError, match="n c"):
        Upsample(size=4)(torch.rand(9))
