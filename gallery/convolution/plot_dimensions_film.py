r"""
One picture does not say where things go, two do
================================================

Show somebody one picture of a film: which way does the ball fly?
Nobody can say.
How many pictures does a filter need?
"""

# %%
# Four films
# ----------
# A soft ball flies to the right, to the left, down or up.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import palette, show_signed, style
from cnnbook.reference import conv3d_loops

style.use()
size, moments = 15, 5
directions = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}


def film(down, right):
    """A ball that passes the middle of the picture at the middle moment: channel, moment, row, column."""
    rows, columns = np.mgrid[:size, :size] - size // 2
    steps = np.arange(moments) - moments // 2
    return np.stack([np.exp(-((rows - down * t) ** 2 + (columns - right * t) ** 2) / 6) for t in steps])[None]


films = {name: film(*step) for name, step in directions.items()}

# %%
# In the middle of all four films stands the same picture.
middle = [shown[0, moments // 2] for shown in films.values()]
for other in middle[1:]:
    np.testing.assert_array_equal(other, middle[0])

# %%
# A filter with two moments
# -------------------------
# At its first moment it looks for the ball here, at its second for the ball one step further.
# So it is two pictures: a positive one, and a negative one for the ball that went the other way.
filters = np.zeros((4, 1, 2, 3, 3))
for weights, (down, right) in zip(filters, directions.values(), strict=True):
    weights[0, 0, 1, 1] = weights[0, 1, 1 + down, 1 + right] = 1
    weights[0, 1, 1 - down, 1 - right] = -1

fig, axs = plt.subplots(2, 4, figsize=(7.2, 4))
for column, (name, weights) in zip(axs.T, zip(directions, filters, strict=True), strict=True):
    for moment, ax in enumerate(column):
        show_signed(ax, weights[0, moment], limit=1)
    column[0].set_title(name)
axs[0, 0].set_ylabel("first")
axs[1, 0].set_ylabel("second")
fig.set_label(
    "Four filters of two moments each. All have their positive weight in the middle at the first moment; "
    "at the second it has moved right, left, down or up, and opposite to it stands a negative weight."
)
plt.show()

# %%
# Slide them over space and time, and let each say how loud its loudest answer is, on average over the moments.
answers = np.array([conv3d_loops(shown, filters).max(axis=(2, 3)).mean(axis=1) for shown in films.values()])

fig, ax = plt.subplots(figsize=(6, 2.8))
names = ("kernel", "output", "input", "green")
for number, (name, colour) in enumerate(zip(directions, names, strict=True)):
    ax.bar(np.arange(4) + 0.2 * (number - 1.5), answers[:, number], 0.18, label=name, color=palette.LIGHT[colour])
ax.set_xticks(range(4), directions)
ax.set_xlabel("the ball flies")
ax.set_ylabel("loudest answer")
ax.set_ylim(0, 1.25 * answers.max())
ax.legend(ncols=4, loc="upper center")
fig.set_label("The answers of four filters to four films: in each, the filter of the right direction is the loudest.")
plt.show()

# %%
# Take the time away
# ------------------
# Let the filters look at the middle picture twice, as if nothing moved.
# Now all four answer alike.
still = np.stack([middle[0], middle[0]])[None]
blind = conv3d_loops(still, filters).max(axis=(1, 2, 3))
print("without time:", blind.round(3))

# %%
# The claim, asserted
# -------------------
# With two moments the direction is found; with one picture all directions look the same. :claim:`C2.12`
assert answers.argmax(axis=1).tolist() == [0, 1, 2, 3]
np.testing.assert_allclose(blind, blind[0])

# %%
# What to remember
# ----------------
# - A kernel with an axis of time sees movement; without it, nothing does.
# - It is the same sum as in a picture, with one more axis to slide along.
