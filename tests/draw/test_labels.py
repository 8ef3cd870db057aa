"""Maps of labels show each class in a colour of its own."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cnnbook.draw.labels import colour_of, key, show_labels
from cnnbook.draw.palette import COLOURS, LABELS


def test_each_pixel_has_the_colour_of_its_class():
    labels = np.array([[0, 1], [2, 9]])
    shown = show_labels(Figure().subplots(), labels).get_array()
    for place, label in np.ndenumerate(labels):
        assert shown[place].tolist() == [*to_rgb(LABELS[label]), 1]


def test_what_is_nothing_is_transparent():
    shown = show_labels(Figure().subplots(), np.array([[0, 3], [255, -1]]), nothing=-1).get_array()
    assert shown[..., 3].tolist() == [[1, 1], [1, 0]]


def test_the_colours_differ_and_no_theme_changes_them():
    assert len(set(LABELS)) == len(LABELS)
    assert not set(LABELS) & {colour.light for colour in COLOURS.values()}
    colours = np.array([to_rgb(colour) for colour in LABELS])
    apart = np.abs(colours[:, None] - colours).sum(-1) + 9 * np.eye(len(LABELS))
    assert apart.min() > 0.3


def test_the_key_shows_the_colours_of_its_labels():
    figure = Figure()
    key(figure, ["car", "bus"], labels=[7, 8])
    patches = figure.legends[0].get_patches()
    assert [patch.get_facecolor()[:3] for patch in patches] == [to_rgb(colour_of(7)), to_rgb(colour_of(8))]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.zeros(3, int), ValueError, r"two axes, rows and columns, not the shape \(3,\)"),
        (np.zeros((2, 2)), TypeError, "whole numbers, not float64"),
        (np.array([[-1, 0]]), ValueError, "at least 0, not -1"),
    ],
)
def test_bad_maps_are_named(labels, error, message):
    with pytest.raises(error, match=message):
        show_labels(Figure().subplots(), labels)
