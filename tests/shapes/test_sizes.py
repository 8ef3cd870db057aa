"""Sizes agree with torch, with TensorFlow's rule and recorded outputs, and with enumeration."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from cnnbook import shapes

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

sizes = st.integers(1, 30)
small = st.integers(1, 5)
amounts = st.integers(0, 4)


def verdict(count):
    """The size, or None where it is refused."""
    try:
        return count()
    except (ValueError, RuntimeError):
        return None


def size_after(layer, n):
    """What torch says; a tensor on the meta device has a shape and no numbers."""
    return verdict(lambda: layer(torch.empty(1, 1, n, device="meta")).shape[-1])


@given(n=sizes, kernel=small, stride=small, padding=amounts, dilation=small)
def test_the_output_size_counts_the_places_where_the_kernel_fits(n, kernel, stride, padding, dilation):
    padded, reach = n + 2 * padding, dilation * (kernel - 1) + 1
    places = [start for start in range(0, padded, stride) if start + reach <= padded]
    if places:
        assert shapes.conv_output_size(n, kernel, stride, padding, dilation) == len(places)
    else:
        with pytest.raises(ValueError, match="does not fit"):
            shapes.conv_output_size(n, kernel, stride, padding, dilation)


@settings(max_examples=300)
@given(n=sizes, kernel=small, stride=small, padding=amounts, dilation=small)
def test_a_convolution_has_the_size_that_torch_gives_it(n, kernel, stride, padding, dilation):
    layer = nn.Conv1d(1, 1, kernel, stride, padding, dilation, device="meta")
    assert verdict(lambda: shapes.conv_output_size(n, kernel, stride, padding, dilation)) == size_after(layer, n)


@settings(max_examples=300)
@given(n=st.integers(1, 9), kernel=small, stride=small, padding=amounts, dilation=small, output_padding=amounts)
def test_a_transposed_convolution_has_the_size_that_torch_gives_it(
    n, kernel, stride, padding, dilation, output_padding
):
    counted = verdict(
        lambda: shapes.transposed_output_size(n, kernel, stride, padding, dilation, output_padding=output_padding)
    )
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, padding, output_padding, dilation=dilation)
    # with numbers: on the meta device torch forgets to refuse an output_padding
    assert counted == verdict(lambda: layer(torch.ones(1, 1, n)).shape[-1])


@settings(max_examples=500)
@given(n=sizes, kernel=small, stride=st.none() | small, padding=amounts, dilation=small, ceil_mode=st.booleans())
def test_a_pooling_has_the_size_that_torch_gives_it(n, kernel, stride, padding, dilation, ceil_mode):
    counted = verdict(lambda: shapes.pool_output_size(n, kernel, stride, padding, dilation, ceil_mode))
    assert counted == size_after(nn.MaxPool1d(kernel, stride, padding, dilation, ceil_mode=ceil_mode), n)
    if dilation == 1:
        assert counted == size_after(nn.AvgPool1d(kernel, stride, padding, ceil_mode), n)


@settings(max_examples=300)
@given(n=sizes, kernel=small, stride=small, dilation=small, data=st.data())
def test_ceil_mode_adds_the_window_that_reaches_beyond_unless_it_starts_in_the_padding(
    n, kernel, stride, dilation, data
):
    padding = data.draw(st.integers(0, kernel // 2), label="padding")
    padded, reach = n + 2 * padding, dilation * (kernel - 1) + 1
    windows = 0
    for start in range(0, n + padding, stride):  # a start further right lies in the padding
        last_window_reached_the_end = start - stride + reach >= padded
        if not last_window_reached_the_end:
            windows += 1
    counted = verdict(lambda: shapes.pool_output_size(n, kernel, stride, padding, dilation, ceil_mode=True))
    assert counted == (windows or None)


def test_ceil_mode_by_hand():
    assert shapes.pool_output_size(6, 2, stride=3, ceil_mode=True) == 2  # 01 34, and nothing is left over
    assert shapes.pool_output_size(7, 2, stride=3, ceil_mode=True) == 3  # 01 34 6
    assert shapes.pool_output_size(5, 2, stride=2, padding=1, ceil_mode=True) == 3  # .0 12 34, and not . alone
    assert shapes.pool_output_size(1, 3, stride=3, ceil_mode=True) == 1  # larger than the row, and yet a window


@given(n=sizes, kernel=small, stride=small, padding=amounts, dilation=small)
def test_a_transposed_convolution_gives_back_the_size_that_the_convolution_took(n, kernel, stride, padding, dilation):
    size = verdict(lambda: shapes.conv_output_size(n, kernel, stride, padding, dilation))
    if size is not None:
        left_over = (n + 2 * padding - dilation * (kernel - 1) - 1) % stride
        assert shapes.transposed_output_size(size, kernel, stride, padding, dilation, left_over) == n


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # torch copies there; we ask for numbers
@given(n=sizes, kernel=small, dilation=small)
def test_same_padding_is_the_padding_of_torch(n, kernel, dilation):
    before, _ = shapes.padding_sides(kernel, 1, "same", dilation)
    first_weight_only = torch.zeros(1, 1, kernel)
    first_weight_only[..., 0] = 1
    output = functional.conv1d(torch.arange(1.0, n + 1)[None], first_weight_only, padding="same", dilation=dilation)
    assert shapes.conv_output_size(n, kernel, padding="same", dilation=dilation) == output.shape[1] == n
    assert torch.count_nonzero(output[0] == 0) == min(before, n)


@given(n=sizes, kernel=small, dilation=small)
def test_without_a_stride_keras_and_torch_pad_alike(n, kernel, dilation):
    assert shapes.same_padding(n, kernel, dilation=dilation) == shapes.padding_sides(kernel, 1, "same", dilation)


@given(n=sizes, kernel=small, stride=small, dilation=small)
def test_keras_pads_as_tensorflow_writes_it_down(n, kernel, stride, dilation):
    """The notes on padding in TensorFlow's documentation divide with remainder instead of counting places."""
    reach = dilation * (kernel - 1) + 1
    total = max(reach - stride, 0) if n % stride == 0 else max(reach - n % stride, 0)
    assert shapes.same_padding(n, kernel, stride, dilation) == (total // 2, total - total // 2)


@given(n=sizes, kernel=small, stride=small, dilation=small)
def test_keras_adds_no_more_than_the_rounded_up_size_takes(n, kernel, stride, dilation):
    padded = n + sum(shapes.same_padding(n, kernel, stride, dilation))
    size = -(-n // stride)
    if padded == n:  # nothing is missing; the kernel may even stop short of the end
        assert verdict(lambda: shapes.conv_output_size(n, kernel, stride, dilation=dilation)) == size
    else:
        assert shapes.conv_output_size(padded, kernel, stride, dilation=dilation) == size
        one_less = verdict(lambda: shapes.conv_output_size(padded - 1, kernel, stride, dilation=dilation))
        assert one_less in {size - 1, None}


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "padding", "size"),
    [
        (5, 3, 2, (1, 1), 3),  # the height in the example of TensorFlow's notes
        (2, 2, 1, (0, 1), 2),  # its width
        (13, 6, 5, (1, 2), 3),  # 0 1 2 ... 13 0 0, the example that many explanations draw
        (224, 7, 2, (2, 3), 112),  # a ResNet's first layer, which PyTorch pads with 3 and 3
        (224, 3, 2, (0, 1), 112),  # a MobileNet's first layer
        (4, 1, 2, (0, 0), 2),
    ],
)
def test_keras_by_hand(n, kernel, stride, padding, size):
    assert shapes.same_padding(n, kernel, stride) == padding
    assert shapes.conv_output_size(n + sum(padding), kernel, stride) == size


