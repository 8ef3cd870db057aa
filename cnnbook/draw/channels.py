"""A convolution of several maps drawn step by step: each map under its own slice of the filter, and the sum over all.

The numbers come from :mod:`cnnbook.reference`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Num

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import Part, Place, corners, frame, number_word, products, table, taps, text
from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import Still, laid_out
from cnnbook.reference.conv import conv_loops, real
from cnnbook.shapes import per_axis

_DIGIT = 10  # pixels that a character takes in a written sum
_ROOM = 440  # pixels; shrinks to three quarters on a phone


@dataclass(frozen=True)
class Channels:
    """Filters that slide over the maps of a small input; signals are maps of one row.

    Args:
        input: The maps.
        kernel: The weights: for each filter a slice for each map.
        bias: A number for each filter.
        stride: Cells from one window to the next, down and across.
        padding: Cells on each border, above and below, left and right.
        dilation: Cells from one weight to the next, down and across.
        padding_mode: What stands in them, as :func:`cnnbook.reference.conv.conv_loops` names it.

    Raises:
        TypeError: an array holds no real numbers.
        ValueError: the input has other than three axes, the kernel other than four, or their maps differ in number.

    >>> two_maps, ones = np.array([[[1, 2]], [[3, 4]]]), np.ones((1, 2, 1, 1))
    >>> Channels(two_maps, ones, bias=np.array([10])).output
    array([[[14., 16.]]])
    """

    input: Num[np.ndarray, "maps rows columns"]
    kernel: Num[np.ndarray, "filters maps kernel_rows kernel_columns"]
    bias: Num[np.ndarray, " filters"]
    stride: Place = (1, 1)
    padding: Place = (0, 0)
    dilation: Place = (1, 1)
    padding_mode: str = "zeros"

    def __post_init__(self) -> None:
        for name, axes in [("input", 3), ("kernel", 4)]:
            shape = real(name, getattr(self, name)).shape
            if len(shape) != axes:
                raise ValueError(f"{name} must have {axes} axes, not the shape {shape}")
        if self.kernel.shape[1] != len(self.input):
            raise ValueError(
                f"kernel of shape {self.kernel.shape} must have a slice for each of the {len(self.input)} maps"
            )
        for name, least in [("stride", 1), ("padding", 0), ("dilation", 1)]:
            object.__setattr__(self, name, per_axis(name, getattr(self, name), axes=2, least=least))

    @cached_property
    def output(self) -> Float[np.ndarray, "filters rows columns"]:
        """What the reference computes: a map for each filter.

        Raises:
            ValueError: the kernel does not fit the padded input, or there is not one bias for each filter.
        """
        maps = conv_loops(
            self.input[None],
            self.kernel,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            padding_mode=self.padding_mode,
        )
        output: Float[np.ndarray, "filters rows columns"] = maps[0]
        return output

    @property
    def axes(self) -> int:
        """One for signals, two for pictures."""
        return 1 if self.input.shape[1] == self.kernel.shape[2] == 1 else 2

    @property
    def most_telling(self) -> tuple[int, int, int]:
        """The first place of the largest output: filter, row, column."""
        filter_, row, column = np.unravel_index(self.output.argmax(), self.output.shape)
        return int(filter_), int(row), int(column)

    def slides(self, filter_: int) -> Sequence[Slide]:
        """Each map under its slice of one filter; over all maps, their outputs add up to the filter's but for the bias.

        >>> stereo = Channels(np.array([[[1, 2]], [[3, 4]]]), np.ones((1, 2, 1, 1)), np.array([0]))
        >>> [slide.output.tolist() for slide in stereo.slides(0)]
        [[[1.0, 2.0]], [[3.0, 4.0]]]
        """
        pairs = zip(self.input, self.kernel[filter_], strict=True)
        return [
            Slide(map_, slice_, self.stride, self.padding, self.dilation, self.padding_mode) for map_, slice_ in pairs
        ]

    def drawn(self, filter_: int, place: Place) -> str:
        """Draw how one output is computed, as an SVG that fits a phone: maps and slices, outputs, the sums."""
        slides = self.slides(filter_)
        stage = Still(slides[0].places.index(place))
        rows = [self._map(slide, stage) for slide in slides]
        rows += [[self._output(number, (filter_, place), "" if number else "=")] for number in range(len(self.output))]
        sums = [float(slide.output[place]) for slide in slides]
        written = [[products(slide.under(place), slide.kernel, sum_)] for slide, sum_ in zip(slides, sums, strict=True)]
        total = float(self.output[filter_, *place])
        return laid_out(rows, [*written, [_added([*sums, float(self.bias[filter_])], total)]], room=_ROOM)

    def _map(self, slide: Slide, stage: Still) -> list[Part]:
        """A map with the window on it, and the slice that reads it."""
        window = taps(slide.kernel.shape, slide.dilation) + corners(slide.dilation, slide.kernel)
        over = stage.moved(window, slide.steps)
        input_ = table("input", slide.padded, self.axes, border=slide.padding, over=over)
        return [input_, table("kernel", slide.kernel, self.axes, sign="∗")]

    def _output(self, number: int, chosen: tuple[int, Place], sign: str) -> Part:
        """The map of one filter, with a frame where it is the chosen one."""
        filter_, place = chosen
        over = Still(0).moved(frame(0, 0, "output"), [place]) if number == filter_ else ""
        return table("output", self.output[number], self.axes, sign=sign, over=over)


def _added(numbers: Sequence[float], total: float) -> Part:
    """The sums of the maps and the bias, and what they add up to."""
    words = [
        f"({number_word(number)})" if at and number < 0 else number_word(number) for at, number in enumerate(numbers)
    ]
    *sums, bias = words
    kernel, output = (f'fill="{LIGHT[role]}"' for role in ("kernel", "output"))
    result = f'<tspan {output} font-weight="700">{number_word(total)}</tspan>'
    equals = f'<tspan fill="{LIGHT["muted"]}"> = </tspan>'  # what stands between two spans would not reach the page
    written = f"{' + '.join(sums)} + <tspan {kernel}>{bias}</tspan>{equals}{result}"
    width = _DIGIT * (len(" + ".join(words)) + len(number_word(total)) + 3)
    return Part(text(width / 2, 13, written), width, 26)
