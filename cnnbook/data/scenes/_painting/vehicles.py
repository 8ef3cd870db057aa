"""Paint cars and buses: from the side, or from an end with the flank behind it.

As all things, in units of their height, from the middle of the foot of what is nearest.
"""

from typing import NamedTuple

import numpy as np

from cnnbook.data.scenes._painting.canvas import Patch, rgb
from cnnbook.data.scenes._painting.light import Light
from cnnbook.data.scenes._painting.street import WIDTHS, Thing

GLASS, RUBBER, HUB, PLATE = (0.16, 0.2, 0.25), (0.06, 0.06, 0.07), (0.5, 0.5, 0.52), (0.85, 0.85, 0.8)
REAR, HEAD = (0.85, 0.1, 0.1), (1.0, 0.97, 0.85)


class Form(NamedTuple):
    """What makes a bus another thing than a car, in units of the height."""

    waist: float  # upper edge of the flank
    glass: tuple[float, float]  # lower and upper edge of the windows
    panes: tuple[float, float]  # where the windows begin and end, in shares of the length
    slant: float  # the upper edge of the panes is so much nearer the middle
    tyre: float  # radius


FORMS = {
    "car": Form(0.6, (0.56, 1.0), (0.0, 0.74), 0.16, 0.2),
    "bus": Form(1.0, (0.55, 0.9), (0.03, 0.97), 0.0, 0.15),
}


def paint_from_its_end(patch: Patch, light: Light, thing: Thing, far: tuple[float, float, float]) -> None:
    """Paint the end that is near, and the flank up to the far end, where that is seen."""
    z, half = thing.z, WIDTHS[thing.kind] / 2
    paint, dark, black = (light.seen(colour, z) for colour in (thing.colour, GLASS, RUBBER))
    middle, foot, ratio = far
    side = 1 if middle > 0 else -1  # the flank is seen if its far edge sticks out
    end = middle + side * half * ratio
    if side * end > half:
        _flank(patch, light, thing, side, (end, foot, ratio))
    for way in (-1, 1):
        patch.paint(patch.box((0.78 * way - 0.14) * half, 0, (0.78 * way + 0.14) * half, 0.25), black)
    if thing.kind == "bus":
        patch.paint(patch.box(-half, 0.12, half, 1), paint)
        patch.tint(patch.box(-0.85 * half, 0.5, 0.85 * half, 0.93), dark)
    else:
        for colour, wide, top, belt in ((paint, 1.0, 1.0, 0.93), (dark, 0.86, 0.93, 0.8)):
            roof, sill = 0.72 * wide * half, belt * half
            pane = patch.polygon((-roof, top), (roof, top), (sill, 0.56), (-sill, 0.56))
            (patch.paint if colour is paint else patch.tint)(pane, colour)
        patch.paint(patch.box(-half, 0.14, half, 0.6), paint)
    lamp = HEAD if thing.looks[0] < 0.4 else REAR  # noqa: PLR2004 (a share of all: they come towards us)
    shade = rgb(*lamp) if light.night else light.seen(lamp, z)
    for way in (-1, 1):
        patch.tint(patch.box((0.78 * way - 0.16) * half, 0.34, (0.78 * way + 0.16) * half, 0.44), shade)
    patch.tint(patch.box(-0.28 * half, 0.22, 0.28 * half, 0.3), light.seen(PLATE, z))


def _flank(patch: Patch, light: Light, thing: Thing, side: int, far: tuple[float, float, float]) -> None:
    """Paint the side that recedes, up to a far edge: its place, its foot, and how much smaller all is there."""
    form, half, z = FORMS[thing.kind], WIDTHS[thing.kind] / 2, thing.z
    edge, (end, foot, ratio) = side * half, far

    def place(share: float, height: float, inwards: float = 0.0) -> tuple[float, float]:
        shrunk = 1 + share * (ratio - 1)
        return edge + share * (end - edge) - side * inwards * shrunk, share * foot + height * shrunk

    def panel(begin: float, finish: float, low: float, high: float, slant: float = 0.0) -> np.ndarray:
        corners = [place(begin, high, slant), place(finish, high, slant), place(finish, low), place(begin, low)]
        return patch.polygon(*(corners if side > 0 else corners[::-1]))

    shaded = light.seen(thing.colour, z, 0.85 * light.wall(-side))
    patch.paint(panel(0, 1, 0.12, form.waist), shaded)
    (begin, finish), (low, high) = form.panes, form.glass
    patch.paint(panel(begin, finish, low, high, form.slant), shaded)
    patch.tint(panel(begin + 0.04, finish - 0.05, low + 0.03, high - 0.06, form.slant), light.seen(GLASS, z))
    for share in (0.18, 0.8):
        x, y = place(share, form.tyre)
        tyre = patch.disc(x, y, max(0.36 * form.tyre * abs(end - edge), 1e-3), y - share * foot)
        patch.paint(tyre, light.seen(RUBBER, z))


def paint_from_the_side(patch: Patch, light: Light, thing: Thing) -> None:
    """Paint a vehicle that crosses the picture."""
    z, half, way = thing.z, thing.length / 2, 1 if thing.looks[0] < 0.5 else -1  # noqa: PLR2004 (half of them)
    paint, dark, black, hub = (light.seen(colour, z) for colour in (thing.colour, GLASS, RUBBER, HUB))
    if thing.kind == "bus":
        patch.paint(patch.box(-half, 0.13, half, 1), paint)
        posts = np.abs((patch.x + half) % (half / 4) - half / 8) - half / 9
        patch.tint(np.maximum(patch.box(-0.95 * half, 0.52, 0.95 * half, 0.9), posts), dark)
    else:
        middle = -0.08 * half * way
        for colour, wide, top in ((paint, 1.0, 1.0), (dark, 0.86, 0.93)):
            roof, sill = 0.38 * wide * half, 0.66 * wide * half
            corners = ((middle - roof, top), (middle + roof, top), (middle + sill, 0.58), (middle - sill, 0.58))
            (patch.paint if colour is paint else patch.tint)(patch.polygon(*corners), colour)
        patch.tint(patch.box(middle - 0.02 * half, 0.58, middle + 0.02 * half, 1), paint)
        patch.paint(patch.box(-half, 0.15, half, 0.62), paint)
    radius = 1.15 * FORMS[thing.kind].tyre
    for end in (-0.64 * half, 0.64 * half):
        patch.paint(patch.disc(end, radius, radius, radius), black)
        patch.tint(patch.disc(end, radius, 0.5 * radius, 0.5 * radius), hub)
    patch.tint(patch.box(way * half - 0.05 * half, 0.38, way * half + 0.05 * half, 0.48), light.lamp)
