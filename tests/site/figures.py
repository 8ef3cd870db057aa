"""What every live figure owes its readers, as the browser tests ask for it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

FINGER = 43.5  # pixels; 44 without what rounding takes
WIDTHS = [{"width": width, "height": 740 if width < 400 else 900} for width in (1366, 1280, 820, 700, 360)]
_HEIGHT = "(element) => element.getBoundingClientRect().height"


def woken(window, kind: str, path: str, language: str = "en") -> Page:
    """Open a page and wait until its figure is live."""
    page = window.open(f"{language}/{path}")
    page.locator(f"cnn-{kind}").scroll_into_view_if_needed()
    page.wait_for_selector(f"cnn-{kind}[state=ready]")
    return page


def growth(reader, kind: str, path: str, viewport: dict[str, int], language: str = "en") -> float:
    """The pixels by which a figure grows when it wakes."""
    with reader(viewport=viewport) as window:
        window.page.route("**/loader.js*", lambda route: route.abort())
        asleep = window.open(f"{language}/{path}").locator(f"cnn-{kind}").evaluate(_HEIGHT)
    with reader(viewport=viewport) as window:
        live = woken(window, kind, path, language).locator(f"cnn-{kind}").evaluate(_HEIGHT)
    return live - asleep


def too_small(page: Page, panel: str) -> list[str]:
    """The controls that a finger misses."""
    controls = page.locator(f"{panel} :is(button, select, a, .live-choice span, input[type=text])").all()
    boxes = [
        (it.inner_text() or it.get_attribute("aria-label"), it.bounding_box()) for it in controls if it.is_visible()
    ]
    return [name for name, box in boxes if min(box["width"], box["height"]) < FINGER]


def violations(page: Page, panel: str, **options: object) -> list[str]:
    """What axe finds in a figure."""
    found = Axe().run(page, context=panel, **options).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]
