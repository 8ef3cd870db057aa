"""What transposed convolutions have and others have not: an output whose size is not given by the input's."""

import pytest
import torch
from torch import nn

from cnnbook import layers
from cnnbook.layers.checks import InputError

NAMES = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]
every = pytest.mark.parametrize("name", NAMES)
as_the_reader_runs_it = pytest.mark.usefixtures("as_the_reader_runs_it")


def pair(name, **options):
    """The same layer from the same seed, twice."""
    both = []
    for package in (layers, nn):
        torch.manual_seed(0)
        both.append(getattr(package, name)(4, 6, **{"kernel_size": 3, "stride": 3} | options))
    return both


def images(name):
    return torch.rand(2, 4, *[5, 4, 3][: int(name[-2])])


@every
@pytest.mark.parametrize("more", [0, 1, 2])
@pytest.mark.parametrize("options", [{"padding": 1}, {"dilation": 2, "groups": 2}], ids=str)
def test_a_stride_of_three_leaves_three_sizes_to_choose_from(name, options, more):
    our_layer, their_layer = pair(name, **options)
    input = images(name)
    size = [pixels + more for pixels in their_layer(input).shape[2:]]
    expected = their_layer(input, size)
    for output_size in (size, tuple(size), expected.shape):
        torch.testing.assert_close(our_layer(input, output_size), expected)
    torch.testing.assert_close(our_layer(input[0], output_size=size), expected[0])


@every
def test_the_wanted_size_takes_the_place_of_output_padding(name):
    our_layer, their_layer = pair(name, output_padding=2)
    input = images(name)
    size = [pixels - 1 for pixels in their_layer(input).shape[2:]]
    torch.testing.assert_close(our_layer(input, size), their_layer(input, size))


@every
@as_the_reader_runs_it
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda size: [*size[:-1], size[-1] - 1], "output_size=.* must lie between"),
        (lambda size: [*size[:-1], size[-1] + 3], "output_size=.* must lie between"),
        (lambda size: [7, *size], "output_size=.* has length"),
        (lambda size: size[:0], "output_size=.* has length 0"),
    ],
)
def test_a_size_that_no_stride_could_have_come_from_is_refused(name, spoil, message):
    our_layer, their_layer = pair(name)
    size = spoil(list(their_layer(images(name)).shape[2:]))
    with pytest.raises(ValueError, match=r"output.size"):
        their_layer(images(name), size)
    with pytest.raises(InputError, match=message):
        our_layer(images(name), size)


@every
@as_the_reader_runs_it
@pytest.mark.parametrize("spoil", [lambda size: [float(pixels) for pixels in size], lambda size: size[0]])
def test_a_size_of_another_kind_is_refused(name, spoil):
    size = spoil(list(pair(name)[1](images(name)).shape[2:]))
    for layer in pair(name):
        with pytest.raises(TypeError):
            layer(images(name), size)
    with pytest.raises(TypeError, match=r"output_size=.* must"):
        pair(name)[0](images(name), size)


@every
@as_the_reader_runs_it
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_padding": 3}, "output_padding=3 must be below stride=3 or dilation=1"),
        ({"padding": 9}, "padding=9 must leave at least one"),
    ],
)
def test_an_output_that_torch_refuses_is_refused(name, options, message):
    our_layer, their_layer = pair(name, **options)
    with pytest.raises(RuntimeError):
        their_layer(images(name))
    with pytest.raises(InputError, match=message):
        our_layer(images(name))


@every
@as_the_reader_runs_it
@pytest.mark.parametrize("padding", ["same", "valid", -1])
def test_padding_is_a_number_of_pixels(name, padding):
    with pytest.raises((TypeError, ValueError), match="padding="):
        pair(name, padding=padding)


def test_torch_compiles_it_whole_for_any_wanted_size(layers_as_the_reader_imports_them):
    layer = layers_as_the_reader_imports_them.ConvTranspose2d(4, 6, kernel_size=3, stride=2)

    def as_large_as(input, other):
        return layer(input, output_size=other.shape[2:])

    compiled = torch.compile(as_large_as, backend="aot_eager", fullgraph=True, dynamic=True)
    for size in (12, 16, 18):
        images, other = torch.rand(1, 4, size // 2 - 1, size // 2 - 1), torch.rand(1, 1, size, size)
        torch.testing.assert_close(compiled(images, other), as_large_as(images, other))


def test_it_is_the_gradient_of_the_convolution_with_the_same_weights():
    transposed, _ = pair("ConvTranspose2d", stride=2, padding=1, bias=False)
    convolution = layers.Conv2d(6, 4, 3, stride=2, padding=1, bias=False)
    convolution.load_state_dict(transposed.state_dict())
    pictures = torch.rand(2, 6, 9, 7, requires_grad=True)
    maps = convolution(pictures)
    (gradient,) = torch.autograd.grad((maps * maps.detach()).sum(), pictures)
    torch.testing.assert_close(transposed(maps, output_size=(9, 7)), gradient)
