"""What a configuration amounts to, in the edition's words: its sizes worked out, and what nothing touches."""

from collections.abc import Iterable

from docutils import nodes

from cnnbook.draw.stage import Operation
from cnnbook.draw.stamp import Stamp
from cnnbook.ext.words import _
from cnnbook.shapes import conv_relationship, transposed_relationship


def alt(operation: Operation) -> str:
    """Tell in one sentence what the drawing shows."""
    words = (
        _(
            "Each number of an input of {input} is multiplied by a kernel of {kernel} and laid down: stride {stride}, "
            "padding {padding}, dilation {dilation}, output padding {output_padding}; the output is {output}."
        )
        if isinstance(operation, Stamp)
        else _(
            "A kernel of {kernel} slides over an input of {input}: stride {stride}, padding {padding}, "
            "dilation {dilation}; the output is {output}."
        )
    )
    tables = ("input", "kernel", "output")
    sizes = {name: _times(getattr(operation, name).shape[-operation.axes :]) for name in tables}
    return words.format_map(sizes | {name: _once(pair) for name, pair in _settings(operation).items()})


def legend(operation: Operation) -> nodes.legend:
    """Write the formula with its numbers, the guide's relationship, and how many cells the kernel never touches."""
    formulas = list(dict.fromkeys(_formula(operation, axis) for axis in _axes(operation)))
    worked_out = nodes.paragraph("", "", *_listed(nodes.math(formula, formula) for formula in formulas))
    relationships = {_relationship(operation, axis) for axis in _axes(operation)}
    numbers = sorted(number for number in relationships if number)
    known = _("Relationship {number} of the guide.").format(number=", ".join(map(str, numbers)))
    said = [known if numbers else _("The guide has no number for it."), _touched(operation)]
    return nodes.legend("", worked_out, nodes.paragraph("", " ".join(said)))  # without a source, none is translated


def _touched(operation: Operation) -> str:
    """What the kernel leaves out; the border counts, for it is drawn."""
    untouched, stamps = len(operation.untouched), isinstance(operation, Stamp)
    if not untouched:
        return _("Every cell is written to.") if stamps else _("Every cell is read.")
    never = (
        _("{count} of {cells} cells are never written to.") if stamps else _("{count} of {cells} cells are never read.")
    )
    return never.format(count=untouched, cells=operation.bordered.size)


def _settings(operation: Operation) -> dict[str, tuple[int, ...]]:
    names = ["stride", "padding", "dilation"] + ["output_padding"] * isinstance(operation, Stamp)
    return {name: getattr(operation, name)[-operation.axes :] for name in names}


def _axes(operation: Operation) -> range:
    """Rows and columns; of a signal, columns alone."""
    return range(2)[-operation.axes :]


def _formula(operation: Operation, axis: int) -> str:
    n, k, o = (table.shape[axis] for table in (operation.input, operation.kernel, operation.output))
    s, p, d = (pair[axis] for pair in (operation.stride, operation.padding, operation.dilation))
    if isinstance(operation, Stamp):
        return rf"({n}-1)\cdot{s}-2\cdot{p}+{d}\cdot({k}-1)+1+{operation.output_padding[axis]}={o}"
    return rf"\left\lfloor\frac{{{n}+2\cdot{p}-{d}\cdot({k}-1)-1}}{{{s}}}\right\rfloor+1={o}"


def _relationship(operation: Operation, axis: int) -> int | None:
    k = operation.kernel.shape[axis]
    s, p, d = (pair[axis] for pair in (operation.stride, operation.padding, operation.dilation))
    if isinstance(operation, Stamp):
        return transposed_relationship(k, s, p, d, operation.output_padding[axis])
    return conv_relationship(k, s, p, d)


def _times(sizes: Iterable[int]) -> str:
    return "×".join(map(str, sizes))


def _once(pair: tuple[int, ...]) -> str:
    """One number where both axes have the same."""
    return _times(pair if len({*pair}) > 1 else pair[:1])


def _listed(formulas: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Formulas with commas between them."""
    return [node for formula in formulas for node in (nodes.Text(", "), formula)][1:]