def test_the_odd_pixel_stands_at_the_end_where_tensorflow_was_watched():
    """tf.nn.conv2d of 10×10 ones with 6×6 ones and "SAME", as its first and its last row were printed."""
    before, after = shapes.same_padding(10, 6)
    padded = np.pad(np.ones(10, dtype=int), (before, after))
    along_one_axis = [padded[place : place + 6].sum() for place in range(10)]
    assert [4 * count for count in along_one_axis] == [16, 20, 24, 24, 24, 24, 24, 20, 16, 12]
    assert [3 * count for count in along_one_axis] == [12, 15, 18, 18, 18, 18, 18, 15, 12, 9]


@given(n=sizes, kernel=st.integers(1, 9), stride=small)
def test_a_transposed_convolution_of_keras_makes_exactly_stride_times_as_many(n, kernel, stride):
    before, after = shapes.same_padding(n * stride, kernel, stride)
    uncut = shapes.transposed_output_size(n, kernel, stride)
    missing = max(stride - kernel, 0)  # a short kernel leaves zeros after its last copy
    assert uncut - before - after + missing == n * stride


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.conv_output_size(0, 3, padding=2), "n=0 must be at least 1"),
        (
            lambda: shapes.conv_output_size(3, 5),
            "kernel=5 with dilation=1 reaches over 5 pixels and does not fit the 3",
        ),
        (lambda: shapes.conv_output_size(9, 3, stride=0), "stride=0 must be at least 1"),
        (lambda: shapes.conv_output_size(9, 3, stride=2, padding="same"), "'same' needs stride=1, not 2"),
        (lambda: shapes.conv_output_size(9, 3, padding="sane"), "padding='sane' must be 'same', 'valid', or whole"),
        (
            lambda: shapes.transposed_output_size(4, 3, stride=2, output_padding=2),
            "output_padding=2 must be below stride=2 or dilation=1",
        ),
        (
            lambda: shapes.transposed_output_size(2, 3, padding=2),
            "padding=2 must leave at least one of the 4 pixels",
        ),
        (lambda: shapes.pool_output_size(9, 3, padding=2), "padding=2 must be at most half of kernel=3"),
        (
            lambda: shapes.pool_output_size(2, 2, dilation=2),
            "kernel=2 with dilation=2 reaches over 3 pixels and does not fit the 2 that n=2 with padding=0 offers",
        ),
    ],
)
def test_values_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("count", [shapes.transposed_output_size, shapes.pool_output_size])
def test_where_torch_knows_no_words_for_padding_neither_do_we(count):
    with pytest.raises(TypeError, match="padding='same' must be a whole number, not str"):
        count(9, 3, padding="same")
