"""The playground's operations beyond the plain convolution, as readers use them."""

import pytest
from figures import WIDTHS, growth, too_small, violations
from playing import awake, cell, numbers, stepper, table
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 740}
FAMILY, CHANNELS, POOLING = "convolution/index.html", "convolution/channels.html", "convolution/pooling.html"
TRANSPOSED = "upsampling/transposed.html"
PAGES = [CHANNELS, POOLING, TRANSPOSED, FAMILY]
SAID = ".live-said[aria-live]"


@pytest.mark.parametrize("path", PAGES)
def test_every_figure_fits_a_phone_and_a_finger(reader, path):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window, path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".cv").evaluate("(element) => element.scrollWidth <= element.clientWidth")
        assert not too_small(page, ".cv")
        assert cell(page, "output", 1, 1).bounding_box()["width"] >= 24
        assert not window.errors


@pytest.mark.parametrize("viewport", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_waking_moves_nothing(reader, path, viewport):
    assert abs(growth(reader, "convolution", path, viewport)) < 4


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(reader, path, theme):
    with reader(theme) as window:
        assert not violations(awake(window, path), ".cv")


def test_a_figure_that_offers_nothing_more_has_no_choice_of_operations(reader):
    with reader() as window:
        expect(awake(window).get_by_label("Operation")).to_be_hidden()


def test_another_operation_begins_with_its_own_example(reader):
    with reader() as window:
        page = awake(window, FAMILY)
        assert len(numbers(page, "output")) == 2
        page.get_by_label("Operation").select_option(label="Convolution with channels")
        assert numbers(page, "output", 1) == [["0", "6", "6", "0"]] * 2
        expect(stepper(page, "Filters")).to_have_value("2")
        page.get_by_role("button", name="Reset").click()
        expect(stepper(page, "Filters")).to_be_hidden()
        assert numbers(page, "output") == [["0", "3", "3", "0"]] * 2
        assert not window.errors


def test_each_filter_makes_a_map_and_the_sum_is_told_channel_by_channel(reader):
    with reader() as window:
        page = awake(window, CHANNELS)
        assert numbers(page, "output", 1) == [["0", "6", "6", "0"]] * 2
        assert numbers(page, "output", 2) == [["0", "0", "0", "0"]] * 2
        assert page.locator(".cv-part").all_inner_texts() == ["= 3", "= 3"]
        expect(page.locator(".cv-whole")).to_have_text("3 + 3 + 0 (bias)")
        cell(page, "output", 1, 2, 2).hover()
        assert page.locator(".cv-part").all_inner_texts() == ["= −3", "= 3"]
        expect(page.locator(SAID)).to_contain_text("−3 + 3 + 0 = 0")
        stepper(page, "Bias of filter 2").fill("4")
        expect(page.locator(".cv-total b")).to_have_text("4")
        assert numbers(page, "output", 2) == [["4", "4", "4", "4"]] * 2


def test_stepping_goes_through_every_map_of_the_output(reader):
    with reader() as window:
        page = awake(window, CHANNELS)
        cell(page, "output", 2, 4, 1).click()
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.locator(SAID)).to_contain_text("Output 2, row 1, column 1")
        page.get_by_role("button", name="Step", exact=True).press("Enter")
        expect(cell(page, "output", 1, 2, 2)).to_have_attribute("aria-selected", "true")
        assert (
            page.locator(".cv-cell[aria-selected=true]:visible").count() == 3
        )  # one of an input, a filter and an output


def test_a_weight_is_changed_with_the_keyboard_and_its_filter_alone_answers(reader):
    with reader() as window:
        page = awake(window, CHANNELS)
        weight = page.get_by_role("grid", name="filter 2 3×3").nth(1).get_by_role("gridcell").first
        weight.click()
        page.keyboard.type("9")
        page.keyboard.press("Enter")
        expect(weight).to_be_focused()
        expect(weight).to_have_text("9")
        assert numbers(page, "output", 1) == [["0", "6", "6", "0"]] * 2
        assert numbers(page, "output", 2)[0] == ["0", "0", "0", "10"]


