"""Paint and segment, as readers use it: mouse, keyboard, finger, both languages, both themes."""

import re

import pytest
from figures import WIDTHS, growth, too_small, violations, woken
from playwright.sync_api import Page, expect

PATH = "segmentation/skips.html"
PHONE = {"width": 360, "height": 740}
PERSON = re.compile(r"Your person, (\d+) pixels tall: at step (\d+), (\d+) % of its pixels have the right class\.")
COUNT = "(canvas, colour) => { const { data } = canvas.getContext('2d').getImageData(0, 0, 96, 96);"
COUNT += " let n = 0; for (let at = 0; at < data.length; at += 4)"
COUNT += " n += colour.every((one, which) => one === data[at + which]); return n; }"
PERSON_COLOUR = [213, 95, 0]


def awake(window, language="en") -> Page:
    """Open the page and wait until its street is live."""
    return woken(window, "paint", PATH, language)


def people(page: Page) -> int:
    """The pixels that the map gives to people."""
    return page.locator(".pt-answer canvas").evaluate(COUNT, PERSON_COLOUR)


def tap(page: Page, across: float, down: float, **how: object) -> None:
    street = page.locator(".pt-street")
    box = street.bounding_box()
    place = {"x": box["width"] * across, "y": box["height"] * down}
    street.tap(position=place) if how.get("finger") else street.click(position=place)


def choose_step(page: Page, which: int) -> None:
    page.get_by_role("slider").fill(str(which))


def test_it_begins_with_somebody_on_a_street_who_has_been_found(reader):
    with reader() as window:
        page = awake(window)
        expect(page.locator(".pt-found")).to_have_text(PERSON)
        assert people(page) > 50
        assert not window.errors
        assert not window.outside


def test_a_click_places_a_person_and_the_map_shows_one_more(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".pt-found")).to_have_text("Nothing has been placed yet.")
        before = people(page)
        tap(page, 0.5, 0.9)
        _, step, found = PERSON.fullmatch(page.locator(".pt-found").inner_text()).groups()
        assert step == "2"
        assert int(found) > 60
        assert people(page) > before + 200
        page.get_by_role("button", name="Take back").click()
        assert people(page) == before


def test_the_keyboard_places_too_and_takes_back(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_role("button", name="Clear").click()
        before = people(page)
        page.locator(".pt-street").focus()
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+ArrowLeft")
        expect(page.locator(".pt-says")).to_contain_text(re.compile(r"^Row 84, column 57: \w+, \d+ %; next: "))
        page.keyboard.press("Enter")
        expect(page.locator(".pt-found")).to_have_text(PERSON)
        assert people(page) > before + 200
        page.keyboard.press("Backspace")
        assert people(page) == before


def test_who_stands_farther_away_is_smaller_and_not_found_at_the_coarsest_step(reader):
    with reader() as window:
        page = awake(window)
        tap(page, 0.5, 0.95)
        near = int(PERSON.fullmatch(page.locator(".pt-found").inner_text())[1])
        page.get_by_role("button", name="Clear").click()
        tap(page, 0.5, 0.58)
        far = int(PERSON.fullmatch(page.locator(".pt-found").inner_text())[1])
        assert far < near / 2
        choose_step(page, 0)
        expect(page.locator(".pt-step")).to_have_text("One answer for 32×32 pixels")
        _, step, found = PERSON.fullmatch(page.locator(".pt-found").inner_text()).groups()
        assert (step, found) == ("32", "0")


def test_squares_show_that_the_coarsest_answer_has_nine(reader):
    with reader() as window:
        page = awake(window)
        choose_step(page, 0)
        page.get_by_role("radio", name="squares").check()
        page.get_by_label("What is shown").select_option(label="Probability: road")
        same = "(canvas) => { const { data } = canvas.getContext('2d').getImageData(0, 0, 96, 96);"
        same += " const corner = (place) => (Math.floor(place / 96) & ~31) * 96 + (place % 96 & ~31);"
        same += " return [...Array(9216).keys()].every((place) => data[4 * place] === data[4 * corner(place)]); }"
        assert page.locator(".pt-answer canvas").evaluate(same)


def test_another_street_keeps_what_was_placed_and_a_link_brings_it_to_another_reader(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_label("Street", exact=True).select_option(label="Night")
        choose_step(page, 3)
        address = page.locator(".pt .live-link").get_attribute("href")
        said, count = page.locator(".pt-found").inner_text(), people(page)
    with reader() as window:
        page = window.open(f"en/{PATH}{address}")
        page.wait_for_selector("cnn-paint[state=ready]")
        assert (page.locator(".pt-found").inner_text(), people(page)) == (said, count)
        expect(page.get_by_label("Street", exact=True).locator("option:checked")).to_have_text("Night")


def test_a_finger_is_enough_and_nothing_is_wider_than_the_phone(reader):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window)
        page.get_by_role("button", name="bus, from the side").tap()
        tap(page, 0.5, 0.8, finger=True)
        expect(page.locator(".pt-found")).to_contain_text("Your bus, ")
        assert not too_small(page, ".pt")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".pt").evaluate("(element) => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("viewport", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_waking_moves_nothing(reader, viewport, language):
    assert growth(reader, "paint", PATH, viewport, language) < 4


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_it(reader, theme, language):
    with reader(theme) as window:
        page = awake(window, language=language)
        assert not violations(page, ".pt")


def test_it_speaks_korean(reader):
    with reader() as window:
        page = awake(window, language="ko")
        assert not re.search(r"[a-z]{3}", page.locator(".pt").inner_text())
        names = page.locator(".pt [aria-label]").evaluate_all("(all) => all.map((it) => it.ariaLabel).join()")
        assert not re.search(r"[a-z]{3}", names)


def test_without_scripts_the_picture_stays(reader):
    with reader(java_script_enabled=False) as window:
        figure = window.open(f"en/{PATH}").locator("cnn-paint")
        assert figure.locator("svg[role=img]").is_visible()
        assert figure.bounding_box()["height"] < 600
