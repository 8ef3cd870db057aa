r"""
Neighbours agree, strangers do not
==================================

Take two pixels of a photograph.
If you know one of them, what do you know about the other?
It depends on how far apart they are, and that is the fact on which every convolution rests.
"""

# %%
# Ask pairs of pixels
# -------------------
# Here are four photographs: a face, a cat, a cup and gravel.
import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.color import rgb2gray

from cnnbook.draw import palette, show_signed

photographs = {
    "astronaut": rgb2gray(data.astronaut()),
    "cat": rgb2gray(data.chelsea()),
    "coffee": rgb2gray(data.coffee()),
    "gravel": data.gravel() / 255,
}
cat = photographs["cat"]

# %%
# Draw four hundred random pairs of a given distance as points: one pixel to the right, the other upwards.
# If the two always agreed, the points would lie on the diagonal.
random = np.random.default_rng(0)
fig, axs = plt.subplots(1, 3, figsize=(9, 3.3), sharex=True, sharey=True)
for ax, distance in zip(axs, [1, 8, 64], strict=True):
    one, other = cat[:, :-distance].ravel(), cat[:, distance:].ravel()
    some = random.choice(one.size, 400, replace=False)
    ax.plot(one[some], other[some], ".", markersize=4)
    ax.set(aspect="equal", xlim=(0, 1), ylim=(0, 1), xlabel="brightness of a pixel")
    ax.set_title(f"{distance} px to the right" if distance > 1 else "its neighbour")
axs[0].set_ylabel("brightness of the other")
fig.set_label("Pairs of pixels of a cat: neighbours lie on the diagonal, pixels far apart fill the square.")
plt.show()

# %%
# A number for it
# ---------------
# How close the points are to a line is measured by their :term:`correlation`: one on a line, zero in a cloud.


def correlation(picture, distance):
    """Correlation of pixels that stand ``distance`` columns apart."""
    left, right = picture[:, :-distance], picture[:, distance:]
    return np.corrcoef(left.ravel(), right.ravel())[0, 1]


distances = np.unique(np.geomspace(1, 128, 30).astype(int))
curves = {name: [correlation(photograph, d) for d in distances] for name, photograph in photographs.items()}
for name, curve in curves.items():
    print(f"{name:>10}: neighbours {curve[0]:.2f}, {distances[-1]} px apart {curve[-1]:+.2f}")

# %%
# A first suspicion
# -----------------
# Perhaps pixels agree merely because all pixels of a photograph are of similar brightness?
# Then the order would not matter, and a shuffled cat would give the same curve.
shuffled = random.permutation(cat.ravel()).reshape(cat.shape)
curves["cat, shuffled"] = [correlation(shuffled, d) for d in distances]

colours = [palette.LIGHT[name] for name in ("input", "output", "kernel", "green", "muted")]
fig, ax = plt.subplots(figsize=(5, 3.4))
for (name, curve), colour in zip(curves.items(), colours, strict=True):
    ax.semilogx(distances, curve, "--" if "shuffled" in name else "-", color=colour, label=name)
ax.set(xlabel="distance (pixels)", ylabel="correlation", ylim=(-0.15, 1.02))
ax.set_xticks([1, 2, 4, 8, 16, 32, 64, 128], ["1", "2", "4", "8", "16", "32", "64", "128"])
ax.minorticks_off()
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)
fig.set_label("Correlation falls with distance in every photograph, and is zero everywhere in the shuffled one.")
plt.show()

# %%
# It does not.
# Shuffled, the very same pixels know nothing of each other at any distance.
# What they knew was in the *order*.

# %%
# In every direction?
# -------------------
# So far we have looked along rows.
# Measure in both directions at once: a map of the correlation for every step right and down.


def correlation_map(picture, reach=24):
    """Correlation with the pixel ``down`` rows and ``right`` columns away, for all steps up to ``reach``."""
    centred = picture - picture.mean()
    power = abs(np.fft.fft2(centred)) ** 2  # Wiener and Khinchin: its transform is the circular autocorrelation
    agreement = np.fft.fftshift(np.fft.ifft2(power).real) / np.sum(centred**2)
    row, column = np.array(picture.shape) // 2
    return agreement[row - reach : row + reach + 1, column - reach : column + reach + 1]


maps = {name: correlation_map(photograph) for name, photograph in photographs.items()}

# %%
# Above each map stands its photograph.
fig, axs = plt.subplots(2, 4, figsize=(9, 4.6))
for (above, below), name in zip(axs.T, photographs, strict=True):
    above.imshow(photographs[name][::4, ::4], cmap="gray", vmin=0, vmax=1)
    above.set(xticks=[], yticks=[], title=name)
    show_signed(below, maps[name], limit=1)
    below.set_xlabel("24 px each way")
fig.set_label("Four photographs, and below each its map of correlation: one hill in the middle, so near is alike.")
plt.show()

# %%
# One hill each, highest in the middle.
# A window that looks at a :term:`neighbourhood` collects what belongs together, and a square one is not a bad choice.

# %%
# The claim, asserted
# -------------------
# In each photograph neighbours agree strongly, and the agreement falls with the distance. :claim:`C1.3`
for name, photograph in photographs.items():
    near, further, far = (correlation(photograph, d) for d in (1, 8, 64))
    assert near > 0.85, name
    assert near > further > far, name
    assert maps[name].argmax() == maps[name].size // 2, name
assert max(np.abs(curves["cat, shuffled"])) < 0.02

# %%
# What to remember
# ----------------
# - Neighbouring pixels are strongly correlated, and the correlation falls with distance.
# - It lies in the order of the pixels: shuffle them, and it is gone.
# - To look at small neighbourhoods first is a good bet on photographs, made before any example is seen.
