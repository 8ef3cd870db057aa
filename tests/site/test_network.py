"""The walk through a network, as readers use it: mouse, keyboard, finger, a network of their own."""

import json
import re
import struct

import pytest
import torch
from figures import WIDTHS, growth, too_small, violations, woken
from playwright.sync_api import Page, expect
from torch import nn

from cnnbook.live import export

PATH = "networks/walk.html"
PHONE = {"width": 360, "height": 740}


def awake(window, language="en") -> Page:
    """Open the page and wait until its walk is live."""
    return woken(window, "network", PATH, language)


def stepper(page: Page, label: str):
    return page.locator(".nw").get_by_role("spinbutton", name=label, exact=True)


def layer(page: Page, name: str):
    return page.locator(".nw-list [role=option]", has=page.locator("b", has_text=re.compile(rf"^{re.escape(name)}$")))


def fact(page: Page, name: str) -> str:
    return (
        page.locator(".nw-detail dl > div", has=page.locator("dt", has_text=re.compile(f"^{name}$")))
        .locator("dd")
        .inner_text()
    )


def test_it_begins_with_a_digit_and_the_networks_answer(reader):
    with reader() as window:
        page = awake(window)
        expect(page.locator(".nw-answer")).to_have_text(re.compile(r"It says: \d, and is [\d.]+ % sure\."))
        expect(page.locator(".nw-list [role=option]").first).to_have_attribute("aria-selected", "true")
        assert not window.errors


def test_most_of_the_ten_digits_are_read(reader):
    with reader() as window:
        page = awake(window)
        said = []
        for _ in range(10):
            said.append(page.locator(".nw-answer").inner_text().split()[2][0])
            page.get_by_role("button", name="Next example").click()
        assert sum(a == b for a, b in zip(said, "3807419526", strict=True)) >= 8


def test_a_layer_tells_its_shape_cost_and_sight_and_shows_its_maps(reader):
    with reader() as window:
        page = awake(window)
        layer(page, "reader.first").click()
        assert fact(page, "Shape") == "1×16×16 → 8×16×16"
        assert fact(page, "Parameters") == "72"
        assert fact(page, "Multiply-adds").startswith("18,432 ")  # 72 weights at 256 places
        assert fact(page, "Sees rows, columns") == "3, 3"
        assert page.locator(".nw-maps canvas").count() == 8
        assert page.locator(".nw-kernel canvas").count() == 1


def test_a_click_on_a_map_chooses_its_kernel_and_a_place_whose_field_is_framed(reader):
    with reader() as window:
        page = awake(window)
        layer(page, "reader.first").click()
        box = page.locator(".nw-maps button").nth(5).bounding_box()
        page.locator(".nw-maps button").nth(5).click(
            position={"x": box["width"] * 2.5 / 16, "y": box["height"] * 4.5 / 16}
        )
        expect(page.locator(".nw-sight")).to_contain_text("Map 5, row 4, column 2: ")
        expect(page.locator(".nw-sight")).to_contain_text("It sees rows 3 to 5 and columns 1 to 3 of the input.")
        frame, whole = (page.locator(part).bounding_box() for part in (".nw-frame", ".nw-input"))
        assert frame["height"] / whole["height"] == pytest.approx(3 / 16, abs=0.01)


def test_the_arrow_keys_go_from_layer_to_layer(reader):
    with reader() as window:
        page = awake(window)
        page.locator(".nw-list").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".nw-title")).to_have_text("reader.first")
        page.keyboard.press("End")
        expect(page.locator(".nw-title")).to_have_text("softmax")
        expect(page.locator(".nw-bar")).to_have_count(10)
        page.keyboard.press("Home")
        expect(page.locator(".nw-title")).to_have_text("input")


def test_a_larger_input_costs_more_and_weighs_the_same(reader):
    with reader() as window:
        page = awake(window)
        before = page.locator(".nw-totals").inner_text().split()
        stepper(page, "Rows").fill("32")
        layer(page, "reader.first").click()
        assert fact(page, "Shape") == "1×32×16 → 8×32×16"
        after = page.locator(".nw-totals").inner_text().split()
        assert after[0] == before[0]
        assert int(after[2].replace(",", "")) > 1.9 * int(before[2].replace(",", ""))


