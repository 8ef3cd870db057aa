"""Plan a street: where the camera stands, what is built, who is there, and in which weather.

A plan knows no pixels: the same street can be painted in any size.
Lengths are metres: ``x`` to the right of the camera, ``z`` away from it. Colours are red, green and blue from 0 to 1.
"""

from dataclasses import dataclass, field

import numpy as np

Frame = tuple[float, float, float, float]  # left, top, right, bottom
KINDS = ("tree", "sign", "person", "car", "bus")
HEIGHTS = {"tree": (3.5, 8.0), "sign": (2.5, 3.4), "person": (1.3, 1.95), "car": (1.4, 1.7), "bus": (2.8, 3.3)}
WIDTHS = {"tree": 0.75, "sign": 0.5, "person": 0.4, "car": 1.2, "bus": 0.8}  # times the height
FARTHEST = {"tree": 24.0, "sign": 10.0, "person": 10.0, "car": 26.0, "bus": 36.0}
NEAREST = {"tree": 1.2, "sign": 1.2, "person": 1.5, "car": 3.2, "bus": 2.2}  # times what its height would fill
MOST = {"tree": 4, "sign": 2, "person": 5, "car": 4, "bus": 1}
LENGTHS = {"car": (2.5, 2.9), "bus": (2.6, 3.4)}  # from end to end, times the height
HIDDEN = 0.6  # of a thing's frame behind a nearer one: then it is left out
LANE, PAVEMENT, END = 3.2, 3.0, 48.0
WEATHERS = ("clear", "clear", "overcast", "fog", "rain", "snow")
HOURS = ("day", "day", "day", "day", "dusk", "night")
FACADES = (
    (0.62, 0.35, 0.28),
    (0.75, 0.68, 0.55),
    (0.55, 0.56, 0.6),
    (0.8, 0.78, 0.74),
    (0.45, 0.5, 0.42),
    (0.6, 0.72, 0.85),
)
PAINTS = (
    (0.75, 0.1, 0.1),
    (0.1, 0.2, 0.6),
    (0.85, 0.85, 0.87),
    (0.12, 0.12, 0.14),
    (0.5, 0.52, 0.55),
    (0.1, 0.4, 0.25),
    (0.85, 0.65, 0.1),
    (0.6, 0.75, 0.85),
)
LEAVES = ((0.16, 0.38, 0.12), (0.3, 0.48, 0.14), (0.7, 0.42, 0.1), (0.6, 0.2, 0.12), (0.45, 0.38, 0.3))


