"""The README's picture shows what the reference computes today."""

import re
import runpy
from pathlib import Path

import matplotlib as mpl

DOCS = Path(__file__).parents[2] / "docs"


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_committed_picture_has_the_numbers_that_are_computed():
    with mpl.rc_context():
        drawn = runpy.run_path(str(DOCS / "readme_picture.py"))["draw"]()
    assert "3" in texts(drawn)
    assert texts(drawn) == texts((DOCS / "_static" / "readme.svg").read_text("utf-8"))