def test_the_layer_that_runs_out_of_pixels_is_named_and_nothing_stands_below_it(reader):
    with reader() as window:
        page = awake(window)
        stepper(page, "Rows").fill("1")
        expect(page.locator(".nw-refusal")).to_contain_text("The layer reader.pool runs out of pixels")
        assert layer(page, "reader.second").locator(".nw-shape").inner_text() == "–"
        stepper(page, "Rows").fill("4")  # two poolings
        expect(page.locator(".nw-refusal")).to_be_hidden()


def test_a_reader_walks_through_a_network_of_their_own(reader, tmp_path):
    torch.manual_seed(0)
    export(nn.Sequential(nn.Conv2d(3, 100, 5), nn.ReLU()), (1, 3, 12, 20), tmp_path / "mine.safetensors")
    with reader() as window:
        page = awake(window)
        page.get_by_label("Your own network").last.set_input_files(tmp_path / "mine.safetensors")
        expect(page.locator(".nw-list [role=option]")).to_have_count(3)
        page.locator(".nw-list [role=option]").nth(1).click()
        assert fact(page, "Shape") == "3×12×20 → 100×8×16"
        expect(page.locator(".nw-maps")).to_contain_text("and 36 more")
        assert not window.errors


def test_what_needs_long_is_computed_when_it_is_asked_for(reader, tmp_path):
    export(nn.Conv2d(1, 64, 9, padding=4), (1, 1, 200, 200), tmp_path / "large.safetensors")
    with reader() as window:
        page = awake(window)
        page.get_by_label("Your own network").last.set_input_files(tmp_path / "large.safetensors")
        page.locator(".nw-list [role=option]").last.click()
        assert page.locator(".nw-maps canvas").count() == 0
        page.get_by_role("button", name="Compute 207,360,000 multiply-adds").click()  # 64·81 weights, 40,000 places
        expect(page.locator(".nw-maps canvas")).to_have_count(64)


def test_a_broken_file_is_refused_and_the_network_stays(reader, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"no network")
    with reader() as window:
        page = awake(window)
        page.get_by_label("Your own network").last.set_input_files(tmp_path / "broken.safetensors")
        expect(page.locator(".nw-refusal")).to_contain_text("The file is shorter than it says")
        expect(page.locator(".nw-refusal")).to_contain_text("The network that was here before is still shown.")
        expect(layer(page, "reader.first")).to_be_visible()


