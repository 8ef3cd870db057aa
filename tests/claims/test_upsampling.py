"""The checks of what the chapter on making pictures larger claims."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import avg_pool2d

from cnnbook.reference import (
    conv2d_loops,
    conv2d_matrix,
    conv_transpose2d_loops,
    interpolate_loops,
    max_pool2d_loops,
    max_unpool2d_loops,
)
from cnnbook.shapes import conv_output_size, same_padding, transposed_output_size
from cnnbook.tasks.super_resolution.metrics import psnr, ssim
from cnnbook.tasks.super_resolution.networks import resize_convolution, sub_pixel, transposed

FOUR = np.array([[0, 1], [2, 3]])


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.claim("C5.1")
def test_duplication_writes_every_number_four_times():
    large = interpolate_loops(FOUR[None, None], scale_factor=2)[0, 0]
    np.testing.assert_array_equal(large, np.kron(FOUR, np.ones((2, 2))))


@pytest.mark.claim("C5.1")
def test_max_unpooling_puts_the_champion_back_in_its_place_and_zeros_elsewhere(random):
    picture = random.permutation(36).reshape(1, 6, 6) + 1.0
    pooled, where = max_pool2d_loops(picture, 2, return_indices=True)
    back = max_unpool2d_loops(pooled, where, 2)
    champions = np.isin(picture, pooled)
    np.testing.assert_array_equal(back, np.where(champions, picture, 0))


@pytest.mark.claim("C5.1")
def test_bilinear_interpolation_blends_along_rows_and_then_along_columns(random):
    picture = random.standard_normal((4, 5))
    weights = {
        n: np.stack([np.interp((np.arange(2 * n) + 0.5) / 2 - 0.5, np.arange(n), row) for row in np.eye(n)])
        for n in picture.shape
    }
    by_hand = weights[4].T @ picture @ weights[5]
    found = interpolate_loops(picture[None, None], scale_factor=2, mode="bilinear")[0, 0]
    np.testing.assert_allclose(found, by_hand, atol=1e-12)


@pytest.mark.claim("C5.2")
def test_the_transposed_convolution_by_hand():
    assert conv_transpose2d_loops(FOUR[None], FOUR[None, None])[0].tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    layer = nn.ConvTranspose2d(1, 1, 2, bias=False)
    layer.load_state_dict({"weight": torch.tensor(FOUR[None, None], dtype=torch.float32)})
    assert layer(torch.tensor(FOUR[None], dtype=torch.float32))[0].tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]


@pytest.mark.claim("C5.2")
def test_stamps_laid_down_one_by_one_add_up_to_it(random):
    picture, kernel = random.standard_normal((3, 4)), random.standard_normal((3, 2))
    total = np.zeros((2 * 2 + 3, 3 * 2 + 2))
    for (row, column), value in np.ndenumerate(picture):
        total[2 * row : 2 * row + 3, 2 * column : 2 * column + 2] += value * kernel
    found = conv_transpose2d_loops(picture[None], kernel[None, None], stride=2)[0]
    np.testing.assert_allclose(found, total, atol=1e-12)


@pytest.mark.claim("C5.3")
def test_it_is_the_transpose_of_the_convolutions_matrix_and_not_its_inverse(random):
    weight = random.standard_normal((1, 1, 3, 3))
    matrix, image = conv2d_matrix(weight, (6, 6), stride=1), random.standard_normal((1, 6, 6))
    small = conv2d_loops(image, weight)
    back = conv_transpose2d_loops(small, weight)
    np.testing.assert_allclose(back.ravel(), matrix.T @ small.ravel(), atol=1e-12)
    assert back.shape == image.shape
    assert not np.allclose(back, image, atol=0.1)


@pytest.mark.claim("C5.3")
def test_two_pictures_have_the_same_convolution_so_nothing_can_tell_which_one_it_was(random):
    weight = random.standard_normal((1, 1, 3, 3))
    matrix = conv2d_matrix(weight, (5, 5)).toarray()
    *_, directions = np.linalg.svd(matrix)
    image, other = random.standard_normal((1, 5, 5)), directions[-1].reshape(1, 5, 5)
    assert np.linalg.norm(other) == pytest.approx(1)
    np.testing.assert_allclose(conv2d_loops(image + other, weight), conv2d_loops(image, weight), atol=1e-12)


@pytest.mark.claim("C5.4")
@given(*[st.integers(low, high) for low, high in [(1, 12), (1, 7), (1, 4), (0, 4), (1, 4), (0, 3)]])
def test_the_size_of_a_transposed_convolution(n, kernel, stride, padding, dilation, output_padding):
    size = (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
    assume(size >= 1 and output_padding < max(stride, dilation))
    assert transposed_output_size(n, kernel, stride, padding, dilation, output_padding) == size
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, padding, output_padding, dilation=dilation)
    assert layer(torch.zeros(1, 1, n)).shape[-1] == size


@pytest.mark.claim("C5.4")
def test_a_kernel_of_three_without_padding_grows_by_two():
    assert [transposed_output_size(n, kernel=3) - n for n in range(1, 9)] == [2] * 8


@pytest.mark.claim("C5.4")
@pytest.mark.parametrize("kernel", range(2, 9))
def test_the_pytorch_equivalent_of_keras_same_with_stride_two_doubles_every_size(kernel):
    even = kernel % 2 == 0
    padding, output_padding = (kernel // 2 - 1, 0) if even else (kernel // 2, 1)
    layer = nn.ConvTranspose1d(1, 1, kernel, 2, padding, output_padding)
    for n in range(1, 10):
        assert layer(torch.zeros(1, 1, n)).shape[-1] == 2 * n
        # Keras: the convolution with padding="same" that it transposes makes n out of 2n
        before, after = same_padding(2 * n, kernel, 2)
        assert conv_output_size(2 * n + before + after, kernel, 2) == n


@pytest.mark.claim("C5.5")
@pytest.mark.parametrize("stride", range(1, 5))
@pytest.mark.parametrize("kernel", range(1, 9))
def test_stamps_are_even_exactly_where_the_stride_divides_the_kernel(kernel, stride):
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, bias=False)
    layer.load_state_dict({"weight": torch.ones(1, 1, kernel)})
    counts = layer(torch.ones(1, 1, 20))[0, 0, 8:-8]
    assert (counts.min() == counts.max()) == (kernel % stride == 0)


@pytest.mark.claim("C5.5")
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_an_even_area_stays_even_under_resize_convolution_and_not_under_a_transposed_one(mode, random):
    area, kernel = np.ones((1, 6, 6)), random.standard_normal((1, 1, 3, 3))
    larger = interpolate_loops(area[None], scale_factor=2, mode=mode)[0]
    assert np.ptp(conv2d_loops(larger, kernel)) < 1e-12
    assert np.ptp(conv_transpose2d_loops(area, kernel, stride=2)[0, 3:-3, 3:-3]) > 0.1


@pytest.fixture(scope="module")
def edges():
    """Discs and bars, large and small: nothing but edges, which is what interpolation blurs."""
    places = torch.stack(torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij"))
    drawn = torch.Generator().manual_seed(0)
    large = []
    for _ in range(120):
        middle, slope = 64 * torch.rand(2, 1, 1, generator=drawn), torch.randn(2, 1, 1, generator=drawn)
        away = places - middle
        disc, bar = away.square().sum(0).sqrt() < 20, (away * slope).sum(0).abs() < 6
        large.append((0.2 + 0.5 * disc + 0.2 * bar)[None])
    large = avg_pool2d(torch.stack(large), 2)
    return avg_pool2d(large, 2), large


@pytest.mark.claim("C5.6")
@pytest.mark.parametrize("build", [transposed, resize_convolution, sub_pixel])
def test_a_small_trained_network_comes_nearer_than_interpolation_on_unseen_pictures(edges, build):
    small, large = edges
    torch.manual_seed(0)
    network = build(scale=2, width=8, channels=1)
    descent = torch.optim.Adam(network.parameters(), lr=0.004)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, 0.004, 150, pct_start=0.2)
    for _ in range(150):
        batch = torch.randint(100, (10,))
        loss = (network(small[batch]) - large[batch]).abs().mean()
        descent.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        descent.step()
        rates.step()
    unseen, wanted = small[100:], large[100:]
    modes = ("nearest", "bilinear", "bicubic")
    plain = [nn.functional.interpolate(unseen, scale_factor=2, mode=mode) for mode in modes]
    with torch.no_grad():
        learned = network(unseen)
    assert psnr(learned, wanted).mean() > max(psnr(picture, wanted).mean() for picture in plain) + 0.3
    assert ssim(learned, wanted).mean() > max(ssim(picture, wanted).mean() for picture in plain)


@pytest.mark.claim("C5.6")
def test_only_resize_convolution_keeps_an_even_grey_even_whatever_its_weights():
    spreads = {}
    for build in (transposed, resize_convolution, sub_pixel):
        torch.manual_seed(0)
        network = build(scale=2, width=8)
        nn.init.normal_(list(network.modules())[-1 if build is not sub_pixel else -2].weight)
        grey = network(torch.full((1, 3, 24, 24), 0.5))[..., 16:-16, 16:-16]
        spreads[build] = grey.std((2, 3)).mean().item()
    assert spreads[resize_convolution] < 1e-6
    assert min(spreads[transposed], spreads[sub_pixel]) > 0.001
