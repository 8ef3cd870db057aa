"""Three networks enlarge every picture exactly, weigh about the same, and begin with the bicubic picture."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torch.nn import functional

from cnnbook.layers.checks import InputError
from cnnbook.shapes import conv_parameters
from cnnbook.tasks.super_resolution.networks import resize_convolution, sub_pixel, transposed

BUILD = {"transposed": transposed, "resize_convolution": resize_convolution, "sub_pixel": sub_pixel}
every = pytest.mark.parametrize("name", BUILD)


def lively(network):
    """A last layer that adds something."""
    torch.manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight)
    return network.double().eval()


@every
@given(
    rows=st.integers(1, 30), columns=st.integers(1, 30), scale=st.sampled_from([2, 4]), channels=st.sampled_from([1, 3])
)
def test_the_answer_is_so_many_times_larger(name, rows, columns, scale, channels):
    network = BUILD[name](scale, width=2, channels=channels)
    assert network(torch.rand(1, channels, rows, columns)).shape == (1, channels, scale * rows, scale * columns)


@every
@pytest.mark.parametrize("scale", [2, 4])
def test_before_training_it_gives_the_bicubic_picture(name, scale):
    images = torch.rand(1, 3, 9, 11)
    wanted = functional.interpolate(images, scale_factor=scale, mode="bicubic", align_corners=False)
    assert torch.equal(BUILD[name](scale, width=4)(images), wanted)


def test_the_bicubic_picture_lies_where_pillow_s_does():
    picture = torch.linspace(0.2, 0.8, 12).square().repeat(1, 1, 12, 1)
    with torch.no_grad():
        ours = transposed(scale=4, width=1, channels=1)(picture)[0, 0].numpy()
    theirs = Image.fromarray(picture[0, 0].numpy()).resize((48, 48), Image.Resampling.BICUBIC)
    inner = (slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(ours[inner], np.asarray(theirs)[inner], atol=5e-3)  # another sharpness, same place


@pytest.mark.parametrize("scale", [2, 4])
def test_they_weigh_about_the_same(scale):
    weights = {name: sum(w.numel() for w in build(scale).parameters()) for name, build in BUILD.items()}
    assert weights["transposed"] == weights["resize_convolution"]
    assert abs(weights["sub_pixel"] / weights["transposed"] - 1) < 0.1
    body = conv_parameters(3, 32, (5, 5)) + 3 * conv_parameters(32, 32, (3, 3))
    steps = {2: 1, 4: 2}[scale] * conv_parameters(32, 32, (3, 3)) + conv_parameters(32, 3, (3, 3))
    assert weights["transposed"] == body + steps
    assert weights["sub_pixel"] == body + conv_parameters(32, 32, (3, 3)) + conv_parameters(32, 3 * scale**2, (3, 3))


@every
def test_all_weights_learn_after_the_first_step(name):
    torch.manual_seed(0)
    network = BUILD[name](scale=4, width=8)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    images = torch.rand(2, 3, 8, 8)
    for _ in range(2):
        optimizer.zero_grad()
        (network(images) - 1).square().mean().backward()
        optimizer.step()
    assert all(weight.grad.any() for weight in network.parameters())


@every
def test_training_brings_it_nearer_than_bicubic(name):
    torch.manual_seed(0)
    network = BUILD[name](scale=2, width=8, channels=1)
    sharp = (torch.rand(8, 1, 6, 6) > 0.5).float().repeat_interleave(4, 2).repeat_interleave(4, 3)
    small = functional.avg_pool2d(sharp, 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = (network(small) - sharp).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]  # the first is bicubic's


@every
@pytest.mark.parametrize("shift", [1, 3])
def test_a_shift_by_a_pixel_is_a_shift_by_four(name, shift):
    network = lively(BUILD[name](scale=4, width=4, channels=1))
    images = torch.rand(1, 1, 6, 60, dtype=torch.float64)
    with torch.no_grad():
        whole, later = network(images), network(images[..., shift:])
    middle = slice(80, 130)
    torch.testing.assert_close(whole[..., 4 * shift :][..., middle], later[..., middle], atol=1e-9, rtol=0)


def uneven(network):
    """How much the enlarged answer to a constant picture varies within a square, in its middle."""
    lively(network)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.constant_(layer.weight, 0.1)
    with torch.no_grad():
        answer = network(torch.full((1, 1, 32, 32), 0.5, dtype=torch.float64))[0, 0, 48:-48, 48:-48]
    return (answer.max() - answer.min()).item()


def test_a_constant_picture_shows_the_checkerboard_of_transposed_convolutions_only():
    options = {"scale": 4, "width": 2, "channels": 1}
    assert uneven(transposed(**options)) > 0.01
    assert uneven(resize_convolution(**options)) < 1e-9
    assert uneven(sub_pixel(**options)) < 1e-9


def test_channels_are_dealt_out_to_the_squares():
    network = sub_pixel(scale=2, width=1, channels=2)
    shuffle = network.steps[-1]
    maps = torch.rand(1, 8, 3, 4)
    found = shuffle(maps)
    for c in range(2):
        for a in range(2):
            for b in range(2):
                assert torch.equal(found[0, c, a::2, b::2], maps[0, 4 * c + 2 * a + b])


@pytest.mark.usefixtures("as_the_reader_runs_it")
@every
@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"scale": 3}, ValueError, "scale=3 must be 2 or 4"),
        ({"scale": 2.0}, TypeError, "scale=2.0 must be a whole number"),
        ({"width": 0}, ValueError, "width=0 must be at least 1"),
        ({"channels": 0}, ValueError, "channels=0 must be at least 1"),
    ],
)
def test_what_cannot_be_built_is_named(name, options, error, said):
    with pytest.raises(error, match=said):
        BUILD[name](**options)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@every
def test_images_that_do_not_fit_are_named(name):
    network = BUILD[name](width=1, channels=1)
    with pytest.raises(InputError, match="has 3 channels, not 1"):
        network(torch.zeros(1, 3, 8, 8))
    with pytest.raises(InputError, match="images of 0×8 pixels are too small"):
        network(torch.zeros(1, 1, 0, 8))
