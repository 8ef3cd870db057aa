"""The live figure and the animation, as readers use them: mouse, keyboard, finger, no script at all."""

import re

import pytest
from figures import WIDTHS, growth, too_small, violations
from playing import PICTURE, SIGNAL, awake, cell, numbers, stepper
from playwright.sync_api import expect

LANGUAGES, THEMES = ["en", "ko"], ["light", "dark"]
PHONE = {"width": 360, "height": 740}


def test_it_begins_with_the_lectures_edge(reader):
    with reader() as window:
        assert numbers(awake(window), "output") == [["0", "3", "3", "0"]] * 2
        assert not window.errors


def test_a_click_on_an_output_shows_its_window_and_its_sum(reader):
    with reader() as window:
        page = awake(window)
        cell(page, "output", 2, 4).click()
        expect(page.locator(".live-said[aria-live]")).to_contain_text("Output row 2, column 4: 1·(−1) + 1·0 + 1·1")
        expect(page.locator(".cv-total b")).to_have_text("0")
        first_tap, covered = page.locator(".cv-tap").first, cell(page, "input", 2, 4)
        page.wait_for_timeout(400)  # the window slides there
        assert abs(first_tap.bounding_box()["x"] - covered.bounding_box()["x"]) < 3
        assert abs(first_tap.bounding_box()["y"] - covered.bounding_box()["y"]) < 3


def test_the_mouse_over_an_output_is_enough(reader):
    with reader() as window:
        page = awake(window)
        cell(page, "output", 1, 1).hover()
        expect(cell(page, "output", 1, 1)).to_have_attribute("aria-selected", "true")


FOCUSED = """() => {
  const element = document.activeElement;
  return element.ariaLabel ?? element.closest("[role=grid]")?.ariaLabel ?? element.innerText;
}"""


