"""A transposed convolution drawn by hand: one input at a time, times the whole kernel, laid down at its own place.

The numbers come from :mod:`cnnbook.reference`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from cnnbook.draw.pieces import Part, Place, Table, corners, frame, products, struck, table, taps
from cnnbook.draw.stage import Operation, Stage
from cnnbook.reference.conv_transpose import conv_transpose_loops
from cnnbook.shapes import per_axis


@dataclass(frozen=True)
class Stamp(Operation):
    """A kernel that every number of a small input lays down on the output; a signal is an input of one row.

    Args:
        input: The numbers that are multiplied by the whole kernel, one after the other.
        kernel: The weights.
        stride: Cells of the output from one kernel to the next, down and across.
        padding: Cells of the output that are cut off on each side, above and below, left and right.
        dilation: Cells from one weight to the next, down and across.
        output_padding: Rows and columns more at the end of the output.

    >>> four = np.array([[0, 1], [2, 3]])
    >>> Stamp(four, four).output
    array([[ 0.,  0.,  1.],
           [ 0.,  4.,  6.],
           [ 4., 12.,  9.]])
    """

    output_padding: Place = (0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        added = per_axis("output_padding", self.output_padding, axes=2, least=0)
        object.__setattr__(self, "output_padding", added)

    @cached_property
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes.

        Raises:
            ValueError: the padding cuts everything off, or the output padding is not below stride or dilation.
        """
        return self._laid_down(self.input, self.kernel, self.padding)

    @cached_property
    def totals(self) -> Sequence[Float[np.ndarray, "rows columns"]]:
        """After each step, what has been laid down so far, with the border that the padding cuts off.

        >>> Stamp(np.array([[1, 10]]), np.array([[1, 2, 3]]), padding=(0, 1)).totals
        [array([[1., 2., 3., 0.]]), array([[ 1., 12., 23., 30.]])]
        """
        order = np.arange(self.input.size).reshape(self.input.shape)
        return [self._laid_down(np.where(order <= step, self.input, 0), self.kernel) for step in order.flat]

    @property
    def walked(self) -> Table:
        """The input: each step takes one of its cells."""
        return self.input

    @property
    def bordered(self) -> Table:
        """The output with the border that is cut off."""
        return self.totals[-1]

    @property
    def untouched(self) -> Sequence[Place]:
        """The cells of the output and its border where no kernel is laid down.

        >>> Stamp(np.ones((1, 2)), np.ones((1, 2)), stride=(1, 3)).untouched
        [(0, 2)]
        """
        kernels = self._laid_down(np.ones_like(self.input), np.ones_like(self.kernel))
        return [(int(row), int(column)) for row, column in np.argwhere(kernels == 0)]

    def stamp(self, place: Place) -> Table:
        """What one input lays down: its number times the whole kernel.

        >>> Stamp(np.array([[0, 1], [2, 3]]), np.array([[1, 10]])).stamp((1, 0))
        array([[ 2, 20]])
        """
        laid: Table = self.input[place] * self.kernel
        return laid

    def rows(self, stage: Stage, *, brief: bool = False) -> list[list[Part]]:
        """Draw the input, the kernel and the output as it grows, and the products of each place."""
        self.output.any()  # a padding that cuts everything off says so here
        addends = [corners(self.dilation, self.stamp(place), plus="+") for place in self.places]
        window = taps(self.kernel.shape, self.dilation) + ("" if brief else stage.in_turn(addends))
        marks = struck(self.untouched) if brief else ""
        input_ = table("input", self.input, self.axes, over=stage.moved(frame(0, 0, "input"), self.places))
        output = table(
            "output",
            self.bordered,
            self.axes,
            border=self.padding,
            over=marks + stage.moved(window, self.steps, glides=True),
            cell=lambda place, filled: stage.growing(
                {step: filled(total) for step, total in self._totals_at(place).items()}
            ),
        )
        if brief:
            return [[input_], [output]]
        kernel = table("kernel", self.kernel, self.axes, sign="×")
        written = [products(np.full(self.kernel.shape, self.input[place]), self.kernel) for place in self.places]
        laid = Part(stage.in_turn([part.svg for part in written]), written[0].width, written[0].height)
        return [[input_, kernel], [output], [laid]]

    def _totals_at(self, place: Place) -> dict[int, float]:
        """What a cell of the output holds at first, and from each step on that changes it."""
        totals = [float(total[place]) for total in self.totals]
        return {step: total for step, total in enumerate(totals) if step == 0 or total != totals[step - 1]}

    def _laid_down(self, numbers: Table, kernel: Table, padding: Place = (0, 0)) -> Float[np.ndarray, "rows columns"]:
        maps = conv_transpose_loops(
            numbers[None, None],
            kernel[None, None],
            stride=self.stride,
            padding=padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
        )
        output: Float[np.ndarray, "rows columns"] = maps[0, 0]
        return output
