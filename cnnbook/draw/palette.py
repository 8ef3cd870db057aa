"""One palette for pages, figures and live pages.

Matplotlib draws with the *light* value of a colour.
In an inlined figure that value is a sentinel: a rule of `sentinels` maps it to the page's variable ``--cb-<name>``,
whose value `variables` sets for each theme.
So one drawing serves both themes.
"""

import re
from typing import NamedTuple


class Colour(NamedTuple):
    """A colour on light paper and its counterpart on dark paper, as ``#rrggbb``."""

    light: str
    dark: str


ROLES = {
    "ink": Colour("#1f2328", "#e6e4df"),  # text and outlines
    "muted": Colour("#626a73", "#a3a9b1"),  # axes and asides
    "rule": Colour("#d5d3cd", "#3d4147"),  # hairlines, never the only sign of anything
    "paper": Colour("#fefefd", "#131416"),  # the page, and the value zero
    "input": Colour("#1f6bb5", "#6cb2f2"),  # what goes in, and what the reader touches
    "output": Colour("#b8520b", "#f39a52"),  # what comes out
    "kernel": Colour("#7a4bc0", "#b899f0"),  # weights
    "padding": Colour("#7f858c", "#8a9098"),  # hatched as well, never known by its colour alone
}
"""Colours that mean something; a reader learns them once."""

CATEGORIES = {
    "orange": Colour("#c28600", "#e69f00"),
    "sky": Colour("#1d99e0", "#56b4e9"),
    "green": Colour("#009e73", "#02ad7f"),
    "yellow": Colour("#9e940d", "#f0e442"),
    "blue": Colour("#0072b2", "#0084ce"),
    "vermilion": Colour("#d55e00", "#e36a0c"),
    "pink": Colour("#c45f99", "#cc79a7"),
}
"""Okabe and Ito's colours for classes, darkened on light paper until each stands out 3:1."""

COLOURS = ROLES | CATEGORIES
LIGHT = {name: colour.light for name, colour in COLOURS.items()}
DARK = {name: colour.dark for name, colour in COLOURS.items()}

LABELS = (
    "#56b4e9",
    "#a3a3a3",
    "#66666c",
    "#d8c39a",
    "#009e74",
    "#e69f00",
    "#d55f00",
    "#0073b2",
    "#cc79a6",
    "#f0e443",
)
"""Okabe and Ito's colours and three quiet ones for maps of classes, whose pixels are the same in both themes."""

NEGATIVE, POSITIVE = "#2f80d0", "#d9691a"
"""The ends of the colour map ``signed``; pixels cannot change with the theme, so these stand out 3:1 in both."""


def contrast(one: str, other: str) -> float:
    r"""Contrast ratio of two ``#rrggbb`` colours, from 1 (equal) to 21 (black on white).

    .. math:: (L_\text{lighter} + 0.05) / (L_\text{darker} + 0.05)

    References:
        Web Content Accessibility Guidelines 2.2, "contrast ratio" and "relative luminance".

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"colour {colour!r} must be written #rrggbb")
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004  sRGB's constants
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def variables() -> str:
    """CSS that sets ``--cb-<name>`` for Furo's themes light, dark and auto; paper is always light."""
    light = "".join(f"--cb-{name}:{colour.light};" for name, colour in COLOURS.items())
    dark = "".join(f"--cb-{name}:{colour.dark};" for name, colour in COLOURS.items())
    return f"""\
body[data-theme=light]{{color-scheme:light}}
body[data-theme=dark]{{color-scheme:dark}}
body[data-theme=auto]{{color-scheme:light dark}}
body{{{light}}}
@media not print{{
body[data-theme=dark]{{{dark}}}
@media (prefers-color-scheme:dark){{body:not([data-theme=light]){{{dark}}}}}
}}
"""


def sentinels() -> str:
    """CSS that maps each drawn colour of an inlined figure to the page's variable.

    No ancestor stands in the selectors: inside ``<use>`` it would not match.
    """
    return "".join(
        f'[{attribute}="{colour.light}"]{{{attribute}:var(--cb-{name})}}\n'
        for name, colour in COLOURS.items()
        for attribute in ("fill", "stroke")
    )


def dark_rules() -> str:
    """CSS for an SVG that stands in a file of its own, where the reader's preference decides."""
    rules = "".join(
        f'[{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in COLOURS.values()
        for attribute in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
