"""Figures inside a page and beside it."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import skimage.data
from PIL import Image

from cnnbook.draw import style, svg
from cnnbook.draw.palette import LIGHT


@pytest.fixture(scope="module")
def drawn():
    with mpl.rc_context():
        style.reset({}, "plot_a.py")
        figure, (left, right) = plt.subplots(1, 2)
        left.plot([0, 1], color=LIGHT["input"])
        left.set(title="an edge", xlabel="3×3")
        left.bar([0, 1], [1, 2], hatch="/", color="none")
        right.imshow(np.eye(3))
        figure.set_label("An edge & a picture.")
        file = io.StringIO()
        figure.savefig(file, format="svg")
        plt.close(figure)
    return file.getvalue()


def test_an_inlined_figure_has_no_style_that_a_policy_would_block(drawn):
    inlined = svg.inline(drawn, prefix="a-")
    assert "style" not in inlined
    assert "<metadata" not in inlined


def test_colours_become_attributes_that_the_sentinels_match(drawn):
    assert f'stroke="{LIGHT["input"]}"' in svg.inline(drawn, prefix="a-")


def test_every_reference_points_at_an_id_of_the_same_figure(drawn):
    inlined = svg.inline(drawn, prefix="a-")
    ids = re.findall(r'\bid="([^"]+)"', inlined)
    references = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', inlined)
    assert references
    assert {one or other for one, other in references} == set(ids)
    assert all(name.startswith("a-") for name in ids)
    assert len(ids) == len(set(ids))


def test_two_figures_on_a_page_share_no_id(drawn):
    one, other = (set(re.findall(r'\bid="([^"]+)"', svg.inline(drawn, prefix=prefix))) for prefix in ("a-", "b-"))
    assert not one & other


def test_words_are_translated_and_numbers_are_not(drawn):
    inlined = svg.inline(drawn, prefix="a-", translate=str.upper)
    assert ">AN EDGE</text>" in inlined
    assert ">3×3</text>" in inlined


def test_a_translator_sees_the_description_and_the_words_once(drawn):
    assert svg.words(drawn) == ["An edge & a picture.", "an edge"]


def test_alt_text_names_the_figure_and_without_it_the_figure_is_hidden(drawn):
    assert 'role="img" aria-label="A &amp; B"' in svg.inline(drawn, prefix="a-", alt="A & B")
    assert 'aria-hidden="true"' in svg.inline(drawn, prefix="a-")


def test_a_file_of_its_own_keeps_its_description_and_knows_the_dark(drawn):
    alone = svg.alone(drawn, translate=str.upper)
    assert svg.title(alone) == "AN EDGE & A PICTURE."
    assert "prefers-color-scheme:dark" in alone
    assert svg.is_figure(alone)


def test_cleaning_twice_is_cleaning_once(drawn):
    assert svg.alone(svg.alone(drawn)) == svg.alone(drawn)


def test_a_cleaned_figure_is_much_smaller(drawn):
    assert len(svg.inline(drawn, prefix="a-")) < len(drawn) / 2


def test_small_arrays_show_their_pixels_and_photographs_do_not(drawn):
    assert 'image-rendering="pixelated"' in svg.inline(drawn, prefix="a-")
    with mpl.rc_context():
        style.reset({}, "plot_a.py")
        figure, ax = plt.subplots()
        ax.imshow(np.zeros((900, 900)))
        file = io.StringIO()
        figure.savefig(file, format="svg")
        plt.close(figure)
    assert "pixelated" not in svg.inline(file.getvalue(), prefix="a-")


def test_other_drawings_are_left_alone():
    assert not svg.is_figure('<svg xmlns="http://www.w3.org/2000/svg"><title>a logo</title></svg>')


def test_a_figure_is_well_formed(drawn):
    assert ET.fromstring(svg.alone(drawn)).tag.endswith("svg")  # noqa: S314  our own figure


def embedded(pixels, **options):
    """The image that a figure of these pixels carries, decoded."""
    file = io.StringIO()
    with mpl.rc_context():
        style.use()
        fig, ax = plt.subplots()
        ax.imshow(pixels, **{"cmap": "gray"} | options)
        fig.savefig(file, format="svg")
        plt.close(fig)
    written = svg.inline(file.getvalue(), prefix="f-")
    [(kind, data)] = re.findall(r"data:image/(\w+);base64,([^\"]+)", written)
    raw = base64.b64decode(data)
    return kind, len(raw), np.asarray(Image.open(io.BytesIO(raw)).convert("RGBA"))


def test_a_photograph_weighs_little_and_looks_the_same():
    photograph = skimage.data.camera()[::2, ::2]
    kind, size, pixels = embedded(photograph)
    assert kind == "webp"
    assert size < 20_000
    assert np.abs(pixels[..., 0].astype(float) - photograph).mean() < 4


def test_a_signed_map_of_a_photograph_weighs_little_and_keeps_its_edges():
    photograph = skimage.data.camera()[::2, ::2].astype(float)
    falls = np.diff(photograph) / 255
    kind, size, pixels = embedded(falls, cmap="signed", vmin=-1, vmax=1)
    assert kind == "webp"
    assert size < 30_000
    wanted = mpl.colormaps["signed"]((falls + 1) / 2, bytes=True)
    assert np.abs(pixels[..., 3] - wanted[..., 3].astype(float)).max() <= 255 / 31 / 2 + 1
    strong = wanted[..., 3] > 8
    np.testing.assert_array_equal(pixels[strong, :3], wanted[strong, :3])


def card(pixels):
    """A figure of these pixels as a file, and its image on a card, decoded; both with their lengths."""
    file = io.StringIO()
    with mpl.rc_context():
        style.use()
        fig, ax = plt.subplots()
        ax.imshow(pixels, cmap="gray")
        fig.savefig(file, format="svg")
        plt.close(fig)
    whole = svg.alone(file.getvalue())
    small = svg.small(whole)
    [data] = re.findall(r"data:image/\w+;base64,([^\"]+)", small)
    return len(whole), len(small), np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))


def test_a_photograph_has_no_more_pixels_on_a_card_than_the_card_and_looks_the_same():
    photograph = skimage.data.camera()
    whole, small, pixels = card(photograph)
    assert max(pixels.shape) <= 256
    assert small < whole / 3
    shown = Image.fromarray(photograph).resize(pixels.shape[::-1])
    assert np.abs(pixels - np.asarray(shown).astype(float)).mean() < 5


def test_pixels_that_can_be_counted_stay_as_they_are_on_a_card():
    checks = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    _, _, pixels = card(checks)
    assert set(np.unique(pixels)) == {0, 255}


def test_small_arrays_keep_every_pixel():
    checks = np.indices((8, 8)).sum(axis=0) % 2 * 255
    _, _, pixels = embedded(checks.astype(np.uint8))
    assert set(np.unique(pixels[..., :3])) == {0, 255}
