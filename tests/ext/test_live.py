"""A figure that becomes live: what stands on the page, and what does not pass."""

import json
import re

import pytest
from babel.messages.pofile import read_po

from cnnbook.exercises import EXERCISES, ByHand
from cnnbook.ext import live, playground
from cnnbook.ext.playground import first_state

FIGURE = """
Home
====

.. live:: convolution auto
   :alt: A kernel lies on a picture.
   :attrs: dims=1 size=8 kernel=3 padding=1

   Move the kernel.
"""


@pytest.fixture
def site(book):
    site = book("cnnbook.ext.words", "cnnbook.ext.figures", "cnnbook.ext.live")
    site.write("index.rst", FIGURE)
    return site


def element(page):
    return re.search(r"<cnn-convolution ([^>]*)>(.*?)</cnn-convolution>", page, re.DOTALL)


def test_a_figure_holds_the_element_and_the_element_holds_the_picture(site):
    assert not site.build()
    page = site.page()
    attributes, picture = element(page).groups()
    assert re.search(
        r"<figure[^>]*>\s*<cnn-convolution .*</cnn-convolution>\s*<figcaption>.*Move the kernel", page, re.DOTALL
    )
    assert 'aria-label="A kernel lies on a picture."' in picture
    assert 'size="8"' in attributes
    assert 'start="visible"' in attributes


def test_a_drawing_that_two_pages_show_is_written_once(site):
    site.build()
    [drawn] = site.folder.rglob("drawn/convolution-*.svg")
    written = drawn.stat().st_mtime_ns
    site.write("other.rst", f":orphan:\n{FIGURE}")
    assert not site.build()
    assert element(site.page("other"))
    assert drawn.stat().st_mtime_ns == written, "the first page would be read again in every build"


def test_the_page_knows_the_sizes_before_any_script_runs(site):
    site.build()
    styles = dict(re.findall(r"--([\w-]+):(\d+)", element(site.page())[1]))
    assert styles == {
        "input-rows": "1",
        "input-columns": "10",
        "kernel-rows": "1",
        "kernel-columns": "3",
        "output-rows": "1",
        "output-columns": "8",
    }


def test_the_modules_stand_in_a_folder_named_by_their_contents(site):
    site.build()
    [source] = re.findall(r'<script type="module" src="(_static/live-\w{10}/loader\.js)', site.page())
    folder = (site.output() / source).parent
    assert {path.name for path in folder.iterdir()} >= {"loader.js", "dom.js", "live.css", "words.json", "convolution"}


def test_a_page_without_a_live_figure_loads_nothing(site):
    site.write("plain.rst", ":orphan:\n\nPlain\n=====\n")
    site.build()
    assert "live" not in site.page("plain")


def test_a_changed_translation_changes_the_folder_and_the_page_that_names_it(site):
    site.build("ko")
    site.translate("live", {"Step": "한 칸"})
    site.build("ko")
    [folder] = (site.output("ko") / "_static").glob("live-*")
    assert json.loads((folder / "words.json").read_text("utf-8")) == {"Step": "한 칸"}
    assert folder.name in site.page(language="ko")


def test_other_formats_show_the_picture(site):
    assert not site.build(builder="latex")
    [written] = site.output(builder="latex").glob("*.tex")
    text = written.read_text("utf-8")
    assert "cnn-convolution" not in text
    assert "Move the kernel" in text


