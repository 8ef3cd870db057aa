"""What the browser tests read, and through which windows."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("CNNBOOK_SITE", ROOT / "_build" / "html"))
LANGUAGES, THEMES = ["en", "ko"], ["light", "dark"]
WIDE, PHONE = {"width": 1366, "height": 900}, {"width": 360, "height": 740}  # with all three columns, and with one


def pages(language: str) -> list[str]:
    """Every page of an edition, as paths below it."""
    folder = SITE / language
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html") if "_static" not in path.parts)
