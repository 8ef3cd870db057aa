"""Paint what is no thing: the sky, the ground, and the buildings along the street.

All is seen through a pinhole.
What is ``x`` metres to the right, ``y`` above the eye and ``z`` away appears at ``x / z`` and ``y / z``.
So a row of the ground has one distance, and so has a column of a wall along the street.
"""

from typing import Any

import numpy as np

from cnnbook.data.scenes._painting.canvas import Canvas, Patch, rgb
from cnnbook.data.scenes._painting.light import Light
from cnnbook.data.scenes._painting.street import LANE, PAVEMENT, Building, Street

SKY, BUILDING, ROAD, WALK = range(4)
SKYLINE = 130.0  # metres away
DEEP, TOO_NEAR = 14.0, 0.8  # metres: from street to yard; what stands beside the camera is not seen
MARK, DASH = 0.14, 6.0  # metres: the line in the middle of the road, and how often it comes
BLURRED = 36.0  # metres: no window is told from its wall farther away
EVERYWHERE = (-9.0, -9.0, 9.0, 9.0)


def backdrop(canvas: Canvas, street: Street, light: Light) -> None:
    """Fill the whole canvas, from the sky to the nearest wall."""
    eye = street.vanishing, street.horizon
    _sky(canvas.patch(eye, street.focus, EVERYWHERE, SKY), street, light)
    _city(canvas.patch(eye, street.focus, (-9, 0, 9, 20 / SKYLINE), BUILDING), street, light)
    for mark, paint in ((WALK, _pavement), (ROAD, _road)):
        paint(canvas.patch(eye, street.focus, (-9, -9, 9, 0), mark), street, light)
    walls = {(building.side, building.far) for building in street.buildings}
    for building in sorted(street.buildings, key=lambda one: -one.near):
        if building.far > TOO_NEAR:
            if building.near > TOO_NEAR:
                _front(canvas, street, light, building, windows=(building.side, building.near) not in walls)
            _wall(canvas, street, light, building)


def _sky(patch: Patch, street: Street, light: Light) -> None:
    height = patch.y * np.float32(street.focus / street.horizon)
    clouds = np.minimum(np.maximum(patch.canvas.roughness * light.raggedness + light.clouds, 0), 1)
    blue = light.haze + height * (light.zenith - light.haze)
    patch.canvas.image[:] = blue + clouds * (light.cloud - blue)
    patch.canvas.marks[:] = SKY


def _city(patch: Patch, street: Street, light: Light) -> None:
    blocks = np.asarray(street.skyline, np.float32)[(patch.canvas.middles * len(street.skyline)).astype(np.int64)]
    roofs = blocks[None, patch.columns] / SKYLINE
    patch.paint(np.maximum(patch.y - roofs, -patch.y), light.far(rgb(0.4, 0.42, 0.46), SKYLINE))


def _distance(patch: Patch, street: Street) -> Any:
    """Find how far away each row of the ground is."""
    return street.eye / np.maximum(-patch.y, np.float32(1e-3))


def _pavement(patch: Patch, street: Street, light: Light) -> None:
    patch.paint(patch.y + np.zeros_like(patch.x), light.seen(street.walk, _distance(patch, street)))


def _road(patch: Patch, street: Street, light: Light) -> None:
    z = _distance(patch, street)
    aside = np.abs(patch.x * z - street.middle)  # metres from the middle of the road
    patch.paint(np.maximum(patch.y, (aside - LANE) / z), light.seen(street.ground, z))
    dash = (np.abs((z + 3) % DASH - DASH / 2) - DASH / 4) * (street.eye / (z * z))  # a metre ahead is so high
    line = np.maximum(np.maximum(patch.y, dash), (aside - MARK / 2) / z)
    patch.tint(line, light.seen((0.85, 0.85, 0.8), z))


def _facade(street: Street, building: Building) -> float:
    """Find how far the walls of a side stand to the right of the camera."""
    return street.middle + building.side * (LANE + PAVEMENT)


def _wall(canvas: Canvas, street: Street, light: Light, building: Building) -> None:
    """Paint the wall along the street."""
    wall, near = _facade(street, building), max(building.near, TOO_NEAR)
    left, right = sorted((wall / near, wall / building.far))
    frame = left, -street.eye / near, right, (building.height - street.eye) / near
    patch = canvas.patch((street.vanishing, street.horizon), street.focus, frame, BUILDING)
    z = wall / np.where(patch.x == 0, np.float32(1e-6), patch.x)
    z = np.minimum(np.maximum(z, np.float32(near)), np.float32(building.far))
    above = street.eye + patch.y * z
    outside = np.maximum(np.maximum(above - building.height, -above) / z, np.maximum(left - patch.x, patch.x - right))
    patch.paint(outside, light.seen(building.colour, z, light.wall(building.side)))
    if near < BLURRED:
        patch.tint(_windows(building, z, above) / z, *_glass(light, building, z, above, z))


def _front(canvas: Canvas, street: Street, light: Light, building: Building, *, windows: bool) -> None:
    """Paint the wall that faces the camera; a neighbour in front of it hides its windows."""
    wall, z = _facade(street, building), building.near
    u, v, metre = street.at(wall, z)
    left, right = sorted((0.0, building.side * DEEP))
    frame = left, 0.0, right, building.height
    patch = canvas.patch((u, v), metre, frame, BUILDING)
    patch.paint(patch.box(*frame), light.seen(building.colour, z, light.front))
    if windows and z < BLURRED:
        patch.tint(_windows(building, patch.x, patch.y), *_glass(light, building, patch.x, patch.y, z))


def _windows(building: Building, along: Any, above: Any) -> Any:
    """Measure from the windows of a wall: as many to a storey as fit; ``along`` and ``above`` are metres."""
    storey, bay = building.storey, building.bay
    across = np.abs(along - np.floor(along / bay) * bay - bay / 2) - 0.26 * bay
    up = np.abs(above - np.floor(above / storey) * storey - 0.55 * storey) - 0.24 * storey
    return np.maximum(across, np.maximum(np.maximum(up, above - building.height + 0.4 * storey), -above))


def _glass(light: Light, building: Building, along: Any, above: Any, z: Any) -> tuple[Any, float]:
    """Choose what is seen in the windows: dark by day, and by night a lamp in some of them."""
    glass = light.on((0.2, 0.25, 0.32))
    if light.lamps:
        lottery = np.floor(along / building.bay) * 7 + np.floor(above / building.storey) * 13 + building.height
        lottery = lottery * lottery
        glass = np.where(lottery - np.floor(lottery) < light.lamps, light.lamp, glass)
    return light.far(glass, z), 0.85
