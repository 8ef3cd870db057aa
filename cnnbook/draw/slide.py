"""A convolution drawn as a textbook does: the kernel lies on the input, and the sum is written out.

The numbers come from :mod:`cnnbook.reference`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from cnnbook.draw.pieces import Part, Place, Table, corners, frame, products, struck, table, taps
from cnnbook.draw.stage import Operation, Stage
from cnnbook.reference.conv import conv_loops
from cnnbook.reference.windows import Window


@dataclass(frozen=True)
class Slide(Operation):
    """A kernel that slides over a small input; a signal is an input of one row.

    Args:
        input: The numbers that the kernel reads.
        kernel: The weights.
        stride: Cells from one window to the next, down and across.
        padding: Cells on each border, above and below, left and right.
        dilation: Cells from one weight to the next, down and across.
        padding_mode: What stands in them, as :func:`cnnbook.reference.conv.conv_loops` names it.

    >>> edge = Slide(np.array([[0, 0, 0, 1, 1, 1]]), np.array([[-1, 0, 1]]))
    >>> edge.output
    array([[0., 1., 1., 0.]])
    """

    padding_mode: str = "zeros"

    @cached_property
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes.

        Raises:
            ValueError: the kernel does not fit the padded input, or the padding finds too few cells to copy.
        """
        images, filters = self.input[None, None], self.kernel[None, None]
        maps = conv_loops(
            images,
            filters,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            padding_mode=self.padding_mode,
        )
        output: Float[np.ndarray, "rows columns"] = maps[0, 0]
        return output

    @cached_property
    def padded(self) -> Table:
        """The input within its border."""
        return self._window.pad(self.input, self.padding_mode)

    @property
    def walked(self) -> Table:
        """The output: each step computes one of its cells."""
        return self.output

    @property
    def bordered(self) -> Table:
        """The padded input."""
        return self.padded

    def under(self, place: Place) -> Table:
        """The numbers under the kernel at one output."""
        return self.padded[self._window.at(place)]

    @property
    def untouched(self) -> Sequence[Place]:
        """The cells of the padded input that no output reads.

        >>> Slide(np.ones((1, 6)), np.ones((1, 3)), stride=(1, 2)).untouched
        [(0, 5)]
        """
        read = np.zeros_like(self.padded, dtype=bool)
        for place in self.places:
            read[self._window.at(place)] = True
        return [(int(row), int(column)) for row, column in np.argwhere(~read)]

    @property
    def _window(self) -> Window:
        return Window.of(self.kernel.shape, self.stride, self.padding, self.dilation)

    def rows(self, stage: Stage, *, brief: bool = False) -> list[list[Part]]:
        """Draw the input, the kernel and the output, and the sum of each place."""
        window = taps(self.kernel.shape, self.dilation) + ("" if brief else corners(self.dilation, self.kernel))
        marks = struck(self.untouched) if brief else ""
        reading = stage.moved(window, self.steps, glides=True)
        input_ = table("input", self.padded, self.axes, border=self.padding, over=marks + reading)
        output = self._filling(stage, sign="" if brief else "=")
        if brief:
            return [[input_], [output]]
        kernel = table("kernel", self.kernel, self.axes, sign="∗")
        sums = [products(self.under(place), self.kernel, float(self.output[place])) for place in self.places]
        total = Part(stage.in_turn([part.svg for part in sums]), sums[0].width, sums[0].height)
        return [[input_], [kernel, output], [total]]

    def _filling(self, stage: Stage, sign: str) -> Part:
        """Draw the output as it fills, step by step, with ``sign`` before it."""
        return table(
            "output",
            self.output,
            self.axes,
            sign=sign,
            over=stage.moved(frame(0, 0, "output"), self.places),
            cell=lambda place, filled: stage.growing({self.places.index(place): filled(self.output[place])}),
        )
