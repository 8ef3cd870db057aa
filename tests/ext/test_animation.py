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


FAMILY = """
Home
====

.. animation:: convolution
   :preset: guide
   :size: 6
   :stride: 2
   :padding: 1
   :brief:
   :arithmetic:

   There.

.. animation:: convolution
   :preset: guide
   :size: 3
   :stride: 2
   :padding: 1, 0
   :output-padding: 1
   :operation: transposed
   :arithmetic:

   And back.
"""


def test_a_configuration_is_worked_out_below_the_caption(site):
    site.write("index.rst", FAMILY)
    assert not site.build()
    there, back = re.findall(r'<div class="legend">(.*?)</div>', site.page(), re.DOTALL)
    assert r"\left\lfloor\frac{6+2\cdot1-1\cdot(3-1)-1}{2}\right\rfloor+1=3" in there
    assert "Relationship 6 of the guide. 15 of 64 cells are never read." in there
    assert r"(3-1)\cdot2-2\cdot1+1\cdot(3-1)+1+1=6" in back
    assert r"(3-1)\cdot2-2\cdot0+1\cdot(3-1)+1+1=8" in back
    assert "Relationship 14 of the guide. 15 of 64 cells are never written to." in back


def test_without_alt_text_the_configuration_is_told(site):
    site.write("index.rst", FAMILY)
    site.build()
    there, back = re.findall(r'role="img" aria-label="([^"]+)"', site.page())
    assert there == "A kernel of 3×3 slides over an input of 6×6: stride 2, padding 1, dilation 1; the output is 3×3."
    assert back == (
        "Each number of an input of 3×3 is multiplied by a kernel of 3×3 and laid down: stride 2, padding 1×0, "
        "dilation 1, output padding 1; the output is 6×8."
    )


def test_one_of_many_plays_when_it_is_asked_to(site):
    site.write("index.rst", FAMILY)
    site.build()
    assert re.findall(r"<label[^>]*>([^<]+)</label>", site.page()) == ["Play", "Pause the animation"]


def test_what_is_worked_out_is_translated_as_the_extensions_words_are(site):
    site.write("index.rst", FAMILY)
    site.translate("cnnbook", {"Relationship {number} of the guide.": "지침의 관계 {number}.", "Play": "재생"})
    assert not site.build("ko")
    page = site.page(language="ko")
    assert "지침의 관계 6. 15 of 64 cells" in page
    assert ">재생</label>" in page
    site.build(builder="gettext")
    assert "There." in (template := next(site.output(builder="gettext").glob("index.pot")).read_text("utf-8"))
    assert "Relationship" not in template
    assert "lfloor" not in template


def test_all_animations_of_a_page_have_one_style_sheet(site):
    site.build()
    assert site.page().count("<style>") == 1


def test_other_formats_show_the_first_step(site):
    assert not site.build(builder="latex")
    [written] = site.output(builder="latex").glob("*.tex")
    assert written.read_text("utf-8").count("includegraphics") == 2


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("convolution", "pooling", "there is no animation 'pooling'"),
        (":size: 6", ":size: 60", "size=60 must be a whole number from 1 to 12, or two, down and across"),
        (":size: 6", ":operation: inverse", "there is no operation 'inverse'; there are: convolution, transposed"),
        (":size: 6", ":output-padding: 1", "output-padding belongs to operation=transposed"),
        ("   :dims: 1\n   :size: 6", "   :size: 12\n   :kernel: 1", "it has 144 steps; 100 at most are shown"),
        (":size: 6", ":brief: yes", "no argument is allowed"),
        (":size: 6", ":size: 1\n   :padding: 0", "does not fit"),
        (":size: 6", ":speed: 6", 'unknown option: "speed"'),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(site, good, bad, complaint):
    site.write("index.rst", FIGURE.replace(good, bad, 1))
    warnings = site.build()
    assert re.search(r"index\.rst:4: (ERROR|WARNING)", warnings), warnings
    assert complaint in warnings
