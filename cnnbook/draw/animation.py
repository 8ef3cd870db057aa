"""An operation that runs by itself: inline SVG moved by CSS alone, with a box to tick that needs no script.

Under reduced motion and in print the first step stands still.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from cnnbook.draw import svg
from cnnbook.draw.pieces import CELL, Part, Place, document
from cnnbook.draw.stage import Operation

_BRIEF = 0.75  # the size of one of many: nine cells in half a page's width
_RESTING = 0.7  # share of a step in which the window stands still


class Animation(NamedTuple):
    """An element of a page, what moves in it, and the ways it goes; what two animations have in common is equal."""

    element: str
    rules: Sequence[str]
    keyframes: Sequence[str]


def animated(
    operation: Operation, *, name: str, alt: str, box: str, brief: bool = False, translate: Callable[[str], str] = str
) -> Animation:
    """Draw every step of an operation as HTML that plays in a loop.

    Args:
        operation: A convolution or a transposed one.
        name: A name that nothing else on the page has; its ids begin with it.
        alt: What the picture shows, for readers who do not see it.
        box: The words beside the box to tick: it pauses, or plays what is brief.
        brief: Whether to leave out kernel and sums, and to stand still until the box is ticked, as one of many does.
        translate: Translates the words in the drawing.

    Raises:
        ValueError: the kernel fits nowhere.
    """
    film = _Film(len(operation.places))
    *tables, last = operation.rows(film, brief=brief)
    above = [part for row in tables for part in row] + (last if brief else [])
    below = [] if brief else last

    def drawn(number: int, part: Part) -> str:
        return svg.inline(document(part, _BRIEF if brief else 1), prefix=f"{name}-{number}-", translate=translate)

    pieces = [drawn(number, part) for number, part in enumerate(above + below)]
    element = (
        f'<div class="cb-animation{" brief" * brief} of{film.steps}" id="{name}">'
        f'<input type="checkbox" id="{name}-box" aria-describedby="{name}-stage"/>'
        f'<label for="{name}-box">{escape(box)}</label>'
        f'<div class="stage" id="{name}-stage" role="img" aria-label="{escape(alt)}">'
        f"<div>{''.join(pieces[: len(above)])}</div>{''.join(pieces[len(above) :])}</div></div>"
    )
    return Animation(element, list(film.rules), list(film.keyframes))


def style_sheet(animations: Sequence[Animation]) -> str:
    """The rules of all animations of a page, each of them once."""
    rules = dict.fromkeys(rule for animation in animations for rule in animation.rules)
    keyframes = dict.fromkeys(frames for animation in animations for frames in animation.keyframes)
    moving = f"@media screen and (prefers-reduced-motion:no-preference){{{''.join(rules)}{_BOXES}}}"
    return f"{_LAYOUT}{moving}{''.join(keyframes)}"


_LAYOUT = (  # a step is long enough to read a sum of nine products, shorter where nothing is written out
    ".cb-animation{--step:1.6s;display:grid;grid-template-columns:auto auto;justify-content:center;"
    "align-items:center;column-gap:.5rem;margin:1.5rem 0}.cb-animation.brief{--step:.8s}"
    ".cb-animation .stage{grid-area:1/1/2/3;min-width:0}"
    ".cb-animation .stage>div{display:flex;flex-wrap:wrap;justify-content:center;align-items:center;gap:1rem .25rem}"
    ".cb-animation.brief .stage>div{column-gap:1.25rem}"
    ".cb-animation svg{margin:0;flex:none}.cb-animation .stage>svg{margin:1rem auto 0}"
    ".cb-animation input{grid-area:2/1;width:1.25rem;height:1.25rem;margin:0;justify-self:end;"
    "accent-color:var(--cb-input)}"
    ".cb-animation label{grid-area:2/2;display:flex;align-items:center;min-height:2.75rem;cursor:pointer}"
    ".cb-animation input:focus-visible{outline:3px solid var(--cb-input);outline-offset:2px}"
    ".cb-animation .waits{opacity:0}"
    "@media print,(prefers-reduced-motion:reduce){.cb-animation :is(input,label){display:none}}"
)
_BOXES = (
    ".cb-animation:not(.brief) input:checked~.stage *{animation-play-state:paused!important}"
    ".cb-animation.brief input:not(:checked)~.stage *{animation:none!important}"
)


@dataclass(frozen=True)
class _Film:
    """All steps of an animation, one after the other; what is hidden while nothing moves ``waits``.

    Classes and keyframes are named after what they do, so that two animations of a page share them.
    """

    steps: int
    rules: dict[str, None] = field(default_factory=dict)
    keyframes: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        period = f"calc({self.steps}*var(--step)) step-end infinite"
        self.rules[f".of{self.steps} :is(.shown,.walks){{animation:{period}}}"] = None

    def moved(self, svg: str, cells: Sequence[Place], *, glides: bool = False) -> str:
        """Lead a piece from cell to cell."""
        share, parts = 100 / self.steps, [0, _RESTING] if glides else [0]
        frames = "".join(
            f"{','.join(f'{(step + part) * share:.4g}%' for part in parts)}"
            f"{{transform:translate({column * CELL}px,{row * CELL}px)}}"
            for step, (row, column) in enumerate(cells)
        )
        walk = f"walk-{hashlib.sha256(frames.encode()).hexdigest()[:6]}"
        timing = ";animation-timing-function:ease-in-out" if glides else ""
        self.rules[f".of{self.steps} .{walk}{{animation-name:{walk}{timing}}}"] = None
        self.keyframes[f"@keyframes {walk}{{{frames}100%{{transform:none}}}}"] = None
        return f'<g class="walks {walk}">{svg}</g>'

    def in_turn(self, pieces: Sequence[str]) -> str:
        """Show each piece for one step."""
        return "".join(self._shown(piece, step, step + 1, waits=step > 0) for step, piece in enumerate(pieces))

    def growing(self, pieces: Mapping[int, str]) -> str:
        """Show each piece until the next one's step, the last one until the end."""
        ends = [*list(pieces)[1:], self.steps]
        spans = zip(pieces.items(), ends, strict=True)
        return "".join(self._shown(piece, start, end, waits=end < self.steps) for (start, piece), end in spans)

    def _shown(self, piece: str, start: int, end: int, *, waits: bool) -> str:
        steps, length = self.steps, end - start
        if length == steps:
            return piece
        span = f"span-{length}-of-{steps}"
        self.rules[f".of{steps} .from{start}{{animation-delay:calc({start - steps}*var(--step))}}"] = None
        self.rules[f".of{steps} .{span}{{animation-name:{span}}}"] = None
        self.keyframes[f"@keyframes {span}{{0%{{opacity:1}}{100 * length / steps:.4g}%,100%{{opacity:0}}}}"] = None
        return f'<g class="shown {span} from{start}{" waits" * waits}">{piece}</g>'
