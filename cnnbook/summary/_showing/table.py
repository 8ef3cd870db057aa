"""A summary in print: aligned text, and HTML that leaves its looks to the page."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnbook.summary.fields import shown

if TYPE_CHECKING:
    from cnnbook.summary.rows import Row, Summary

COLUMNS = ["layer", "kind", "output", "parameters", "multiply-adds", "activations", "field", "jump", "offset", "time"]
_LEFT = 3  # columns of words; numbers stand on the right
_KIBI = 1024
_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"]


def text(summary: "Summary") -> str:
    """Write the table for a terminal."""
    lines = _lines(summary)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    head, *body = [_aligned(line, widths) for line in lines]
    return "\n".join([title(summary), rule, head, rule, *body, rule, *totals(summary)])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(line[:_LEFT], widths[:_LEFT], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(line[_LEFT:], widths[_LEFT:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def markup(summary: "Summary") -> str:
    """Write the table for a page: classes and no styles, so that a strict policy and both themes suit it."""
    head, *body = _lines(summary)
    columns = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    rows = "".join(f'<tr><th scope="row">{first}</th>{cells}</tr>' for first, cells in map(_marked, body))
    named = html.escape(title(summary))
    notes = "".join(f"<p>{html.escape(line)}</p>" for line in totals(summary))
    return (
        f'<div class="cb-summary"><table class="cb-summary-table"><caption>{named}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
    )


def _marked(line: Sequence[str]) -> tuple[str, str]:
    first, *cells = map(html.escape, line)
    return first, "".join(f"<td>{cell}</td>" for cell in cells)


def _lines(summary: "Summary") -> list[list[str]]:
    timed = summary.seconds is not None
    return [line if timed else line[:-1] for line in [COLUMNS, *map(_cells, summary.rows)]]


def _cells(row: "Row") -> list[str]:
    parameters = f"{row.parameters:,}" if row.parameters else "–"
    if row.shared:
        parameters = f"({parameters})" if row.shared == row.parameters else f"{parameters} ({row.shared:,})"
    return [
        row.name or "(model)",
        row.kind,
        ", ".join(map(size, row.shapes)) if row.called else "not called",
        parameters,
        "?" if row.multiply_adds is None else f"{row.multiply_adds:,}" if row.multiply_adds else "–",
        memory(row.activation_bytes) if row.activation_bytes else "–",
        shown(row.fields),
        shown(row.fields, "jump"),
        shown(row.fields, "offset"),
        "–" if row.seconds is None else duration(row.seconds),
    ]


def title(summary: "Summary") -> str:
    """Say what was called with what."""
    return f"{summary.model}, input {', '.join(map(size, summary.inputs))}"


def totals(summary: "Summary") -> list[str]:
    """Say what all rows add up to, and what the marks in the table mean."""
    frozen = f", {summary.parameters - summary.trainable:,} frozen" if summary.parameters > summary.trainable else ""
    known = "" if summary.is_complete else " at least: those marked ? are not known"
    lines = [
        f"parameters: {summary.parameters:,}, {summary.trainable:,} of them trainable{frozen}",
        f"multiply-adds: {summary.multiply_adds:,}{known} ({summary.flops:,} FLOPs)",
        f"activations: {memory(summary.activation_bytes)}",
    ]
    if summary.seconds is not None:
        lines.append(f"time: {duration(summary.seconds)}")
    if any(row.shared for row in summary.rows):
        lines.append("in brackets: parameters shared with a row above, counted there")
    return lines + ([summary.note] if summary.note else [])


def size(shape: Sequence[int]) -> str:
    """Write a shape.

    >>> size((1, 3, 224, 224))
    '1×3×224×224'
    """
    return "×".join(map(str, shape)) if shape else "one number"


def memory(count: int) -> str:
    """Write a number of bytes.

    >>> memory(602112)
    '588.0 KiB'
    """
    amount, unit = float(count), 0
    while amount >= _KIBI and unit < len(_UNITS) - 1:
        amount, unit = amount / _KIBI, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{count} B"


def duration(seconds: float) -> str:
    """Write a time in milliseconds.

    >>> duration(0.01234)
    '12.34 ms'
    """
    return f"{1000 * seconds:.2f} ms"
