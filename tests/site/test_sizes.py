"""The calculator of sizes, as readers use it: typed, chosen, refused, shared, copied."""

import pytest
from figures import WIDTHS, growth, too_small, violations, woken
from playwright.sync_api import Page, expect
from reading import PHONE, THEMES

CALCULATOR = "convolution/calculator.html"
FINGERS = {"rules": {"target-size": {"enabled": True}}}  # which axe tries only when told to


def awake(window, address="", language="en") -> Page:
    """Open the page and wait until its figure is live."""
    return woken(window, "sizes", CALCULATOR + address, language)


def field(page: Page, label: str):
    return page.locator(".sz-field:visible", has=page.get_by_text(label)).locator("input")


def lines(page: Page) -> list[str]:
    return page.locator(".sz-line > code").all_inner_texts()


def formulas(page: Page) -> list[str]:
    return [" ".join(line.split()) for line in page.locator(".sz-formulas p").all_inner_texts()]


def test_it_begins_with_the_layer_that_the_page_computes(reader):
    with reader() as window:
        page = awake(window)
        expect(page.locator(".sz-size")).to_have_text("Output 112 × 112")
        assert formulas(page) == [
            "size o ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1",
            "rows and columns ⌊(224 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 112",
        ]
        computed = page.locator(".cell_output").first.inner_text()
        for cost in page.locator(".sz-costs dd b").all_inner_texts():
            assert cost in computed
        assert not window.errors


def test_what_is_typed_is_computed_at_once_rows_and_columns_each_by_itself(reader):
    with reader() as window:
        page = awake(window)
        field(page, "Input size").fill("224 × 100")
        field(page, "Stride").fill("2x1")
        expect(page.locator(".sz-size b")).to_have_text("112 × 100")
        assert [line.rsplit(" = ", 1)[-1] for line in formulas(page)[1:]] == ["112", "100"]
        assert lines(page)[0] == "nn.Conv2d(3, 64, kernel_size=3, stride=(2, 1), padding=1)"
        assert "1×64×112×100" in page.locator(".sz-shapes").inner_text()
        expect(page.get_by_label("Example")).to_have_value("")


@pytest.mark.parametrize(
    ("label", "typed", "allowed"),
    [
        ("Input size", "0", "A whole number from 1 to 9999, or two: rows × columns"),
        ("Kernel", "3 × 3 × 3", "A whole number from 1 to 99, or two: rows × columns"),
        ("Padding", "full", "same, valid, a whole number from 0 to 99, or two: rows × columns"),
        ("Batch", "1.5", "A whole number from 1 to 4096"),
        ("Stride", "", "A whole number from 1 to 99, or two: rows × columns"),
    ],
)
def test_a_wrong_entry_is_marked_with_what_is_allowed_and_the_result_stays(reader, label, typed, allowed):
    with reader() as window:
        page = awake(window)
        before, entry = lines(page), field(page, label)
        right = entry.input_value()
        entry.fill(typed)
        expect(entry).to_have_attribute("aria-invalid", "true")
        expect(entry).to_have_accessible_description(allowed)
        page.get_by_role("button", name="Reset").focus()
        expect(entry).to_have_value(typed)
        assert lines(page) == before
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")
        entry.fill(right)
        expect(entry).not_to_have_attribute("aria-invalid", "true")
        expect(entry).to_have_accessible_description("")


def test_a_layer_that_cannot_be_is_refused_in_words_until_it_can(reader):
    with reader() as window:
        page = awake(window)
        field(page, "Input size").fill("9 × 2")
        field(page, "Padding").fill("0")
        said = page.locator(".sz-refused[role=alert]")
        expect(said).to_contain_text("The kernel reaches over 3 columns, but the padded input has 2.")
        expect(page.locator(".sz-results")).to_be_hidden()
        page.get_by_role("button", name="same").click()
        expect(said).to_be_hidden()
        expect(page.locator(".sz-size b")).to_have_text("5 × 1")


def test_the_words_of_keras_show_where_they_pad(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_role("button", name="same").click()
        expect(page.get_by_role("button", name="same")).to_have_attribute("aria-pressed", "true")
        expect(field(page, "Padding")).to_have_value("same")
        current = page.locator(".sz-paddings tr[aria-current]")
        assert current.locator("td").all_inner_texts() == ["0", "1", "112 × 112"]
        assert formulas(page)[1:] == [
            "rows and columns ⌈224 / 2⌉ = 112",
            "padding in all max((112 − 1)·2 + 3 − 224, 0) = 1",
        ]
        torch, keras = lines(page)
        assert torch == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 64, kernel_size=3, stride=2))"
        assert keras == 'keras.layers.Conv2D(64, 3, strides=2, padding="same")'
        expect(page.get_by_text("PyTorch refuses same with a stride.")).to_be_visible()


def test_each_operation_asks_only_for_what_it_takes(reader):
    with reader() as window:
        page = awake(window)
        for name, offered in {
            "Transposed": {"Output padding", "Filters"},
            "Pooling": {"Round up"},
            "Convolution": {"Filters"},
        }.items():
            page.locator(".sz-bar label", has_text=name).click()
            for label in ("Output padding", "Filters", "Round up"):
                assert page.locator(".sz-fields").get_by_text(label).is_visible() == (label in offered)


