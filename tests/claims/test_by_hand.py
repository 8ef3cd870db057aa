"""The checks of what the page on convolution by hand claims."""

import numpy as np
import pytest
import torch

from cnnbook.layers import Conv2d
from cnnbook.reference import conv2d_loops

BLUR = np.full((3, 3), 1 / 9)
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
FALLING = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])


def slide(picture, kernel, bias=0):
    return conv2d_loops(picture[None, None], kernel[None, None], np.array([bias]))[0, 0]


@pytest.mark.claim("C2.6")
@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, FALLING, LAPLACE], ids=["blur", "sharpen", "diagonal", "laplace"])
@pytest.mark.parametrize("brightness", [0.0, 0.5, 3.0])
def test_on_an_even_area_a_filter_answers_the_brightness_times_the_sum_of_its_weights(kernel, brightness):
    found = slide(np.full((6, 7), brightness), kernel)
    np.testing.assert_allclose(found, brightness * round(kernel.sum()), atol=1e-12)


@pytest.mark.claim("C2.6")
def test_blur_makes_neighbours_more_alike_and_sharpen_less():
    picture = np.random.default_rng(0).random((20, 20))
    step = {name: np.abs(np.diff(slide(picture, k))).mean() for name, k in [("blur", BLUR), ("sharpen", SHARPEN)]}
    assert step["blur"] < np.abs(np.diff(picture)).mean() < step["sharpen"]


@pytest.mark.claim("C2.6")
def test_a_diagonal_filter_answers_a_line_of_its_own_direction_only():
    line = np.eye(5)
    assert slide(line, FALLING)[1, 1] == 6
    assert slide(np.fliplr(line), FALLING)[1, 1] == 0


@pytest.mark.claim("C2.6")
def test_the_bias_adds_the_same_number_at_every_place():
    picture = np.random.default_rng(0).integers(-4, 5, (6, 6))
    np.testing.assert_array_equal(slide(picture, LAPLACE, bias=7), slide(picture, LAPLACE) + 7)


@pytest.mark.claim("C2.17")
@pytest.mark.parametrize("seed", range(2))
def test_from_random_numbers_gradient_descent_finds_the_edge_filter(seed):
    edge = torch.tensor([[-1.0, 0, 1]]).repeat(3, 1)
    pictures = torch.rand(8, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    wanted = torch.nn.functional.conv2d(pictures, edge[None, None])
    torch.manual_seed(seed)
    layer = Conv2d(1, 1, 3)
    assert not torch.allclose(layer.weight[0, 0], edge, atol=0.5)
    descent = torch.optim.SGD(layer.parameters(), lr=0.3)
    for _ in range(400):
        descent.zero_grad()
        (layer(pictures) - wanted).square().mean().backward()
        descent.step()
    torch.testing.assert_close(layer.weight[0, 0].detach(), edge, atol=0.02, rtol=0)
