"""One drawing for both themes and both languages, from scripts and from notebooks."""

import re

import pytest

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60">{}</svg>'
FIGURE = SVG.format('<metadata>Matplotlib</metadata><text style="fill: #1f2328">an edge</text>')
TITLED = SVG.format("<metadata>Matplotlib</metadata><title>Left\nRight</title><text>an edge</text>")


@pytest.fixture
def site(book):
    site = book("cnnbook.ext.words", "cnnbook.ext.figures")
    site.translate("figures", {"an edge": "가장자리", "Left": "왼쪽", "Right": "오른쪽"})
    return site


def test_a_figure_is_inlined_with_the_page_s_alt_text(site):
    site.write("edge.svg", FIGURE)
    site.write("index.rst", "Home\n====\n\n.. figure:: edge.svg\n   :alt: What it shows.\n\n   The caption.\n")
    assert not site.build()
    page = site.page()
    assert re.search(r'<svg[^>]* role="img" aria-label="What it shows."', page)
    assert '<text fill="#1f2328">an edge</text>' in page
    assert "edge.svg" not in page


def test_without_the_page_s_words_the_figure_s_own_are_used_in_the_edition_s_language(site):
    site.write("edge.svg", TITLED)
    site.write("index.rst", "Home\n====\n\n.. image:: edge.svg\n")
    assert not site.build("en")
    assert not site.build("ko")
    assert 'aria-label="Left, Right"' in site.page()
    assert 'aria-label="왼쪽, 오른쪽"' in site.page(language="ko")
    assert ">가장자리</text>" in site.page(language="ko")


def test_a_changed_translation_rewrites_the_page(site):
    site.write("edge.svg", TITLED)
    site.write("index.rst", "Home\n====\n\n.. image:: edge.svg\n")
    site.build("ko")
    site.translate("figures", {"an edge": "모서리"})
    site.build("ko")
    assert ">모서리</text>" in site.page(language="ko")


def test_a_figure_that_nobody_describes_is_reported_where_it_stands(site):
    site.write("edge.svg", FIGURE)
    site.write("index.rst", "Home\n====\n\n.. image:: edge.svg\n")
    assert re.search(r"index\.rst:4: WARNING: a figure needs alt text: .*fig\.set_label", site.build())


def test_a_photograph_without_alt_text_is_reported_and_stays_an_image(site):
    site.write("photo.png", "not looked at")
    site.write("index.rst", "Home\n====\n\n.. image:: photo.png\n\n.. image:: photo.png\n   :alt: A roof.\n")
    assert site.build().count("index.rst:4: WARNING: an image needs :alt: text") == 1
    assert '<img alt="A roof." src="_images/photo.png"' in site.page()


def test_two_figures_on_a_page_share_no_id(site):
    pattern = '<metadata>Matplotlib</metadata><path id="p"/><use href="#p"/>'
    site.write("edge.svg", SVG.format(pattern))
    site.write("index.rst", "Home\n====\n\n.. image:: edge.svg\n   :alt: one\n\n.. image:: edge.svg\n   :alt: two\n")
    site.build()
    ids = re.findall(r'<path id="([^"]+)"', site.page())
    assert len(set(ids)) == 2
    assert all(f'href="#{name}"' in site.page() for name in ids)


def test_a_wide_figure_scrolls_inside_itself_and_a_key_reaches_it(site):
    site.write("wide.svg", FIGURE.replace("0 0 90 60", "0 0 600 60"))
    site.write("index.rst", "Home\n====\n\n.. image:: wide.svg\n   :alt: wide\n")
    site.build()
    assert re.search(r'<span class="cb-figure-box cb-figure-wide" role="group" tabindex="0"', site.page())


def test_the_template_holds_each_word_and_description_once(site):
    site.write("edge.svg", TITLED)
    site.write("index.rst", "Home\n====\n\n.. image:: edge.svg\n\n.. image:: edge.svg\n")
    site.build(builder="gettext")
    template = (site.output(builder="gettext") / "figures.pot").read_text("utf-8")
    assert re.findall(r'^msgid "(.+)"', template, re.MULTILINE) == ["Left", "Right", "an edge"]


def test_the_style_sheet_maps_the_drawn_colours(site):
    site.write("index.rst", "Home\n====\n")
    site.build()
    sheet = (site.output() / "_static/figures.css").read_text("utf-8")
    assert '[fill="#1f2328"]{fill:var(--cb-ink)}' in sheet
    assert "figures.css" in site.page()


def test_notebooks_describe_their_figures_by_label(book):
    site = book(
        "myst_nb", "cnnbook.ext.words", "cnnbook.ext.figures",
        nb_mime_priority_overrides=[("html", "image/svg+xml", 5)],
        nb_execution_mode="force",
        nb_execution_raise_on_error=True,
    )  # fmt: skip
    site.write(
        "index.md",
        """
        ---
        file_format: mystnb
        kernelspec: {name: python3}
        ---
        # Home

        ```{code-cell}
        import matplotlib.pyplot as plt
        from cnnbook.draw import style
        style.use()
        fig, ax = plt.subplots()
        ax.set_title("words")
        fig.set_label("A frame.");
        ```
        """,
    )
    assert "alt text" not in site.build()
    assert re.search(r'<svg[^>]* aria-label="A frame."', site.page())
    [drawn] = (site.output().parent / "jupyter_execute").rglob("*.svg")
    cleaned, page = drawn.stat().st_mtime_ns, site.page()
    assert 'class="cb-figure"' in drawn.read_text("utf-8"), "every build would clean it anew"
    (site.folder / "index.md").touch()
    assert not site.build()
    assert drawn.stat().st_mtime_ns == cleaned
    assert site.page() == page
