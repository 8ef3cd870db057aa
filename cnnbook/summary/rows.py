"""A model's layers as data: one row for each call."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cnnbook.summary._showing import table
from cnnbook.summary.fields import Fields

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True)
class Row:
    """One call of a layer, or of an operator that a ``forward`` calls itself.

    Args:
        name: the module's name in the model; of an operator, that of the module that calls it.
        kind: the module's class, or the operator's name.
        shapes: of its outputs, batch first.
        parameters: weights and biases that it uses.
        trainable: how many of them learn.
        shared: how many of them were counted in a row above: they are the same.
        multiply_adds: products that are added up; ``None`` where they are not known.
        activation_bytes: memory of its outputs; none where it writes into its input or only looks at it differently.
        fields: its receptive field on each axis of each input; where paths join, that of the widest.
        branches: the sources of a layer that joins several, and the fields that come from each.
        sources: the rows whose outputs it takes; -1 is the first input, -2 the second.
        seconds: median time on this machine's processor, if it was asked for.
        called: whether the model calls it at all.
    """

    name: str
    kind: str
    shapes: tuple[tuple[int, ...], ...]
    parameters: int = 0
    trainable: int = 0
    shared: int = 0
    multiply_adds: int | None = 0
    activation_bytes: int = 0
    fields: Fields = ()
    branches: tuple[tuple[tuple[int, ...], Fields], ...] = ()
    sources: tuple[int, ...] = ()
    seconds: float | None = None
    called: bool = True

    @property
    def flops(self) -> int | None:
        """Floating-point operations: a product and an addition for each multiply-add."""
        return None if self.multiply_adds is None else 2 * self.multiply_adds

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its first output."""
        return self.shapes[0] if self.shapes else ()


@dataclass(frozen=True, repr=False)
class Summary:
    """What a model is made of, and what it costs; printed, it is a table.

    Args:
        model: the name of its class.
        inputs: the shapes that it was called with.
        rows: its layers, in the order in which they run; those that do not run stand last.
        parameters: all its weights and biases, shared ones counted once.
        trainable: how many of them learn.
        note: what the reader has to know about how this was found out.
    """

    model: str
    inputs: tuple[tuple[int, ...], ...]
    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    note: str = ""

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def __getitem__(self, name: str) -> Row:
        """Find a layer by its name in the model; the first of several calls.

        Raises:
            KeyError: no layer has this name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"{self.model} has no layer {name!r}; .rows lists them")

    @property
    def multiply_adds(self) -> int:
        """Of all rows in which they are known."""
        return sum(row.multiply_adds or 0 for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations: twice the multiply-adds."""
        return 2 * self.multiply_adds

    @property
    def is_complete(self) -> bool:
        """Whether the multiply-adds of all rows are known."""
        return all(row.multiply_adds is not None for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Of all rows together: what training keeps for the way back, if it keeps all."""
        return sum(row.activation_bytes for row in self.rows)

    @property
    def seconds(self) -> float | None:
        """Of all rows together, if they were asked for."""
        times = [row.seconds for row in self.rows if row.seconds is not None]
        return sum(times) if times else None

    def __str__(self) -> str:
        """Align the columns under their names, and the totals under them."""
        return table.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the table in a notebook or a page."""
        return table.markup(self)

    def to_pandas(self) -> Any:
        """Make a data frame: a line for each row, numbers as numbers.

        Raises:
            ImportError: pandas is not installed; ``rows`` holds the same.
        """
        try:
            import pandas as pd  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: python -m pip install pandas; .rows holds the same") from error
        return pd.DataFrame([asdict(row) | {"shape": row.shape, "flops": row.flops} for row in self.rows])

    def plot(self) -> "matplotlib.figure.Figure":
        """Draw the network to scale, from the traced graph: a box for each layer that computes, edges for its inputs.

        Its height grows with the root of the map's rows, its width with the logarithm of the channels.
        Blocks that repeat are drawn once.
        """
        from cnnbook.summary._showing.plot import draw  # noqa: PLC0415  Matplotlib takes its time

        return draw(self)
