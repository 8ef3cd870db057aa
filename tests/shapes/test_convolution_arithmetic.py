"""Dumoulin & Visin (2016), A guide to convolution arithmetic for deep learning: each relationship, and its figures.

The letters are the guide's: input size i, kernel k, stride s, padding p, output size o; a prime marks the transposed.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.shapes import conv_output_size, pool_output_size, transposed_output_size

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

sizes = st.integers(1, 40)
kernels = st.integers(1, 9)
halves = st.integers(0, 4)  # n in k = 2n + 1
strides = st.integers(1, 6)
paddings = st.integers(0, 9)


@st.composite
def convolutions(draw, paddings=paddings, strides=strides):
    """A convolution that fits: (i, k, s, p)."""
    k, s, p = draw(kernels), draw(strides), draw(paddings)
    return draw(st.integers(max(1, k - 2 * p), 40)), k, s, p


@st.composite
def with_less_padding_than_the_kernel_reaches(draw, *, whole_steps=False):
    """A convolution (i, k, s, p) with an equivalent for its transpose, which needs k - p - 1 >= 0."""
    k = draw(kernels)
    s, p = draw(strides), draw(st.integers(0, k - 1))
    i = draw(st.integers(max(1, k - 2 * p), 40))
    if whole_steps:
        i -= (i + 2 * p - k) % s
    return (i if i > 0 else i + s), k, s, p


def stretched(i, s):
    """The size after s - 1 zeros were put between each two units."""
    return i + (i - 1) * (s - 1)


@given(i=sizes, k=kernels)
def test_relationship_1_no_zero_padding_unit_strides(i, k):
    assert conv_output_size(4, 3) == 2  # figure 2.1
    i += k - 1
    assert conv_output_size(i, k) == (i - k) + 1


@given(convolutions(strides=st.just(1)))
def test_relationship_2_zero_padding_unit_strides(convolution):
    assert conv_output_size(5, 4, padding=2) == 6  # figure 2.2
    i, k, _, p = convolution
    assert conv_output_size(i, k, padding=p) == (i - k) + 2 * p + 1


@given(i=sizes, n=halves)
def test_relationship_3_half_padding(i, n):
    assert conv_output_size(5, 3, padding=1) == 5  # figure 2.3
    k = 2 * n + 1
    assert conv_output_size(i, k, padding=k // 2) == conv_output_size(i, k, padding="same") == i


@given(i=sizes, k=kernels)
def test_relationship_4_full_padding(i, k):
    assert conv_output_size(5, 3, padding=2) == 7  # figure 2.4
    assert conv_output_size(i, k, padding=k - 1) == i + (k - 1)


@given(convolutions(paddings=st.just(0)))
def test_relationship_5_no_zero_padding_non_unit_strides(convolution):
    assert conv_output_size(5, 3, stride=2) == 2  # figure 2.5
    i, k, s, _ = convolution
    assert conv_output_size(i, k, s) == (i - k) // s + 1


@given(convolutions(), st.data())
def test_relationship_6_zero_padding_non_unit_strides(convolution, data):
    assert conv_output_size(5, 3, stride=2, padding=1) == 3  # figure 2.6
    assert conv_output_size(6, 3, stride=2, padding=1) == 3  # figure 2.7
    i, k, s, p = convolution
    assert conv_output_size(i, k, s, p) == (i + 2 * p - k) // s + 1
    whole_steps = i + (-(i + 2 * p - k) % s)
    a = data.draw(st.integers(0, s - 1), label="a")
    assert conv_output_size(whole_steps + a, k, s, p) == conv_output_size(whole_steps, k, s, p)


@given(convolutions(paddings=st.just(0)))
def test_relationship_7_pooling(convolution):
    assert pool_output_size(5, 3, stride=1) == 3  # figures 1.5 and 1.6
    i, k, s, _ = convolution
    assert pool_output_size(i, k, s) == (i - k) // s + 1


@given(i=sizes, k=kernels)
def test_relationship_8_no_zero_padding_unit_strides_transposed(i, k):
    assert transposed_output_size(2, 3) == conv_output_size(2, 3, padding=2) == 4  # figure 4.1
    assert transposed_output_size(i, k) == i + (k - 1)
    assert conv_output_size(i, k, padding=k - 1) == i + (k - 1)


@given(with_less_padding_than_the_kernel_reaches())
def test_relationship_9_zero_padding_unit_strides_transposed(convolution):
    assert transposed_output_size(6, 4, padding=2) == conv_output_size(6, 4, padding=1) == 5  # figure 4.2
    i, k, _, p = convolution
    i_prime = conv_output_size(i, k, padding=p)
    assert transposed_output_size(i_prime, k, padding=p) == i_prime + (k - 1) - 2 * p == i
    assert conv_output_size(i_prime, k, padding=k - p - 1) == i


@given(i=sizes, n=halves)
def test_relationship_10_half_padding_transposed(i, n):
    assert transposed_output_size(5, 3, padding=1) == 5  # figure 4.3
    k = 2 * n + 1
    assert transposed_output_size(i, k, padding=n) == conv_output_size(i, k, padding=n) == i


@given(i=sizes, k=kernels)
def test_relationship_11_full_padding_transposed(i, k):
    assert transposed_output_size(7, 3, padding=2) == conv_output_size(7, 3) == 5  # figure 4.4
    i_prime = conv_output_size(i, k, padding=k - 1)
    assert transposed_output_size(i_prime, k, padding=k - 1) == i_prime - (k - 1) == i
    assert conv_output_size(i_prime, k) == i


@given(i_prime=sizes, k=kernels, s=strides)
def test_relationship_12_no_zero_padding_non_unit_strides_transposed(i_prime, k, s):
    assert transposed_output_size(2, 3, stride=2) == conv_output_size(stretched(2, 2), 3, padding=2) == 5  # figure 4.5
    o_prime = s * (i_prime - 1) + k
    assert conv_output_size(o_prime, k, s) == i_prime
    assert transposed_output_size(i_prime, k, s) == o_prime
    assert conv_output_size(stretched(i_prime, s), k, padding=k - 1) == o_prime


@given(with_less_padding_than_the_kernel_reaches(whole_steps=True))
def test_relationship_13_zero_padding_non_unit_strides_transposed(convolution):
    assert transposed_output_size(3, 3, stride=2, padding=1) == 5  # figure 4.6
    assert conv_output_size(stretched(3, 2), 3, padding=1) == 5
    i, k, s, p = convolution
    i_prime = conv_output_size(i, k, s, p)
    assert transposed_output_size(i_prime, k, s, p) == s * (i_prime - 1) + k - 2 * p == i
    assert conv_output_size(stretched(i_prime, s), k, padding=k - p - 1) == i


@given(with_less_padding_than_the_kernel_reaches())
def test_relationship_14_zero_padding_non_unit_strides_transposed_with_a_remainder(convolution):
    assert transposed_output_size(3, 3, stride=2, padding=1, output_padding=1) == 6  # figure 4.7
    i, k, s, p = convolution
    i_prime, a = conv_output_size(i, k, s, p), (i + 2 * p - k) % s
    assert transposed_output_size(i_prime, k, s, p, output_padding=a) == s * (i_prime - 1) + a + k - 2 * p == i
    assert conv_output_size(stretched(i_prime, s) + a, k, padding=k - p - 1) == i


@given(convolutions(), st.integers(1, 4))
def test_relationship_15_dilated(convolution, d):
    assert conv_output_size(7, 3, dilation=2) == 3  # figure 5.1
    i, k, s, p = convolution
    i += (k - 1) * (d - 1)
    assert conv_output_size(i, k, s, p, d) == (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1
    assert conv_output_size(i, k, s, p, d) == conv_output_size(i, k + (k - 1) * (d - 1), s, p)
