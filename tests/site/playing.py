"""The parts of the playground, as the browser tests find them."""

from figures import woken
from playwright.sync_api import Locator, Page

PICTURE, SIGNAL = "why/index.html", "why/slide-and-sum.html"


def awake(window, path: str = PICTURE, language: str = "en") -> Page:
    """Open a page and wait until its figure is live."""
    return woken(window, "convolution", path, language)


def table(page: Page, grid: str, number: int = 1) -> Locator:
    """A table of the figure, of those with one role the first unless another is asked for."""
    return page.locator(f".cv-grid.cv-{grid}").nth(number - 1)


def cell(page: Page, grid: str, row: int, column: int, number: int = 1) -> Locator:
    """A cell of a table, counted from one."""
    return table(page, grid, number).locator("[role=row]").nth(row - 1).locator("[role=gridcell]").nth(column - 1)


def stepper(page: Page, label: str) -> Locator:
    """The field of a number that can be stepped."""
    return page.get_by_role("spinbutton", name=label, exact=True)


def numbers(page: Page, grid: str, number: int = 1) -> list[list[str]]:
    """What stands in a table."""
    rows = table(page, grid, number).locator("[role=row]").all()
    return [row.locator("[role=gridcell]").all_inner_texts() for row in rows]
