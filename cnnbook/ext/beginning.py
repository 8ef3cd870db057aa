"""What a live figure is before a script runs: each kind tells it from the attributes that an author wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Beginning:
    """A live figure as the page brings it.

    Args:
        drawing: The picture that stands there without scripts, an SVG document in the light palette.
        sizes: Custom properties, from which the figure's style sheet computes how much room to keep.
        data: ``data-`` attributes, which its style sheet may ask for.
    """

    drawing: str
    sizes: Mapping[str, int]
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def style(self) -> str:
        """The sizes as CSS.

        >>> Beginning("<svg/>", {"input-rows": 2, "input-columns": 3}).style
        '--input-rows:2;--input-columns:3'
        """
        return ";".join(f"--{name}:{size}" for name, size in self.sizes.items())