class Lots:
    """Draw lots that no release of NumPy will change: from its old generator, whose stream is frozen."""

    def __init__(self) -> None:
        self.random = np.random.RandomState(0)
        self.shares = iter(list[float]())

    def begin(self, seed: int, number: int) -> None:
        """Begin the stream of one picture, which depends on nothing else."""
        self.random.seed([seed, number])
        self.shares = iter(list[float]())

    def share(self) -> float:
        """Draw a number from 0 to 1, all equally likely."""
        for drawn in self.shares:
            return drawn
        self.shares = iter(self.random.random_sample(256).tolist())  # many at once cost as little as one
        return next(self.shares)

    def between(self, low: float, high: float) -> float:
        """Draw a number, all equally likely."""
        return low + (high - low) * self.share()

    def below(self, count: int) -> int:
        """Draw a whole number from 0 on."""
        return int(count * self.share())

    def chance(self, share: float) -> bool:
        """Say yes in a share of all cases."""
        return self.share() < share

    def near(self, colours: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
        """Draw a colour close to one of the given."""
        return tuple(max(0.02, value + self.between(-0.09, 0.09)) for value in colours[self.below(len(colours))])

    def any_colour(self) -> tuple[float, ...]:
        """Draw a colour of all that there are."""
        return self.between(0.05, 0.9), self.between(0.05, 0.9), self.between(0.05, 0.9)


@dataclass(frozen=True)
class Building:
    """A house along the street: from ``near`` to ``far``."""

    side: int  # −1 left, 1 right
    near: float
    far: float
    height: float
    colour: tuple[float, ...]
    storey: float
    bay: float


@dataclass(frozen=True)
class Thing:
    """Something that stands on the street: its kind, its place and what it looks like."""

    kind: str
    x: float
    z: float
    height: float
    colour: tuple[float, ...]
    second: tuple[float, ...]
    sideways: bool
    looks: tuple[float, ...]  # numbers from 0 to 1, which its painter interprets

    @property
    def length(self) -> float:
        """Measure a vehicle from end to end, in units of its height."""
        shortest, longest = LENGTHS[self.kind]
        return shortest + self.looks[15] * (longest - shortest)

    def far_end(self, street: "Street") -> tuple[float, float, float]:
        """Find a vehicle's other end: its middle and its foot, and how much smaller a metre is there."""
        u, v, metre = street.at(self.x, self.z)
        far_u, far_v, far_metre = street.at(self.x, self.z + self.length * self.height)
        unit = self.height * metre
        return (far_u - u) / unit, (v - far_v) / unit, far_metre / metre

    def reach(self, street: "Street") -> tuple[float, float]:
        """Say how far it extends to the left and to the right of its foot, in units of its height."""
        half = WIDTHS[self.kind] / 2
        if self.kind not in LENGTHS:
            return -half, half
        if self.sideways:
            return -self.length / 2, self.length / 2
        middle, _, ratio = self.far_end(street)
        return min(-half, middle - half * ratio), max(half, middle + half * ratio)


@dataclass(frozen=True)
class Street:
    """All that a picture shows, and where it is seen from."""

    horizon: float
    vanishing: float
    focus: float
    eye: float  # metres above the road
    middle: float  # of the road, metres to the right of the camera
    weather: str
    hour: str
    sun: int  # the side that it shines on
    tint: tuple[float, ...]
    ground: tuple[float, ...]
    walk: tuple[float, ...]
    skyline: tuple[float, ...]
    buildings: tuple[Building, ...]
    things: tuple[Thing, ...] = field(default=())  # from far to near

    def at(self, x: float, z: float) -> tuple[float, float, float]:
        """Find where a point of the ground is seen, and how much of the frame a metre takes there.

        Rays through one point: ``u = vanishing + focus · x / z``, ``v = horizon + focus · eye / z``.
        """
        scale = self.focus / z
        return self.vanishing + scale * x, self.horizon + scale * self.eye, scale

    def frame(self, thing: Thing) -> Frame:
        """Bound a thing, roughly, in shares of the picture."""
        u, v, metre = self.at(thing.x, thing.z)
        unit, (left, right) = metre * thing.height, thing.reach(self)
        return u + unit * left, v - unit, u + unit * right, v


def plan(lots: Lots) -> Street:
    """Draw a street by lot."""
    middle = lots.between(-2.6, 2.6)
    grey = lots.between(0.22, 0.42)
    pale = lots.between(0.42, 0.66)
    street = Street(
        horizon=lots.between(0.36, 0.52),
        vanishing=lots.between(0.3, 0.7),
        focus=lots.between(0.8, 1.1),
        eye=lots.between(1.5, 2.6),
        middle=middle,
        weather=WEATHERS[lots.below(len(WEATHERS))],
        hour=HOURS[lots.below(len(HOURS))],
        sun=1 if lots.chance(0.5) else -1,
        tint=(lots.between(0.92, 1.08), 1.0, lots.between(0.92, 1.08)),
        ground=(grey, grey * lots.between(0.97, 1.02), grey * lots.between(0.96, 1.06)),
        walk=(pale, pale * lots.between(0.93, 1.0), pale * lots.between(0.82, 1.0)),
        skyline=tuple(lots.between(2, 16) if lots.chance(0.8) else 0.0 for _ in range(18)),
        buildings=tuple(_row(lots, -1) + _row(lots, 1)),
    )
    return Street(**vars(street) | {"things": _things(lots, street)})


def _row(lots: Lots, side: int) -> list[Building]:
    """Build one side of the street, from near to far, with gaps."""
    row: list[Building] = []
    z = lots.between(-4, 4)
    while z < END:
        length = lots.between(7, 20)
        if lots.chance(0.82):
            colour = lots.near(FACADES)
            height, storey, bay = lots.between(4, 17), lots.between(2.7, 3.6), lots.between(1.8, 3.4)
            row.append(Building(side, z, z + length, height, colour, storey, bay))
        z += length
    return row


def _things(lots: Lots, street: Street) -> tuple[Thing, ...]:
    """Put things on the street, the nearest first, and leave out what a nearer one hides."""
    drawn = [_thing(lots, street, kind) for kind in KINDS for _ in range(lots.below(MOST[kind] + 1))]
    while not drawn:
        drawn.append(_thing(lots, street, "person"))
    seen: list[Thing] = []
    for thing in sorted(drawn, key=lambda one: one.z):
        frame = street.frame(thing)
        hidden = [_shared(frame, street.frame(nearer)) for nearer in seen]
        if max([1 - _shared(frame, (0, 0, 1, 1)), *hidden]) < HIDDEN:
            seen.append(thing)
    return tuple(seen[::-1])


def _thing(lots: Lots, street: Street, kind: str) -> Thing:
    """Choose where a thing stands and what it looks like; vehicles keep to a lane, most people to the pavement."""
    height = lots.between(*HEIGHTS[kind])
    sideways = kind in LENGTHS and lots.chance(0.35)
    side = 1 if lots.chance(0.5) else -1
    if kind in LENGTHS:
        x = street.middle + side * (LANE / 2 + lots.between(-0.3, 0.3)) + (lots.between(-3, 3) if sideways else 0)
    elif kind == "person" and lots.chance(0.35):
        x = street.middle + lots.between(-LANE, LANE)
    else:
        x = street.middle + side * (LANE + lots.between(0.3, 0.8 if kind == "sign" else PAVEMENT - 0.3))
    room = street.vanishing if x < 0 else 1 - street.vanishing
    nearest = min(max(NEAREST[kind] * street.focus * height, street.focus * abs(x) / room), 0.8 * FARTHEST[kind])
    z = 1 / lots.between(1 / FARTHEST[kind], 1 / nearest)  # so that all sizes on the screen are equally likely
    colour = {"tree": lots.near(LEAVES), "person": lots.any_colour(), "sign": lots.any_colour()}.get(kind)
    colour = colour or lots.near(PAINTS)
    looks = tuple(lots.share() for _ in range(16))
    return Thing(kind, x, z, height, colour, lots.any_colour(), sideways, looks)


def _shared(frame: Frame, other: Frame) -> float:
    """Share of a frame that lies within another."""
    wide = min(frame[2], other[2]) - max(frame[0], other[0])
    high = min(frame[3], other[3]) - max(frame[1], other[1])
    return max(0.0, wide) * max(0.0, high) / ((frame[2] - frame[0]) * (frame[3] - frame[1]))