def test_maps_come_and_go_and_a_link_brings_them_to_another_reader(reader):
    with reader() as window:
        page = awake(window, CHANNELS)
        stepper(page, "Channels").fill("3")
        stepper(page, "Filters").fill("1")
        stepper(page, "Bias of filter 1").fill("-2")
        assert page.locator(".cv-grid.cv-input").count() == 3
        shown, address = numbers(page, "output"), page.locator(".live-link").get_attribute("href")
        assert address.endswith("_channels_b-2")
    with reader() as window:
        page = awake(window, f"why/index.html{address}")
        assert numbers(page, "output") == shown
        expect(page.get_by_label("Operation")).to_be_visible()


def test_filters_that_fit_nowhere_are_explained(reader):
    with reader(viewport=PHONE) as window:
        page = awake(window, CHANNELS)
        stepper(page, "Rows").fill("2")
        expect(page.locator(".cv-refusal")).to_contain_text("reaches over 3 rows, but the padded input has 2")
        expect(table(page, "output")).to_be_hidden()
        assert page.locator(".cv").evaluate("(element) => element.scrollWidth <= element.clientWidth")


def test_each_region_sends_its_largest_number_which_is_marked(reader):
    with reader() as window:
        page = awake(window, POOLING)
        assert numbers(page, "output") == [["9", "4"], ["3", "5"]]
        expect(page.locator(SAID)).to_contain_text("Output row 1, column 1: max(0, 1, 9, 2) = 9")
        expect(page.locator(".cv-won")).to_have_text("9")
        page.wait_for_timeout(400)  # the window slides there
        winner, nine = page.locator(".cv-winner").bounding_box(), cell(page, "input", 2, 1).bounding_box()
        assert abs(winner["x"] - nine["x"]) < 3
        assert abs(winner["y"] - nine["y"]) < 3
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.locator(SAID)).to_contain_text("max(0, 0, 0, 4) = 4")


def test_a_window_has_no_weights_and_no_editor_for_them(reader):
    with reader() as window:
        page = awake(window, POOLING)
        assert page.locator(".cv-grid.cv-kernel").count() == 0
        expect(stepper(page, "Window")).to_have_value("2")
        expect(stepper(page, "input, row 1, column 1")).to_have_value("0")
        cell(page, "output", 1, 1).focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".cv-total b")).to_have_text("4")
        cell(page, "input", 1, 3).click()
        page.keyboard.type("8")
        assert numbers(page, "output")[0] == ["9", "8"]


def test_padding_never_wins_and_is_refused_beyond_half_the_window(reader):
    with reader() as window:
        page = awake(window, POOLING)
        stepper(page, "Padding").fill("1")
        cell(page, "output", 1, 1).click()
        expect(page.locator(SAID)).to_contain_text("max(−∞, −∞, −∞, 0) = 0")
        stepper(page, "Padding").fill("2")
        expect(page.locator(".cv-refusal")).to_contain_text("A window of 2 takes padding of half its size at most")
        expect(table(page, "output")).to_be_hidden()
        stepper(page, "Window").fill("4")
        expect(page.locator(".cv-refusal")).to_be_hidden()


def test_the_mean_counts_the_padding_and_reaches_another_reader(reader):
    with reader() as window:
        page = awake(window, POOLING)
        page.get_by_label("Operation").select_option(label="Average pooling")
        assert numbers(page, "output") == [["3", "1"], ["1", "3"]]
        expect(stepper(page, "Dilation")).to_be_hidden()
        page.get_by_label("Example").select_option(label="The padding counts: a pale border")
        assert numbers(page, "output")[0] == ["2.67", "4", "4", "2.67"]
        cell(page, "output", 1, 1).click()
        expect(page.locator(".cv-sum")).to_contain_text(") / 9 = 24/9 ≈ 2.67")
        address = page.locator(".live-link").get_attribute("href")
        assert address.endswith("_average-pooling")
    with reader() as window:
        page = awake(window, f"{FAMILY}{address}")
        assert numbers(page, "output")[0] == ["2.67", "4", "4", "2.67"]


def addends(page):
    """What lies in the corners of the stamp."""
    return page.locator(".cv-tap").all_inner_texts()


