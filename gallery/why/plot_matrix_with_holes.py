r"""
Convolution is a matrix with holes
==================================

A fully connected layer is a matrix: every output has a weight for every input.
Which matrix is a convolution?
Write it down, and you see at a glance what was left out and what is shared.
"""

# %%
# Everything connected
# --------------------
# Six inputs and six outputs need a matrix of 36 weights, all different.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import matrix, palette
from cnnbook.reference import conv1d_loops, conv1d_matrix

random = np.random.default_rng(0)
everything = random.permutation(np.arange(1, 37)).reshape(6, 6)
assert len(np.unique(everything)) == 36

# %%
# A try: leave out what is far away
# ---------------------------------
# Keep only the weights between neighbours.
# That makes holes, and 16 weights remain.
row, column = np.indices(everything.shape)
nearby = np.where(abs(row - column) <= 1, everything, 0)
assert np.count_nonzero(nearby) == 16

# %%
# Is this a convolution?
# If it were, moving the input would move the output.
# Move a single ``1`` along and look at the largest answer:
one = np.eye(6, dtype=int)
print("nearby, but different everywhere:", [int((nearby @ one[place]).max()) for place in range(1, 5)])

# %%
# The same input gives another answer at every place.
# One thing is missing.

# %%
# The repair: the same weights in every row
# -----------------------------------------
# Three weights, shifted by one place from row to row.
kernel = np.array([2, 5, 3])
shared = conv1d_matrix(kernel, 6, padding=1)
print(shared.astype(int))
print("nearby and alike:", [int((shared @ one[place]).max()) for place in range(1, 5)])

assert set(np.unique(shared)) == {0, 2, 3, 5}
assert np.count_nonzero(shared) == 16

# %%
# A :term:`stride` of two leaves out every other row.
# The 3 weights stay; of the 16 products 8 remain.
strided = conv1d_matrix(kernel, 6, stride=2, padding=1)
np.testing.assert_array_equal(strided, shared[::2])
assert len(np.unique(strided[strided != 0])) == 3
assert np.count_nonzero(strided) == 8

# %%
# Five panels
# -----------
# Draw a line for each weight from input to output; equal weights have equal colours.
# The 36 different ones are too many to tell apart by colour, so they are all grey.


def connections(ax, weights):
    """Draw inputs below, outputs above, and a line for every weight that is not zero."""
    values = [value for value in dict.fromkeys(weights.ravel().tolist()) if value]
    few = len(values) <= len(palette.CATEGORIES)
    colours = [palette.LIGHT[name] for name in (palette.CATEGORIES if few else ["muted"] * len(values))]
    for output, source in np.argwhere(weights):
        colour = colours[values.index(weights[output, source])]
        ax.plot([source, output], [0, 1], color=colour, linewidth=2 if few else 0.8, zorder=1)
    for height, count, role in [(0, weights.shape[1], "input"), (1, weights.shape[0], "output")]:
        ax.scatter(range(count), [height] * count, s=120, color=palette.LIGHT[role], zorder=2)
    ax.set_ylim(-0.15, 1.15)
    ax.axis("off")


# %%
# Blue is what goes in, orange is what comes out.
fig, axs = plt.subplot_mosaic("aaaccc;bbddee", figsize=(9, 5.4), height_ratios=[1, 1.7])
connections(axs["a"], everything)
connections(axs["c"], shared)
for panel, values in {"b": everything, "d": shared, "e": strided}.items():
    matrix(axs[panel], values)
titles = ["a  fully connected", "b  36 weights", "c  kernel of 3", "d  3 weights", "e  with stride 2, still 3"]
for panel, title in zip("abcde", titles, strict=True):
    axs[panel].set_title(title, loc="left")
fig.set_label(
    "Five panels: all connections and their matrix of 36 weights; "
    "a kernel of 3 and its banded matrix; every other row of that matrix."
)
plt.show()

# %%
# Does the matrix compute the convolution?
# ----------------------------------------
# So far it only looks right.
# Try kernels, strides, paddings and dilations, and numbers drawn at random. :claim:`C1.4`
checked = 0
for size, stride, padding, dilation in np.ndindex(6, 4, 3, 3):
    weights, x = random.standard_normal(size + 1), random.standard_normal(17)
    options = {"stride": stride + 1, "padding": padding, "dilation": dilation + 1}
    slid = conv1d_loops(x[None, None], weights[None, None], **options)[0, 0]
    np.testing.assert_allclose(conv1d_matrix(weights, len(x), **options) @ x, slid, atol=1e-12)
    checked += 1
print(f"matrix @ x equals conv(x) in {checked} cases")
assert checked == 6 * 4 * 3 * 3

# %%
# How many holes?
# ---------------
# The longer the input, the emptier the matrix.
for length in (6, 60, 600):
    full = conv1d_matrix(kernel, length, padding=1)
    print(f"{length:>3} inputs: {full.size:>7,} entries, {np.mean(full == 0):.1%} of them zero, 3 different weights")

# %%
# That is why nobody multiplies by this matrix: the loop does the same work without the zeros.
# The matrix is for thinking.

# %%
# What to remember
# ----------------
# - A convolution is a fully connected layer with holes, in which all rows use the same weights.
# - Six inputs: 36 weights fully connected, 3 with a kernel of 3.
# - A stride of two keeps every other row: less work, the same weights.
