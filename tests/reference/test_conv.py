"""Convolution by its definition, where torch is no oracle: identities, finite differences, literature, errors."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from cnnbook import reference
from cnnbook.reference import conv1d_backward, conv1d_loops, conv2d_backward, conv2d_loops, conv3d_loops
from cnnbook.reference.conv import conv_loops
from slopes import assert_slopes
from witnesses.conv import convolutions

WORDS = {"same", "valid"}
rows = st.lists(st.integers(-9, 9), min_size=1, max_size=8).map(np.array)


@given(row=rows, kernel=rows)
def test_flipped_it_is_the_convolution_of_mathematics(row, kernel):
    flipped = np.flip(kernel)[None, None]
    found = conv1d_loops(row[None], flipped, padding=len(kernel) - 1)
    np.testing.assert_array_equal(found[0], np.convolve(row, kernel))


def test_a_kernel_is_not_flipped():
    shift_left = np.array([[[[0, 0, 1]]]])
    assert conv2d_loops(np.arange(5.0).reshape(1, 1, 1, 5), shift_left).tolist() == [[[[2, 3, 4]]]]


def test_three_weights_read_the_neighbours():
    # z_i = w_1 x_{i-1} + w_2 x_i + w_3 x_{i+1}
    assert conv1d_loops(np.array([[1, 2, 3, 4]]), np.array([[[100, 10, 1]]])).tolist() == [[123, 234]]
    assert conv1d_loops(np.array([[1, 2, 3, 4]]), np.array([[[100, 10, 1]]]), padding=1).tolist() == [
        [12, 123, 234, 340]
    ]


@pytest.mark.parametrize(
    ("kernel", "options", "hidden_units"),
    [
        (3, {"stride": 2, "padding": 1}, 4),
        (3, {"padding": 1}, 8),
        (5, {"padding": 2}, 8),
        (3, {"padding": 2, "dilation": 2}, 8),
    ],
)
def test_the_layers_of_the_textbook_s_figure_on_eight_inputs(kernel, options, hidden_units):
    # Prince (2023), figure 10.3, a to d
    inputs, weight = np.arange(1.0, 9)[None], np.ones((1, 1, kernel))
    assert conv1d_loops(inputs, weight, **options).shape == (1, hidden_units)


def test_dilation_two_sees_every_input_all_the_same():
    to_input, *_ = conv1d_backward(np.ones((1, 8)), np.ones((1, 8)), np.ones((1, 1, 3)), padding=2, dilation=2)
    assert to_input.tolist() == [[2, 2, 3, 3, 3, 3, 2, 2]]


def test_ten_filters_and_then_twenty_on_a_colour_picture():
    picture, first, second = np.ones((3, 7, 7)), np.ones((10, 3, 3, 3)), np.ones((20, 10, 3, 3))
    maps = conv2d_loops(picture, first)
    assert maps.shape == (10, 5, 5)
    assert conv2d_loops(maps, second).shape == (20, 3, 3)
    assert conv2d_loops(conv2d_loops(np.stack([picture] * 3), first), second).shape == (3, 20, 3, 3)


def test_what_is_added_around_a_row_by_hand():
    row, kernel = np.array([[1, 2, 3, 4]]), np.array([[[100, 10, 1]]])
    expected = {"zeros": [12, 340], "reflect": [212, 343], "replicate": [112, 344], "circular": [412, 341]}
    for mode, (first, last) in expected.items():
        found = conv1d_loops(row, kernel, padding=1, padding_mode=mode)
        assert found.tolist() == [[first, 123, 234, last]], mode


@given(data=st.data())
def test_scipy_correlates_the_same_images_over_every_border(data):
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    rows, columns = data.draw(st.tuples(*[st.sampled_from([1, 3, 5])] * 2))
    image, kernel = random.standard_normal((6, 7)), random.standard_normal((rows, columns))
    borders = {"zeros": "constant", "reflect": "mirror", "replicate": "nearest", "circular": "wrap"}
    mode = data.draw(st.sampled_from(sorted(borders)))
    found = conv2d_loops(image[None], kernel[None, None], padding="same", padding_mode=mode)
    np.testing.assert_allclose(found[0], ndimage.correlate(image, kernel, mode=borders[mode]), atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_scipy_correlates_the_same_with_no_padding_and_with_all(axes, mode):
    random = np.random.default_rng(0)
    image, kernel = random.standard_normal((5, 6, 4)[:axes]), random.standard_normal((3, 2, 2)[:axes])
    padding = 0 if mode == "valid" else tuple(size - 1 for size in kernel.shape)
    found = conv_loops(image[None], kernel[None, None], padding=padding)
    np.testing.assert_allclose(found[0], signal.correlate(image, kernel, mode), atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=50)
@given(data=st.data())
def test_the_gradients_are_the_slopes_of_the_loss(axes, data):
    case = data.draw(convolutions(axes))
    forward, backward = (getattr(reference, f"conv{axes}d_{way}") for way in ("loops", "backward"))
    arrays = {"bias": np.zeros(len(case.arrays["weight"]))} | case.arrays
    assert_slopes(
        partial(forward, **case.options),
        lambda grad, *arrays: backward(grad, *arrays[:2], **case.options),
        [arrays[name] for name in ("input", "weight", "bias")],
    )


def test_a_copy_hands_its_gradient_to_the_pixel_that_was_copied():
    # 3 2 [1 2 3] 2 1: with one weight, every number counts as often as it stands there
    to_input, *_ = conv1d_backward(
        np.ones((1, 7)), np.ones((1, 3)), np.ones((1, 1, 1)), padding=2, padding_mode="reflect"
    )
    assert to_input.tolist() == [[2, 3, 2]]


def test_integers_neither_overflow_nor_stay_integers():
    output = conv1d_loops(np.full((1, 3), 255, dtype=np.uint8), np.full((1, 1, 3), 100, dtype=np.int8))
    assert output.dtype == np.float64
    assert output.tolist() == [[76_500]]


def test_arguments_stay_as_they_were():
    input, weight = np.ones((1, 5)), np.ones((1, 1, 3))
    conv1d_backward(np.ones((1, 5)), input, weight, padding=1)
    conv1d_loops(input, weight, padding=1)
    assert input.tolist() == [[1] * 5]
    assert weight.tolist() == [[[1] * 3]]


def test_infinity_and_nan_pass_through():
    assert np.isnan(conv1d_loops(np.array([[np.nan, 1, 2]]), np.ones((1, 1, 2)))).tolist() == [[True, False]]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("name", ["input", "weight", "bias"])
@pytest.mark.parametrize("dtype", [object, str, complex, bool, "datetime64[s]", "V4"])
def test_arrays_of_anything_but_real_numbers_are_refused(name, dtype):
    arrays = {"input": np.ones((1, 5)), "weight": np.ones((1, 1, 3)), "bias": np.ones(1)}
    arrays[name] = np.zeros(arrays[name].shape, dtype=dtype)
    with pytest.raises(TypeError, match=f"{name} has dtype .*; integers or floating-point numbers are needed"):
        conv1d_loops(**arrays)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@given(value=st.one_of(st.none(), st.integers(), st.text(), st.lists(st.floats())), data=st.data())
def test_what_is_no_array_is_refused(value, data):
    name = data.draw(st.sampled_from(["grad_output", "input", "weight"]))
    arrays = {"grad_output": np.ones((1, 3)), "input": np.ones((1, 5)), "weight": np.ones((1, 1, 3))}
    with pytest.raises(TypeError, match=f"{name} must be a NumPy array, not {type(value).__name__}"):
        conv1d_backward(**arrays | {name: value})


@pytest.mark.usefixtures("as_the_reader_runs_it")
@given(
    value=st.one_of(
        st.booleans(),
        st.floats(),
        st.none(),
        st.integers(max_value=-1),
        st.text().filter(lambda text: text not in WORDS),
    ),
    data=st.data(),
)
def test_every_function_refuses_every_option_that_is_no_size(value, data):
    image, weight = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3))
    functions = {
        conv1d_loops: (image[0], weight[0]),
        conv2d_loops: (image, weight),
        conv1d_backward: (np.ones((1, 3)), image[0], weight[0]),
        conv2d_backward: (np.ones((1, 3, 3)), image, weight),
    }
    function = data.draw(st.sampled_from(list(functions)))
    name = data.draw(st.sampled_from(["stride", "padding", "dilation", "groups"]))
    with pytest.raises((TypeError, ValueError), match=f"{name}=.* must be"):
        function(*functions[function], **{name: value})


def circle(padding, mode="circular"):
    """Four pixels and a padding that may be too wide for them."""
    return conv1d_loops(np.ones((1, 4)), np.ones((1, 1, 3)), padding=padding, padding_mode=mode)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv2d_loops(np.ones((1, 3, 9)), np.ones((2, 3, 3))), r"weight has shape \(2, 3, 3\); 4 axes"),
        (lambda: conv1d_loops(np.ones((1, 3, 9, 9)), np.ones((2, 3, 3, 3))), "3 axes are needed"),
        (lambda: conv2d_loops(np.ones((9, 9)), np.ones((2, 3, 3, 3))), r"input has shape \(9, 9\); .* needs 4 axes"),
        (lambda: conv1d_loops(np.ones((4, 9)), np.ones((2, 3, 3))), r"input of shape \(4, 9\) has not the 3 channels"),
        (lambda: conv1d_loops(np.ones((3, 2)), np.ones((2, 3, 3))), "kernel=3 .* does not fit the 2 that n=2"),
        (lambda: conv1d_loops(np.ones((3, 9)), np.ones((2, 3, 3)), np.ones(3)), r"bias has shape \(3,\); \(2,\) is"),
        (lambda: conv1d_loops(np.ones((3, 9)), np.ones((2, 3, 0))), "none of them empty"),
        (lambda: conv_loops(np.ones(3), np.ones(3)), r"weight has shape \(3,\); filters, channels and a kernel"),
        (lambda: conv_loops(np.ones(3), np.array(3.0)), r"weight has shape \(\)"),
        (lambda: conv1d_backward(np.ones((2, 8)), np.ones((3, 9)), np.ones((2, 3, 3))), r"\(2, 7\) is needed"),
        (lambda: conv3d_loops(np.ones((3, 9, 9)), np.ones((2, 3, 3, 3))), "5 axes are needed"),
        (
            lambda: circle(5),
            "padding=5 is too wide for input of size .4,.: padding_mode='circular' finds only 4 to copy",
        ),
        (lambda: circle(1, mode="mirror"), "padding_mode='mirror' must be one of zeros, reflect, replicate, circular"),
        (lambda: circle(0, mode=None), "padding_mode=None must be one of"),
        (lambda: circle(4, mode="reflect"), "padding=4 is too wide .*: padding_mode='reflect' finds only 3 to copy"),
    ],
)
def test_shapes_that_do_not_match_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_three_axes_are_one_loop_too():
    cube, corner = np.arange(8.0).reshape(1, 2, 2, 2), np.array([1.0, 0, 0, 0, 0, 0, 0, 10]).reshape(1, 1, 2, 2, 2)
    assert conv3d_loops(cube, corner).tolist() == [[[[70]]]]
