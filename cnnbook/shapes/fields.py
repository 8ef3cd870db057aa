r"""What a unit of a deep layer sees of the input: the chain of windows below it, followed downwards.

One axis at a time, as everywhere in this package.
Where paths branch and join again, as in a ResNet, the receptive field is that of the widest path.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from operator import index
from typing import NamedTuple, SupportsIndex

from cnnbook.shapes.checks import whole_number
from cnnbook.shapes.sizes import conv_output_size, padding_sides, transposed_output_size


class Window(NamedTuple):
    """A layer whose units each read one window: a convolution or a pooling.

    The plain numbers in the same order mean the same: ``(3, 2)`` is ``Window(kernel=3, stride=2)``.
    An activation or a normalisation reads one unit only; leave it out.

    Args:
        kernel: units that are read.
        stride: units from one window to the next.
        padding: units added on each side, or ``"same"`` or ``"valid"``.
        dilation: from one unit that is read to the next.
    """

    kernel: SupportsIndex
    stride: SupportsIndex = 1
    padding: SupportsIndex | str = 0
    dilation: SupportsIndex = 1

    def reads(self, unit: int) -> range:
        """List the units of the layer below that one unit reads; numbers outside of that layer are padding.

        >>> list(Window(kernel=3, stride=2, padding=1).reads(0))
        [-1, 0, 1]
        """
        before, _ = padding_sides(*self)
        start = unit * index(self.stride) - before
        return range(start, start + index(self.dilation) * index(self.kernel), index(self.dilation))

    def output_size(self, n: int) -> int:
        """Count the units that stand above ``n``."""
        return conv_output_size(n, *self)


class TransposedWindow(NamedTuple):
    """A layer that lays a kernel down for each unit below it: a transposed convolution.

    Args:
        kernel: weights that are laid down.
        stride: units from one copy of the kernel to the next.
        padding: units that are cut off on each side.
        dilation: units from one weight to the next.
        output_padding: units that are added at the end.
    """

    kernel: SupportsIndex
    stride: SupportsIndex = 1
    padding: SupportsIndex = 0
    dilation: SupportsIndex = 1
    output_padding: SupportsIndex = 0

    def reads(self, unit: int) -> list[int]:
        """List the units below whose kernels reach one unit.

        >>> [TransposedWindow(kernel=3, stride=2).reads(unit) for unit in (2, 3, 4)]
        [[1, 0], [1], [2, 1]]
        """
        weights = range(whole_number("kernel", self.kernel, least=1))
        stride = whole_number("stride", self.stride, least=1)
        dilation = whole_number("dilation", self.dilation, least=1)
        place = unit + whole_number("padding", self.padding, least=0)
        return [(place - dilation * w) // stride for w in weights if (place - dilation * w) % stride == 0]

    def output_size(self, n: int) -> int:
        """Count the units that stand above ``n``."""
        return transposed_output_size(n, *self)


Layer = Window | TransposedWindow | tuple[SupportsIndex | str, ...] | list[SupportsIndex | str]


class ReceptiveField(NamedTuple):
    """The pixels of the input that the units of one layer see.

    Args:
        size: pixels from the first to the last that one unit sees, both included.
        jump: pixels by which the field moves from one unit to the next.
        offset: the pixel with which the field of unit 0 begins; below 0 it begins in the padding.
    """

    size: int
    jump: int
    offset: int

    def pixels(self, unit: SupportsIndex) -> range:
        """Give the pixels over which the field of one unit reaches; those outside the row are padding.

        >>> ReceptiveField(size=5, jump=2, offset=-2).pixels(1)
        range(0, 5)
        """
        start = self.offset + whole_number("unit", unit, least=0) * self.jump
        return range(start, start + self.size)


def receptive_field(layers: Sequence[Layer]) -> ReceptiveField:
    r"""Compute how many pixels a unit after the last layer sees, how far apart units look, and where the first begins.

    .. math::

       r = 1 + \sum_l d_l (k_l - 1) \prod_{m < l} s_m
       \qquad j = \prod_l s_l
       \qquad f = -\sum_l p_l \prod_{m < l} s_m

    Unit :math:`i` sees the pixels from :math:`f + ij` to :math:`f + ij + r - 1`.
    Dilation and a stride beyond the kernel may leave holes between them; :func:`count_paths` finds the holes.

    Args:
        layers: from the input upwards; each a :class:`Window` or ``(kernel, stride, padding, dilation)``.

    Returns:
        size :math:`r`, jump :math:`j` and offset :math:`f`, in pixels.

    Raises:
        TypeError: a number is no integer, or a layer no window.
            A transposed layer is none: its units do not all see equally much.
        ValueError: a number is out of range.

    References:
        Araujo, Norris & Sim (2019), *Computing receptive fields of convolutional neural networks*, Distill.

    >>> receptive_field([(3,), (3,), (3, 2), (3,)])
    ReceptiveField(size=11, jump=2, offset=0)
    >>> receptive_field([Window(kernel=3, padding="same"), Window(kernel=2, stride=2)])
    ReceptiveField(size=4, jump=2, offset=-1)
    """
    return [ReceptiveField(1, 1, 0), *receptive_fields(layers)][-1]


def receptive_fields(layers: Sequence[Layer]) -> list[ReceptiveField]:
    """Compute the receptive field after each layer of a chain, as :func:`receptive_field` does after the last.

    Args:
        layers: from the input upwards.

    Raises:
        TypeError: as in :func:`receptive_field`.
        ValueError: as in :func:`receptive_field`.

    >>> [field.size for field in receptive_fields([(3,), (3,), (3,)])]
    [3, 5, 7]
    """
    fields, below = [], ReceptiveField(1, 1, 0)
    for place, window in enumerate(windows_of(layers)):
        if isinstance(window, TransposedWindow):
            raise TypeError(
                f"layers[{place}]={window!r} must not be transposed: "
                "its units do not all see equally much; count_paths says what one of them sees"
            )
        first = window.reads(0)
        below = ReceptiveField(
            size=below.size + (first[-1] - first[0]) * below.jump,
            jump=below.jump * index(window.stride),
            offset=below.offset + first[0] * below.jump,
        )
        fields.append(below)
    return fields


def count_paths(n: SupportsIndex, layers: Sequence[Layer], unit: SupportsIndex) -> list[int]:
    r"""Count for each of ``n`` pixels the paths on which it reaches one unit after the last layer.

    A pixel with no path is not seen.
    The numbers are the gradient of the unit where all weights are 1,
    so they show how little the rim of a receptive field counts beside its middle.
    Paths do not pass through padding.
    Transposed layers may be among the others.

    Args:
        n: pixels in the row.
        layers: from the input upwards; each a :class:`Window`, a :class:`TransposedWindow`
            or ``(kernel, stride, padding, dilation)``.
        unit: whose paths are counted, from 0.

    Raises:
        TypeError: a layer is no window, or a number no integer.
        ValueError: a number is out of range, a kernel does not fit, or there is no such unit.

    References:
        Luo, Li, Urtasun & Zemel (2016), *Understanding the effective receptive field in deep convolutional neural
        networks*, section 2.

    >>> count_paths(7, [(3,), (3,)], unit=1)
    [0, 1, 2, 3, 2, 1, 0]
    >>> count_paths(7, [(3, 1, 0, 2)], unit=1)  # dilation leaves holes
    [0, 1, 0, 1, 0, 1, 0]
    >>> [sum(count_paths(3, [TransposedWindow(3, stride=2)], unit)) for unit in range(7)]  # a checkerboard in one line
    [1, 1, 2, 1, 2, 1, 1]
    """
    windows = windows_of(layers)
    *sizes, last = accumulate(windows, lambda size, window: window.output_size(size), initial=whole_number("n", n, 1))
    unit = whole_number("unit", unit, least=0)
    if unit >= last:
        raise ValueError(f"unit={unit} must be below {last}, the number of units after the last layer")
    paths = Counter({unit: 1})
    for size, window in zip(reversed(sizes), reversed(windows), strict=True):
        above, paths = paths, Counter()
        for place, ways in above.items():
            paths.update({read: ways for read in window.reads(place) if 0 <= read < size})
    return [paths[pixel] for pixel in range(index(n))]


def windows_of(layers: Sequence[Layer]) -> list[Window | TransposedWindow]:
    """Return layers as windows, and say which of them is none.

    Raises:
        TypeError: a layer is no window, or a number no integer.
        ValueError: a number is out of range.

    >>> windows_of([(3, 1, "same")])
    [Window(kernel=3, stride=1, padding='same', dilation=1)]
    >>> windows_of([(3,), (2, 0)])
    Traceback (most recent call last):
    ValueError: layers[1]=(2, 0): stride=0 must be at least 1
    """
    windows: list[Window | TransposedWindow] = []
    for place, layer in enumerate(layers):
        if isinstance(layer, Window | TransposedWindow):
            window = layer
        elif isinstance(layer, tuple | list) and 1 <= len(layer) <= len(Window._fields):
            window = Window(*layer)
        else:
            raise TypeError(f"layers[{place}]={layer!r} must be a Window or (kernel, stride, padding, dilation)")
        try:
            window.reads(0)
        except (TypeError, ValueError) as error:
            raise type(error)(f"layers[{place}]={layer!r}: {error}") from error
        windows.append(window)
    return windows
