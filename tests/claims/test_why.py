"""The checks of what the chapter "Why convolution" claims; the page *Claims* shows them with their results."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from skimage.color import rgb2gray
from sklearn.datasets import load_sample_image
from torch import nn

from cnnbook.reference import conv1d_loops, conv1d_matrix, conv2d_loops

ROOT = Path(__file__).parents[2]
UPRIGHT = np.tile([-1, 0, 1], (3, 1))


@pytest.fixture
def random():
    return np.random.default_rng(0)


def feature_map(picture, kernel, **options):
    """One grey picture, one filter, one map."""
    return conv2d_loops(picture[None, None], kernel[None, None], **options)[0, 0]


def on_a_ring(picture, kernel, stride=1):
    """Convolve with a border that continues on the opposite side."""
    return feature_map(np.pad(picture, kernel.shape[0] // 2, mode="wrap"), kernel, stride=stride)


def shift(picture, columns):
    return np.roll(picture, columns, axis=1)


def count(module):
    """How many numbers a module learns."""
    return sum(parameter.numel() for parameter in module.parameters())


# Conventions


@pytest.mark.claim("C0.1")
def test_images_and_weights_are_counted_in_the_order_count_channel_row_column():
    ten_pictures = torch.zeros(10, 3, 32, 32)
    layer = nn.Conv2d(3, 20, (5, 7))
    assert layer.weight.shape == (20, 3, 5, 7)
    assert layer(ten_pictures).shape == (10, 20, 28, 26)


@pytest.mark.claim("C0.1")
def test_keras_order_is_a_permutation_away_and_computes_the_same(random):
    images, weight = random.standard_normal((2, 3, 8, 9)), random.standard_normal((4, 3, 3, 2))
    images_last, weight_last = images.transpose(0, 2, 3, 1), weight.transpose(2, 3, 1, 0)
    windows = np.lib.stride_tricks.sliding_window_view(images_last, (3, 2), axis=(1, 2))
    in_keras = np.einsum("nyxcij,ijco->nyxo", windows, weight_last)
    np.testing.assert_allclose(in_keras.transpose(0, 3, 1, 2), conv2d_loops(images, weight), atol=1e-12)
    np.testing.assert_array_equal(images_last.transpose(0, 3, 1, 2), images)
    np.testing.assert_array_equal(weight_last.transpose(3, 2, 0, 1), weight)


@pytest.mark.claim("C0.2")
def test_a_step_of_gradient_descent_changes_parameters_and_no_hyperparameter():
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3, stride=2, padding=1)
    chosen = {name: getattr(layer, name) for name in ("out_channels", "kernel_size", "stride", "padding", "dilation")}
    learned = [parameter.detach().clone() for parameter in layer.parameters()]
    layer(torch.randn(1, 3, 8, 8)).square().sum().backward()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.sub_(0.01 * parameter.grad)
    assert chosen == {name: getattr(layer, name) for name in chosen}
    assert all((now != before).all() for now, before in zip(layer.parameters(), learned, strict=True))


@pytest.mark.claim("C0.2")
@pytest.mark.parametrize("filters", [1, 8])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 5)])
@pytest.mark.parametrize("channels", [1, 3, 7])
def test_count_row_and_column_are_chosen_but_the_channels_are_given(filters, kernel, channels):
    picture = np.ones((1, 3, 6, 6))
    weight = np.ones((filters, channels, *kernel))
    if channels == picture.shape[1]:
        assert conv2d_loops(picture, weight).shape[1] == filters
    else:
        with pytest.raises(ValueError, match="channels"):
            conv2d_loops(picture, weight)


@pytest.mark.claim("C0.3")
def test_libraries_compute_cross_correlation_and_the_flip_makes_it_convolution(random):
    signal, kernel = random.standard_normal(9), random.standard_normal(4)
    layer = torch.nn.functional.conv1d(torch.tensor(signal)[None, None], torch.tensor(kernel)[None, None])[0, 0]
    np.testing.assert_allclose(layer, np.correlate(signal, kernel, "valid"))
    np.testing.assert_allclose(layer, np.convolve(signal, kernel[::-1], "valid"))
    assert not np.allclose(layer, np.convolve(signal, kernel, "valid"))
    np.testing.assert_allclose(conv1d_loops(signal[None, None], kernel[None, None])[0, 0], layer)


# Why convolution


@pytest.mark.claim("C1.1")
def test_a_picture_of_224_rows_and_columns_is_150_528_inputs_and_22_658_678_784_weights():
    inputs = torch.empty(3, 224, 224, device="meta").numel()
    as_wide = nn.Linear(inputs, inputs, bias=False, device="meta")  # on "meta" a tensor has a shape and no memory
    assert inputs == 150_528
    assert count(as_wide) == 22_658_678_784


@pytest.mark.claim("C1.2")
def test_inputs_and_first_weights_rearranged_together_leave_every_output_as_it_was():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(40, 30), nn.ReLU(), nn.Linear(30, 10)).double()
    x, order = torch.randn(20, 40, dtype=torch.float64), torch.randperm(40)
    before = network(x)
    assert not torch.allclose(network(x[:, order]), before)
    network[0].weight.data = network[0].weight.data[:, order]
    torch.testing.assert_close(network(x[:, order]), before)


@pytest.mark.claim("C1.2")
def test_no_rearrangement_of_a_convolutions_weights_makes_up_for_rearranged_inputs(random):
    # The best kernel of all, found by least squares, still misses what a kernel did before the pixels were moved.
    x, kernel, order = random.standard_normal((200, 1, 12)), random.standard_normal(3), random.permutation(12)
    wanted = conv1d_loops(x, kernel[None, None])[:, 0].ravel()
    for inputs, possible in ((x, True), (x[:, :, order], False)):
        windows = np.lib.stride_tricks.sliding_window_view(inputs[:, 0], 3, axis=1).reshape(-1, 3)
        best, *_ = np.linalg.lstsq(windows, wanted, rcond=None)
        assert np.allclose(windows @ best, wanted) == possible


@pytest.mark.claim("C1.3")
@pytest.mark.parametrize("name", ["astronaut", "cat", "coffee", "pagoda", "flower"])
def test_neighbouring_pixels_are_correlated_and_the_correlation_falls_with_distance(name, random):
    photograph = {
        "astronaut": data.astronaut,
        "cat": data.chelsea,
        "coffee": data.coffee,
        "pagoda": lambda: load_sample_image("china.jpg"),
        "flower": lambda: load_sample_image("flower.jpg"),
    }[name]()
    grey = rgb2gray(photograph)

    def correlation(picture, distance):
        return np.corrcoef(picture[:, :-distance].ravel(), picture[:, distance:].ravel())[0, 1]

    near, further, far = (correlation(grey, distance) for distance in (1, 16, 128))
    assert near > 0.9
    assert near > further > far
    shuffled = random.permutation(grey.ravel()).reshape(grey.shape)
    assert abs(correlation(shuffled, 1)) < 0.02


@pytest.mark.claim("C1.4")
def test_fully_connected_six_to_six_has_36_weights_and_a_kernel_of_three_has_three():
    assert count(nn.Linear(6, 6, bias=False)) == 36
    assert count(nn.Conv1d(1, 1, 3, bias=False)) == 3
    band = conv1d_matrix(np.array([2, 5, 3]), 6, padding=1)
    row, column = np.indices(band.shape)
    np.testing.assert_array_equal(band[abs(row - column) > 1], 0)
    for diagonal, weight in ((-1, 2), (0, 5), (1, 3)):
        np.testing.assert_array_equal(np.diagonal(band, diagonal), weight)


@pytest.mark.claim("C1.4")
def test_a_stride_of_two_keeps_every_other_row_and_every_weight():
    band, strided = (conv1d_matrix(np.array([2, 5, 3]), 6, stride=stride, padding=1) for stride in (1, 2))
    np.testing.assert_array_equal(strided, band[::2])
    assert set(np.unique(strided)) == set(np.unique(band)) == {0, 2, 3, 5}
    assert count(nn.Conv1d(1, 1, 3, stride=2)) == count(nn.Conv1d(1, 1, 3))


@pytest.mark.claim("C1.4")
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_matrix_times_x_is_the_convolution_of_x(stride, padding, dilation, random):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    for kernel_size in (1, 2, 3, 5):
        kernel, x = random.standard_normal(kernel_size), random.standard_normal(13)
        matrix = conv1d_matrix(kernel, len(x), **options)
        oracle = torch.nn.functional.conv1d(torch.tensor(x)[None, None], torch.tensor(kernel)[None, None], **options)
        np.testing.assert_allclose(matrix @ x, oracle[0, 0], atol=1e-12)
        np.testing.assert_allclose(matrix @ x, conv1d_loops(x[None, None], kernel[None, None], **options)[0, 0])


@pytest.mark.claim("C1.4")
def test_several_filters_are_several_matrices_stacked(random):
    kernels, x = random.standard_normal((4, 3)), random.standard_normal(9)
    stacked = np.concatenate([conv1d_matrix(kernel, len(x)) for kernel in kernels])
    maps = conv1d_loops(x[None, None], kernels[:, None])[0]
    np.testing.assert_allclose((stacked @ x).reshape(maps.shape), maps)


@pytest.mark.claim("C1.5")
def test_on_a_ring_a_convolution_of_stride_one_moves_exactly_with_its_picture(random):
    picture, kernel = random.integers(0, 10, (8, 8)), random.integers(-5, 6, (3, 3))
    for step in range(8):
        np.testing.assert_array_equal(on_a_ring(shift(picture, step), kernel), shift(on_a_ring(picture, kernel), step))


@pytest.mark.claim("C1.5")
def test_zero_padding_breaks_equivariance_at_the_border_and_only_there(random):
    picture, kernel = random.integers(1, 10, (8, 8)), random.integers(1, 6, (3, 3))
    differs = feature_map(shift(picture, 1), kernel, padding=1) != shift(feature_map(picture, kernel, padding=1), 1)
    assert set(np.flatnonzero(differs.any(axis=0))) == {0, 1, 7}  # the borders, and where one has been moved to


@pytest.mark.claim("C1.5")
def test_stride_two_keeps_even_shifts_and_no_odd_one(random):
    picture, kernel = random.integers(0, 10, (8, 8)), random.integers(-5, 6, (3, 3))
    still = on_a_ring(picture, kernel, stride=2)
    for step in range(8):
        moved = on_a_ring(shift(picture, step), kernel, stride=2)
        if step % 2 == 0:
            np.testing.assert_array_equal(moved, shift(still, step // 2))
        else:
            assert not any(np.array_equal(moved, shift(still, back)) for back in range(4))


@pytest.mark.claim("C1.5")
@pytest.mark.parametrize("pool", [np.max, np.mean, np.sum])
def test_global_pooling_makes_an_equivariant_layer_invariant(pool, random):
    picture, kernel = random.integers(0, 10, (8, 8)), random.integers(-5, 6, (3, 3))
    assert len({float(pool(on_a_ring(shift(picture, step), kernel))) for step in range(8)}) == 1


@pytest.mark.claim("C1.5")
def test_a_convolution_respects_the_mirror_only_if_its_filter_is_symmetric(random):
    picture, kernel = random.integers(0, 10, (8, 8)), random.integers(-5, 6, (3, 3))
    for filter_, respects in ((kernel, False), (kernel + kernel[:, ::-1], True)):
        mirrored = on_a_ring(picture[:, ::-1], filter_)
        assert np.array_equal(mirrored, on_a_ring(picture, filter_)[:, ::-1]) == respects


@pytest.mark.claim("C1.6")
def test_a_conv_layer_takes_pictures_of_any_size_with_the_same_parameters():
    layer = nn.Conv2d(3, 8, 3)
    sizes = [tuple(layer(torch.zeros(1, 3, side, side)).shape[2:]) for side in (16, 32, 64)]
    assert sizes == [(14, 14), (30, 30), (62, 62)]
    assert count(layer) == 8 * (3 * 3 * 3 + 1)


@pytest.mark.claim("C1.6")
def test_a_fully_connected_layer_as_wide_as_its_picture_has_sixteen_times_the_weights_at_twice_the_side():
    weights = [count(nn.Linear(side**2, side**2, bias=False, device="meta")) for side in (16, 32, 64)]
    assert weights[1] / weights[0] == weights[2] / weights[1] == 16
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        nn.Linear(16**2, 10)(torch.zeros(1, 32**2))


@pytest.mark.claim("C1.6")
def test_few_parameters_alone_do_not_generalise_the_same_few_fail_when_the_neighbours_are_gone(random):
    # Both fits have three parameters and see the same pixels; only in one do neighbours stand side by side.
    rows = rgb2gray(data.astronaut())
    order = random.permutation(rows.shape[1])

    def error_on_new_rows(picture):
        windows = np.lib.stride_tricks.sliding_window_view(picture, 3, axis=1)
        sides, middle = windows[..., [0, 2]], windows[..., 1]
        known, new = slice(0, 256), slice(256, 512)
        with_bias = np.concatenate([sides, np.ones((*middle.shape, 1))], axis=-1)
        weights, *_ = np.linalg.lstsq(with_bias[known].reshape(-1, 3), middle[known].ravel(), rcond=None)
        return np.mean((with_bias[new] @ weights - middle[new]) ** 2) / middle[new].var()

    assert error_on_new_rows(rows) < 0.05
    assert error_on_new_rows(rows[:, order]) > 0.5


@pytest.mark.claim("C1.7")
def test_a_local_detector_answers_to_one_place_and_one_orientation_only():
    bar = np.zeros((9, 9))
    bar[2:7, 4] = 1  # upright, in the middle
    detector = np.tile([-1, 2, -1], (3, 1))
    answers = feature_map(bar, detector, padding=1)
    assert np.unique(np.nonzero(answers > 3)[1]).tolist() == [4]  # its own place
    assert feature_map(bar.T, detector, padding=1).max() < answers.max()  # its own orientation
    far_away = bar.copy()
    far_away[:, 0] = far_away[:, 8] = 1
    assert feature_map(far_away, detector, padding=1)[4, 4] == answers[4, 4]  # deaf to what is elsewhere


@pytest.mark.claim("C1.7")
def test_the_idea_is_dated_1962_1980_and_1989_in_the_bibliography():
    entries = (ROOT / "docs" / "references.bib").read_text("utf-8").split("\n@")
    years = {entry.split("{", 1)[1].split(",")[0]: re.search(r"year\s*=\s*\{?(\d{4})", entry) for entry in entries[1:]}
    assert [int(years[key][1]) for key in ("hubel1962", "fukushima1980", "lecun1989")] == [1962, 1980, 1989]


@pytest.mark.claim("C1.7")
def test_the_hint_is_wrong_where_distant_places_must_be_compared(random):
    genuine, forged = np.zeros((2, 7, 11))
    genuine[3, 2] = genuine[3, 8] = 1  # two handles at the same height
    forged[3, 2] = forged[4, 8] = 1  # the forger slipped by one row
    for kernel in random.standard_normal((20, 3, 3)):
        answers = [np.sort(feature_map(vase, kernel), axis=None) for vase in (genuine, forged)]
        np.testing.assert_array_equal(*answers)  # no local filter, however pooled, can tell
    everything_at_once = genuine - forged
    assert np.sum(everything_at_once * genuine) != np.sum(everything_at_once * forged)


@pytest.mark.claim("C1.8")
def test_the_three_tasks_ask_for_a_vector_for_rows_of_boxes_and_for_maps_as_large_as_the_picture():
    torch.manual_seed(0)
    classes, boxes_in_the_picture, picture = 5, 3, torch.randn(1, 3, 24, 32)
    features = nn.Conv2d(3, 8, 3, padding=1)(picture)

    classification = nn.Linear(8, classes)(features.mean((2, 3))).softmax(1)
    assert classification.shape == (1, classes)
    assert (classification > 0).all()
    torch.testing.assert_close(classification.sum(1), torch.ones(1))

    segmentation = nn.Conv2d(8, classes, 1)(features).softmax(1)
    assert segmentation.shape == (1, classes, 24, 32)
    torch.testing.assert_close(segmentation.sum(1), torch.ones(1, 24, 32))

    pixels_of_objects = features[0].flatten(1).T[:boxes_in_the_picture]
    detection = nn.Linear(8, 4 + classes)(pixels_of_objects)
    assert detection.shape == (boxes_in_the_picture, 4 + classes)


@pytest.mark.claim("C1.8")
def test_softmax_of_equal_scores_is_even_and_only_differences_count():
    scores = torch.tensor([0, np.log(3)], dtype=torch.float32)
    torch.testing.assert_close(scores.softmax(0), torch.tensor([0.25, 0.75]))
    torch.testing.assert_close((scores + 7).softmax(0), scores.softmax(0))
    torch.testing.assert_close(torch.zeros(4).softmax(0), torch.full((4,), 0.25))


# Convolution arithmetic


@pytest.mark.claim("C2.1")
def test_a_kernel_of_three_adds_three_products_and_a_hidden_unit_adds_bias_and_activation(random):
    x, (w1, w2, w3), b = random.standard_normal(8), random.standard_normal(3), 0.3
    by_hand = np.array([w1 * x[i - 1] + w2 * x[i] + w3 * x[i + 1] for i in range(1, 7)])
    weight = np.array([[[w1, w2, w3]]])
    np.testing.assert_allclose(conv1d_loops(x[None, None], weight)[0, 0], by_hand)

    layer = nn.Sequential(nn.Conv1d(1, 1, 3), nn.ReLU()).double()
    layer.load_state_dict({"0.weight": torch.tensor(weight), "0.bias": torch.tensor([b], dtype=torch.float64)})
    np.testing.assert_allclose(layer(torch.tensor(x)[None, None])[0, 0].detach(), np.maximum(b + by_hand, 0))


@pytest.mark.claim("C2.1")
def test_a_convolutional_unit_feels_three_inputs_and_a_fully_connected_one_all():
    for layer, inputs_felt in ((nn.Conv1d(1, 8, 3, padding=1), 3), (nn.Linear(8, 8), 8)):
        x = torch.ones(1, 1, 8, requires_grad=True)
        layer(x)[0, 0, 3].backward()
        assert x.grad.count_nonzero() == inputs_felt


@pytest.mark.claim("C2.2")
def test_valid_shaves_off_k_minus_1_so_that_8_by_8_becomes_6_by_6():
    assert feature_map(np.ones((8, 8)), np.ones((3, 3))).shape == (6, 6)
    for k in range(1, 9):
        assert conv1d_loops(np.ones((1, 1, 8)), np.ones((1, 1, k))).shape[-1] == 8 - (k - 1)


@pytest.mark.claim("C2.2")
@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_zero_padding_keeps_the_length_and_means_zeros_outside(k, random):
    x, weight = random.standard_normal(8), random.standard_normal((1, 1, k))
    padded = conv1d_loops(x[None, None], weight, padding=k // 2)
    with_zeros_written_down = np.concatenate([np.zeros(k // 2), x, np.zeros(k // 2)])
    assert padded.shape[-1] == 8
    np.testing.assert_array_equal(padded, conv1d_loops(with_zeros_written_down[None, None], weight))


@pytest.mark.claim("C2.2")
@pytest.mark.parametrize("k", range(1, 8))
def test_only_odd_kernels_have_a_centre_so_only_they_can_be_padded_evenly(k):
    lengths = [conv1d_loops(np.ones((1, 1, 8)), np.ones((1, 1, k)), padding=p).shape[-1] for p in range(k)]
    assert (8 in lengths) == (k % 2 == 1)


@pytest.mark.claim("C2.5")
def test_the_upright_filter_answers_0_3_3_0_and_its_transpose_nothing():
    picture = np.tile([0, 0, 0, 1, 1, 1], (4, 1))
    np.testing.assert_array_equal(feature_map(picture, UPRIGHT), [[0, 3, 3, 0]] * 2)
    np.testing.assert_array_equal(feature_map(picture, UPRIGHT.T), np.zeros((2, 4)))


@pytest.mark.claim("C2.5")
def test_transpose_the_picture_and_the_two_filters_swap_their_answers():
    picture = np.tile([0, 0, 0, 1, 1, 1], (4, 1))
    np.testing.assert_array_equal(feature_map(picture.T, UPRIGHT.T), feature_map(picture, UPRIGHT).T)
    np.testing.assert_array_equal(feature_map(picture.T, UPRIGHT), np.zeros((4, 2)))


@pytest.mark.claim("C2.5")
def test_each_output_is_a_dot_product_and_nothing_of_equal_length_answers_more_than_the_filters_own_likeness(random):
    for kernel in random.standard_normal((10, 3, 3)):
        patches = random.standard_normal((200, 1, 3, 3))
        patches *= np.linalg.norm(kernel) / np.linalg.norm(patches, axis=(2, 3), keepdims=True)
        answers = conv2d_loops(patches, kernel[None, None]).ravel()
        np.testing.assert_allclose(answers, patches.reshape(200, 9) @ kernel.ravel())
        assert answers.max() < feature_map(kernel, kernel).item()
