"""Ways to spoil a computation, and the mistakes that many exercises share.

Each makes a :class:`~cnnbook.exercises.record.Mistake` of a sentence and a change:
other arguments (`instead`), arguments that were changed (`altered`), a result that was changed (`after`),
or another computation with the same arguments (`otherwise`).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Num

from cnnbook.exercises.record import Compute, Mistake


def instead(says: str, **changes: Any) -> Mistake:
    """The same computation with other arguments.

    >>> instead("You have left out the padding.", padding=0).spoil(dict)(n=8, padding=1)
    {'n': 8, 'padding': 0}
    """
    return Mistake(says, lambda compute: lambda **given: compute(**given | changes))


def altered(says: str, **changes: Callable[[Any], Any]) -> Mistake:
    """The same computation with arguments that were changed before.

    >>> altered("You have flipped the kernel.", weight=np.flip).spoil(dict)(weight=[1, 2])
    {'weight': array([2, 1])}
    """

    def spoil(compute: Compute) -> Compute:
        return lambda **given: compute(**given | {name: change(given[name]) for name, change in changes.items()})

    return Mistake(says, spoil)


def after(says: str, change: Callable[[Any], Any]) -> Mistake:
    """The right result, changed afterwards.

    >>> after("You have counted one too few.", lambda size: size - 1).spoil(max)(3, 4)
    3
    """
    return Mistake(says, lambda compute: lambda *given, **named: change(compute(*given, **named)))


def otherwise(says: str, compute: Compute) -> Mistake:
    """Another computation with the same arguments.

    >>> otherwise("You have taken the smallest.", min).spoil(max)(3, 4)
    3
    """
    return Mistake(says, lambda _: compute)


def flipped(array: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
    """Turn a kernel round: along its rows and columns, and not along filters and channels.

    >>> flipped(np.array([[[1, 2, 3]]]))
    array([[[3, 2, 1]]])
    """
    axes = range(array.ndim) if array.ndim <= 2 else (-2, -1)  # noqa: PLR2004  a bare kernel has no channels
    return np.flip(array, tuple(axes))


def rounded_up(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The output's size, had the fraction been rounded up.

    >>> rounded_up(8, kernel=3, stride=2)
    4
    """
    return math.ceil((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


FLIPPED = altered("You have flipped the kernel. Deep learning's convolution lays it down as it stands.", weight=flipped)
NOT_PADDED = instead("You have left out the padding.", padding=0)
NO_STRIDE = instead("You have left out the stride: the kernel moves on by more than one place.", stride=1)
NO_DILATION = instead("You have left out the dilation: the kernel's numbers stand apart.", dilation=1)
NO_BIAS = instead("You have left out the bias.", bias=None)
NO_GROUPS = instead("You have let every filter read every channel, as if there were no groups.", groups=1)
ROUNDED_UP = otherwise("You have rounded up. A step that leads beyond the end is not made.", rounded_up)
ONE_TOO_FEW = after(
    "You have forgotten the + 1: that counts the steps, and there is one place more.", lambda size: size - 1
)
