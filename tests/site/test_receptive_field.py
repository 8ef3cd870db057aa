"""The receptive-field explorer, as readers use it: mouse, keyboard, finger, no script at all."""

import re

import pytest
from figures import WIDTHS, growth, too_small, violations, woken
from playwright.sync_api import Page, expect

PATH = "convolution/receptive-fields.html"
PHONE = {"width": 360, "height": 740}
ROW = 44  # pixels of the screen from one level of the drawing to the next


def awake(window, address="", language="en") -> Page:
    """Open the page and wait until its explorer is live."""
    return woken(window, "receptive-field", PATH + address, language)


def stepper(page: Page, label: str):
    return page.locator(".rf").get_by_role("spinbutton", name=label, exact=True)


def results(page: Page) -> list[list[str]]:
    """Units, field, jump and offset of each layer, the last one first."""
    return [row.locator(".rf-result").all_inner_texts() for row in page.locator(".rf-table tbody tr").all()]


def said(page: Page):
    return page.locator(".rf-sight")


def test_it_begins_with_the_stack_of_the_lecture(reader):
    with reader() as window:
        page = awake(window)
        assert results(page) == [
            ["2", "11", "2", "0"],
            ["4", "7", "2", "0"],
            ["9", "5", "1", "0"],
            ["11", "3", "1", "0"],
        ]
        expect(said(page)).to_contain_text("Unit 0 of layer 4 sees from pixel 0 to pixel 10: 11 in all.")
        expect(page.locator(".rf-formula")).to_have_text("r4 = 1 + (3 − 1) + (3 − 1) + (3 − 1) + 2·(3 − 1) = 11")
        assert not window.errors


def test_the_mouse_over_a_unit_shows_what_it_sees_and_leaving_shows_the_chosen_one_again(reader):
    with reader() as window:
        page = awake(window)
        page.locator(".rf-drawing").hover(position={"x": 452, "y": 0.5 * ROW})
        expect(said(page)).to_contain_text("Unit 1 of layer 4 sees from pixel 2 to pixel 12")
        page.locator(".rf-table").hover()
        expect(said(page)).to_contain_text("Unit 0 of layer 4")


def test_a_click_chooses_a_unit_and_brings_the_knobs_of_its_layer(reader):
    with reader() as window:
        page = awake(window)
        page.locator(".rf-drawing").click(position={"x": 250, "y": 1.5 * ROW})
        expect(stepper(page, "Layer")).to_have_value("3")
        expect(stepper(page, "Unit")).to_have_value("0")
        expect(page.locator(".rf-knobs > legend")).to_have_text("Change layer 3")
        expect(stepper(page, "Stride")).to_have_value("2")


def test_the_arrow_keys_go_along_a_layer_and_from_layer_to_layer(reader):
    with reader() as window:
        page = awake(window)
        page.locator(".rf-stage").focus()
        page.keyboard.press("ArrowRight")
        expect(said(page)).to_contain_text("Unit 1 of layer 4")
        page.keyboard.press("ArrowRight")
        expect(said(page)).to_contain_text("Unit 1 of layer 4")
        for _ in range(4):
            page.keyboard.press("ArrowDown")
        expect(said(page)).to_have_text("Pixel 1 sees itself.")
        page.keyboard.press("ArrowDown")
        expect(said(page)).to_have_text("Pixel 1 sees itself.")


def test_a_knob_changes_every_layer_above_it(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_role("button", name="3 Convolution").click()
        stepper(page, "Stride").fill("1")
        assert [row[1:] for row in results(page)] == [
            ["9", "1", "0"],
            ["7", "1", "0"],
            ["5", "1", "0"],
            ["3", "1", "0"],
        ]
        expect(page.get_by_label("Example")).to_have_value("")


def test_layers_are_added_and_removed_between_one_and_eight(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Pixels").fill("64")
        add, remove = (page.get_by_role("button", name=name) for name in ("Add a layer above", "Remove this layer"))
        for _ in range(4):
            add.click()
        assert len(results(page)) == 8
        expect(add).to_be_disabled()
        for _ in range(7):
            remove.click()
        assert len(results(page)) == 1
        expect(remove).to_be_disabled()


def test_a_layer_that_fits_nowhere_is_named_and_nothing_stands_above_it(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Pixels").fill("6")
        expect(page.locator(".rf-refusal")).to_contain_text("Layer 3 reaches over 3 units, but finds 2 below it.")
        assert [row[0] for row in results(page)] == ["–", "–", "2", "4"]
        expect(page.locator(".rf-knobs > legend")).to_have_text("Change layer 3")
        stepper(page, "Padding").fill("2")
        expect(page.locator(".rf-refusal")).to_contain_text("Layer 4 reaches over 3 units, but finds 2 below it.")
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(".rf-refusal")).to_be_hidden()


def test_holes_are_counted(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_label("Example").select_option(label="The same dilation again: holes")
        expect(said(page)).to_contain_text("13 in all. Read: 7. Skipped: 6. In the padding: 0.")


def test_a_link_brings_another_reader_to_the_same_stack(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_label("Example").select_option(label="AlexNet")
        stepper(page, "Unit").fill("2")
        address = page.get_by_role("link", name="Link to this stack").get_attribute("href")
        shown, seen = results(page), said(page).inner_text()
    with reader() as window:
        page = window.open(f"en/{PATH}{address}")
        page.wait_for_selector("cnn-receptive-field[state=ready]")
        assert results(page) == shown
        expect(said(page)).to_have_text(seen)


def test_a_finger_is_enough_and_nothing_is_wider_than_the_phone(reader):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window)
        page.get_by_label("Example").select_option(label="AlexNet")
        page.locator(".rf-drawing").tap(position={"x": 200, "y": 3.5 * ROW})
        expect(stepper(page, "Layer")).to_have_value("5")
        assert not too_small(page, ".rf")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".rf").evaluate("(element) => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("viewport", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_waking_moves_nothing(reader, viewport, language):
    assert growth(reader, "receptive-field", PATH, viewport, language) < 4


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_it(reader, theme, language):
    with reader(theme) as window:
        page = awake(window, language=language)
        assert not violations(page, ".rf")


def test_it_speaks_korean(reader):
    with reader() as window:
        page = awake(window, language="ko")
        spoken = re.sub("WaveNet|LeNet-5|AlexNet|VGG-16|ResNet", "", page.locator(".rf").inner_text())
        assert not re.search(r"[a-z]{3}", spoken)


def test_without_scripts_the_picture_stays(reader):
    with reader(java_script_enabled=False) as window:
        figure = window.open(f"en/{PATH}").locator("cnn-receptive-field")
        assert figure.locator("svg[role=img]").is_visible()
        assert figure.bounding_box()["height"] < 600
