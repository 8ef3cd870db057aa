"""The animation shows every step, moves by styles alone, and can be paused without a script."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cnnbook.draw.animation import animated, style_sheet
from cnnbook.draw.pieces import CELL
from cnnbook.draw.slide import Slide
from cnnbook.draw.stamp import Stamp

EDGE = Slide(np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0), np.repeat([[-1, 0, 1]], 3, axis=0))
STAMP = Stamp(np.array([[0, 1], [2, 3]]), np.array([[0, 1], [2, 3]]))

SVG = "{http://www.w3.org/2000/svg}"


def draw(operation=EDGE, name="slide", **options):
    return animated(operation, **{"name": name, "alt": "A kernel slides.", "box": "Pause", **options})


def rules(*made):
    return style_sheet(made or [draw()])


def shown(element, start):
    """The words of each piece that appears at a step."""
    groups = ET.fromstring(element).iter(SVG + "g")  # noqa: S314  our own drawing
    pieces = [group for group in groups if f"from{start}" in group.get("class", "").split()]
    return [["".join(text.itertext()) for text in piece.iter(SVG + "text")] for piece in pieces]


def ways(made):
    """The cells that each moving piece visits, by the order of the pieces."""
    return [
        [(int(x) // CELL, int(y) // CELL) for x, y in re.findall(r"translate\((\d+)px,(\d+)px\)", frames)]
        for frames in made.keyframes
        if "walk" in frames
    ]


def test_it_is_well_formed():
    ET.fromstring(draw().element)  # noqa: S314  our own drawing


def test_each_step_of_a_convolution_shows_a_number_and_its_sum():
    for step, place in enumerate(EDGE.places):
        total = f"{EDGE.output[place]:g}"
        number, products = shown(draw().element, step) if step else (["0"], shown(draw().element, 0)[0])
        assert number == [total]
        assert products[-1] == total
        assert sum("·" in word for word in products) == 9


def test_each_step_of_a_transposed_convolution_shows_what_is_added_and_its_products():
    for step, place in enumerate(STAMP.places):
        *_, addends, products = shown(draw(STAMP).element, step)
        assert addends == [f"+{number}" for number in STAMP.stamp(place).flat]
        assert products == [f"{STAMP.input[place]}·{weight}" for weight in range(4)]


def test_what_a_convolution_has_computed_stays_until_the_end():
    made = draw(brief=True)
    assert re.findall(r"span-(\d+)-of-8 from(\d+)", made.element) == [
        (str(8 - step), str(step)) for step in range(1, 8)
    ]


def test_a_total_stays_until_the_next_stamp_changes_it():
    made = draw(STAMP, brief=True)
    middle = re.findall(r"span-(\d+)-of-4 from(\d+)( waits)?", made.element)
    assert ("1", "1", " waits") in middle  # 0·3 + 1·2, until 2·1 comes
    spans = [(int(start), int(start) + int(length)) for length, start, _ in middle]
    assert all(end <= 4 for _, end in spans)
    assert all((end == 4) == (not waits) for (_, end), (*_, waits) in zip(spans, middle, strict=True))


def test_a_span_begins_with_its_step_and_lasts_as_long_as_it_says():
    assert ".of8 .from3{animation-delay:calc(-5*var(--step))}" in rules()
    assert "@keyframes span-5-of-8{0%{opacity:1}62.5%,100%{opacity:0}}" in rules()


def test_the_window_moves_by_the_stride_and_the_ring_cell_by_cell():
    slide = Slide(np.zeros((5, 5)), np.ones((3, 3)), stride=(2, 2))
    assert ways(draw(slide)) == [[(0, 0), (2, 0), (0, 2), (2, 2)], [(0, 0), (1, 0), (0, 1), (1, 1)]]


def test_the_stamp_moves_by_the_stride_on_the_output():
    stamp = Stamp(np.ones((2, 2)), np.ones((3, 3)), stride=(2, 3))
    assert ways(draw(stamp)) == [[(0, 0), (1, 0), (0, 1), (1, 1)], [(0, 0), (3, 0), (0, 2), (3, 2)]]


def test_two_on_a_page_share_no_id_and_each_rule_stands_once():
    one, two = draw(name="one"), draw(name="two")
    ids = [{*re.findall(r'\bid="([^"]+)"', made.element)} for made in (one, two)]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert rules(one, two) == rules(one)


def test_every_rule_concerns_animations_only():
    sheet = re.sub(r"@keyframes[^{]+{(?:[^{}]+{[^}]*})+}", "", rules(draw(), draw(STAMP, brief=True)))
    selectors = re.findall(r"(?:^|(?<=[}{]))(?!@)([^{}]+){", sheet)
    assert selectors
    assert all(re.match(r"\.(cb-animation|of\d+)\b", selector) for selector in selectors)


def test_it_pauses_when_the_box_is_ticked_and_one_of_many_plays_only_then():
    assert ".cb-animation:not(.brief) input:checked~.stage *{animation-play-state:paused!important}" in rules()
    assert ".cb-animation.brief input:not(:checked)~.stage *{animation:none!important}" in rules()
    assert 'class="cb-animation of8"' in draw().element
    assert 'class="cb-animation brief of8"' in draw(brief=True).element


def test_what_is_brief_shows_no_kernel_and_no_sums_and_strikes_out_what_is_never_read():
    slide = Slide(np.ones((1, 6)), np.ones((1, 3)), stride=(1, 2))
    full, brief = draw(slide).element, draw(slide, brief=True).element
    assert ">kernel</text>" in full
    assert "·" in full
    assert ">kernel</text>" not in brief
    assert "·" not in brief
    assert brief.count(f"M{5 * CELL + 6} {CELL - 6}l") == 1
    assert f"l{CELL - 12}-{CELL - 12}" not in full


def test_it_moves_only_where_the_reader_does_not_mind():
    before, after = rules().split("@media screen and (prefers-reduced-motion:no-preference){")
    assert "animation:" not in before
    assert "animation:" not in after.split("@keyframes", 1)[1]


def test_no_style_attribute_stands_in_it():
    assert "style=" not in draw().element


@pytest.mark.parametrize("hostile", ['"><script>', "a & b <i>"])
def test_its_texts_are_escaped(hostile):
    written = ET.fromstring(draw(alt=hostile, box=hostile).element)  # noqa: S314  our own drawing
    assert written.find("label").text == hostile


def test_its_words_are_translated():
    written = draw(translate={"input": "입력", "kernel": "커널", "output": "출력"}.get).element
    assert all(f">{word}</text>" in written for word in ("입력", "커널", "출력"))


def test_a_kernel_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        draw(Slide(np.zeros((2, 2)), np.zeros((3, 3))))
