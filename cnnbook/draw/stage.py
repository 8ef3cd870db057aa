"""What is drawn once and shown in two ways: one step that stands still, or all steps in turn."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from jaxtyping import Float

from cnnbook.draw.pieces import CELL, PHONE, Part, Place, Table, beside, document, stack
from cnnbook.reference.conv import real
from cnnbook.shapes import per_axis


class Stage(Protocol):
    """Says how the steps of a drawing are shown."""

    def moved(self, svg: str, cells: Sequence[Place], *, glides: bool = False) -> str:
        """Show a piece at each step on another cell."""
        ...

    def in_turn(self, pieces: Sequence[str]) -> str:
        """Show each piece at its own step only."""
        ...

    def growing(self, pieces: Mapping[int, str]) -> str:
        """Show each piece from its step on, until the next takes its place."""
        ...


@dataclass(frozen=True)
class Still:
    """One step; what grows is shown as it is in the end."""

    step: int

    def moved(self, svg: str, cells: Sequence[Place], *, glides: bool = False) -> str:  # noqa: ARG002  nothing glides
        """Put the piece where it is at this step."""
        row, column = cells[self.step]
        return f'<g transform="translate({column * CELL} {row * CELL})">{svg}</g>'

    def in_turn(self, pieces: Sequence[str]) -> str:
        """Take the piece of this step."""
        return pieces[self.step]

    def growing(self, pieces: Mapping[int, str]) -> str:
        """Take the last piece."""
        return pieces[max(pieces)]


@dataclass(frozen=True)
class Operation(ABC):
    """A kernel, a small input, and what is done with them step by step; a signal is an input of one row."""

    input: Table
    kernel: Table
    stride: Place = (1, 1)
    padding: Place = (0, 0)
    dilation: Place = (1, 1)

    def __post_init__(self) -> None:
        for name in ("input", "kernel"):
            shape = real(name, getattr(self, name)).shape
            if len(shape) != 2 or 0 in shape:  # noqa: PLR2004  rows and columns
                raise ValueError(f"{name} must have rows and columns, at least one of each, not the shape {shape}")
        for name, least in [("stride", 1), ("padding", 0), ("dilation", 1)]:
            object.__setattr__(self, name, per_axis(name, getattr(self, name), axes=2, least=least))

    @property
    def axes(self) -> int:
        """One for a signal, two for a picture."""
        return 1 if len(self.input) == len(self.kernel) == 1 else 2

    @property
    def places(self) -> Sequence[Place]:
        """The cells of :attr:`walked` in reading order, one for each step."""
        return list(np.ndindex(self.walked.shape))

    @property
    def most_telling(self) -> Place:
        """The first place of the largest number of :attr:`walked`."""
        row, column = np.unravel_index(self.walked.argmax(), self.walked.shape)
        return int(row), int(column)

    @property
    def steps(self) -> Sequence[Place]:
        """Where the kernel lies at each place: the cell under its first weight."""
        return [(row * self.stride[0], column * self.stride[1]) for row, column in self.places]

    @cached_property
    @abstractmethod
    def output(self) -> Float[np.ndarray, "rows columns"]:
        """What the reference computes."""

    @property
    @abstractmethod
    def walked(self) -> Table:
        """The table whose cells are taken one by one."""

    @property
    @abstractmethod
    def bordered(self) -> Table:
        """The table that the kernel is laid on, with the border that the padding means."""

    @property
    @abstractmethod
    def untouched(self) -> Sequence[Place]:
        """The cells of :attr:`bordered` that the kernel is never laid on."""

    @abstractmethod
    def rows(self, stage: Stage, *, brief: bool = False) -> list[list[Part]]:
        """Draw the tables, those that belong side by side in one row, and below them the products.

        Where it is ``brief``, only the input and the output, and a mark on each cell that the kernel never touches.
        """


def still(operation: Operation, place: Place = (0, 0)) -> str:
    """Draw one step as an SVG that fits a phone: the tables, and below them the products.

    Raises:
        ValueError: ``place`` is none of the operation's, or its kernel fits nowhere.
    """
    if place not in operation.places:
        walked = "input" if operation.walked is operation.input else "output"
        raise ValueError(f"place={place!r} must be a cell of the {walked}, whose shape is {operation.walked.shape}")
    *tables, last = operation.rows(Still(operation.places.index(place)))
    return laid_out(tables, [last])


def laid_out(tables: Sequence[Sequence[Part]], written: Sequence[Sequence[Part]], room: float = PHONE) -> str:
    """Put rows of tables, and below them what is written out, into an SVG that fits a phone.

    A row that is wider than the widest table, and than the ``room`` in pixels, is taken apart.
    """
    widest = max(part.width for row in tables for part in row)
    lines: list[Sequence[Part]] = []
    for row in [*tables, *written]:
        fits = sum(part.width for part in row) <= max(widest, room)
        lines += [row] if fits else [[part] for part in row]
    return document(stack([beside(line) for line in lines]))
