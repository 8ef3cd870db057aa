"""What an author writes becomes a convolution or a transposed one, or is refused."""

import numpy as np
import pytest
import torch

from cnnbook.draw.channels import Channels
from cnnbook.draw.pool import MaxPool
from cnnbook.draw.slide import Slide
from cnnbook.draw.stamp import Stamp
from cnnbook.ext.configuration import OPERATIONS, configured

PRESETS = {
    "square": {"dims": 2, "input": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[1, 2], [3, 4]], "stride": 2},
    "row": {"dims": 1, "input": [[1, 2, 3, 4]], "kernel": [[1, 0, -1]], "padding": 1},
}
SIDES = {"rows": [1, 9], "columns": [1, 9], "kernel": [1, 5], "number": [-9, 9]}
RANGES = {**SIDES, "stride": [1, 4], "padding": [0, 2], "dilation": [1, 3], "output-padding": [0, 2]}


def made(axes=2, **attributes):
    written = {name.replace("_", "-"): value for name, value in attributes.items()}
    return configured(written, PRESETS, RANGES, operations=OPERATIONS, axes=axes)


def test_a_preset_brings_its_numbers_and_its_settings():
    slide = made()
    assert (slide.stride, slide.padding, slide.dilation) == ((2, 2), (0, 0), (1, 1))
    assert np.array_equal(slide.input, PRESETS["square"]["input"])
    assert np.array_equal(slide.output, [[1 + 4 + 12 + 20]])


def test_a_signal_goes_across_only():
    slide = made(dims="1", stride="2", dilation="1", padding="2")
    assert (slide.stride, slide.padding, slide.dilation) == ((1, 2), (0, 2), (1, 1))
    assert made(dims="1", kernel="2", size="3").kernel.shape == (1, 2)


def test_sizes_crop_or_repeat_the_nearest_number():
    assert made(rows="2", columns="5").input.tolist() == [[1, 2, 3, 3, 3], [4, 5, 6, 6, 6]]


def test_two_numbers_are_down_and_across():
    slide = made(size="6, 8", kernel="3,2", stride="2, 1", padding="0, 1")
    assert (slide.input.shape, slide.kernel.shape, slide.stride, slide.padding) == ((6, 8), (3, 2), (2, 1), (0, 1))


def test_a_transposed_one_is_torchs():
    stamp = made(operation="transposed", kernel="3", padding="1", output_padding="1, 0")
    image, weight = (torch.tensor(table, dtype=torch.float64)[None, None] for table in (stamp.input, stamp.kernel))
    expected = torch.nn.functional.conv_transpose2d(image, weight, stride=2, padding=1, output_padding=(1, 0))
    assert isinstance(stamp, Stamp)
    assert np.array_equal(stamp.output, expected[0, 0])


def test_a_convolution_is_what_is_meant_where_nothing_is_said():
    assert isinstance(made(operation="convolution"), Slide)
    assert isinstance(made(), Slide)


def test_maps_and_filters_are_resized_like_rows_and_columns():
    presets = {"two": {"dims": 2, "input": [[[1, 2]], [[3, 4]]], "kernel": [[[[1]], [[2]]]], "bias": [5]}}
    attributes = {"operation": "channels", "channels": "3", "filters": "2", "columns": "1"}
    ranges = {**RANGES, "channels": [1, 3], "filters": [1, 3]}
    layer = configured(attributes, presets, ranges, operations={"channels": Channels})
    assert layer.input.tolist() == [[[1]], [[3]], [[3]]]
    assert layer.kernel.tolist() == [[[[1]], [[2]], [[2]]]] * 2
    assert layer.bias.tolist() == [5, 5]


@pytest.mark.parametrize(("dims", "shape"), [(1, (1, 3)), (2, (3, 3))])
def test_a_window_without_weights_has_the_size_that_its_preset_says(dims, shape):
    presets = {"three": {"dims": dims, "input": [[1] * 5] * (1 if dims == 1 else 5), "window": 3, "stride": 2}}
    pool = configured(
        {"preset": "three", "operation": "max-pooling"}, presets, RANGES, operations={"max-pooling": MaxPool}
    )
    assert (pool.kernel.shape, pool.output.size) == (shape, 2**dims)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"preset": "circle"}, "there is no preset 'circle'; there are: square, row"),
        ({"operation": "inverse"}, "there is no operation 'inverse'; there are: convolution, transposed"),
        ({"speed": "3"}, "there is no attribute 'speed'; there are: preset, operation, dims, size, rows"),
        ({"stride": "5"}, "stride=5 must be a whole number from 1 to 4, or two, down and across"),
        ({"stride": "1, 5"}, "stride=1, 5 must be"),
        ({"stride": "1, 2, 3"}, "stride=1, 2, 3 must be"),
        ({"rows": "1, 2"}, "rows=1, 2 must be a whole number from 1 to 9$"),
        ({"stride": "1, 2", "axes": 1}, "stride=1, 2 must be a whole number from 1 to 4$"),
        ({"padding": "-1"}, "padding=-1 must be"),
        ({"size": "1", "kernel": "3"}, "does not fit"),
        ({"padding_mode": "spiral"}, "padding_mode='spiral' must be one of zeros, reflect"),
        ({"padding_mode": "reflect", "size": "2", "padding": "2"}, "finds only 1 to copy"),
        ({"padding_mode": "reflect", "operation": "transposed"}, "padding-mode belongs to operation=convolution"),
        ({"output_padding": "1"}, "output-padding belongs to operation=transposed"),
        ({"operation": "transposed", "output_padding": "2"}, "output_padding=2 must be below stride=2"),
    ],
)
def test_what_cannot_be_configured_is_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        made(**attributes)
