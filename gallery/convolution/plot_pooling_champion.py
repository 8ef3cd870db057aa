r"""
A stride forgets three pixels in four, a maximum asks them all
==============================================================

Halve a map by taking every other row and column, and it depends on luck what is left.
How much luck?
"""

# %%
# A small thing moves
# -------------------
# A bright point of one pixel walks over dark paper.
# At each of its places halve the picture in three ways, and ask how bright the brightest pixel is.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import palette, style
from cnnbook.reference import avg_pool2d_loops, max_pool2d_loops

style.use()
size = 8


def halved(picture):
    """The three ways."""
    return {
        "every other pixel": picture[:, ::2, ::2],
        "mean": avg_pool2d_loops(picture, 2),
        "maximum": max_pool2d_loops(picture, 2),
    }


brightest = {name: np.zeros((size, size)) for name in halved(np.zeros((1, size, size)))}
for place in np.ndindex(size, size):
    picture = np.zeros((1, size, size))
    picture[0, *place] = 1
    for name, small in halved(picture).items():
        brightest[name][place] = small.max()

# %%
# Each square is one place of the point; its shade is the brightest pixel of the halved picture.
fig, axs = plt.subplots(1, 3, figsize=(7.2, 2.9))
for ax, (name, shown) in zip(axs, brightest.items(), strict=True):
    for (row, column), value in np.ndenumerate(shown):
        colour = (palette.LIGHT["output"], 0.8 * value) if value else "none"
        ax.add_patch(plt.Rectangle((column, row), 1, 1, facecolor=colour, edgecolor=palette.LIGHT["muted"], lw=0.6))
    ax.set(title=name, xlim=(0, size), ylim=(size, 0), aspect="equal", xticks=[], yticks=[])
    ax.set_xlabel(f"seen at {np.mean(shown > 0):.0%} of the places")
fig.set_label(
    "Where a point is seen: with every other pixel, at one place in four; with the mean, everywhere but faintly; "
    "with the maximum, everywhere and at full strength."
)
plt.show()

# %%
# Every other pixel sees the point at one place in four, and elsewhere nothing at all.
# The mean sees it everywhere, at a quarter of its strength.
# The maximum sees it everywhere, and at full strength.
#
# Not quite the same after a step
# -------------------------------
# A maximum is not blind to movement.
# Move the point across the border of two regions, and another champion is sent.
# Of all steps to the right, how many change the pooled map?
steps, changed = 0, 0
for row, column in np.ndindex(size, size - 1):
    before, after = np.zeros((2, 1, size, size))
    before[0, row, column] = after[0, row, column + 1] = 1
    steps += 1
    changed += not np.array_equal(max_pool2d_loops(before, 2), max_pool2d_loops(after, 2))
print(f"{changed} of {steps} steps change the pooled map")

# %%
# A step within a region changes nothing, a step into the next one does: three columns of borders among seven steps.
# Pooling forgives a little movement, and does not forget it entirely.
#
# The claim, asserted
# -------------------
# A stride alone forgets three pixels in four; the maximum asks them all. :claim:`C2.14`
assert np.mean(brightest["every other pixel"] == 0) == 3 / 4
assert (brightest["mean"] == 1 / 4).all()
assert (brightest["maximum"] == 1).all()
assert changed == 3 * size

# %%
# What to remember
# ----------------
# - To skip pixels unseen is to leave it to luck what is found.
# - The maximum keeps what the region has found, at full strength; the mean keeps a share of it.
# - Both forgive a step within a region, and neither forgives all steps.