def pooling(path, size=(1, 8, 8), kernel=3, padding=0):
    """Write a file by hand, with one pooling."""
    window = {name: [n, n] for name, n in [("kernel", kernel), ("stride", 1), ("padding", padding), ("dilation", 1)]}
    nodes = [{"name": "input", "op": "input", "inputs": []}, {"name": "pool", "op": "maxpool", "inputs": [0], **window}]
    graph = json.dumps({"version": 1, "input": size, "nodes": nodes, "output": 1})
    header = json.dumps({"__metadata__": {"graph": graph}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


@pytest.mark.parametrize(
    ("language", "button", "words"),
    [
        ("en", "Your own network", ["padding of 2×2, more than half of its window of 3×3", "before is still shown"]),
        ("ko", "여러분의 신경망", ["패딩이 2×2", "3×3", "원래 있던 신경망"]),
    ],
)
def test_impossible_paddings_are_refused_in_the_reader_s_language_and_the_network_stays(
    reader, tmp_path, language, button, words
):
    with reader() as window:
        page = awake(window, language=language)
        layer(page, "reader.first").click()
        page.get_by_label(button).last.set_input_files(pooling(tmp_path / "pool.safetensors", padding=2))
        for part in words:
            expect(page.locator(".nw-refusal")).to_contain_text(part)
        expect(page.locator(".nw-title")).to_have_text("reader.first")
        assert page.locator(".nw-maps canvas").count() == 8
        assert not window.errors


def test_a_file_that_cannot_be_opened_is_named_and_the_network_stays(reader, tmp_path):
    with reader() as window:
        page = awake(window)
        gone = "Promise.reject(new DOMException('gone', 'NotReadableError'))"
        page.evaluate(f"() => {{ File.prototype.arrayBuffer = () => {gone}; }}")
        page.get_by_label("Your own network").last.set_input_files(pooling(tmp_path / "pool.safetensors"))
        expect(page.locator(".nw-refusal")).to_have_text(
            "The browser cannot open this file: pool.safetensors. The network that was here before is still shown."
        )
        assert page.locator(".nw-list [role=option]").count() > 10
        assert not window.errors


def test_what_is_more_than_a_browser_holds_is_refused_before_it_is_computed(reader, tmp_path):
    with reader() as window:
        page = awake(window)
        mine = page.get_by_label("Your own network").last
        mine.set_input_files(pooling(tmp_path / "input.safetensors", size=(1, 10**9, 10**9)))
        expect(page.locator(".nw-refusal")).to_contain_text("An input of 1×1000000000×1000000000 is too large")
        mine.set_input_files(pooling(tmp_path / "windows.safetensors", size=(8, 400, 400), kernel=400, padding=200))
        expect(page.locator(".nw-refusal")).to_contain_text("Up to the layer pool a browser would have to take")
        expect(page.get_by_role("button", name=re.compile("^Compute"))).to_be_hidden()
        mine.set_input_files(pooling(tmp_path / "many.safetensors", size=(300000, 4, 4)))
        expect(page.locator(".nw-list [role=option]")).to_have_count(2)
        stepper(page, "Rows").fill("500")
        expect(page.locator(".nw-refusal")).to_contain_text("An input of 300000×500×4 is too large")
        expect(stepper(page, "Rows")).to_have_value("4")
        assert not window.errors


def test_windows_that_look_long_wait_until_they_are_asked(reader, tmp_path):
    with reader() as window:
        page = awake(window)
        page.get_by_label("Your own network").last.set_input_files(
            pooling(tmp_path / "pool.safetensors", size=(1, 300, 300), kernel=60, padding=0)
        )
        page.locator(".nw-list [role=option]").last.click()
        assert page.locator(".nw-maps canvas").count() == 0
        page.get_by_role("button", name="Compute; it takes 209,091,600 steps").click()  # 241² windows of 60²
        expect(page.locator(".nw-maps canvas")).to_have_count(1)


def test_a_picture_of_ones_own_goes_in_and_no_text_does(reader, tmp_path):
    from matplotlib import image  # noqa: PLC0415

    image.imsave(tmp_path / "grey.png", torch.linspace(0, 1, 64).reshape(8, 8).numpy(), cmap="gray")
    (tmp_path / "text.png").write_text("no picture")
    with reader() as window:
        page = awake(window)
        stepper(page, "Map").fill("0")
        page.get_by_label("Your own picture").last.set_input_files(tmp_path / "grey.png")
        stepper(page, "Row").fill("0")
        stepper(page, "Column").fill("0")
        expect(page.locator(".nw-sight")).to_contain_text("Map 0, row 0, column 0: 0.")
        page.get_by_label("Your own picture").last.set_input_files(tmp_path / "text.png")
        expect(page.locator(".nw-refusal")).to_contain_text("cannot read this file as a picture: text.png")


def test_a_finger_is_enough_and_nothing_is_wider_than_the_phone(reader):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window)
        layer(page, "reader.second").tap()
        page.locator(".nw-maps button").nth(2).tap()
        expect(page.locator(".nw-sight")).to_contain_text("Map 2, ")
        assert not too_small(page, ".nw")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".nw").evaluate("(element) => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("viewport", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_waking_moves_nothing(reader, viewport, language):
    assert growth(reader, "network", PATH, viewport, language) < 4


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_it(reader, theme, language):
    with reader(theme) as window:
        page = awake(window, language=language)
        layer(page, "reader.first").click()
        assert not violations(page, ".nw")
        layer(page, "softmax").click()
        assert not violations(page, ".nw")


def test_it_speaks_korean(reader):
    with reader() as window:
        page = awake(window, language="ko")
        layer(page, "reader.first").click()
        spoken = re.sub(r"reader[.\w]*|softmax|ReLU", "", page.locator(".nw").inner_text())
        assert not re.search(r"[a-z]{3}", spoken)
