"""The palette must be readable, and its colours must be told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.draw.palette import CATEGORIES, COLOURS, NEGATIVE, POSITIVE, ROLES, contrast, sentinels, variables

PAPER = ROLES["paper"]
colours = st.from_regex(r"\A#[0-9a-f]{6}\Z")


@pytest.mark.parametrize("name", ["ink", "muted", "input", "output", "kernel"])
def test_words_in_a_role_s_colour_reach_aa_on_both_papers(name):
    assert contrast(ROLES[name].light, PAPER.light) >= 4.5
    assert contrast(ROLES[name].dark, PAPER.dark) >= 4.5


@pytest.mark.parametrize("name", ["padding", *CATEGORIES])
def test_marks_stand_out_three_to_one_on_both_papers(name):
    assert contrast(COLOURS[name].light, PAPER.light) >= 3
    assert contrast(COLOURS[name].dark, PAPER.dark) >= 3


@pytest.mark.parametrize("end", [NEGATIVE, POSITIVE])
def test_pixels_which_cannot_change_stand_out_on_both_papers(end):
    assert min(contrast(end, PAPER.light), contrast(end, PAPER.dark)) >= 3


def test_no_two_colours_share_a_sentinel():
    assert len({colour.light for colour in COLOURS.values()}) == len(COLOURS)


@given(one=colours, other=colours)
def test_contrast_is_symmetric_and_at_least_one(one, other):
    assert contrast(one, other) == contrast(other, one) >= 1
    assert contrast(one, one) == 1


@pytest.mark.parametrize("colour", ["#fff", "red", "ffffff", "#1f2328ff", "#gggggg", ""])
def test_a_colour_in_another_notation_is_refused(colour):
    with pytest.raises(ValueError, match=f"colour '{colour}' must be written #rrggbb"):
        contrast("#000000", colour)


def test_every_sentinel_is_mapped_to_a_variable_that_is_set():
    for name, colour in COLOURS.items():
        assert f'[fill="{colour.light}"]{{fill:var(--cb-{name})}}' in sentinels()
        assert f'[stroke="{colour.light}"]{{stroke:var(--cb-{name})}}' in sentinels()
        assert f"--cb-{name}:{colour.light};" in variables()
        assert f"--cb-{name}:{colour.dark};" in variables()
