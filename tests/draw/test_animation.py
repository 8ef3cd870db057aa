"""The animation shows every step, moves by styles alone, and can be paused without a script."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cnnbook.draw.animation import animated
from cnnbook.draw.slide import CELL, Slide

EDGE = Slide(np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0), np.repeat([[-1, 0, 1]], 3, axis=0))


def draw(slide=EDGE, name="slide", **options):
    return animated(slide, **{"name": name, "alt": "A kernel slides.", "pause": "Pause", **options})


def rules(written):
    return re.search(r"<style>(.*?)</style>", written)[1]


def test_it_is_well_formed():
    ET.fromstring(draw())  # noqa: S314  our own drawing


def test_each_output_appears_and_each_sum_is_shown_in_its_turn():
    written = draw()
    totals = re.findall(r'<g class="sum sum\d+">.*?</g>', written)
    assert [re.findall(r"<text[^>]*>([^<]+)</text>", total)[-1] for total in totals] == [*"03300330"]
    starts = [
        re.search(rf"@keyframes slide-cell{step}{{0%{{opacity:0}}([\d.]+)%", rules(written))[1] for step in range(8)
    ]
    assert [float(start) for start in starts] == [12.5 * step for step in range(8)]


def test_the_window_moves_by_the_stride():
    slide = Slide(np.zeros((5, 5)), np.ones((3, 3)), stride=(2, 2))
    [frames] = re.findall(r"@keyframes slide-window{(.*?)}(?=@|$)", rules(draw(slide)))
    moves = re.findall(r"translate\((\d+)px,(\d+)px\)", frames)
    assert [(int(x) // CELL, int(y) // CELL) for x, y in moves] == [(0, 0), (2, 0), (0, 2), (2, 2)]


def test_two_on_a_page_share_no_name():
    def names(written):
        return {*re.findall(r'\bid="([^"]+)"', written), *re.findall(r"@keyframes ([\w-]+)", written)}

    assert names(draw(name="one"))
    assert not names(draw(name="one")) & names(draw(name="two"))


def test_every_rule_concerns_this_animation_only():
    selectors = re.findall(
        r"(?:^|(?<=[}{]))(?!\d|to|from|@)([^{}]+){", re.sub(r"@keyframes[^{]+{(?:[^{}]+{[^}]*})+}", "", rules(draw()))
    )
    assert selectors
    assert all(selector.startswith("#slide") for selector in selectors)


def test_it_pauses_when_the_box_is_ticked():
    assert "#slide input:checked~.stage *{animation-play-state:paused!important}" in rules(draw())


def test_it_moves_only_where_the_reader_does_not_mind():
    before, after = rules(draw()).split("@media screen and (prefers-reduced-motion:no-preference){")
    assert "animation:" not in before
    assert "animation:" not in after.split("@media print")[1]


def test_no_style_attribute_stands_in_it():
    assert "style=" not in draw()


@pytest.mark.parametrize("hostile", ['"><script>', "a & b <i>"])
def test_its_texts_are_escaped(hostile):
    written = ET.fromstring(draw(alt=hostile, pause=hostile))  # noqa: S314  our own drawing
    assert written.find("label").text == hostile


def test_its_words_are_translated():
    written = draw(translate={"input": "입력", "kernel": "커널", "output": "출력"}.get)
    assert all(f">{word}</text>" in written for word in ("입력", "커널", "출력"))


def test_a_kernel_that_fits_nowhere_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        draw(Slide(np.zeros((2, 2)), np.zeros((3, 3))))
