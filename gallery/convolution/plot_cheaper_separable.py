r"""
A separable layer looks once at each channel, and that may be too little
========================================================================

A depthwise layer and a 1×1 layer cost a ninth of an ordinary layer.
What can the ordinary layer do that the cheap pair cannot?
"""

# %%
# Eight filters on one channel
# ----------------------------
# An ordinary layer may look for edges in eight directions.
# A filter for any direction is a mixture of an upright and a lying edge filter.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import palette, show_signed, style
from cnnbook.reference import conv2d_loops

style.use()
upright = np.tile([-1, 0, 1], (3, 1)) / 3
angles = np.arange(8) * np.pi / 4
bank = np.stack([np.cos(a) * upright + np.sin(a) * upright.T for a in angles])[:, None]  # eight filters, one channel

# %%
# A try that fails: one look
# --------------------------
# The depthwise layer has one kernel for the channel, and the 1×1 layer behind it only multiplies the map by a number.
# So all eight maps are one map, made stronger or weaker.
# Which kernel and which numbers come closest to the bank?
# Write each filter as a row of nine weights: the best imitation is the first part of the singular value decomposition.


def imitate(bank, looks):
    """The best depthwise kernels, so many for the channel, and the 1×1 weights that mix their maps."""
    rows = bank.reshape(len(bank), -1)
    left, strength, right = np.linalg.svd(rows, full_matrices=False)
    kernels = right[:looks].reshape(looks, 1, 3, 3)
    mixing = (left[:, :looks] * strength[:looks])[:, :, None, None]
    return kernels, mixing


kernels, mixing = imitate(bank, looks=1)
imitated = mixing * kernels  # eight numbers times one kernel

fig, axs = plt.subplots(2, 8, figsize=(9, 2.6))
for column, (wanted, got) in zip(axs.T, zip(bank[:, 0], imitated[:, 0], strict=True), strict=True):
    show_signed(column[0], wanted, limit=0.5)
    show_signed(column[1], got, limit=0.5)
axs[0, 0].set_ylabel("wanted")
axs[1, 0].set_ylabel("one look")
fig.set_label(
    "Eight edge filters, each turned by an eighth of a circle; below, the best imitation with a single kernel: "
    "the same filter eight times, stronger, weaker, or with its sign reversed."
)
plt.show()

# %%
# The repair: look twice
# ----------------------
# Libraries let a depthwise layer have several kernels for each channel (Keras: ``depth_multiplier``; PyTorch: more
# filters than groups).
# How many looks does this bank need, and how many does a bank of random numbers need?
random_bank = np.random.default_rng(0).standard_normal((8, 1, 3, 3))
banks = {"edges in eight directions": bank, "random numbers": random_bank}
missing = {
    name: [
        np.linalg.norm(weights.reshape(8, 9) - (mixing[:, :, 0, 0] @ kernels.reshape(-1, 9))) / np.linalg.norm(weights)
        for kernels, mixing in (imitate(weights, looks) for looks in range(1, 9))
    ]
    for name, weights in banks.items()
}

fig, ax = plt.subplots(figsize=(6, 2.8))
for (name, values), colour in zip(missing.items(), ("output", "input"), strict=True):
    ax.plot(range(1, 9), values, marker="o", label=name, color=palette.LIGHT[colour])
ax.set_xlabel("looks at the channel")
ax.set_ylabel("share of the bank that is missed")
ax.set_ylim(-0.03, 1)
ax.legend()
fig.set_label("Two looks imitate the eight edge filters without a rest; the random bank needs all eight.")
plt.show()

# %%
# Two looks are enough for edges, whatever their direction, because they were mixtures of two.
# Random numbers need as many looks as there are filters.
# Trained filters lie between: they have much in common, and that is why the cheap pair works so well.
#
# The pair computes what the product says
# ---------------------------------------
photograph = np.random.default_rng(1).random((1, 12, 12))
kernels, mixing = imitate(bank, looks=2)
pair = conv2d_loops(conv2d_loops(photograph, kernels), mixing)
ordinary = conv2d_loops(photograph, bank)

# %%
# The claim, asserted
# -------------------
# One look misses much of the bank, two looks nothing. :claim:`C2.12`
assert missing["edges in eight directions"][0] > 0.5
assert missing["edges in eight directions"][1] < 1e-12
assert missing["random numbers"][6] > 1e-3
np.testing.assert_allclose(pair, ordinary, atol=1e-12)

# %%
# What to remember
# ----------------
# - Behind one depthwise kernel, all maps of a channel are the same map, weighted.
# - Several kernels for each channel give more; the rank of the bank says how many are enough.
# - The cheap pair is good because trained filters have much in common.
