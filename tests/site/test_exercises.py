"""The answer box as readers use it: mouse, keyboard, finger, no script at all."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from reading import LANGUAGES, PHONE, THEMES, WIDE

WHY, CONVOLUTION, UPSAMPLING = (f"{chapter}/exercises.html" for chapter in ("why", "convolution", "upsampling"))
NUMBER, SHAPE, ROW, TABLE = (
    (WHY, "film-fully-connected"),
    (CONVOLUTION, "quiz-maps"),
    (UPSAMPLING, "transposed-with-stride"),
    (UPSAMPLING, "transposed-by-hand"),
)


def awake(window, exercise, language="en"):
    """Open a page, wait until an exercise's answer box is live, and return the exercise."""
    path, name = exercise
    page = window.open(f"{language}/{path}")
    page.locator(f"#{name} cnn-exercise").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{name} cnn-exercise[state=ready]")
    return page.locator(f"#{name}")


def resize(exercise, *sizes):
    """Press the buttons until there are so many rows and columns."""
    for stepper, size in zip(exercise.locator(".ex-size").all(), sizes, strict=True):
        while int(stepper.locator("output").inner_text()) < size:
            stepper.locator("button").last.click()


def fill(exercise, numbers):
    for cell, number in zip(exercise.locator(".ex-table input").all(), numbers, strict=True):
        cell.fill(str(number))


def says(exercise, verdict, why=""):
    exercise.locator(".ex-check").click()
    expect(exercise.locator("[role=status]")).to_have_text(f"{verdict} {why}".strip())


def test_a_right_number_is_right_and_a_typical_mistake_is_named(reader):
    with reader() as window:
        exercise = awake(window, NUMBER)
        exercise.get_by_label("Your answer").fill("62,208,000")
        says(exercise, "Right.")
        exercise.get_by_label("Your answer").fill("20736000")
        says(exercise, "Not yet.", "You have counted one number for each pixel; a pixel in colour holds three.")
        assert not window.errors


def test_a_shape_is_read_with_any_sign(reader):
    with reader() as window:
        exercise = awake(window, SHAPE)
        field = exercise.get_by_label("Your answer, a shape such as 1×28×28")
        for written in ("10×5×5", "10x5x5", "(10, 5, 5)"):
            field.fill(written)
            says(exercise, "Right.")
        field.fill("5×10×5")
        says(exercise, "Not yet.", "The sizes are right, but their order is not.")


def test_a_table_is_sized_and_filled(reader):
    with reader() as window:
        exercise = awake(window, TABLE)
        fill(exercise, [0, 1, 4, 9])
        says(exercise, "Not yet.", "You have multiplied number by number. Every input lays the whole kernel down.")
        resize(exercise, 3, 3)
        fill(exercise, [0, 0, 1, 0, 0, 3, 4, 6, 9])
        says(
            exercise, "Not yet.", "You have written one copy of the kernel over another. Where they overlap, they add."
        )
        fill(exercise, [0, 0, 1, 0, 4, 6, 4, 12, 9])
        says(exercise, "Right.")


def test_a_larger_table_keeps_what_was_written(reader):
    with reader() as window:
        exercise = awake(window, TABLE)
        fill(exercise, [1, 2, 3, 4])
        resize(exercise, 3, 2)
        cells = [cell.input_value() for cell in exercise.locator(".ex-table input").all()]
        assert cells == ["1", "2", "3", "4", "", ""]


def test_the_keyboard_is_enough(reader):
    with reader() as window:
        exercise = awake(window, ROW)
        keyboard = window.page.keyboard
        exercise.get_by_role("button", name="Numbers: more").focus()
        for _ in range(5):
            keyboard.press("Enter")
        exercise.get_by_label("Number 1", exact=True).focus()
        for number in (2, 6, 5, 3, 5, 9, 6):
            keyboard.type(str(number))
            keyboard.press("ArrowRight")
        keyboard.press("Enter")
        expect(exercise.locator("[role=status]")).to_have_text("Right.")
        keyboard.press("ArrowLeft")
        expect(exercise.get_by_label("Number 7", exact=True)).to_be_focused()
        keyboard.press("ArrowLeft")
        expect(exercise.get_by_label("Number 6", exact=True)).to_be_focused()


