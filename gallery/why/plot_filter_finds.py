r"""
A filter finds what it looks like
=================================

Nine numbers slide over a picture.
Can you say beforehand where they will answer, and how loudly?
You can, if you look at them as a picture, too.
"""

# %%
# By hand
# -------
# The left half of this picture is dark, the right half is bright.
# The filter is dark on its left and bright on its right: a *rise*.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, palette, show_signed
from cnnbook.reference import conv2d_loops

picture = np.tile([0, 0, 0, 1, 1, 1], (4, 1))
upright = np.tile([-1, 0, 1], (3, 1))
lying = upright.T


def find(kernel, picture):
    """Slide one kernel over one grey picture, only where it fits."""
    return conv2d_loops(picture[None, None], kernel[None, None])[0, 0]


# %%
# .. listing:: cnnbook.reference.conv.conv2d_loops

# %%
# Lay the filter on each of the four places of the first row, multiply what lies on each other, and add up.
fig, axs = plt.subplots(1, 3, figsize=(9, 2.8), width_ratios=[6, 3, 4])
grid(axs[0], picture, outline=np.s_[0:3, 1:4])
grid(axs[1], upright, role="kernel")
grid(axs[2], find(upright, picture), role="output", outline=np.s_[0:1, 1:2], outline_role="output")
for ax, title in zip(axs, ["a picture", "a filter", "what it finds"], strict=True):
    ax.set_title(title)
fig.set_label("A picture, dark and bright; an upright edge filter; its answer: zero, three, three, zero in each row.")
plt.show()

by_hand = [np.sum(upright * picture[:3, place : place + 3]) for place in range(4)]
assert by_hand == [0, 3, 3, 0]
np.testing.assert_array_equal(find(upright, picture), [by_hand, by_hand])

# %%
# Zeros on the left, where all is dark, and zeros on the right, where all is bright.
# In the middle is the rise, and its strength is 3, one for each row.
#
# Now exchange the filter's rows and columns.
# It looks for something that lies, and nothing does.
np.testing.assert_array_equal(find(lying, picture), np.zeros((2, 4)))

# %%
# Do the same to the picture, and the two filters change their parts.
np.testing.assert_array_equal(find(lying, picture.T), find(upright, picture).T)
assert not find(upright, picture.T).any()

# %%
# A photograph with a roof
# ------------------------
# A pagoda has eaves that lie, columns that stand, and a spire where another house has its chimney.
# The photograph (by danielbuechele, CC BY) comes with scikit-learn.
#
# **Guess:** which filter will answer on the spire, on the eaves, on the columns, and on the tiles of the roof?
from skimage.color import rgb2gray
from sklearn.datasets import load_sample_image

pagoda = rgb2gray(load_sample_image("china.jpg"))[5:330, 40:330]
stands, lies = find(upright, pagoda), find(lying, pagoda)

places = {  # top, bottom, left, right
    "spire": (23, 75, 150, 185),
    "eaves": (170, 193, 50, 140),
    "columns": (193, 220, 150, 260),
    "tiles": (255, 283, 150, 265),
}

# %%
# Orange is a rise, to the right or downwards, blue is a fall, and where nothing is found the page shows through.
fig, axs = plt.subplots(1, 3, figsize=(9, 3.6))
axs[0].imshow(pagoda, cmap="gray")
show_signed(axs[1], stands, limit=1.5)
show_signed(axs[2], lies, limit=1.5)
for ax, title in zip(axs, ["a photograph", "what stands", "what lies"], strict=True):
    ax.set(title=title, xticks=[], yticks=[])
    for top, bottom, left, right in places.values():
        frame = plt.Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=palette.LIGHT["orange"])
        ax.add_patch(frame)
for name, (top, bottom, _, _) in places.items():
    axs[-1].text(stands.shape[1] + 6, (top + bottom) / 2, name, va="center")
fig.set_label("A pagoda and the answers of both filters; frames mark its spire, eaves, columns and tiles.")
plt.show()

# %%
# Measure it
# ----------
# How strongly does each filter answer in each frame, rises and falls alike?
loudness = {
    name: [np.abs(found[top:bottom, left:right]).mean() for found in (stands, lies)]
    for name, (top, bottom, left, right) in places.items()
}
for name, (standing, lying_down) in loudness.items():
    print(f"{name:>8}: stands {standing:.2f}  lies {lying_down:.2f}")

# %%
# Side by side, the four places tell the filters apart.
fig, ax = plt.subplots(figsize=(6, 2.8))
where, loudness_of = np.arange(len(places)), zip(*loudness.values(), strict=True)
for offset, name, role, bars in zip([-0.2, 0.2], ["upright", "lying"], ["kernel", "output"], loudness_of, strict=True):
    ax.barh(where + offset, bars, 0.38, label=f"{name} filter", color=palette.LIGHT[role])
ax.set_yticks(where, list(places))
ax.invert_yaxis()
ax.set_xlabel("mean size of the answer")
ax.legend()
fig.set_label("The upright filter answers on spire, columns and tiles; the lying filter on the eaves.")
plt.show()

# %%
# The eaves lie, the spire and the columns stand, as expected.
# But the tiles are part of the roof, and they *stand*: the loudest of all.
# The filter does not know what a roof is.
# It sees nine pixels at a time, and there a row of tiles is a row of upright stripes.
# To call them a roof takes more layers, which look at what these filters have found.

# %%
# Why it must be so
# -----------------
# An output is a :term:`dot product`, and of all patches with the same length, the filter itself has the largest.
# So ask the other way round: which window of the photograph gets the largest answer?
# It must be alike and rich in contrast.
windows = np.lib.stride_tricks.sliding_window_view(pagoda, (3, 3))
row, column = np.unravel_index(stands.argmax(), stands.shape)
best = windows[row, column]

fig, axs = plt.subplots(1, 2, figsize=(5, 2.6))
show_signed(axs[0], upright, limit=1.5)
axs[1].imshow(best, cmap="gray", vmin=0, vmax=1)
for ax, title in zip(axs, ["the filter", "what it likes best"], strict=True):
    ax.set(title=title, xticks=[], yticks=[])
fig.set_label("The upright filter, and the window of the photograph with the largest answer: dark left, bright right.")
plt.show()

# %%
# The claim, asserted
# -------------------
# Whoever scores highest is dark on the left and bright on the right, and the frames say what they should. :claim:`C2.5`
assert (best[:, 2] - best[:, 0] > 0.5).all()
for name, (standing, lying_down) in loudness.items():
    assert (lying_down > 1.2 * standing) == (name == "eaves"), name
    assert (standing > 1.2 * lying_down) == (name != "eaves"), name

# %%
# What to remember
# ----------------
# - A filter finds what it looks like: each output says how alike the filter and the window are.
# - The place of a large output says where, its size says how strongly, its sign says which way.
# - A filter knows nothing of things: it found upright stripes, and they were tiles.
