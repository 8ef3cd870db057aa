"""``{exercise} Title``: a question, with ``{hint}``, ``{answer}`` or ``{solution}`` folded until the reader has tried.

With ``:check: name`` it is an exercise of :mod:`cnnbook.exercises`.
What the record gives is set out under the question.
An answer box tells right from wrong in the browser, by the right answer and by what each typical mistake gives.
Without scripts, question, hint and solution remain, and the line that checks an answer in Python.
"""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from docutils.nodes import Element, Node
from docutils.parsers.rst import directives
from jaxtyping import Float
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from cnnbook import exercises
from cnnbook.exercises import ByHand, InCode
from cnnbook.exercises.kinds import Answer, printed
from cnnbook.ext.boxes import Box, folded
from cnnbook.ext.claims import link_to
from cnnbook.ext.live import live
from cnnbook.ext.words import _


def folds() -> dict[str, str]:
    """Name what folds inside an exercise, in the language of the edition."""
    return {"hint": _("Hint"), "answer": _("Answer"), "solution": _("Solution")}


def labels() -> dict[str, str]:
    """Name what an exercise gives."""
    return {
        "input": _("input"),
        "output": _("output"),
        "weight": _("kernel"),
        "matrix": _("matrix"),
        "first": _("first kernel"),
        "second": _("second kernel"),
        "bias": _("bias"),
        "grad_output": _("gradient to the output"),
        "target": _("target"),
        "predicted": _("predicted"),
        "coarse": _("coarse scores"),
        "fine": _("fine scores"),
    }


class Fold(SphinxDirective):
    """What the reader unfolds after having tried; the directive's name says what it is."""

    has_content = True

    def run(self) -> list[Node]:
        """Fold the content under a word that invites."""
        self.assert_has_content()
        summary = folds()[self.name]
        fold = folded("", *self.parse_content_to_nodes(), kind=self.name, summary=summary, classes=["cb-fold"])
        self.set_source_info(fold)
        return [fold]


class Exercise(Box):
    """A question in a box; with ``:check:``, one whose answer is checked."""

    option_spec: ClassVar[dict[str, Any]] = {"check": directives.unchanged_required}

    @property
    def label(self) -> str:
        """What stands before the title."""
        return _("Exercise")

    def run(self) -> list[Node]:
        """Make the box, and complete it where there is an answer to be checked."""
        [box] = super().run()
        assert isinstance(box, Element)  # noqa: S101  a box is one
        if "check" in self.options:
            try:
                exercise = exercises.find(self.options["check"])
            except ValueError as error:
                raise self.error(str(error)) from error
            self.complete(box, exercise)
        return [box]

    def complete(self, box: Element, exercise: ByHand | InCode) -> None:
        """Set out what is given, and put the answer box before the solution."""
        parts = {fold["kind"]: fold for fold in box.findall(folded) if fold.parent is box}
        for kind in ("hint", "solution"):
            if kind not in parts:
                raise self.error(f"the exercise {exercise.name!r} needs a {{{kind}}}")
        if box.index(parts["hint"]) < 2:  # noqa: PLR2004  behind the title, and a question
            raise self.error(f"the exercise {exercise.name!r} needs a question before its {{hint}}")
        box["ids"].append(exercise.name)
        self.state.document.note_explicit_target(box)
        hint, solution = parts["hint"], parts["solution"]
        if isinstance(exercise, ByHand):
            box.insert(box.index(hint), given(exercise))
            box.insert(box.index(solution), answer_box(exercise))
            solution.insert(0, shown(exercise.answer))
        else:
            box.insert(box.index(hint), to_write(exercise))
            solution += code(exercise.solution.code)
        box.insert(box.index(solution), said(*about(exercise, self.env.docname), classes=["cb-about"]))


def given(exercise: ByHand) -> list[Node]:
    """Set out the arrays of a question; numbers and sizes it says itself."""
    words = labels()
    items = [
        said(nodes.inline("", words[name]), nodes.Text(" "), nodes.math("", tex(value)))
        for name, value in exercise.given.items()
        if isinstance(value, np.ndarray)
    ]
    return [nodes.container("", *items, classes=["cb-given"])] if items else []


def said(*parts: Node, **attributes: Any) -> nodes.paragraph:
    """A paragraph that the book's own words make: there is nothing in it for a page's translator."""
    return nodes.paragraph("", "", *parts, translatable=False, **attributes)


def tex(array: Float[np.ndarray, "..."]) -> str:
    r"""Write an array as a matrix; one with channels as matrices side by side.

    >>> tex(np.array([[0.0, 1.0], [2.5, -3.0]]))
    '\\begin{bmatrix}0 & 1 \\\\ 2.5 & -3\\end{bmatrix}'
    """
    if array.ndim > 2:  # noqa: PLR2004  rows and columns
        return r"\;".join(map(tex, array))
    rows = r" \\ ".join(" & ".join(f"{value:.4g}" for value in row) for row in np.atleast_2d(array))
    return rf"\begin{{bmatrix}}{rows}\end{{bmatrix}}"


def shown(answer: Answer) -> nodes.paragraph:
    """Print the right answer at the head of the solution."""
    if isinstance(answer, np.ndarray):
        return said(nodes.math("", tex(answer)), classes=["cb-right"])
    return said(nodes.Text(printed(answer) if isinstance(answer, tuple) else f"{answer:,}"), classes=["cb-right"])


def data(exercise: ByHand) -> dict[str, Any]:
    """Gather what the browser judges by: the right answer, and what each typical mistake gives."""
    return {
        "kind": exercise.kind.name,
        "answer": np.asarray(exercise.answer).tolist(),
        "mistakes": [[np.asarray(wrong).tolist(), says] for wrong, says in exercise.wrong_answers],
    }


def answer_box(exercise: ByHand) -> live:
    """Make the element that the browser fills."""
    written = json.dumps(data(exercise), ensure_ascii=False)
    attributes = {"data-kind": exercise.kind.name, "data-exercise": written}
    return live(kind="exercise", attributes=attributes, sizes=f"--axes:{max(1, np.ndim(exercise.answer))}")


def about(exercise: ByHand | InCode, docname: str) -> Iterator[Node]:
    """Say how the answer is checked in Python, and which claims it exercises."""
    if isinstance(exercise, ByHand):
        yield from [nodes.Text(_("In Python:") + " "), nodes.literal("", f'exercises.check("{exercise.name}", …)')]
    for claim in exercise.claims:
        yield from [nodes.Text(" "), link_to("entry", claim, claim, docname)]


def leave_unlinked(
    _app: Sphinx, _env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Print a claim of an exercise without a link in a book that does not list it."""
    box = node.parent
    return content if isinstance(box, Element) and "cb-about" in box["classes"] else None


def to_write(exercise: InCode) -> nodes.literal_block:
    """Print the head of the function that is to be written, and the line that checks it."""
    head = exercise.solution.signature
    name = head.partition("(")[0]
    check = f'exercises.check("{exercise.name}", {name})'
    return code(f"from cnnbook import exercises\n\ndef {head}:\n    ...\n\n{check}")


def code(source: str) -> nodes.literal_block:
    """Print Python."""
    return nodes.literal_block(source, source, language="python")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the exercise and what folds inside it; docutils has a ``hint``, too, which the book does not use."""
    app.setup_extension("cnnbook.ext.claims")
    app.setup_extension("cnnbook.ext.live")
    app.add_directive("exercise", Exercise)
    app.connect("missing-reference", leave_unlinked)
    for name in folds():
        app.add_directive(name, Fold, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