def test_rounding_up_keeps_the_last_window(reader):
    with reader() as window:
        page = awake(window)
        page.get_by_label("Example").select_option(label="Pool by two")
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")
        expect(page.locator(".sz-costs")).to_contain_text("rows and columns: 1 at the end")
        page.locator(".sz-fields label", has_text="Round up").click()
        expect(page.locator(".sz-size b")).to_have_text("113 × 113")
        expect(page.locator(".sz-costs")).not_to_contain_text("at the end")
        torch, keras = lines(page)
        assert torch == "nn.MaxPool2d(kernel_size=2, ceil_mode=True)"
        assert keras == 'keras.layers.MaxPooling2D(2, padding="same")'


def test_every_example_is_a_layer_and_reset_leads_back(reader):
    with reader() as window:
        page = awake(window)
        choice = page.get_by_label("Example")
        for label in choice.locator("option").all_inner_texts():
            choice.select_option(label=label)
            expect(page.locator(".sz-results")).to_be_visible()
            expect(choice.locator("option:checked")).to_have_text(label)
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")


FOCUSED = """() => {
  const element = document.activeElement;
  return element.ariaLabel ?? element.closest("label")?.innerText.trim() ?? element.innerText;
}"""


def test_the_keyboard_reaches_everything_and_the_arrows_count(reader):
    with reader() as window:
        page = awake(window)
        size = field(page, "Input size")
        size.fill("10 × 20")
        size.press("ArrowDown")
        expect(size).to_have_value("9 × 19")
        field(page, "Padding").press("ArrowUp")
        expect(field(page, "Padding")).to_have_value("2")
        page.locator(".live-choice input:checked").first.focus()
        reached = set()
        for _ in range(20):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(FOCUSED))
        wanted = {"Input size n", "Kernel k", "Stride s", "Padding p", "Dilation d", "Channels in", "Filters", "Batch"}
        assert wanted <= reached
        assert {"Example", "Reset", "same", "valid", "Copy: PyTorch", "Copy: Keras", "Link to this state"} <= reached


def test_a_link_brings_another_reader_to_the_same_layer(reader):
    with reader() as window:
        page = awake(window)
        page.locator(".sz-bar label", has_text="Transposed").click()
        field(page, "Input size").fill("16 × 9")
        field(page, "Output padding").fill("1")
        address, shown = page.locator(".live-link").get_attribute("href"), lines(page)
    with reader() as window:
        page = awake(window, address)
        assert lines(page) == shown
        expect(field(page, "Input size")).to_have_value("16 × 9")
        page.evaluate("location.hash = '#sizes=pooling_1_64_1_225_2_2_0_1_0_0'")
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")
        expect(field(page, "Channels in")).to_have_value("64")
        page.evaluate("location.hash = '#sizes=pooling_1_64_1_0_2_2_0_1_0_0'")
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")
        assert not window.errors


def test_an_address_that_tells_no_layer_is_ignored(reader):
    with reader() as window:
        page = awake(window, "#sizes=convolution_1_3_64_<b>_3_2_1_1_0_0")
        expect(page.locator(".sz-size b")).to_have_text("112 × 112")
        assert not window.errors


def test_a_line_is_copied(reader):
    with reader(permissions=["clipboard-read", "clipboard-write"]) as window:
        page = awake(window)
        for library, line in zip(["PyTorch", "Keras"], lines(page), strict=True):
            button = page.get_by_role("button", name=f"Copy: {library}")
            button.click()
            expect(button).to_have_text("Copied")
            assert page.evaluate("navigator.clipboard.readText()") == line


def test_without_a_clipboard_the_line_is_marked_for_the_reader_to_copy(reader):
    with reader() as window:
        window.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page = awake(window)
        page.get_by_role("button", name="Copy: Keras").click()
        assert page.evaluate("String(getSelection())") == lines(page)[1]
        assert not window.errors


LARGE = [
    "#sizes=transposed_4096_9999_9999_9999x9998_99x98_99x97_99x98_1_98x95_0",
    "#sizes=pooling_4096_9999_1_9999x9998_99x98_99x97_49_9x8_0_1",
    "#sizes=convolution_4096_9999_9999_9999x9998_99x98_99x97_same_98x99_0_0",
]


@pytest.mark.parametrize("state", ["", *LARGE])
def test_it_fits_a_phone_and_a_finger(reader, state):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        page = awake(window, state)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".sz").evaluate("(element) => element.scrollWidth <= element.clientWidth")
        assert not too_small(page, ".sz")


@pytest.mark.parametrize("viewport", WIDTHS)
def test_waking_moves_nothing(reader, viewport):
    assert growth(reader, "sizes", CALCULATOR, viewport) < 4
    with reader(viewport=viewport) as window:
        page = awake(window)
        kept, filled = (page.locator(part).bounding_box()["height"] for part in ("cnn-sizes", ".sz"))
    assert kept - filled < 48  # and no gap is kept


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["", "transposed_1_3_64_8x9_3_2_same_2_0_0", "pooling_1_3_1_9_3_2_9_1_0_1"])
def test_axe_finds_nothing(reader, theme, state):
    with reader(theme) as window:
        page = awake(window, state and f"#sizes={state}")
        field(page, "Stride").fill("none")
        assert not violations(page, ".sz", options=FINGERS)


def test_without_scripts_the_picture_stays(reader):
    with reader(java_script_enabled=False) as window:
        figure = window.open(f"en/{CALCULATOR}").locator("cnn-sizes")
        assert figure.locator("svg[role=img]").is_visible()
        assert figure.bounding_box()["height"] < 300


def test_in_print_the_picture_stands(reader):
    with reader() as window:
        page = awake(window)
        page.emulate_media(media="print")
        assert page.locator("cnn-sizes svg[role=img]").is_visible()
        assert page.locator(".live-app").is_hidden()
