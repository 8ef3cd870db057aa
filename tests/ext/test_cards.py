"""The gallery's cards and downloads in both languages."""

import re

import pytest

SCRIPT = '''
"""
A claim
=======

Is it true?
"""
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.set_title("words")
fig.set_label("A frame.")
'''


@pytest.fixture
def site(book):
    site = book(
        "sphinx_gallery.gen_gallery", "cnnbook.ext.words", "cnnbook.ext.figures", "cnnbook.ext.cards",
        exclude_patterns=["locale", "_build", "scripts", "**/sg_execution_times.rst", "sg_execution_times.rst"],
        sphinx_gallery_conf={
            "examples_dirs": "scripts",
            "gallery_dirs": "gallery",
            "image_scrapers": ("cnnbook.ext.figures.scraper",),
            "reset_modules": ("cnnbook.draw.style.reset",),
            "write_computation_times": False,
            "show_signature": False,
        },
    )  # fmt: skip
    site.write("index.rst", "Home\n====\n\n.. toctree::\n\n   gallery/index\n")
    site.write("scripts/GALLERY_HEADER.rst", "Gallery\n=======\n")
    site.write("scripts/why/GALLERY_HEADER.rst", "Why\n---\n")
    site.write("scripts/why/plot_claim.py", SCRIPT)
    site.translate("gallery/why/plot_claim", {"A claim": "주장"})
    site.translate("cnnbook", {"Download as a script": "스크립트 내려받기", "Open in Colab": "Colab에서 열기"})
    site.translate("figures", {"A frame.": "틀.", "words": "낱말"})
    return site


def test_a_gallery_speaks_the_edition_s_language_from_one_run(site):
    site.build("en")
    site.build("ko")

    card = re.search(
        r'<p class="cb-card"><a [^>]*href="why/plot_claim.html"[^>]*>(.*?)</a>', site.page("gallery/index")
    )
    assert re.fullmatch(r'<img alt=""[^>]*/><span>A claim</span>', card[1].replace("\n", ""))
    korean = site.page("gallery/index", "ko")
    assert "<span>주장</span>" in korean
    assert "A claim" not in korean
    assert "tooltip" not in korean

    page = site.page("gallery/why/plot_claim", "ko")
    assert 'aria-label="틀."' in page
    assert ">낱말</text>" in page
    assert "스크립트 내려받기" in page
    assert "Go to the end" not in page

    notebook = site.output() / "notebooks/why/plot_claim.ipynb"
    assert notebook.exists()
    assert 'href="https://colab.research.google.com/github/cnnbook/cnnbook/blob/notebooks/why/plot_claim.ipynb"' in page


def test_a_translator_is_not_asked_for_what_every_page_repeats(site):
    site.build(builder="gettext")
    templates = site.output(builder="gettext").rglob("*.pot")
    text = "".join(path.read_text("utf-8") for path in templates)
    assert 'msgid "A claim"' in text
    assert "Download" not in text
    assert "plot_claim`" not in text
    assert "thumb" not in text
