"""The relationship that is named gives the size that is counted, and each figure of the guide has its own."""
# ruff: noqa: ARG005  all relationships take the same letters

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnbook.shapes import conv_output_size, conv_relationship, transposed_output_size, transposed_relationship

CONVOLUTIONS = {  # Dumoulin & Visin's letters: input i, kernel k, stride s, padding p, dilation d
    1: lambda i, k, s, p, d: (i - k) + 1,
    2: lambda i, k, s, p, d: (i - k) + 2 * p + 1,
    3: lambda i, k, s, p, d: i,
    4: lambda i, k, s, p, d: i + (k - 1),
    5: lambda i, k, s, p, d: (i - k) // s + 1,
    6: lambda i, k, s, p, d: (i + 2 * p - k) // s + 1,
    15: lambda i, k, s, p, d: (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1,
}
TRANSPOSED = {  # and a, what the output padding adds
    8: lambda i, k, s, p, a: i + (k - 1),
    9: lambda i, k, s, p, a: i + (k - 1) - 2 * p,
    10: lambda i, k, s, p, a: i,
    11: lambda i, k, s, p, a: i - (k - 1),
    12: lambda i, k, s, p, a: s * (i - 1) + k,
    13: lambda i, k, s, p, a: s * (i - 1) + k - 2 * p,
    14: lambda i, k, s, p, a: s * (i - 1) + a + k - 2 * p,
}
numbers = st.tuples(st.integers(1, 20), st.integers(1, 7), st.integers(1, 4), st.integers(0, 7))


@given(numbers, st.integers(1, 3))
def test_the_relationship_of_a_convolution_gives_its_size(ikps, d):
    i, k, s, p = ikps
    assume(d * (k - 1) + 1 <= i + 2 * p)
    assert CONVOLUTIONS[conv_relationship(k, s, p, d)](i, k, s, p, d) == conv_output_size(i, k, s, p, d)


@given(numbers, st.integers(0, 3))
def test_the_relationship_of_a_transposed_convolution_gives_its_size(ikps, a):
    i, k, s, p = ikps
    assume(a < s and p < k and s * (i - 1) + a + k > 2 * p)
    found = TRANSPOSED[transposed_relationship(k, s, p, output_padding=a)](i, k, s, p, a)
    assert found == transposed_output_size(i, k, s, p, output_padding=a)


@pytest.mark.parametrize(
    ("figure", "relationship"),
    [
        ((3,), 1),  # 2.1
        ((4, 1, 2), 2),  # 2.2
        ((3, 1, 1), 3),  # 2.3
        ((3, 1, 2), 4),  # 2.4
        ((3, 2), 5),  # 2.5
        ((3, 2, 1), 6),  # 2.6 and 2.7
        ((3, 1, 0, 2), 15),  # 5.1
    ],
)
def test_figures_of_convolutions(figure, relationship):
    assert conv_relationship(*figure) == relationship


@pytest.mark.parametrize(
    ("figure", "relationship"),
    [
        ((3,), 8),  # 4.1
        ((4, 1, 2), 9),  # 4.2
        ((3, 1, 1), 10),  # 4.3
        ((3, 1, 2), 11),  # 4.4
        ((3, 2), 12),  # 4.5
        ((3, 2, 1), 13),  # 4.6
        ((3, 2, 1, 1, 1), 14),  # 4.7
    ],
)
def test_figures_of_transposed_convolutions(figure, relationship):
    assert transposed_relationship(*figure) == relationship


@pytest.mark.parametrize("settings", [{"dilation": 2}, {"padding": 3}, {"stride": 2, "padding": 4}])
def test_the_guide_does_not_treat_every_transposed_convolution(settings):
    assert transposed_relationship(3, **settings) is None


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("count", "settings", "error", "message"),
    [
        (conv_relationship, {"kernel": 0}, ValueError, "kernel=0 must be at least 1"),
        (conv_relationship, {"kernel": 3, "stride": 0}, ValueError, "stride=0 must be at least 1"),
        (conv_relationship, {"kernel": 3, "padding": -1}, ValueError, "padding=-1 must be at least 0"),
        (conv_relationship, {"kernel": 3, "dilation": 1.5}, TypeError, "dilation=1.5 must be a whole number"),
        (transposed_relationship, {"kernel": 0}, ValueError, "kernel=0 must be at least 1"),
        (transposed_relationship, {"kernel": 3, "output_padding": -1}, ValueError, "output_padding=-1 must be"),
    ],
)
def test_what_is_no_convolution_is_refused(count, settings, error, message):
    with pytest.raises(error, match=message):
        count(**settings)
