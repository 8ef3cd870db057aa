r"""
Shift, then convolve; convolve, then shift
==========================================

Move a photograph and run a convolution over it.
Or run the convolution first and move what comes out.
Is there any difference?
"""

# %%
# Two ways round
# --------------
# The photograph is a cat, the filter finds upright edges.
# Think of the picture as a ring: what leaves on the right comes in on the left.
import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.color import rgb2gray
from skimage.transform import rescale

from cnnbook.draw import palette, show_signed
from cnnbook.reference import conv2d_loops

# %%
# The numbers are rounded to whole ones: then sums are exact, and "equal" means equal.
cat = rescale(rgb2gray(data.chelsea())[:, 40:360], 0.25)
cat = np.round(cat * 255)
upright = np.tile([-1, 0, 1], (3, 1))


def convolve(picture, kernel=upright, stride=1, border="wrap"):
    """Slide the kernel over a picture that is padded by one pixel, as a ring or with zeros."""
    padded = np.pad(picture, 1, mode=border)
    return conv2d_loops(padded[None, None], kernel[None, None], stride=stride)[0, 0]


def shift(picture, columns):
    """Move the picture to the right; what leaves comes in on the left."""
    return np.roll(picture, columns, axis=1)


# %%
# Read the four pictures both ways: right and then down, or down and then right.
columns = 20
corners = {
    "the picture": cat,
    "shifted": shift(cat, columns),
    "convolved": convolve(cat),
    "both": convolve(shift(cat, columns)),
}
fig, axs = plt.subplots(2, 2, figsize=(6, 6))
for ax, (title, picture) in zip(axs.flat, corners.items(), strict=True):
    if title in {"convolved", "both"}:
        show_signed(ax, picture, limit=250)
    else:
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
    ax.set(title=title, xticks=[], yticks=[])
fig.set_label("A cat, the cat shifted, its edges, and the edges of the shifted cat, which are the shifted edges.")
plt.show()

# %%
# Is the last picture really the third one, moved?
np.testing.assert_array_equal(convolve(shift(cat, columns)), shift(convolve(cat), columns))

# %%
# There is no difference, not in a single number.
# A function with :math:`f(t(x)) = t(f(x))` is called *equivariant* to :math:`t`: see :term:`equivariance`.
# Does that hold for every convolution?

# %%
# Where it breaks: the border
# ---------------------------
# Real pictures are no rings, and layers pad with zeros.
by_shifting_first = convolve(shift(cat, columns), border="constant")
by_convolving_first = shift(convolve(cat, border="constant"), columns)
differs = (by_shifting_first != by_convolving_first).any(axis=0)
print("columns that differ:", np.flatnonzero(differs))

# %%
# Only columns where a border is, or was, are wrong.
# Everything further inside is equal to the last digit.

# %%
# Where it breaks: a stride
# -------------------------
# A :term:`stride` of two looks at every other place.
# Shift by an even number of pixels, and the output moves half as far.
# Shift by an odd number, and the filter looks at the places that it had skipped.
# How far apart are the two ways then?
strided = convolve(cat, stride=2)
errors = []
for step in range(9):
    moved = convolve(shift(cat, step), stride=2)
    best = min(np.abs(moved - shift(strided, back)).mean() for back in range(strided.shape[1]))
    errors.append(best / np.abs(strided).mean())

fig, ax = plt.subplots(figsize=(6, 2.8))
ax.bar(range(9), errors, color=palette.LIGHT["output"])
ax.set(xlabel="shift of the picture (pixels)", ylabel="relative difference", xticks=range(9))
fig.set_label("With a stride of two, even shifts make no difference; every odd shift makes a large one.")
plt.show()

assert not any(errors[::2])
assert min(errors[1::2]) > 0.3

# %%
# From moving along to standing still
# -----------------------------------
# Whoever wants to know *whether* there is an edge, and not where, takes the largest value of the whole map.
# That answer no longer moves: it is *invariant*, see :term:`invariance`.
steps = range(0, cat.shape[1], 8)
strongest = {convolve(shift(cat, step)).max() for step in steps}
print(f"{len(steps)} shifts, {len(strongest)} answer")
assert len(strongest) == 1

# %%
# And a mirror?
# -------------
# Nothing was said about mirrors, and nothing holds.
# The filter finds a rise from dark to bright; in the mirror it is a fall.


def mirror(picture):
    """Left becomes right."""
    return picture[:, ::-1]


assert not np.array_equal(convolve(mirror(cat)), mirror(convolve(cat)))
np.testing.assert_array_equal(convolve(mirror(cat)), -mirror(convolve(cat)))

symmetric = np.array([[1, 2, 1], [0, 3, 0], [-1, 5, -1]])  # equal to its own mirror image
np.testing.assert_array_equal(convolve(mirror(cat), symmetric), mirror(convolve(cat, symmetric)))

# %%
# The claim, asserted
# -------------------
# On a ring it holds for all shifts and for filters drawn at random. :claim:`C1.5`
# With zeros outside it holds away from the border.
random = np.random.default_rng(0)
small = random.integers(0, 10, (12, 12))
for step in range(12):
    kernel = random.integers(-5, 6, (3, 3))
    np.testing.assert_array_equal(convolve(shift(small, step), kernel), shift(convolve(small, kernel), step))
border = {0, columns - 1, columns, cat.shape[1] - 1}
assert differs.any()
assert set(np.flatnonzero(differs)) <= border

# %%
# What to remember
# ----------------
# - A convolution of stride one moves with its picture, exactly on a ring.
# - Zero padding breaks that at the border, a stride of two breaks it for odd shifts.
# - Global pooling turns "moves along" into "stands still".
# - Mirrors are not built in; only a symmetric filter respects them.
