"""Hour and weather: how bright it is, how far one sees, and what falls from the sky."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from cnnbook.data.scenes._painting.canvas import Colour, rgb
from cnnbook.data.scenes._painting.street import Street

#                    light, zenith, horizon, cloud
HOURS = {
    "day": (1.0, (0.25, 0.48, 0.85), (0.72, 0.83, 0.93), (0.95, 0.95, 0.96)),
    "dusk": (0.72, (0.24, 0.27, 0.5), (0.9, 0.6, 0.42), (0.75, 0.5, 0.48)),
    "night": (0.58, (0.03, 0.04, 0.1), (0.12, 0.13, 0.2), (0.1, 0.1, 0.14)),
}
#           metres of sight, clouds and their raggedness, contrast of sun and shade
WEATHERS = {
    "clear": (400.0, -0.1, 1.2, 0.3),
    "overcast": (220.0, 0.8, 0.5, 0.08),
    "fog": (26.0, 1.0, 0.2, 0.03),
    "rain": (90.0, 0.85, 0.4, 0.06),
    "snow": (60.0, 0.9, 0.3, 0.06),
}
GREY = rgb(0.66, 0.69, 0.72)
SNOWED = (0, 0, 0.7, 1, 0, 0, 0, 0, 0)  # share of each class that snow can cover
GRAIN = (0.05, 0.1, 0.16, 0.14, 0.26, 0.06, 0.16, 0.06, 0.06)  # of each class, in shares of its brightness


class Light:
    """What the hour and the weather of a street do to its colours."""

    def __init__(self, street: Street) -> None:
        self.bright, *colours = HOURS[street.hour]
        self.sight, self.clouds, self.raggedness, self.contrast = WEATHERS[street.weather]
        self.night = street.hour == "night"
        self.zenith, self.haze, self.cloud = (rgb(*colour) for colour in colours)
        if street.weather != "clear":
            veil = GREY * self.bright
            self.haze = self.haze + np.float32(0.7) * (veil - self.haze)
            self.cloud = veil
        self.sun, self.front = street.sun, 0.9
        self.tint = tuple(value * self.bright for value in street.tint)
        self.lamps = {"day": 0.0, "dusk": 0.5, "night": 0.7}[street.hour]
        self.lamp = rgb(1.0, 0.85, 0.5)

    def wall(self, side: int) -> float:
        """Say how bright a wall on a side is: the sun stands on one of them and shines on the other."""
        return 1 - self.contrast if side == self.sun else 1 + self.contrast / 3

    def on(self, colour: Sequence[float], shade: float = 1.0) -> Colour:
        """Light a colour."""
        (red, green, blue), (r, g, b) = colour, self.tint
        return rgb(red * r * shade, green * g * shade, blue * b * shade)

    def fog(self, z: Any) -> Any:
        """Share of a colour that the haze has swallowed after so many metres: a half at the end of sight."""
        return z / (z + self.sight)

    def far(self, colour: Colour, z: Any) -> Colour:
        """See a lit colour through the haze."""
        hazy: Colour = colour + self.fog(z) * (self.haze - colour)
        return hazy

    def seen(self, colour: Sequence[float], z: Any, shade: float = 1.0) -> Colour:
        """Light a colour, and see it through the haze."""
        return self.far(self.on(colour, shade), z)


def develop(
    image: Float[np.ndarray, "3 h w"],
    classes: UInt8[np.ndarray, "h w"],
    street: Street,
    light: Light,
    noise: tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"], UInt8[np.ndarray, "3 h w"]],
) -> UInt8[np.ndarray, "3 h w"]:
    """Give surfaces their grain, let it rain or snow, and take the picture: whole numbers from 0 to 255."""
    coarse, fine, grain = noise
    image *= 1 + np.asarray(GRAIN, np.float32)[classes] * fine
    if street.weather == "snow":
        lying = np.minimum(np.maximum(coarse + np.float32(0.4), 0), np.float32(0.8))
        image += lying * np.asarray(SNOWED, np.float32)[classes] * (light.on((0.9, 0.9, 0.9)) - image)
    if street.weather in ("rain", "snow"):
        falling = grain[0, ::-1] > 251  # noqa: PLR2004 (one place in sixty)
        if street.weather == "rain":
            falling[1:] |= falling[:-1]
        image += falling * np.float32(0.5) * (light.cloud * np.float32(1.3) - image)
    image += (grain - np.float32(127.5)) * np.float32(0.00025 if light.bright == 1 else 0.0004)
    taken: UInt8[np.ndarray, "3 h w"] = (np.minimum(np.maximum(image, 0), 1) * 255 + np.float32(0.5)).astype(np.uint8)
    return taken
