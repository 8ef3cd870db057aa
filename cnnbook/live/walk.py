"""A model as a live figure: the last cell of a page may show one."""

import base64
from collections.abc import Sequence

from torch import nn

from cnnbook.data import Examples
from cnnbook.live.export import content

ELSEWHERE = "On its page in the book one can walk through this network; a notebook shows it with summarize(…).plot()."

EASY = 100_000_000
"""Steps that the reader's browser takes without being asked: multiply-adds, and numbers that poolings look at."""


class Walk:
    """Show a model so that a reader can walk through it: layer by layer, map by map, at any input size.

    A page displays it as the value of a cell.
    The element that it becomes holds the model as :func:`cnnbook.live.export` writes it, in base64.

    Args:
        model: any whose operators the engine knows.
        input_size: ``(1, channels, rows, columns)``, at which the walk begins.
        examples: images to send through it, and the names of its classes; without any it begins with a slope of grey.

    Raises:
        TypeError: as :func:`cnnbook.live.export`.
        ValueError: as :func:`cnnbook.live.export`.

    Example:
        >>> Walk(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 8, 8))._repr_html_()[:20]
        '<figure><cnn-network'
    """

    def __init__(self, model: nn.Module, input_size: Sequence[int], examples: Examples | None = None) -> None:
        self.content = content(model, input_size, examples)

    def __repr__(self) -> str:
        return f"Walk({len(self.content):,} bytes)"

    def _repr_html_(self) -> str:
        """Write the element that ``docs/live/network`` fills."""
        model = base64.b64encode(self.content).decode()
        element = f'<cnn-network class="live-figure" start="visible" data-easy="{EASY}" data-model="{model}">'
        return f'<figure>{element}<p class="live-elsewhere">{ELSEWHERE}</p></cnn-network></figure>'