def test_a_picture_of_ones_own_may_stand_in_for_the_drawn_one(site):
    site.write("own.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>')
    site.write("index.rst", FIGURE.replace("auto", "own.svg"))
    assert not site.build()
    assert re.search(r'<cnn-convolution [^>]*>\s*<img alt="A kernel lies on a picture." [^>]*own.svg', site.page())


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("convolution", "convolutoin", "there is no live figure 'convolutoin'; there are: convolution"),
        ("   :alt: A kernel lies on a picture.\n", "", "needs :alt: text"),
        ("size=8", "sise=8", "there is no attribute 'sise'"),
        ("size=8", "size=80", "size=80 must be a whole number from 1 to 8"),
        ("size=8", "size=-8", "size=-8 must be a whole number from 1 to 8"),
        ("size=8", "size", "size= must be a whole number from 1 to 8"),
        ("dims=1", "preset=edges", "there is no preset 'edges'; there are: vertical-edge"),
        ("size=8 kernel=3 padding=1", "size=3 kernel=5 padding=0", "does not fit"),
        ("dims=1", "preset=mix operation=convolution", "there is no preset 'mix'; there are: vertical-edge"),
        ("dims=1", "channels=2", "there is no attribute 'channels'"),
        ("dims=1", "operation=sliding", "there is no operation 'sliding'; there are: convolution, channels"),
        ("dims=1", "offers=convolution,sliding", "there is no operation 'sliding'; there are: convolution, channels"),
        ("dims=1", "operation=average-pooling dilation=2", "there is no attribute 'dilation'"),
        ("size=8 kernel=3 padding=1", "operation=max-pooling kernel=3 padding=2", "padding=2 must be at most half"),
        ("size=8 kernel=3 padding=1", "operation=transposed size=6 stride=4", "there is room for 13"),
        ("size=8 kernel=3 padding=1", "operation=transposed output-padding=2", "must be below stride=2"),
        ("size=8 kernel=3 padding=1", "operation=transposed padding-mode=reflect", "belongs to operation=convolution"),
        ("dims=1", "output-padding=1", "there is no attribute 'output-padding'"),
        ("dims=1", "offers=channels", "offers=channels must have convolution, with which the figure begins"),
        (":attrs:", ":start: soon\n   :attrs:", '"soon" unknown'),
        ("auto", "", "2 argument"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(site, good, bad, complaint):
    site.write("index.rst", FIGURE.replace(good, bad, 1))
    warnings = site.build()
    assert re.search(r"index\.rst:4: (ERROR|WARNING)", warnings), warnings
    assert complaint in warnings


def test_the_translators_get_every_word(tmp_path):
    live.extract(tmp_path / "live.pot")
    with (tmp_path / "live.pot").open("rb") as file:
        offered = {message.id for message in read_po(file)}
    settings = [json.loads(path.read_text("utf-8")) for path in live.SOURCES.glob("*/settings.json")]
    named = [it for one in settings for kind in ("operations", "presets") for it in one.get(kind, {}).values()]
    modules = "".join(path.read_text("utf-8") for path in live.SOURCES.rglob("*.js"))
    said = {json.loads(word) for word in re.findall(r'\b_\(("[^"]+")', modules)}
    said |= {it["name"] for it in named}
    said |= {says for one in EXERCISES.values() if isinstance(one, ByHand) for _, says in one.wrong_answers}
    assert said
    assert said == offered - {""}


def test_a_preset_can_be_named_and_changed():
    slide = first_state({"preset": "blur", "rows": "3", "columns": "4", "kernel": "2", "stride": "2"})
    assert (slide.input.shape, slide.kernel.shape, slide.stride) == ((3, 4), (2, 2), (2, 2))


def test_a_window_has_the_size_of_its_preset_or_of_its_own():
    assert first_state({"operation": "max-pooling"}).output.tolist() == [[9, 4], [3, 5]]
    assert first_state({"preset": "moving-mean", "kernel": "5", "padding": "2"}).kernel.shape == (1, 5)
    assert playground.beginning({"preset": "means"}).data == {"dims": "2", "operation": "average-pooling"}


def test_of_a_transposed_one_the_output_has_the_border():
    first = playground.beginning({"operation": "transposed", "preset": "doubled"})
    assert (first.sizes["input-rows"], first.sizes["output-rows"]) == (3, 8)
    assert first_state({"operation": "transposed", "preset": "doubled"}).output.shape == (6, 6)
    assert first_state({"preset": "gaps"}).output.shape == (6, 6)


def test_a_preset_brings_its_operation_and_the_sizes_of_all_its_tables():
    first = playground.beginning({"preset": "mix", "filters": "2"})
    assert first.data == {"dims": "2", "operation": "channels"}
    assert (first.sizes["channels"], first.sizes["filters"], first.sizes["kernel-rows"]) == (3, 2, 1)
