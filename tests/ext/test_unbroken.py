"""Short code and axes keep to one line, in prose and only there."""

import pytest

PAGE = """
The order N C H W
=================

It is *N C H W*, in code ``n c h w`` or ``images.transpose(0, 2, 3, 1)``, or ``shape``.
A B is no order. See :term:`N H W C`.

.. glossary::

   N H W C
      Channels last.

::

   N C H W
"""


@pytest.fixture
def page(book):
    site = book("cnnbook.ext.unbroken")
    site.write("index.rst", PAGE)
    assert not site.build()
    return site.page()


def test_axes_do_not_break_in_prose_headings_and_terms(page):
    assert "<em>N\xa0C\xa0H\xa0W</em>" in page
    assert "<h1>The order N\xa0C\xa0H\xa0W" in page
    assert page.count("N\xa0H\xa0W\xa0C") == 2
    assert "A B is no order" in page


def test_code_stays_as_it_is_typed(page):
    block = page.split("<pre>")[1].split("</pre>")[0]
    assert "N" in block
    assert "\xa0" not in block


def test_short_code_that_could_break_is_kept_together_and_long_code_is_not(page):
    assert page.count("cb-unbroken") == 1
    assert '<code class="cb-unbroken docutils literal notranslate"><span class="pre">n</span>' in page
