"""The checks of what the page on dilated and causal convolutions claims."""

from itertools import accumulate, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook.reference import conv1d_causal, conv1d_causal_stack, conv1d_loops
from cnnbook.shapes import Window, count_paths, receptive_field

lengths = st.integers(1, 4)


@pytest.fixture
def random():
    return np.random.default_rng(0)


def causal_stack(sound, kernels, dilations):
    """Run causal layers of one channel, each padded on the left only."""
    for kernel, dilation in zip(kernels, dilations, strict=True):
        past = functional.pad(sound, (dilation * (len(kernel) - 1), 0))
        sound = functional.conv1d(past, kernel[None, None], dilation=dilation)
    return sound


def heard(kernels, dilations, length):
    """List the samples to which the last output of a causal stack has a gradient."""
    sound = torch.zeros(1, 1, length, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(causal_stack(sound, kernels, dilations)[0, 0, -1], sound)
    return slopes[0, 0].nonzero()[:, 0].tolist()


@pytest.mark.claim("C2.12")
@given(kernel=lengths, dilation=lengths, now=st.integers(0, 11))
def test_no_output_of_a_causal_layer_depends_on_a_later_input(kernel, dilation, now):
    random = np.random.default_rng(0)
    sound, weights = random.standard_normal(12), random.standard_normal((1, 1, kernel))
    other = np.concatenate([sound[: now + 1], random.standard_normal(11 - now)])
    outputs = [conv1d_causal(x[None], weights, dilation=dilation)[0] for x in (sound, other)]
    assert len(outputs[0]) == len(sound)
    np.testing.assert_array_equal(outputs[0][: now + 1], outputs[1][: now + 1])


@pytest.mark.claim("C2.12")
def test_a_causal_stack_is_the_same_in_numpy_and_in_torch(random):
    sound, kernels, dilations = random.standard_normal((1, 40)), random.standard_normal((4, 2)), [1, 2, 4, 8]
    loops = conv1d_causal_stack(sound, list(kernels[:, None, None]), dilations=dilations)
    padded = causal_stack(torch.from_numpy(sound[None]), torch.from_numpy(kernels), dilations)
    np.testing.assert_allclose(loops, padded[0].numpy())


@pytest.mark.claim("C2.12")
@pytest.mark.parametrize("dilation", [1, 2, 3, 5])
def test_a_dilated_kernel_is_a_kernel_with_zeros_between_its_weights(random, dilation):
    sound, kernel = random.standard_normal((1, 1, 20)), random.standard_normal((1, 1, 3))
    with_holes = np.zeros((1, 1, 2 * dilation + 1))
    with_holes[..., ::dilation] = kernel
    np.testing.assert_allclose(conv1d_loops(sound, kernel, dilation=dilation), conv1d_loops(sound, with_holes))


@pytest.mark.claim("C2.12")
@pytest.mark.parametrize("depth", [1, 2, 3, 6, 10])
def test_doubled_dilations_hear_two_to_the_depth_and_plain_layers_one_sample_each(random, depth):
    kernels = torch.from_numpy(random.uniform(0.5, 1, (depth, 2)))
    doubled, plain = [2**level for level in range(depth)], [1] * depth
    length = 2**depth + 3
    assert heard(kernels, doubled, length) == list(range(length))[-(2**depth) :]
    assert heard(kernels, plain, length) == list(range(length))[-(depth + 1) :]


@pytest.mark.claim("C2.12")
def test_ten_layers_of_wavenet_hear_1024_samples_each_on_one_path():
    wavenet = [Window(2, 1, 2**level, 2**level) for level in range(10)]
    assert receptive_field(wavenet).size == 1024
    assert count_paths(1030, wavenet, unit=1029)[-1024:] == [1] * 1024
    assert not any(count_paths(1030, wavenet, unit=1029)[:-1024])


@pytest.mark.claim("C2.12")
@given(kernel=st.integers(2, 3), shares=st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_no_hole_opens_while_no_dilation_is_larger_than_the_field_below(kernel, shares):
    grown = accumulate(shares, lambda field, share: field + (kernel - 1) * max(1, int(share * field)), initial=1)
    fields = list(grown)
    dilations = [(above - below) // (kernel - 1) for below, above in pairwise(fields)]
    paths = count_paths(fields[-1], [(kernel, 1, 0, dilation) for dilation in dilations], unit=0)
    assert all(paths)


@pytest.mark.claim("C2.12")
@pytest.mark.parametrize("kernel", [2, 3])
def test_growing_by_the_kernel_in_each_layer_is_the_fastest_way_without_holes(kernel):
    fastest = [kernel**level for level in range(4)]
    assert count_paths(kernel**4, [(kernel, 1, 0, dilation) for dilation in fastest], unit=0) == [1] * kernel**4
    for level in range(4):
        wider = [dilation + (place >= level) for place, dilation in enumerate(fastest)]
        layers = [(kernel, 1, 0, dilation) for dilation in wider]
        assert 0 in count_paths(receptive_field(layers).size, layers, unit=0)


@pytest.mark.claim("C2.12")
def test_equal_dilations_split_the_pixels_between_neighbours_that_share_none():
    equal = [(3, 1, 0, 2)] * 3
    one, next_door = (np.array(count_paths(14, equal, unit)) for unit in (0, 1))
    assert one[:13].tolist() == [1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1]
    assert not (one * next_door).any()
    assert (one + next_door).all()
