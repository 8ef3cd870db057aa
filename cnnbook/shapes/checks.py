"""The checks that all numbers go through: whole or real, one for each axis, groups that divide the channels."""

from numbers import Real
from operator import index
from typing import SupportsIndex

PerAxis = SupportsIndex | tuple[SupportsIndex, ...] | list[SupportsIndex]


def whole_number(name: str, value: SupportsIndex, least: int) -> int:
    """Return ``value`` as an ``int``, if it is a whole number of at least ``least``.

    Args:
        name: what the error message calls the number.
        value: Python's or NumPy's integer.
        least: the smallest number allowed.

    Raises:
        TypeError: ``value`` is no integer; ``True`` and ``2.0`` are none.
        ValueError: ``value`` is below ``least``.

    >>> whole_number("stride", np.int64(2), least=1)
    2
    >>> whole_number("stride", 0, least=1)
    Traceback (most recent call last):
    ValueError: stride=0 must be at least 1
    """
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} must be a whole number, not {type(value).__name__}")
    if number < least:
        raise ValueError(f"{name}={value!r} must be at least {least}")
    return number


def real_number(name: str, value: object) -> float:
    """Return ``value`` as a ``float``, if it is a real number.

    Args:
        name: what the error message calls the number.
        value: Python's or NumPy's number, whole or not.

    Raises:
        TypeError: ``value`` is no number; text and ``None`` are none.

    >>> real_number("momentum", np.float32(0.5))
    0.5
    >>> real_number("momentum", "0.1")
    Traceback (most recent call last):
    TypeError: momentum='0.1' must be a real number, not str
    """
    if not isinstance(value, Real):
        raise TypeError(f"{name}={value!r} must be a real number, not {type(value).__name__}")
    return float(value)


def per_axis(name: str, value: PerAxis, axes: int, least: int) -> tuple[int, ...]:
    """Spread one number over all spatial axes, or check that there is one for each.

    Args:
        name: what the error message calls the numbers.
        value: one whole number, or a tuple or list with one for each axis (rows before columns).
        axes: how many spatial axes there are.
        least: the smallest number allowed.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below ``least``, or there is not one for each axis.

    >>> per_axis("stride", 3, axes=2, least=1)
    (3, 3)
    >>> per_axis("stride", (2, 1), axes=2, least=1)
    (2, 1)
    """
    if not isinstance(value, tuple | list):
        return (whole_number(name, value, least),) * axes
    if len(value) != axes:
        raise ValueError(f"{name}={value!r} has length {len(value)}; give one number, or one for each axis ({axes})")
    return tuple(whole_number(name, number, least) for number in value)


def padding_per_axis(padding: PerAxis | str, axes: int) -> tuple[int | str, ...]:
    """Spread the padding over all spatial axes: pixels, or one of the words ``"same"`` and ``"valid"``.

    Raises:
        TypeError: a number of pixels is no integer.
        ValueError: another word, a negative number, or not one number for each axis.

    >>> padding_per_axis("same", axes=2)
    ('same', 'same')
    >>> padding_per_axis(1, axes=2)
    (1, 1)
    """
    if not isinstance(padding, str):
        return per_axis("padding", padding, axes, least=0)
    if padding not in {"same", "valid"}:
        raise ValueError(f"padding={padding!r} must be 'same', 'valid', or whole numbers of at least 0")
    return (padding,) * axes


def channels_in_groups(
    in_channels: SupportsIndex, out_channels: SupportsIndex, groups: SupportsIndex
) -> tuple[int, int]:
    """Return how many channels each filter reads, and how many filters there are.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1, or ``groups`` does not divide both kinds of channels.

    >>> channels_in_groups(in_channels=6, out_channels=4, groups=2)
    (3, 4)
    """
    share = whole_number("groups", groups, least=1)
    inputs = whole_number("in_channels", in_channels, least=1)
    outputs = whole_number("out_channels", out_channels, least=1)
    for name, channels in [("in_channels", inputs), ("out_channels", outputs)]:
        if channels % share:
            raise ValueError(f"groups={groups} must divide {name}={channels}")
    return inputs // share, outputs
