"""FCN's cuts put every score where its window's middle is, and its skips begin without a voice."""

from fractions import Fraction
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.networks.vgg import VGG
from cnnbook.shapes import conv_parameters
from cnnbook.tasks.segmentation.fcn import (
    LAST,
    bilinear_kernel,
    enlarging,
    fcn8s,
    fcn16s,
    fcn32s,
)
from small_fcn import BUILT, TINY, lively

finest = pytest.mark.parametrize("step", BUILT)
SMALL = {"width": 2, "hidden": 3}


@finest
def test_it_weighs_what_the_paper_says_and_what_its_layers_add_up_to(step):
    with torch.device("meta"):
        network = BUILT[step]()
    filters = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    vgg = sum(conv_parameters(before, after, (3, 3)) for before, after in pairwise(filters))
    heads = conv_parameters(512, 4096, (7, 7)) + conv_parameters(4096, 4096, (1, 1))
    read = {32: [4096], 16: [4096, 512], 8: [4096, 512, 256]}[step]
    scores = sum(conv_parameters(channels, 21, (1, 1)) for channels in read)
    kernels = {32: [64], 16: [4, 32], 8: [4, 4, 16]}[step]
    enlargements = sum(conv_parameters(21, 21, (side, side), bias=False) for side in kernels)
    found = sum(weight.numel() for weight in network.parameters())
    assert found == vgg + heads + scores + enlargements
    assert round((found - enlargements) / 1e6) == 134  # the paper's table 1


@finest
@given(rows=st.integers(1, 75), columns=st.integers(1, 75), window=st.sampled_from([3, 5, 7]))
def test_scores_have_the_image_s_size(step, rows, columns, window):
    with torch.device("meta"):
        network = BUILT[step](2, **SMALL | {"window": window})
        assert network(torch.zeros(1, 3, rows, columns)).shape == (1, 2, rows, columns)


@finest
@given(rows=st.integers(1, 600), columns=st.integers(1, 600))
def test_the_whole_network_too_keeps_every_size(whole, step, rows, columns):
    assert whole[step](torch.zeros(1, 3, rows, columns, device="meta")).shape == (1, 21, rows, columns)


@pytest.fixture(scope="module")
def whole():
    with torch.device("meta"):
        return {step: build() for step, build in BUILT.items()}


class Middles:
    """Where the middles of a map's windows lie: the first's, and from one to the next; in pixels of the image."""

    def __init__(self, first=Fraction(0), step=Fraction(1)):
        self.first, self.step = first, step

    def conv(self, kernel, stride=1, padding=0):
        return Middles(self.first + self.step * (Fraction(kernel - 1, 2) - padding), self.step * stride)

    def transposed(self, kernel, stride):
        step = self.step / stride
        return Middles(self.first - step * Fraction(kernel - 1, 2), step)


@pytest.mark.parametrize("window", [3, 5, 7])
def test_each_cut_lets_the_middles_meet(window):
    with torch.device("meta"):
        network = fcn8s(**TINY | {"window": window})
    maps, pooled = Middles(), []
    for layer in network.features:
        if isinstance(layer, nn.Conv2d):
            maps = maps.conv(layer.kernel_size[0], layer.stride[0], layer.padding[0])
        elif isinstance(layer, nn.MaxPool2d):
            maps = maps.conv(2, 2)
            pooled.append(maps)
    coarse = maps.conv(window)
    if window == 7:
        assert (coarse.first, pooled[3].first, pooled[2].first) == (12.5, -91.5, -95.5)  # the page's table
    two = coarse.transposed(4, 2)
    four = two.transposed(4, 2)
    assert pooled[3].first + (window - 2) * pooled[3].step == two.first
    assert pooled[2].first + (2 * window - 5) * pooled[2].step == four.first
    for step, scores in ((32, coarse), (16, two), (8, four)):
        _, cut = LAST[step]
        assert scores.transposed(2 * step, step).first + cut == 0


@pytest.mark.parametrize(("step", "shift", "equal"), [(s, n, n == 32) for s in BUILT for n in (32, 16, 8, 1)])
def test_a_shift_by_32_pixels_shifts_the_scores(step, shift, equal):
    network = lively(BUILT[step](2, **TINY)).double()
    torch.manual_seed(1)
    images = torch.rand(1, 3, 8, 672, dtype=torch.float64)
    with torch.no_grad():
        whole, later = network(images), network(images[..., shift:])
    middle = slice(256, 320)
    found = (whole[..., shift:][..., middle] - later[..., middle]).abs().max() / whole.std()
    assert (found < 1e-9) == equal


@pytest.mark.parametrize("times", [2, 8, 16, 32])
def test_an_enlargement_begins_as_bilinear_interpolation(times):
    maps = torch.rand(1, 3, 6, 5)
    found = enlarging(3, times)(maps)
    wanted = nn.functional.interpolate(maps, scale_factor=times, mode="bilinear", align_corners=False)
    inner, cut = times, times // 2
    assert found.shape[2:] == (7 * times, 6 * times)
    found = found[..., cut : cut + wanted.shape[2], cut : cut + wanted.shape[3]]
    here = (..., slice(inner, -inner), slice(inner, -inner))
    torch.testing.assert_close(found[here], wanted[here])


def test_a_kernel_gives_each_pixel_the_whole_of_its_neighbours():
    kernel = bilinear_kernel(4)
    shares = kernel.unfold(0, 4, 4).unfold(1, 4, 4).sum((0, 1))
    torch.testing.assert_close(shares, torch.ones(4, 4))


def test_the_last_enlargement_is_fixed_and_the_others_learn():
    frozen = {name for name, weight in fcn8s(2, **TINY).named_parameters() if not weight.requires_grad}
    assert frozen == {"upscore8.weight"}


def test_all_scores_begin_at_zero():
    assert not fcn8s(2, **TINY)(torch.rand(1, 3, 20, 20)).any()


def test_dropout_stands_after_fc6_and_fc7_as_in_the_paper():
    dropped = [(name, layer.p) for name, layer in fcn32s(2, **TINY).named_modules() if isinstance(layer, nn.Dropout)]
    assert dropped == [("drop6", 0.5), ("drop7", 0.5)]


def test_batch_normalisation_brings_the_names_of_vgg16_bn():
    with torch.device("meta"):
        ours = fcn32s(batch_norm=True).features.state_dict()
        theirs = VGG(16, batch_norm=True).features.state_dict()
    assert {n: v.shape for n, v in ours.items()} == {n: v.shape for n, v in theirs.items()}


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: fcn32s(0), ValueError, "num_classes=0 must be at least 1"),
        (lambda: fcn16s(2, width=0), ValueError, "width=0 must be at least 1"),
        (lambda: fcn8s(2, hidden=1.5), TypeError, "hidden=1.5 must be a whole number"),
        (lambda: fcn8s(2, window=1), ValueError, "window=1 must be at least 3"),
        (lambda: fcn8s(2, window=4), ValueError, "window=4 must be odd"),
        (lambda: fcn8s(2, batch_norm=1), TypeError, "batch_norm=1 must be True or False"),
        (lambda: fcn8s(2, **TINY)(torch.zeros(1, 3, 0, 5)), InputError, "images of 0×5 pixels are too small"),
    ],
)
def test_what_does_not_fit_is_named(call, error, said):
    with torch.device("meta"), pytest.raises(error, match=said):
        call()
