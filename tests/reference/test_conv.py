"""Convolution by its definition, where torch is no oracle: identities, finite differences, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.reference import conv1d_backward, conv1d_loops, conv1d_matrix, conv2d_backward, conv2d_loops
from cnnbook.reference.conv import conv_loops

WORDS = {"same", "valid"}
signals = st.lists(st.integers(-9, 9), min_size=1, max_size=8).map(np.array)


@settings(deadline=None)
@given(signal=signals, kernel=signals)
def test_flipped_it_is_the_convolution_of_mathematics(signal, kernel):
    flipped = np.flip(kernel)[None, None]
    found = conv1d_loops(signal[None], flipped, padding=len(kernel) - 1)
    np.testing.assert_array_equal(found[0], np.convolve(signal, kernel))


def test_a_kernel_is_not_flipped():
    shift_left = np.array([[[[0, 0, 1]]]])
    assert conv2d_loops(np.arange(5.0).reshape(1, 1, 1, 5), shift_left).tolist() == [[[[2, 3, 4]]]]


def test_three_weights_read_the_neighbours():
    # z_i = w_1 x_{i-1} + w_2 x_i + w_3 x_{i+1}
    assert conv1d_loops(np.array([[1, 2, 3, 4]]), np.array([[[100, 10, 1]]])).tolist() == [[123, 234]]
    assert conv1d_loops(np.array([[1, 2, 3, 4]]), np.array([[[100, 10, 1]]]), padding=1).tolist() == [
        [12, 123, 234, 340]
    ]


@settings(deadline=None)
@given(
    kernel=st.integers(1, 4),
    n=st.integers(1, 9),
    stride=st.integers(1, 3),
    padding=st.one_of(st.integers(0, 3), st.just("valid"), st.just("same")),
    dilation=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_the_matrix_does_what_the_loops_do(kernel, n, stride, padding, dilation, seed):
    random = np.random.default_rng(seed)
    weight, signal = random.standard_normal(kernel), random.standard_normal(n)
    options = {"stride": 1 if padding == "same" else stride, "padding": padding, "dilation": dilation}
    try:
        expected = conv1d_loops(signal[None], weight[None, None], **options)[0]
    except ValueError as error:
        with pytest.raises(ValueError, match="does not fit"):
            conv1d_matrix(weight, n, **options)
        assert "does not fit" in str(error)  # noqa: PT017
        return
    np.testing.assert_allclose(conv1d_matrix(weight, n, **options) @ signal, expected, atol=1e-12)


def test_the_matrix_has_three_values_in_a_band_and_a_stride_keeps_every_other_row():
    matrix = conv1d_matrix(np.array([1, 2, 3]), 6, padding=1)
    assert np.unique(matrix).tolist() == [0, 1, 2, 3]
    rows, columns = np.nonzero(matrix)
    assert np.abs(rows - columns).max() == 1
    np.testing.assert_array_equal(conv1d_matrix(np.array([1, 2, 3]), 6, stride=2, padding=1), matrix[::2])


@pytest.mark.parametrize(
    "options", [{}, {"stride": (2, 1), "padding": (0, 2), "dilation": (1, 2), "groups": 2}], ids=str
)
def test_the_gradients_are_the_slopes_of_the_loss(options):
    random = np.random.default_rng(0)
    input, weight = (
        random.standard_normal((2, 2, 4, 5)),
        random.standard_normal((2, 2 // options.get("groups", 1), 2, 2)),
    )
    bias = random.standard_normal(2)
    direction = random.standard_normal(conv2d_loops(input, weight, bias, **options).shape)

    def loss():
        return np.vdot(direction, conv2d_loops(input, weight, bias, **options))

    gradients = conv2d_backward(direction, input, weight, **options)
    for array, gradient in zip([input, weight, bias], gradients, strict=True):
        for place in np.ndindex(array.shape):
            value = array[place]
            array[place] = value + 0.5
            above = loss()
            array[place] = value - 0.5
            slope = above - loss()  # exact up to rounding: the loss is linear in each number
            array[place] = value
            np.testing.assert_allclose(slope, gradient[place], atol=1e-11)


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
@settings(deadline=None)
@given(value=st.one_of(st.none(), st.integers(), st.text(), st.lists(st.floats())), data=st.data())
def test_what_is_no_array_is_refused(value, data):
    name = data.draw(st.sampled_from(["grad_output", "input", "weight"]))
    arrays = {"grad_output": np.ones((1, 3)), "input": np.ones((1, 5)), "weight": np.ones((1, 1, 3))}
    with pytest.raises(TypeError, match=f"{name} must be a NumPy array, not {type(value).__name__}"):
        conv1d_backward(**arrays | {name: value})
    with pytest.raises(TypeError, match="weight must be a NumPy array"):
        conv1d_matrix(value, 5)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@settings(deadline=None)
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
        conv1d_matrix: (weight[0, 0, 0], 5),
    }
    function = data.draw(st.sampled_from(list(functions)))
    names = ["stride", "padding", "dilation"] + ["groups"] * (function is not conv1d_matrix)
    name = data.draw(st.sampled_from(names))
    with pytest.raises((TypeError, ValueError), match=f"{name}=.* must be"):
        function(*functions[function], **{name: value})


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
        (lambda: conv1d_matrix(np.ones((1, 3)), 5), "one axis is needed"),
        (lambda: conv1d_matrix(np.ones(3), 0), "n=0 must be at least 1"),
        (lambda: conv1d_matrix(np.ones(3), 2), "does not fit"),
        (lambda: conv1d_matrix(np.ones(0), 2), "kernel=0 must be at least 1"),
    ],
)
def test_shapes_that_do_not_match_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_three_axes_are_one_loop_too():
    cube, corner = np.arange(8.0).reshape(1, 2, 2, 2), np.array([1.0, 0, 0, 0, 0, 0, 0, 10]).reshape(1, 1, 2, 2, 2)
    assert conv_loops(cube, corner).tolist() == [[[[70]]]]
