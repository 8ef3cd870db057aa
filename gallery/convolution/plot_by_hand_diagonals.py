r"""
Two filters tell the strokes of an X apart
==========================================

An X is two strokes: one falls to the right, the other rises.
Does a filter of nine numbers know which is which?
"""

# %%
# Draw what you look for
# ----------------------
# Put twos where the line should be, and minus one everywhere else.
# The weights add up to zero, so even paper gets no answer.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, show_signed, style
from cnnbook.reference import conv2d_loops

style.use()
falling = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
rising = np.fliplr(falling)
assert falling.sum() == rising.sum() == 0


def find(kernel, picture):
    """Slide one kernel over one grey picture, only where it fits."""
    return conv2d_loops(picture[None, None], kernel[None, None])[0, 0]


# %%
# By hand
# -------
# On a line that falls, the filter that falls collects three twos.
# The other filter gets its two in the middle, and a minus one for each of the ends.
line = np.eye(5)
assert find(falling, line)[1, 1] == 2 + 2 + 2
assert find(rising, line)[1, 1] == 2 - 1 - 1

fig, axs = plt.subplots(1, 3, figsize=(7.2, 2.8), width_ratios=[5, 3, 3])
grid(axs[0], line)
grid(axs[1], find(falling, line), role="signed")
grid(axs[2], find(rising, line), role="signed")
for ax, title in zip(axs, ["a line that falls", "filter that falls", "filter that rises"], strict=True):
    ax.set_title(title)
fig.set_label("A falling line of ones; the falling filter answers six along it, the rising filter nothing there.")
plt.show()

# %%
# An X on bad paper
# -----------------
# Draw a large X, and spoil the paper with noise.
size = 40
paper = np.random.default_rng(0).normal(0, 0.1, (size, size))
cross = paper + np.maximum(np.eye(size), np.fliplr(np.eye(size)))
maps = {"filter that falls": find(falling, cross), "filter that rises": find(rising, cross)}

fig, axs = plt.subplots(1, 3, figsize=(9, 3.2))
axs[0].imshow(cross, cmap="gray_r")
for ax, found in zip(axs[1:], maps.values(), strict=True):
    show_signed(ax, found, limit=6)
for ax, title in zip(axs, ["an X", *maps], strict=True):
    ax.set(title=title, xticks=[], yticks=[])
fig.set_label("An X on grainy paper; each filter draws one of its strokes, and of the other only a pale trace.")
plt.show()

# %%
# How strongly does each filter answer along each stroke?
# The crossing itself belongs to both, so leave the middle out.
n = size - 2
away = np.abs(np.arange(n) - n / 2) > 2
strokes = {"falls": np.eye(n, dtype=bool), "rises": np.fliplr(np.eye(n, dtype=bool))}
answers = {name: [found[stroke & away[:, None]].mean() for found in maps.values()] for name, stroke in strokes.items()}
for name, (by_falling, by_rising) in answers.items():
    print(f"stroke that {name}: falling filter {by_falling:5.2f}, rising filter {by_rising:5.2f}")

# %%
# One of them sees six, the other nothing: the noise, too, has nearly vanished in the mean.
#
# What about a line in between?
# -----------------------------
# A stroke that stands is neither.
# **Guess** what the two filters answer, then look at the sums of their columns.
standing = np.zeros((5, 5))
standing[:, 2] = 1
print(find(falling, standing)[1], find(rising, standing)[1])
print(falling.sum(axis=0), rising.sum(axis=0))

# %%
# The claim, asserted
# -------------------
# Each filter answers its own stroke, and not the other; neither sees a stroke that stands. :claim:`C2.6`
assert answers["falls"][0] > 5 > 10 * abs(answers["falls"][1])
assert answers["rises"][1] > 5 > 10 * abs(answers["rises"][0])
assert not find(falling, standing).any()
assert not find(rising, standing).any()

# %%
# What to remember
# ----------------
# - Draw the pattern with positive weights, surround it with negative ones, and let them add up to zero.
# - A filter that looks for one direction may be blind to another: what it does not look like, it does not see.
