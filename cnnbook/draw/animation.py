"""A convolution that runs by itself: inline SVG moved by CSS alone, with a pause that needs no script.

Under reduced motion and in print the first step stands still.
"""

from collections.abc import Callable, Iterator
from html import escape

from cnnbook.draw import svg
from cnnbook.draw.slide import CELL, Part, Slide, document, input_part, kernel_part, output_part, sum_part

SECONDS = 1.6  # per step: long enough to read a sum of nine products
_RESTING = 0.7  # share of a step in which the window stands still


def animated(slide: Slide, *, name: str, alt: str, pause: str, translate: Callable[[str], str] = str) -> str:
    """Draw every step of a convolution as HTML that plays in a loop.

    Args:
        slide: The convolution.
        name: A name that nothing else on the page has; ids and keyframes begin with it.
        alt: What the picture shows, for readers who do not see it.
        pause: The words beside the box that pauses it.
        translate: Translates the words in the drawing.

    Raises:
        ValueError: the kernel does not fit the padded input.
    """
    sums = [sum_part(slide, place) for place in slide.places]
    lines = "".join(f'<g class="sum sum{step}">{part.svg}</g>' for step, part in enumerate(sums))
    cells = [f'<g class="cell{step}">{{}}</g>' for step in range(len(sums))]
    parts = {
        "input": input_part(slide, window='<g class="window">{}</g>'),
        "kernel": kernel_part(slide),
        "output": output_part(slide, ring='<g class="ring">{}</g>', cells=cells),
        "sum": Part(lines, sums[0].width, sums[0].height),
    }
    drawn = {
        key: svg.inline(document(part), prefix=f"{name}-{key}-", translate=translate) for key, part in parts.items()
    }
    return (
        f'<div class="cb-animation" id="{name}"><style>{"".join(_rules(slide, name))}</style>'
        f'<input type="checkbox" id="{name}-pause"/><label for="{name}-pause">{escape(pause)}</label>'
        f'<div class="stage" role="img" aria-label="{escape(alt)}">'
        f"<div>{drawn['input']}{drawn['kernel']}{drawn['output']}</div>{drawn['sum']}</div></div>"
    )


def _rules(slide: Slide, name: str) -> Iterator[str]:
    """The animation's style sheet: where things stand, then when they move."""
    steps = len(slide.places)
    share, period = 100 / steps, f"{steps * SECONDS:g}s"
    yield (
        f"#{name}{{display:grid;grid-template-columns:auto auto;justify-content:center;align-items:center;"
        "column-gap:.5rem;margin:1.5rem 0}"
        f"#{name} .stage{{grid-area:1/1/2/3;min-width:0}}"
        f"#{name} .stage>div{{display:flex;flex-wrap:wrap;justify-content:center;align-items:center;gap:1rem .25rem}}"
        f"#{name} svg{{margin:0;flex:none}}#{name} .stage>svg{{margin:1rem auto 0}}"
        f"#{name} input{{grid-area:2/1;width:1.25rem;height:1.25rem;margin:0;justify-self:end;"
        "accent-color:var(--cb-input)}"
        f"#{name} label{{grid-area:2/2;display:flex;align-items:center;min-height:2.75rem;cursor:pointer}}"
        f"#{name} input:focus-visible{{outline:3px solid var(--cb-input);outline-offset:2px}}"
        f"#{name} .sum{{opacity:0}}#{name} .sum0{{opacity:1}}"
    )
    yield "@media screen and (prefers-reduced-motion:no-preference){"
    yield f"#{name} :is(.window,.ring,.sum,[class^=cell]){{animation:{period} step-end infinite}}"
    yield f"#{name} input:checked~.stage *{{animation-play-state:paused!important}}"
    yield f"#{name} .window{{animation-name:{name}-window;animation-timing-function:ease-in-out}}"
    yield f"#{name} .ring{{animation-name:{name}-ring}}#{name} .sum{{animation-name:{name}-sum}}"
    for step in range(steps):
        yield f"#{name} .cell{step}{{animation-name:{name}-cell{step}}}"
        yield f"#{name} .sum{step}{{animation-delay:{(step - steps) * SECONDS:g}s}}"
    yield "}"
    yield f"@media print,(prefers-reduced-motion:reduce){{#{name} :is(input,label){{display:none}}}}"
    yield f"@keyframes {name}-sum{{0%{{opacity:1}}{share:.4g}%,100%{{opacity:0}}}}"
    windows, rings = [], []
    for step, (row, column) in enumerate(slide.places):
        start, end = step * share, (step + _RESTING) * share
        shift = f"transform:translate({column * slide.stride[1] * CELL}px,{row * slide.stride[0] * CELL}px)"
        windows.append(f"{start:.4g}%,{end:.4g}%{{{shift}}}")
        rings.append(f"{start:.4g}%{{transform:translate({column * CELL}px,{row * CELL}px)}}")
        yield f"@keyframes {name}-cell{step}{{0%{{opacity:0}}{start:.4g}%,100%{{opacity:1}}}}"
    yield f"@keyframes {name}-window{{{''.join(windows)}100%{{transform:none}}}}"
    yield f"@keyframes {name}-ring{{{''.join(rings)}100%{{transform:none}}}}"
