"""Every page of the built book, as a reader meets it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from reading import LANGUAGES, PHONE, SITE, THEMES, WIDE, pages

KINDS = {  # one page of every type
    "start": "index.html",
    "chapter": "why/index.html",
    "page": "why/slide-and-sum.html",
    "gallery": "gallery/index.html",
    "script": "gallery/why/plot_filter_finds.html",
    "notation": "notation.html",
    "glossary": "glossary.html",
    "claims": "claims.html",
    "corrections": "corrections.html",
    "bibliography": "bibliography.html",
    "api": "api/reference/conv.html",
    "search": "search.html?q=convolution",
    "index": "genindex.html",
    "not found": "404.html",
}
FINGERS = {"rules": {"target-size": {"enabled": True}}}  # which axe tries only when told to


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", THEMES)
def test_no_page_asks_outside_or_errs_or_overflows(reader, language, viewport, theme):
    with reader(theme, viewport) as window:
        found = []
        for path in pages(language):
            page = window.open(f"{language}/{path}")
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            problems = [*window.outside, *window.errors, *([f"overflows by {overflow} px"] if overflow > 0 else [])]
            found += [f"{path}: {problem}" for problem in problems]
            window.outside.clear()
            window.errors.clear()
        assert not found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(reader, language, theme, kind):
    with reader(theme) as window:
        page = window.open(f"{language}/{KINDS[kind]}")
        violations = Axe().run(page, options=FINGERS).response["violations"]
        assert not [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in violations
            for node in violation["nodes"]
        ]


SHIFT = """() => new Promise((resolve) => {
  let total = 0;
  new PerformanceObserver((list) => { for (const shift of list.getEntries()) total += shift.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(total), 1200);
})"""


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("path", ["index.html", "why/index.html", "why/slide-and-sum.html"])
def test_nothing_jumps_while_the_page_loads(reader, path, viewport):
    with reader(viewport=viewport) as window:
        assert window.open(f"en/{path}").evaluate(SHIFT) <= 0.02


@pytest.mark.parametrize(("here", "there"), [("en", "ko"), ("ko", "en")])
def test_the_language_switch_stays_on_the_page(reader, here, there):
    with reader() as window:
        page = window.open(f"{here}/why/shift.html")
        page.locator(f"a[hreflang={there}]:visible").first.click()
        page.wait_for_url(f"**/{there}/why/shift.html*")
        assert page.locator("html").get_attribute("lang") == there


@pytest.mark.parametrize(("spoken", "edition"), [("ko-KR", "ko"), ("en-GB", "en"), ("fr-FR", "en")])
def test_the_root_page_picks_the_readers_language(reader, spoken, edition):
    with reader(locale=spoken) as window:
        window.open("").wait_for_url(f"**/{edition}/index.html")


def test_the_root_page_offers_both_languages_without_scripts(reader):
    with reader(java_script_enabled=False) as window:
        assert window.open("").locator("a[hreflang]").count() == len(LANGUAGES)


class Links(HTMLParser):
    """The links, images and anchors of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.lang = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "html":
            self.lang = found.get("lang") or ""
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        self.targets += [found[key] for key in ("href", "src") if found.get(key) and tag != "base"]


def test_every_link_within_the_book_leads_somewhere():
    parsed = {path: Links(path.read_text("utf-8")) for path in SITE.rglob("*.html") if "_static" not in path.parts}
    broken = []
    for path, page in parsed.items():
        for target in page.targets:
            if re.match(r"[a-z]+:|//", target) or path.name == "404.html":
                continue
            address, anchor = urldefrag(urljoin(path.as_uri(), unquote(target).split("?")[0]))
            file = Path(address.removeprefix("file://"))
            file = file / "index.html" if file.is_dir() else file
            if not file.exists() or (anchor and file in parsed and anchor not in parsed[file].anchors):
                broken.append(f"{path.relative_to(SITE)}: {target}")
    assert not broken


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_its_language_and_names_the_other_edition(language):
    for path in pages(language):
        text = (SITE / language / path).read_text("utf-8")
        assert f'<html class="no-js" lang="{language}"' in text, path
        if path not in {"search.html", "genindex.html", "py-modindex.html", "404.html"}:
            assert all(f'hreflang="{other}"' in text for other in [*LANGUAGES, "x-default"]), path


@pytest.mark.parametrize("file", ["sitemap.xml", "llms.txt", "404.html", "objects.inv"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_edition_has(language, file):
    assert (SITE / language / file).stat().st_size > 0
