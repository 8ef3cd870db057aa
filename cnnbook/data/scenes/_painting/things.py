"""Paint the things: trees, signs, people, cars and buses.

Each is drawn in its own measure: ``x`` and ``y`` from the middle of its foot, in units of its height.
"""

import numpy as np

from cnnbook.data.scenes._painting.canvas import Canvas, Patch, rgb
from cnnbook.data.scenes._painting.light import Light
from cnnbook.data.scenes._painting.street import Street, Thing
from cnnbook.data.scenes._painting.vehicles import paint_from_its_end, paint_from_the_side

BLACK = rgb(0, 0, 0)
SKINS = ((0.92, 0.76, 0.65), (0.75, 0.55, 0.42), (0.5, 0.34, 0.25), (0.33, 0.22, 0.16))
LAMPS = ((0.95, 0.15, 0.1), (0.95, 0.75, 0.1), (0.15, 0.85, 0.35))


def paint_thing(canvas: Canvas, street: Street, light: Light, thing: Thing, mark: int) -> None:
    """Paint one thing, and its shadow, over all that stands behind."""
    u, v, metre = street.at(thing.x, thing.z)
    unit = thing.height * metre
    left, right = thing.reach(street)
    wide = right - left
    shadow = canvas.patch((u, v), unit, (left - wide / 5, -wide / 6, right + wide / 5, wide / 6), mark)
    if shadow.rows.stop > canvas.size * street.horizon:
        ellipse = shadow.disc((left + right) / 2, 0, 0.55 * wide, 0.1 * wide)
        shadow.tint(ellipse, BLACK, 0.25 + light.contrast)
    patch = canvas.patch((u, v), unit, (left - 0.1, -0.1, right + 0.1, 1.05), mark)
    if thing.kind in PAINTERS:
        PAINTERS[thing.kind](patch, light, thing)
    elif thing.sideways:
        paint_from_the_side(patch, light, thing)
    else:
        paint_from_its_end(patch, light, thing, thing.far_end(street))


def _tree(patch: Patch, light: Light, thing: Thing) -> None:
    patch.paint(patch.box(-0.035, 0, 0.035, 0.6), light.seen((0.28, 0.2, 0.14), thing.z))
    looks, slim = thing.looks, 0.55 + 0.45 * thing.looks[0]
    balls = []
    for place in (1, 4, 7, 10):
        across, up, large = looks[place : place + 3]
        radius = 0.16 + 0.09 * large
        balls.append(patch.disc(0.36 * slim * (across - 0.5), 0.52 + 0.26 * up, radius * slim, radius))
    crown = np.minimum(np.minimum(balls[0], balls[1]), np.minimum(balls[2], balls[3]))
    crown += np.float32(0.05) * patch.canvas.roughness[patch.rows, patch.columns]
    patch.paint(crown, light.seen(thing.colour, thing.z))
    patch.tint(np.maximum(crown, 0.08 - light.sun * patch.x), BLACK, light.contrast / 2)


def _sign(patch: Patch, light: Light, thing: Thing) -> None:
    patch.paint(patch.box(-0.04, 0, 0.04, 1), light.seen((0.45, 0.46, 0.48), thing.z))
    white = light.seen((0.92, 0.92, 0.9), thing.z)
    warns, shape, half = thing.looks[1] < 0.6, int(4 * thing.looks[0]), 0.23  # noqa: PLR2004 (a share of all)
    colour = light.seen((0.75, 0.08, 0.08) if warns else (0.1, 0.25, 0.65), thing.z)
    match shape:
        case 0:
            patch.paint(patch.disc(0, 1 - half, half, half), colour)
            patch.tint(patch.disc(0, 1 - half, 0.65 * half, 0.65 * half), white)
        case 1:
            patch.paint(patch.polygon((0, 1), (1.1 * half, 1 - 1.9 * half), (-1.1 * half, 1 - 1.9 * half)), colour)
            inner = ((0, 1 - 0.6 * half), (0.6 * half, 1 - 1.6 * half), (-0.6 * half, 1 - 1.6 * half))
            patch.tint(patch.polygon(*inner), white)
        case 2:
            patch.paint(patch.box(-half, 1 - 2 * half, half, 1), colour)
            patch.tint(patch.box(-0.5 * half, 1 - 1.15 * half, 0.5 * half, 1 - 0.85 * half), white)
        case _:
            patch.paint(patch.box(-0.6 * half, 1 - 3 * half, 0.6 * half, 1), light.seen((0.08, 0.08, 0.09), thing.z))
            for place, lamp in enumerate(LAMPS):
                shines = np.float32(1 if place == int(3 * thing.looks[2]) else 0.25)
                patch.tint(patch.disc(0, 1 - (0.6 + 0.9 * place) * half, 0.34 * half, 0.34 * half), rgb(*lamp) * shines)


def _person(patch: Patch, light: Light, thing: Thing) -> None:
    z, looks = thing.z, thing.looks
    coat, sleeve = light.seen(thing.colour, z), light.seen(thing.colour, z, 0.85)
    trousers, stride = light.seen(thing.second, z, 0.8), 0.28 * (looks[1] - 0.3)
    for way in (-1, 1):
        patch.paint(patch.box(way * 0.06 - 0.055, 0, way * 0.06 + 0.055, 0.48, lean=way * stride), trousers)
        swing = way * (0.1 - stride)
        patch.paint(patch.box(way * 0.14 - 0.04, 0.44, way * 0.14 + 0.04, 0.81, lean=swing), sleeve)
    patch.paint(patch.box(-0.145, 0.43, 0.145, 0.84), coat)
    patch.paint(patch.disc(0, 0.915, 0.075, 0.085), light.seen(SKINS[int(4 * looks[0])], z))
    patch.tint(patch.disc(0, 0.94, 0.077, 0.06), light.seen((0.35, 0.25, 0.15), z, 2 * looks[3]))
    if looks[4] < 0.3:  # noqa: PLR2004 (a share of all: they carry a bag)
        side = 0.1 if looks[5] < 0.5 else -0.1  # noqa: PLR2004 (half of them)
        patch.paint(patch.box(side - 0.07, 0.5, side + 0.07, 0.8), light.seen(thing.second, z))


PAINTERS = {"tree": _tree, "sign": _sign, "person": _person}