def test_the_stamps_of_the_four_numbers_add_up(reader):
    with reader() as window:
        page = awake(window, TRANSPOSED)
        assert numbers(page, "output") == [["0", "0", "1"], ["0", "4", "6"], ["4", "12", "9"]]
        assert addends(page) == ["+0", "+3", "+6", "+9"]
        cell(page, "output", 2, 2).click()
        expect(page.locator(SAID)).to_contain_text("Output row 2, column 2: 0·3 + 1·2 + 2·1 + 3·0 = 4")
        expect(page.locator(".cv-won")).to_have_text("3·0")
        expect(page.locator(".cv-formula p").nth(1)).to_contain_text("(2 − 1)·1 − 2·0 + 1·(2 − 1) + 0 + 1 = 3")


def test_stepping_lays_down_one_input_after_the_other(reader):
    with reader() as window:
        page = awake(window, TRANSPOSED)
        page.get_by_role("button", name="Step", exact=True).click()
        assert addends(page) == ["+0", "+0", "+0", "+0"]
        page.get_by_role("button", name="Step", exact=True).click()
        expect(cell(page, "input", 1, 2)).to_have_attribute("aria-selected", "true")
        expect(page.locator(SAID)).to_contain_text("input, row 1, column 2: 1 × kernel")
        page.wait_for_timeout(400)  # the stamp slides there
        stamp, under = page.locator(".cv-tap").first.bounding_box(), cell(page, "output", 1, 2).bounding_box()
        assert abs(stamp["x"] - under["x"]) < 3
        assert abs(stamp["y"] - under["y"]) < 3


def test_the_keyboard_chooses_an_input_and_a_digit_changes_it(reader):
    with reader() as window:
        page = awake(window, TRANSPOSED)
        cell(page, "input", 2, 2).focus()
        page.keyboard.press("ArrowLeft")
        expect(cell(page, "input", 2, 1)).to_be_focused()
        assert addends(page) == ["+0", "+2", "+4", "+6"]
        page.keyboard.type("-1")
        page.keyboard.press("Enter")
        expect(cell(page, "input", 2, 1)).to_have_text("−1")
        assert addends(page) == ["+0", "−1", "−2", "−3"]
        assert numbers(page, "output")[2] == ["−2", "3", "9"]


def test_the_padding_crops_and_the_output_padding_adds(reader):
    with reader() as window:
        page = awake(window, TRANSPOSED)
        stepper(page, "Stride").fill("2")
        assert [len(row) for row in numbers(page, "output")] == [4] * 4
        stepper(page, "Padding").fill("1")
        assert numbers(page, "output") == [["0", "2"], ["2", "0"]]
        assert page.locator(".cv-output .cv-padding").count() == 12
        stepper(page, "Output padding").fill("1")
        assert [len(row) for row in numbers(page, "output")] == [3] * 3
        address = page.locator(".live-link").get_attribute("href")
        assert address.endswith("_transposed_a1")
        shown = numbers(page, "output")
    with reader() as window:
        assert numbers(awake(window, f"{FAMILY}{address}"), "output") == shown


def test_what_cannot_be_laid_down_is_explained(reader):
    with reader(viewport=PHONE) as window:
        page = awake(window, TRANSPOSED)
        said = page.locator(".cv-refusal")
        stepper(page, "Output padding").fill("1")
        expect(said).to_contain_text("An output padding of 1 is a whole step or more")
        stepper(page, "Output padding").fill("0")
        stepper(page, "Padding").fill("2")
        expect(said).to_contain_text("cuts off 2 cells on each side, and all there is are 3")
        stepper(page, "Padding").fill("0")
        stepper(page, "Columns").fill("6")
        stepper(page, "Stride").fill("4")
        expect(said).to_contain_text("would be 22 cells long, and here is room for 13")
        assert page.locator(".cv").evaluate("(element) => element.scrollWidth <= element.clientWidth")
        assert not window.errors


def test_the_longest_output_fits_a_phone(reader):
    with reader(viewport=PHONE) as window:
        page = awake(window, TRANSPOSED)
        for label, value in {"Columns": 5, "Rows": 5, "Kernel": 5, "Stride": 2, "Padding": 2}.items():
            stepper(page, label).fill(str(value))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".cv").evaluate("(element) => element.scrollWidth <= element.clientWidth")
        assert cell(page, "output", 1, 1).bounding_box()["width"] >= 24
