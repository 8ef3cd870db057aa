"""A figure that moves: what stands on the page, and what does not pass."""

import re

import pytest

FIGURE = """
Home
====

.. animation:: convolution
   :alt: A kernel slides.
   :dims: 1
   :size: 6

   Read along.

.. animation:: convolution
   :alt: Another slides.
"""


@pytest.fixture
def site(book):
    site = book("cnnbook.ext.words", "cnnbook.ext.figures", "cnnbook.ext.live", "cnnbook.ext.animation")
    site.write("index.rst", FIGURE)
    return site


def test_the_moving_picture_stands_in_the_figure(site):
    assert not site.build()
    page = site.page()
    assert re.search(
        r'<figure[^>]*>\s*<div class="cb-animation of.*aria-label="A kernel slides.".*Read along', page, re.DOTALL
    )


def test_no_two_share_an_id(site):
    site.build()
    ids = re.findall(r'\bid="([^"]+)"', site.page())
    assert len(ids) == len(set(ids))
    assert sum(name.endswith("-box") for name in ids) == 2


def test_it_speaks_the_readers_language(site):
    site.translate("cnnbook", {"Pause the animation": "멈추기"})
    site.translate("figures", {"input": "입력"})
    site.translate("index", {"A kernel slides.": "커널이 움직인다."})
    assert not site.build("ko")
    page = site.page(language="ko")
    assert all(words in page for words in (">멈추기</label>", ">입력</text>", 'aria-label="커널이 움직인다."'))


def test_other_formats_show_the_first_step(site):
    assert not site.build(builder="latex")
    [written] = site.output(builder="latex").glob("*.tex")
    assert written.read_text("utf-8").count("includegraphics") == 2


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("convolution", "pooling", "there is no animation 'pooling'"),
        ("   :alt: A kernel slides.\n", "", "needs :alt: text"),
        (":size: 6", ":size: 60", "size=60 must be a whole number from 1 to 8"),
        (":size: 6", ":size: 1\n   :padding: 0", "does not fit"),
        (":size: 6", ":speed: 6", 'unknown option: "speed"'),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(site, good, bad, complaint):
    site.write("index.rst", FIGURE.replace(good, bad, 1))
    warnings = site.build()
    assert re.search(r"index\.rst:4: (ERROR|WARNING)", warnings), warnings
    assert complaint in warnings
