"""The notation page explains every letter that a signature uses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ANNOTATION = re.compile(r'\w+\[(?:np\.ndarray|Tensor|Array), "([^"]*)"\]')
LETTER = re.compile(r"[a-z]{1,2}|c_\w+")  # a whole word means itself


def axes(source):
    """Letters in the shape annotations of a module; a star only says that there may be any number of such axes."""
    names = {axis.lstrip("*") for shape in ANNOTATION.findall(source) for axis in shape.split()}
    return set(filter(LETTER.fullmatch, names))


def alphabet():
    table = (ROOT / "docs/notation.md").read_text().split("## One alphabet")[1].split("\n\n##")[0]
    return {axis for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for axis in re.findall(r"`(.*?)`", row)}


@pytest.mark.parametrize("path", sorted(ROOT.glob("cnnbook/**/*.py")), ids=lambda path: path.stem)
def test_every_letter_of_a_shape_stands_on_the_notation_page(path):
    assert axes(path.read_text()) - alphabet() == set()


def test_a_new_letter_would_be_noticed():
    assert axes('x: Float[Tensor, "n q seeds"]') - alphabet() == {"q"}
