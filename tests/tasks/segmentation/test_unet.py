"""U-Net is the paper's: its sizes, its weights, its crops; padded, it keeps every size."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers.checks import InputError
from cnnbook.shapes import conv_parameters
from cnnbook.tasks.segmentation.unet import fitting, unet


def walked(size, depth):
    """The sides of a valid U-Net, worked out level by level, or nothing where one does not come out even."""
    for _ in range(depth):
        size -= 4
        if size < 2 or size % 2:
            return None
        size //= 2
    size -= 4
    for _ in range(depth):
        if size < 1:
            return None
        size = 2 * size - 4
    return size if size > 0 else None


def test_the_paper_s_figure_one():
    shapes = []
    with torch.device("meta"):
        network = unet()
        for block in (*network.down, *network.up):
            block.register_forward_hook(lambda _layer, _given, output: shapes.append(tuple(output.shape[1:])))
        answer = network(torch.zeros(1, 1, 572, 572))
    down = [(64, 568, 568), (128, 280, 280), (256, 136, 136), (512, 64, 64), (1024, 28, 28)]
    up = [(512, 52, 52), (256, 100, 100), (128, 196, 196), (64, 388, 388)]
    assert shapes == down + up
    assert answer.shape == (1, 2, 388, 388)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_it_weighs_what_its_layers_add_up_to(padding):
    widths = [64, 128, 256, 512, 1024]
    down = [(1, 64), (64, 64)] + [pair for w in widths[1:] for pair in ((w // 2, w), (w, w))]
    up = [pair for w in widths[-2::-1] for pair in ((2 * w, w), (w, w))]
    convolutions = sum(conv_parameters(before, after, (3, 3)) for before, after in down + up)
    enlargements = sum(conv_parameters(2 * w, w, (2, 2)) for w in widths[:-1])
    with torch.device("meta"):
        found = sum(weight.numel() for weight in unet(padding=padding).parameters())
    assert found == convolutions + enlargements + conv_parameters(64, 2, (1, 1)) == 31_030_658
    assert len(down + up) + 4 + 1 == 23  # "in total the network has 23 convolutional layers"


@given(depth=st.integers(1, 4), size=st.integers(1, 700))
def test_the_next_size_that_fits_is_the_next_that_comes_out_even(depth, size):
    wanted = next(n for n in range(size, size + 1000) if walked(n, depth))
    assert fitting(depth, size) == wanted


@given(depth=st.integers(1, 4), rows=st.integers(1, 300), columns=st.integers(1, 300))
def test_without_padding_the_answer_is_what_the_levels_leave(depth, rows, columns):
    rows, columns = fitting(depth, rows), fitting(depth, columns)
    with torch.device("meta"):
        found = unet(3, width=1, depth=depth)(torch.zeros(1, 1, rows, columns))
    assert found.shape == (1, 3, walked(rows, depth), walked(columns, depth))
    assert rows - found.shape[2] == 4 * (2**depth - 1) * 2 + 4 * 2**depth  # 184 at depth 4


@given(depth=st.integers(1, 4), rows=st.integers(1, 400), columns=st.integers(1, 400))
def test_without_padding_other_sizes_are_refused(depth, rows, columns):
    assume(not (walked(rows, depth) and walked(columns, depth)))
    with torch.device("meta"), pytest.raises(InputError, match=r"take|at least"):
        unet(width=1, depth=depth)(torch.zeros(1, 1, rows, columns))


@given(depth=st.integers(1, 4), rows=st.integers(1, 70), columns=st.integers(1, 70), channels=st.integers(1, 4))
def test_with_padding_scores_have_the_image_s_size(depth, rows, columns, channels):
    with torch.device("meta"):
        network = unet(2, channels, width=1, depth=depth, padding="same")
        assert network(torch.zeros(1, channels, rows, columns)).shape == (1, 2, rows, columns)


def test_a_skip_is_the_middle_of_what_went_down():
    torch.manual_seed(0)
    network = unet(width=2, depth=1, dropout=0.0).double()
    down, joined = [], []
    network.down[0].register_forward_hook(lambda _layer, _given, output: down.append(output))
    network.up[0].register_forward_hook(lambda _layer, given, _output: joined.append(given[0]))
    network(torch.rand(1, 1, 24, 24, dtype=torch.float64))
    assert down[0].shape[2:] == (20, 20)
    assert torch.equal(joined[0][:, :2], down[0][..., 4:16, 4:16])


def test_without_padding_no_score_knows_the_border():
    """The answer for a tile is the answer for the larger image: the paper's overlap-tile strategy."""
    torch.manual_seed(0)
    network = unet(width=2, depth=2).double().eval()
    images = torch.rand(1, 1, 60, 76, dtype=torch.float64)
    with torch.no_grad():
        whole, tile = network(images), network(images[..., 16:])
    torch.testing.assert_close(whole[..., 16:], tile, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("shift", "equal"), [(4, True), (8, True), (2, False), (1, False)])
def test_a_shift_by_the_stride_shifts_the_scores(shift, equal):
    torch.manual_seed(0)
    network = unet(channels=3, width=2, depth=2, padding="same").double().eval()
    images = torch.rand(1, 3, 16, 200, dtype=torch.float64)
    with torch.no_grad():
        whole, later = network(images), network(images[..., shift:])
    middle = slice(60, 120)
    found = (whole[..., shift:][..., middle] - later[..., middle]).abs().max() / whole.std()
    assert (found < 1e-9) == equal


def test_dropout_ends_the_way_down():
    torch.manual_seed(0)
    network = unet(width=4, depth=2, padding="same", dropout=0.5)
    seen = []
    network.dropout.register_forward_hook(lambda _layer, given, _output: seen.append(tuple(given[0].shape)))
    network(torch.rand(1, 1, 16, 16))
    assert seen == [(1, 8, 8, 8), (1, 16, 4, 4)]


def test_first_weights_are_he_s():
    torch.manual_seed(0)
    layer = unet(width=32, depth=1).down[1][2]
    assert layer.weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)
    assert not layer.bias.any()


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: unet(0), ValueError, "num_classes=0 must be at least 1"),
        (lambda: unet(channels=0), ValueError, "channels=0 must be at least 1"),
        (lambda: unet(width=1.5), TypeError, "width=1.5 must be a whole number"),
        (lambda: unet(depth=0), ValueError, "depth=0 must be at least 1"),
        (lambda: unet(padding="full"), ValueError, "padding='full' must be 'valid' or 'same'"),
        (lambda: unet(width=1)(torch.zeros(1, 3, 572, 572)), InputError, "has 3 channels, not 1"),
        (
            lambda: unet(width=1)(torch.zeros(1, 1, 572, 570)),
            InputError,
            "images of 570 columns do not fit: pooling would lose some; take 556 or 572",
        ),
        (
            lambda: unet(width=1)(images=torch.zeros(1, 1, 190, 572)),
            InputError,
            "190 rows .* take 188 or 204",
        ),
        (
            lambda: unet(width=1)(torch.zeros(1, 1, 100, 572)),
            InputError,
            "images of 100×572 pixels are too small: .* at least 188×188",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, error, said):
    with torch.device("meta"), pytest.raises(error, match=said):
        call()


def test_padding_has_no_effect_on_the_number_of_layers():
    kinds = [[type(layer) for layer in unet(width=1, padding=word).modules()] for word in ("valid", "same")]
    assert kinds[0] == kinds[1]
    assert sum(kind is nn.Conv2d for kind in kinds[0]) == 19
