r"""
Who remembers the place draws the edge where it was
===================================================

Pool a line drawing, and enlarge it again.
Does the line come back where it was?
"""

# %%
# A thin slanting line
# --------------------
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, style
from cnnbook.reference import interpolate_loops, max_pool2d_loops, max_unpool2d_loops

style.use()
size = 8
line = np.zeros((1, size, size))
for row in range(size):
    line[0, row, (row + 2) // 2 + 1] = 1

# %%
# Make it smaller by its maxima, and larger again in three ways.
# Two of them know only the maxima; the third was told where they had stood.
pooled, where = max_pool2d_loops(line, 2, return_indices=True)
back = {
    "duplicated": interpolate_loops(pooled[None], scale_factor=2)[0],
    "bilinear": interpolate_loops(pooled[None], scale_factor=2, mode="bilinear")[0],
    "back in place": max_unpool2d_loops(pooled, where, 2),
}

fig, axs = plt.subplots(1, 4, figsize=(9, 2.7))
grid(axs[0], line[0], role="signed", numbers=False)
axs[0].set_title("a line")
for ax, (name, enlarged) in zip(axs[1:], back.items(), strict=True):
    grid(ax, enlarged[0], role="signed", numbers=False)
    ax.set_title(name)
fig.set_label(
    "A thin line; duplicated, it is twice as thick; bilinear, it is thick and pale; put back in place, "
    "it is thin and stands where it was, with every other pixel missing."
)
plt.show()

# %%
# Measure it
# ----------
# How much of the line is found again, and how much is drawn that was not there?
for name, enlarged in back.items():
    found = enlarged[line == 1].mean()
    invented = enlarged[line == 0].sum() / line.sum()
    print(f"{name:>13}: {found:.2f} of the line found, {invented:.2f} as much drawn beside it")

# %%
# Duplication finds the whole line, and draws another one beside it.
# Unpooling draws nothing that was not there.
# What it misses are the pixels that lost against a neighbour of the same region: two on the line, one champion.
#
# The claim, asserted
# -------------------
# With the places remembered, nothing stands where nothing stood. :claim:`C5.1`
assert (back["back in place"][line == 0] == 0).all()
assert back["duplicated"][line == 1].mean() == 1
assert back["duplicated"][line == 0].sum() >= line.sum()
assert back["back in place"].sum() == pooled.sum()

# %%
# What to remember
# ----------------
# - Maxima without their places come back as blocks.
# - Places cost memory, and keep edges where they were: that is what nets that draw outlines need.
