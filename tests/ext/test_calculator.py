"""The calculator of sizes as a page brings it: first state, still picture, and what an author gets wrong."""

import re

import pytest

from cnnbook.ext.calculator import beginning, first_state
from drawings import texts


def test_it_begins_with_the_first_preset():
    assert [axis.size for axis in first_state({})] == [112, 112]


@pytest.mark.parametrize(
    ("preset", "size"),
    [("halve", 112), ("keep", 32), ("alexnet", 55), ("keras", 112), ("double", 32), ("pool", 112)],
)
def test_every_preset_makes_what_its_name_says(preset, size):
    assert [axis.size for axis in first_state({"preset": preset})] == [size, size]


def test_the_picture_shows_the_row_and_the_formula_filled_in():
    assert texts(beginning({}).drawing) == ["input", "224", "⋯", "⌊(224 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 112"]


def test_rows_and_columns_that_differ_are_drawn_one_below_the_other():
    words = texts(beginning({"size": "9×224"}).drawing)
    assert words == [
        "input",
        "9",
        "⌊(9 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 5",
        "input",
        "224",
        "⋯",
        "⌊(224 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 112",
    ]


def test_a_transposed_convolution_shows_its_output_and_what_is_cut_off():
    drawing = beginning({"preset": "double", "size": "3"}).drawing
    assert texts(drawing)[:2] == ["output", "6"]
    assert drawing.count("url(#hatch)") == 2


def test_the_page_knows_how_many_lines_to_keep_room_for():
    assert beginning({}).style == "--lines:1"
    assert beginning({"size": "224×200", "padding": "same"}).style == "--lines:4"
    assert beginning({"preset": "pool"}).data == {"operation": "pooling"}


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ({"preset": "thirds"}, "there is no preset 'thirds'; there are: halve, keep"),
        ({"operation": "conv"}, "there is no operation 'conv'; there are: convolution, transposed, pooling"),
        ({"sise": "8"}, "there is no attribute 'sise'; there are: preset, operation, batch"),
        ({"size": "0"}, "size=0 must be a whole number from 1 to 9999, or two, rows × columns"),
        ({"size": "8×8×8"}, "size=8×8×8 must be a whole number"),
        ({"size": ""}, "size= must be a whole number"),
        ({"filters": "3×3"}, "filters=3×3 must be a whole number from 1 to 9999"),
        (
            {"padding": "full"},
            "padding=full must be a whole number from 0 to 99, or two, rows × columns, or same or valid",
        ),
        ({"output-padding": "1"}, "output-padding belongs to operation=transposed"),
        ({"size": "2", "padding": "0"}, "kernel=3 with dilation=1 reaches over 3 pixels and does not fit the 2"),
        ({"preset": "double", "output-padding": "2"}, "output_padding=2 must be below stride=2 or dilation=1"),
        ({"preset": "double", "size": "1", "padding": "2"}, "padding=2 must leave at least one of the 4 pixels"),
        ({"preset": "pool", "padding": "2"}, "padding=2 must be at most half of kernel=2"),
    ],
)
def test_what_an_author_gets_wrong_is_refused_with_what_is_allowed(attributes, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        beginning(attributes)


def test_a_wrong_attribute_fails_the_build_with_file_and_line(book):
    site = book("cnnbook.ext.words", "cnnbook.ext.figures", "cnnbook.ext.live")
    site.write("index.rst", "Home\n====\n\n.. live:: sizes auto\n   :alt: A row.\n   :attrs: size=8 kernel=0\n")
    assert re.search(r"index\.rst:4: .*kernel=0 must be a whole number from 1 to 99", site.build())


def test_a_figure_without_attributes_is_the_first_preset(book):
    site = book("cnnbook.ext.words", "cnnbook.ext.figures", "cnnbook.ext.live")
    site.write("index.rst", "Home\n====\n\n.. live:: sizes auto\n   :alt: A row.\n\n   Change it.\n")
    assert not site.build()
    assert re.search(r'<cnn-sizes [^>]*style="--lines:1"[^>]*>(?:<span[^>]*>)?<svg', site.page())
