"""The index is in the reader's language."""

import re

import pytest

INDEX = """
Home
====

.. py:module:: counting

.. index:: 가중치, 꼴, 필터, axis
"""


@pytest.fixture
def site(book):
    site = book("cnnbook.ext.genindex")
    site.write("index.rst", INDEX)
    site.translate("cnnbook", {"module": "모듈"})
    return site


def headings(page):
    """The letters, as the groups and the links to them name them."""
    groups, links = re.findall(r"<h2[^>]*>(.*?)</h2>", page), re.findall(r'href="#([^"]+)"><strong>', page)
    assert groups == links
    return groups


def test_korean_entries_stand_under_letters_that_a_keyboard_has(site):
    assert not site.build("ko")
    assert headings(site.page("genindex", "ko")) == ["A", "C", "ㄱ", "ㄲ", "ㅁ", "ㅍ"]


def test_modules_are_entered_under_the_editions_word(site):
    site.build("ko")
    korean = site.page("genindex", "ko")
    assert "module</a>" not in korean
    assert re.search(r"counting\s*<ul>\s*<li><a href=\"index\.html#module-counting\">모듈</a>", korean)
    site.build("en")
    assert '<a href="index.html#module-counting">module</a>' in site.page("genindex")