def test_the_keyboard_reaches_everything(reader):
    with reader() as window:
        page = awake(window)
        cell(page, "output", 1, 2).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        expect(cell(page, "output", 2, 3)).to_be_focused()
        expect(cell(page, "output", 2, 3)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Home")
        expect(cell(page, "output", 2, 1)).to_be_focused()
        reached = set()
        page.locator(".live-choice input:checked").focus()
        for _ in range(24):
            reached.add(page.evaluate(FOCUSED))
            page.keyboard.press("Tab")
        assert {"Example", "Reset", "Rows", "Columns", "Kernel", "Stride", "Padding", "Dilation"} <= reached
        assert {"input 4×6", "kernel 3×3", "output 2×4", "Back", "Play", "Step", "Link to this state"} <= reached


def test_a_digit_typed_on_a_cell_changes_its_number(reader):
    with reader() as window:
        page = awake(window)
        cell(page, "input", 1, 3).click()
        page.keyboard.type("-5")
        page.keyboard.press("Enter")
        expect(cell(page, "input", 1, 3)).to_have_text("−5")
        expect(cell(page, "input", 1, 3)).to_be_focused()
        assert numbers(page, "output") == [["−5", "3", "8", "0"], ["0", "3", "3", "0"]]


def test_a_number_is_stepped_with_the_arrow_keys_and_has_a_minus_sign(reader):
    with reader() as window:
        page = awake(window)
        field = stepper(page, "kernel, row 1, column 1")
        expect(field).to_have_value("−1")
        field.press("ArrowDown")
        expect(field).to_have_value("−2")
        expect(field).to_have_attribute("aria-valuenow", "-2")
        assert numbers(page, "kernel")[0] == ["−2", "0", "1"]
        field.press("ArrowUp")
        assert numbers(page, "kernel")[0] == ["−1", "0", "1"]


@pytest.mark.parametrize("typed", ["99", "x", "1.5", "--1"])
def test_what_is_no_such_number_is_refused_with_the_limits_and_changes_nothing(reader, typed):
    with reader() as window:
        page = awake(window)
        field = stepper(page, "kernel, row 1, column 1")
        field.fill(typed)
        said = field.evaluate("(element) => element.validationMessage")
        assert said == "A whole number from −9 to 9"
        assert numbers(page, "kernel")[0] == ["−1", "0", "1"]
        page.locator(".live-stepper input").first.focus()
        expect(field).to_have_value("−1")
        assert field.evaluate("(element) => element.checkValidity()")


def test_settings_change_the_output_and_the_formula_says_why(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Padding").fill("1")
        stepper(page, "Stride").fill("2")
        assert len(numbers(page, "output")) == 2
        expect(page.locator(".cv-formula p").nth(2)).to_contain_text("⌊(6 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 3")
        page.get_by_role("button", name="Stride: less").click()
        assert [len(row) for row in numbers(page, "output")] == [6] * 4


def test_the_padding_shows_what_is_read_and_says_when_there_is_too_little_to_copy(reader):
    with reader(viewport=PHONE) as window:
        page = awake(window, "convolution/stride-padding-dilation.html")
        padding = page.locator(".cv-input .cv-padding")
        assert padding.all_inner_texts() == ["0", "0", "5", "2"]  # 0 0 [0 0 0 2 2 2 5 5] 5 2
        page.get_by_label("Padding with").select_option("circular")
        assert padding.all_inner_texts() == ["5", "5", "0", "0"]
        assert numbers(page, "output")[0][0] == "−5"
        assert page.get_by_role("link", name="Link to this state").get_attribute("href").endswith("_circular")
        page.get_by_label("Padding with").select_option("reflect")
        stepper(page, "Columns").fill("2")
        expect(page.locator(".cv-refusal")).to_contain_text("A mirror leaves out the cell at the edge: of 2 it shows 1")
        stepper(page, "Padding").fill("0")
        expect(page.get_by_label("Padding with")).to_be_hidden()
        assert not window.errors


def test_a_kernel_that_fits_nowhere_is_explained(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Dilation").fill("2")
        expect(page.locator(".cv-refusal")).to_contain_text("reaches over 5 rows, but the padded input has 4")
        stepper(page, "Padding").fill("1")
        expect(page.locator(".cv-refusal")).to_be_hidden()
        assert [len(row) for row in numbers(page, "output")] == [4, 4]


def test_stepping_playing_and_resetting(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_role("button", name="Step", exact=True).click()
        expect(cell(page, "output", 1, 3)).to_have_attribute("aria-selected", "true")
        page.get_by_role("button", name="Play").click()
        expect(cell(page, "output", 1, 4)).to_have_attribute("aria-selected", "true")
        page.get_by_role("button", name="Pause", exact=True).click()
        page.locator(".live-choice label").first.click()
        assert len(numbers(page, "output")) == 1
        page.get_by_label("Example").select_option(label="Smooth: add the neighbours")
        page.get_by_role("button", name="Reset").click()
        assert numbers(page, "output") == [["0", "3", "3", "0"]] * 2


def test_a_link_brings_another_reader_to_the_same_state(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Stride").fill("3")
        address = page.locator(".live-link").get_attribute("href")
        shown = numbers(page, "output")
    with reader() as window:
        page = window.open(f"en/{PICTURE}{address}")
        page.wait_for_selector("cnn-convolution[state=ready]")
        assert numbers(page, "output") == shown


def test_a_finger_is_enough(reader):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window)
        cell(page, "kernel", 1, 1).tap()
        page.locator(".cv-controls .live-stepper button").last.tap()
        expect(cell(page, "kernel", 1, 1)).to_have_text("0")
        cell(page, "output", 1, 4).tap()
        expect(page.locator(".cv-total b")).to_have_text("1")
        assert not too_small(page, ".cv")


@pytest.mark.parametrize("settings", [{"Columns": 8, "Rows": 8, "Padding": 2, "Kernel": k} for k in (5, 1)])
@pytest.mark.parametrize("path", [PICTURE, SIGNAL])
def test_the_largest_state_fits_a_phone_and_can_be_touched(reader, path, settings):
    with reader(viewport=PHONE) as window:
        page = awake(window, path)
        for label, value in settings.items():
            if stepper(page, label).is_visible():
                stepper(page, label).fill(str(value))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".cv").evaluate("(element) => element.scrollWidth <= element.clientWidth")
        assert cell(page, "output", 1, 1).bounding_box()["width"] >= 24


@pytest.mark.parametrize("viewport", WIDTHS)
@pytest.mark.parametrize("path", [PICTURE, SIGNAL])
def test_waking_moves_nothing(reader, path, viewport):
    assert growth(reader, "convolution", path, viewport) < 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", [PICTURE, SIGNAL])
def test_axe_finds_nothing_in_the_live_figure(reader, path, theme, language):
    with reader(theme) as window:
        page = awake(window, path, language)
        assert not violations(page, ".cv")


def test_it_speaks_korean(reader):
    with reader() as window:
        spoken = awake(window, language="ko").locator(".cv").inner_text()
        assert not re.search(r"[a-z]{3}", spoken)


def test_without_scripts_the_picture_stays(reader):
    with reader(java_script_enabled=False) as window:
        figure = window.open(f"en/{PICTURE}").locator("cnn-convolution")
        assert figure.locator("svg[role=img]").is_visible()
        assert figure.bounding_box()["height"] < 600


def test_in_print_the_picture_stands(reader):
    with reader() as window:
        page = awake(window)
        page.emulate_media(media="print")
        assert page.locator("cnn-convolution svg[role=img]").is_visible()
        assert page.locator(".live-app").is_hidden()


MOVES = "(element) => element.getAnimations({ subtree: true }).filter((it) => it.playState === 'running').length"


def test_the_animation_runs_until_it_is_paused(reader):
    with reader() as window:
        animation = window.open(f"en/{SIGNAL}").locator(".cb-animation").first
        assert animation.evaluate(MOVES) > 0
        animation.locator("input").focus()
        window.page.keyboard.press("Space")
        assert animation.evaluate(MOVES) == 0


def test_the_animation_pauses_without_scripts(reader):
    with reader(java_script_enabled=False) as window:
        animation = window.open(f"en/{SIGNAL}").locator(".cb-animation").first
        animation.locator("label").click()
        state = "(element) => getComputedStyle(element).animationPlayState"
        assert animation.locator(".walks").first.evaluate(state) == "paused"


def test_the_animation_stands_still_for_readers_who_ask_for_it(reader):
    with reader(reduced_motion="reduce") as window:
        animation = window.open(f"en/{SIGNAL}").locator(".cb-animation").first
        assert animation.evaluate(MOVES) == 0
        assert animation.locator("label").is_hidden()
        assert animation.locator(".stage > svg text").first.is_visible()