@pytest.mark.parametrize(
    ("exercise", "wanted"),
    [
        (NUMBER, "Write a number, as in −0.5."),
        (SHAPE, "Write sizes with × between them, as in 1×28×28."),
        (TABLE, "There is no number in this field: Row 1, column 1."),
        (ROW, "There is no number in this field: Number 1."),
    ],
)
def test_what_cannot_be_read_is_said_and_shown(reader, exercise, wanted):
    with reader() as window:
        exercise = awake(window, exercise)
        field = exercise.locator("input").first
        field.fill("many")
        says(exercise, wanted)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("1")
        expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_page_asks_once_for_what_its_boxes_share(reader):
    with reader() as window:
        asked = []
        window.page.on("request", lambda request: asked.append(request.url))
        for box in awake(window, TABLE).page.locator("cnn-exercise").all():
            box.scroll_into_view_if_needed()
        expect(window.page.locator("cnn-exercise:not([state=ready])")).to_have_count(0)
        assert len([url for url in asked if url.endswith(".json")]) == 2  # words and settings


def test_a_finger_is_enough(reader):
    with reader(viewport=PHONE, has_touch=True, is_mobile=True) as window:
        exercise = awake(window, TABLE)
        for button in exercise.locator(".ex-size button:last-child").all():
            button.tap()
        exercise.get_by_label("Row 3, column 3").tap()
        window.page.keyboard.type("9")
        assert exercise.locator(".ex-table input").count() == 9
        boxes = [control.bounding_box() for control in exercise.locator(".ex :is(button, input)").all()]
        assert min(min(box["width"], box["height"]) for box in boxes) >= 43.5


@pytest.mark.parametrize(("exercise", "sizes"), [(TABLE, (9, 9)), (ROW, (9,))])
def test_the_largest_table_fits_a_phone(reader, exercise, sizes):
    with reader(viewport=PHONE) as window:
        exercise = awake(window, exercise)
        resize(exercise, *sizes)
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert exercise.locator(".ex-table input").last.bounding_box()["width"] >= 24


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
@pytest.mark.parametrize("exercise", [NUMBER, SHAPE, ROW, TABLE])
def test_waking_and_judging_move_nothing(reader, exercise, viewport):
    path, name = exercise
    height = "(element) => element.getBoundingClientRect().height"
    with reader(viewport=viewport) as window:
        window.page.route("**/loader.js*", lambda route: route.abort())
        asleep = window.open(f"en/{path}").locator(f"#{name} cnn-exercise").evaluate(height)
    with reader(viewport=viewport) as window:
        box = awake(window, exercise).locator("cnn-exercise")
        live = box.evaluate(height)
        box.locator(".ex-check").click()
        expect(box.locator("[role=status]")).not_to_be_empty()
        judged = box.evaluate(height)
    assert abs(live - asleep) < 4
    assert judged - live < 30  # a second line of words, on a phone


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", [WHY, CONVOLUTION, UPSAMPLING])
def test_axe_finds_nothing_in_the_exercises(reader, path, theme, language):
    with reader(theme) as window:
        page = window.open(f"{language}/{path}")
        for box in page.locator("cnn-exercise").all():
            box.scroll_into_view_if_needed()
        expect(page.locator("cnn-exercise:not([state=ready])")).to_have_count(0)
        for box in page.locator("cnn-exercise").all()[:8]:
            box.locator(".ex-check").click()
        violations = Axe().run(page).response["violations"]
        assert not [f"{found['id']}: {node['target']}" for found in violations for node in found["nodes"]]


def test_it_speaks_korean(reader):
    with reader() as window:
        for exercise in (NUMBER, SHAPE, ROW, TABLE):
            box = awake(window, exercise, language="ko").locator("cnn-exercise")
            box.locator(".ex-check").click()
            expect(box.locator("[role=status]")).not_to_be_empty()
            assert not re.search(r"[a-z]{3}", box.inner_text())


def test_without_scripts_question_hint_and_solution_remain(reader):
    with reader(java_script_enabled=False) as window:
        page: Page = window.open(f"en/{UPSAMPLING}")
        exercise = page.locator("#transposed-by-hand")
        assert exercise.locator("cnn-exercise").bounding_box()["height"] < 20
        solution = exercise.locator("details").last
        solution.locator("summary").click()
        assert solution.get_by_text("The zero lays down nothing.").is_visible()
        assert exercise.get_by_text('exercises.check("transposed-by-hand", …)').is_visible()


def test_in_print_there_is_no_answer_box(reader):
    with reader() as window:
        exercise = awake(window, TABLE)
        window.page.emulate_media(media="print")
        assert exercise.locator("form").is_hidden()
