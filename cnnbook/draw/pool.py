"""Pooling drawn as a textbook does: a window lies on the input, and sends its largest number or its mean.

The numbers come from :mod:`cnnbook.reference`.
"""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from cnnbook.draw.palette import LIGHT
from cnnbook.draw.pieces import Part, Place, Table, frame, number_word, struck, table, taps, text
from cnnbook.draw.slide import Slide
from cnnbook.draw.stage import Stage
from cnnbook.reference import avg_pool2d_loops, max_pool2d_loops

_NUMBER = 44  # width of one number and what follows it
_LINE = 26


@dataclass(frozen=True)
class Pool(Slide):
    """A window that slides over a small input; of the kernel only the size counts, for a window has no weights."""

    @abstractmethod
    def written(self, place: Place) -> Part:
        """The numbers under the window at one output, and what becomes of them."""

    def rows(self, stage: Stage, *, brief: bool = False) -> list[list[Part]]:
        """Draw the input and the output, and what each window sends."""
        marks = struck(self.untouched) if brief else ""
        window = stage.moved(taps(self.kernel.shape, self.dilation), self.steps, glides=True)
        winners = stage.in_turn([self.mark(place) for place in self.places])
        input_ = table("input", self.padded, self.axes, border=self.padding, over=marks + window + winners)
        output = self._filling(stage, sign="" if brief else "→")
        if brief:
            return [[input_], [output]]
        sent = [self.written(place) for place in self.places]
        widest = max(sent, key=lambda part: part.width)
        return [[input_], [output], [Part(stage.in_turn([part.svg for part in sent]), widest.width, widest.height)]]

    def mark(self, place: Place) -> str:  # noqa: ARG002  a mean has no winner
        """What shows which of the numbers under the window has been sent: nothing, where all have a share."""
        return ""


@dataclass(frozen=True)
class MaxPool(Pool):
    """A window that sends the largest of its numbers; padding counts as minus infinity.

    >>> MaxPool(np.array([[0, 9, 4, -1]]), np.ones((1, 2)), stride=(1, 2)).output
    array([[9., 4.]])
    """

    @cached_property
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes.

        Raises:
            ValueError: the window does not fit the padded input, or the padding is more than half of it.
        """
        maps = max_pool2d_loops(self.input[None], self.kernel.shape, self.stride, self.padding, self.dilation)
        output: Float[np.ndarray, "rows columns"] = maps[0]
        return output

    @cached_property
    def padded(self) -> Table:
        """The input within a border of minus infinity."""
        sides = [(edge, edge) for edge in self.padding]
        padded: Table = np.pad(self.input.astype(np.float64), sides, constant_values=-np.inf)
        return padded

    def mark(self, place: Place) -> str:
        """A frame round the winner, the first of several; none where there is nothing but padding."""
        under = self.under(place)
        if np.isneginf(under).all():
            return ""
        row, column = np.unravel_index(under.argmax(), under.shape)
        (i, j), (down, across) = place, self.dilation
        return frame(i * self.stride[0] + int(row) * down, j * self.stride[1] + int(column) * across, "output")

    def written(self, place: Place) -> Part:
        """The numbers, and their largest."""
        return _written(self.under(place), "max(", ",", ") =", float(self.output[place]))


@dataclass(frozen=True)
class AveragePool(Pool):
    """A window that sends the mean of its numbers; padding counts as zeros.

    >>> AveragePool(np.array([[2, 4, 6]]), np.ones((1, 2)), stride=(1, 2), padding=(0, 1)).output
    array([[1., 5.]])
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dilation != (1, 1):
            raise ValueError(f"dilation={self.dilation} must be 1: a mean is taken of neighbours")

    @cached_property
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes.

        Raises:
            ValueError: the window does not fit the padded input, or the padding is more than half of it.
        """
        maps = avg_pool2d_loops(self.input[None], self.kernel.shape, self.stride, self.padding)
        output: Float[np.ndarray, "rows columns"] = maps[0]
        return output

    def written(self, place: Place) -> Part:
        """The numbers, and their mean."""
        return _written(self.under(place), "(", "+", f") / {self.kernel.size} =", float(self.output[place]))


def _written(numbers: Table, before: str, between: str, after: str, total: float) -> Part:
    """The numbers in the rows and columns of the window, and what they come to."""
    rows, columns = numbers.shape
    muted, ink = f'fill="{LIGHT["muted"]}"', f'fill="{LIGHT["input"]}"'
    pieces = [text(20, _LINE / 2, before, muted)]
    for number, ((row, column), value) in enumerate(np.ndenumerate(numbers), start=1):
        x, y = 40 + (column + 0.5) * _NUMBER, (row + 0.5) * _LINE
        word = number_word(float(value))
        pieces.append(text(x, y, f"({word})" if between == "+" and value < 0 and number > 1 else word, ink))
        if number < numbers.size:
            pieces.append(text(x + _NUMBER / 2, y, between, muted))
    end, middle = 40 + columns * _NUMBER, (rows - 0.5) * _LINE
    pieces.append(text(end, middle, after, f'{muted} text-anchor="start"'))
    bold = f'font-weight="700" text-anchor="start" fill="{LIGHT["output"]}"'
    after_it = end + 9 * len(after) + 4
    pieces.append(text(after_it, middle, number_word(total), bold))
    return Part("".join(pieces), after_it + 46, rows * _LINE)
