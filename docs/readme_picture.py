"""Draw the README's picture: ``python docs/readme_picture.py`` writes ``docs/_static/readme.svg``."""

import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, style, svg
from cnnbook.reference import conv2d_loops

OUT = Path(__file__).parent / "_static" / "readme.svg"
ALT = "A three by three filter of −1, 0, 1 slides over a picture, dark on the left and bright on the right."


def draw() -> str:
    """A picture, a filter, and what the filter finds, computed by the reference."""
    style.use()
    picture = np.tile([0.0, 0, 0, 1, 1, 1], (4, 1))
    edge = np.tile([-1.0, 0, 1], (3, 1))
    found = conv2d_loops(picture[None, None], edge[None, None])[0, 0]

    fig, axs = plt.subplots(1, 3, figsize=(7.5, 2.3), width_ratios=[6, 3, 4])
    grid(axs[0], picture, outline=np.s_[0:3, 2:5])
    grid(axs[1], edge, role="kernel")
    grid(axs[2], found, role="output", outline=np.s_[0:1, 2:3], outline_role="output")
    for ax, title in zip(axs, ["a picture", "a filter", "where they agree"], strict=True):
        ax.set_title(title)
    fig.set_label(ALT)
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None})
    return svg.alone(buffer.getvalue())


if __name__ == "__main__":
    OUT.write_text(draw() + "\n", "utf-8")
