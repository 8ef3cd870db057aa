"""The other ways to convolve: over views, by one matrix product, by spectra, in groups."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from cnnbook import reference
from cnnbook.reference import col2im, conv2d_fft, conv2d_loops, conv2d_matmul, conv2d_windows, im2col
from cnnbook.reference.windows import Window
from slopes import assert_slopes
from witnesses.conv import convolutions

BACKWARD = {
    getattr(reference, f"conv2d_{way}"): getattr(reference, f"conv2d_{way}_backward")
    for way in ["windows", "matmul", "fft", "grouped"]
}
every_way = pytest.mark.parametrize("way", BACKWARD, ids=lambda way: way.__name__)
fast_ways = pytest.mark.parametrize("way", [conv2d_windows, conv2d_matmul], ids=lambda way: way.__name__)
exact_ways = pytest.mark.parametrize("way", [conv2d_fft, reference.conv2d_grouped], ids=lambda way: way.__name__)


@every_way
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradients_are_the_slopes_of_the_loss(way, data):
    case = data.draw(convolutions(axes=2))
    arrays = {"bias": np.zeros(len(case.arrays["weight"]))} | case.arrays
    assert_slopes(
        partial(way, **case.options),
        lambda grad, *arrays: BACKWARD[way](grad, *arrays[:2], **case.options),
        [arrays[name] for name in ("input", "weight", "bias")],
    )


@fast_ways
def test_float32_stays_where_all_are_float32(way):
    image, weight, bias = np.ones((1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32), np.ones(1, np.float32)
    assert way(image, weight, bias).dtype == np.float32
    assert way(image, weight, bias.astype(np.float64)).dtype == np.float64
    assert way(image.astype(np.uint8), weight).dtype == np.float64
    assert way(image.astype(np.float16), weight.astype(np.float16)).dtype == np.float64
    gradients = BACKWARD[way](np.ones((1, 2, 2), np.float32), image, weight)
    assert [gradient.dtype for gradient in gradients] == [np.float32] * 3


@exact_ways
def test_the_others_compute_in_float64(way):
    image, weight = np.ones((1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)
    assert way(image, weight).dtype == np.float64
    assert BACKWARD[way](np.ones((1, 2, 2), np.float32), image, weight)[0].dtype == np.float64


@fast_ways
def test_float32_errs_as_little_as_float32_can(way):
    random = np.random.default_rng(0)
    image, weight = random.standard_normal((16, 9, 9)), random.standard_normal((8, 16, 3, 3))
    single = way(image.astype(np.float32), weight.astype(np.float32))
    terms = conv2d_loops(np.abs(image), np.abs(weight))
    assert (np.abs(single - conv2d_loops(image, weight)) <= weight[0].size * np.finfo(np.float32).eps * terms).all()


@every_way
def test_bytes_do_not_overflow(way):
    output = way(np.full((1, 1, 3), 255, np.uint8), np.full((1, 1, 1, 3), 100, np.int8))
    np.testing.assert_allclose(output, [[[76_500]]])


@every_way
def test_arguments_stay_as_they_were(way):
    arrays = np.ones((1, 3, 3)), np.ones((1, 1, 1, 1)), np.ones(1)
    way(*arrays)
    BACKWARD[way](np.ones((1, 3, 3)), *arrays[:2])
    for array in arrays:
        assert (array == 1).all()


MISTAKES = [
    ({"input": "picture"}, TypeError, "input must be a NumPy array, not str"),
    ({"input": None}, TypeError, "input must be a NumPy array, not NoneType"),
    ({"weight": np.ones((1, 1, 2, 2), complex)}, TypeError, "weight has dtype complex128"),
    ({"weight": np.ones((1, 2, 2, 2))}, ValueError, "has not the 2 channels"),
]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@every_way
@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        *MISTAKES,
        ({"bias": np.ones(2)}, ValueError, r"bias has shape \(2,\); \(1,\) is needed: one number for each filter"),
        ({"bias": [1]}, TypeError, "bias must be a NumPy array, not list"),
    ],
)
def test_what_does_not_fit_is_named(way, mistake, error, message):
    with pytest.raises(error, match=message):
        way(**{"input": np.ones((1, 3, 3)), "weight": np.ones((1, 1, 2, 2))} | mistake)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@every_way
@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        *MISTAKES,
        ({"grad_output": np.ones((1, 3, 3))}, ValueError, r"grad_output has shape \(1, 3, 3\); \(1, 2, 2\) is needed"),
        ({"grad_output": None}, TypeError, "grad_output must be a NumPy array"),
    ],
)
def test_what_does_not_fit_is_named_on_the_way_back_too(way, mistake, error, message):
    good = {"grad_output": np.ones((1, 2, 2)), "input": np.ones((1, 3, 3)), "weight": np.ones((1, 1, 2, 2))}
    with pytest.raises(error, match=message):
        BACKWARD[way](**good | mistake)


def test_spectra_know_the_flipped_kernel_of_mathematics():
    random = np.random.default_rng(0)
    image, kernel = random.standard_normal((6, 7)), random.standard_normal((3, 2))
    found = conv2d_fft(image[None], np.flip(kernel)[None, None], padding=(2, 1))
    np.testing.assert_allclose(found[0], signal.convolve2d(image, kernel), atol=1e-12)


def test_a_wave_stays_a_wave():
    row = np.cos(2 * np.pi * 3 * np.arange(24) / 24)
    blurred = conv2d_fft(row[None, None], np.ones((1, 1, 1, 3)), padding=(0, 1), padding_mode="circular")
    np.testing.assert_allclose(blurred[0, 0], (1 + 2 * np.cos(2 * np.pi * 3 / 24)) * row, atol=1e-12)


def test_windows_show_the_picture_itself_and_columns_are_nine_times_its_copy():
    image = np.ones((4, 66, 66), np.float32)
    window = Window.of(kernel=(3, 3), stride=1, padding=0, dilation=1)
    columns = im2col(image, kernel_size=3)
    assert np.shares_memory(window.view(image), image)
    assert not np.shares_memory(columns, image)
    assert columns.nbytes == 9 * 4 * 64 * 64 * image.itemsize


def test_only_one_image_lies_in_columns_at_a_time():
    images, weight = np.ones((16, 4, 34, 34), np.float32), np.ones((4, 4, 3, 3), np.float32)
    conv2d_matmul(images, weight)
    tracemalloc.start()
    try:
        conv2d_matmul(images, weight)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < im2col(images, kernel_size=3).nbytes / 2


def test_columns_and_their_sums_by_hand():
    image = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 0, 0]]])
    assert im2col(image, kernel_size=2).T.tolist() == [[1, 2, 4, 5, 7, 8, 0, 0], [2, 3, 5, 6, 8, 9, 0, 0]]
    assert col2im(np.ones((4, 2)), output_size=(2, 3), kernel_size=2).tolist() == [[[1, 2, 1], [1, 2, 1]]]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: im2col(np.ones((3, 3)), 2), ValueError, r"input has shape \(3, 3\); 4 axes are needed"),
        (lambda: im2col(np.ones((0, 3, 3)), 2), ValueError, "and something in it"),
        (lambda: im2col(np.ones((1, 3, 3)), 4), ValueError, "kernel=4 .* does not fit"),
        (lambda: im2col(np.ones((1, 3, 3)), 0), ValueError, "kernel_size=0 must be at least 1"),
        (lambda: im2col(np.ones((1, 3, 3)), 2, padding="same"), TypeError, "padding='same' must be a whole number"),
        (lambda: im2col(np.ones((1, 3, 3)), 2, padding=3, padding_mode="reflect"), ValueError, "finds only 2 to copy"),
        (lambda: im2col([[1]], 1), TypeError, "input must be a NumPy array"),
        (
            lambda: col2im(np.ones((4, 3)), 3, 2),
            ValueError,
            r"columns has shape \(4, 3\); \(4, 4\) is needed: a column",
        ),
        (lambda: col2im(np.ones((5, 4)), 3, 2), ValueError, "with 4 rows to a channel"),
        (lambda: col2im(np.ones(4), 3, 2), ValueError, "3 axes are needed, or 2 for one image"),
        (lambda: col2im(np.ones((4, 4)), (3, 3, 3), 2), ValueError, "output_size=.* has length 3"),
        (lambda: col2im(np.ones((4, 4)), 1, 2), ValueError, "does not fit"),
        (lambda: col2im(None, 3, 2), TypeError, "columns must be a NumPy array"),
    ],
)
def test_columns_that_cannot_be_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
