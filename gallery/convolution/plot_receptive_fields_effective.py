r"""
The middle of a receptive field counts most
===========================================

After twenty layers of 3×3 a unit sees a square of 41×41 pixels.
Take away the outer frame, three quarters of what it sees.
Will it notice?
"""

# %%
# Random networks
# ---------------
# They are large enough for one unit at the top: without padding, each layer takes one pixel from every side.
# Nothing is trained, so what we find comes from the architecture alone.
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from cnnbook.draw import palette, show_signed, style
from cnnbook.shapes import count_paths, receptive_field

style.use()


def random_network(depth, seed, activation=nn.ReLU, channels=16):
    """Layers of 3×3 without padding, with weights of mean zero."""
    torch.manual_seed(seed)
    layers = []
    for level in range(depth):
        layer = nn.Conv2d(channels if level else 1, channels, 3)
        nn.init.kaiming_normal_(layer.weight)
        layers += [layer, activation()]
    return nn.Sequential(*layers[:-1])


size = receptive_field([(3,)] * 20).size
print(f"{size} rows and {size} columns")

# %%
# A try that fails: every pixel counts
# ------------------------------------
# Show twenty networks a picture of noise.
# Then put other noise into the frame, or into the square in the middle, and see how much the units change.
inside = torch.zeros(size, size, dtype=torch.bool)
inside[10:-10, 10:-10] = True
frame = ~inside
print(f"the frame has {frame.double().mean():.0%} of the pixels")


@torch.no_grad()
def mean_change(where):
    """Mean square change of units when pixels are drawn anew."""
    changes = []
    for seed in range(20):
        network = random_network(20, seed)
        before, other = torch.randn(2, 1, 1, size, size)
        after = torch.where(where, other, before)
        changes.append((network(after) - network(before)).square().mean())
    return torch.stack(changes).mean().item()


by_frame, by_middle = mean_change(frame), mean_change(inside)
print(f"frame: {by_frame:.3f}, middle: {by_middle:.3f}")

# %%
# The small square in the middle changes more than ten times as much as all the rest.
#
# Ask the gradient
# ----------------
# The gradient says for each pixel how much it counts.
# Square it, turn it into shares of one, and take the mean over several networks.


def what_counts(depth, activation=nn.ReLU, networks=20):
    """Each pixel's share in the squared gradient of one unit, on average."""
    shares, size = [], 2 * depth + 1
    for seed in range(networks):
        network = random_network(depth, seed, activation)
        picture = torch.randn(1, 1, size, size, requires_grad=True)
        network(picture)[0, 0].sum().backward()
        squared = picture.grad[0, 0].square()
        shares.append(squared / squared.sum())
    return torch.stack(shares).mean(dim=0).numpy()


depths = [5, 10, 20, 40]
shares = {depth: what_counts(depth) for depth in depths}

fig, axs = plt.subplots(2, 2, figsize=(4.6, 5))
for ax, (depth, share) in zip(axs.flat, shares.items(), strict=True):
    show_signed(ax, np.sqrt(share))
    ax.spines[:].set_visible(True)
    ax.set_title(f"{depth} layers")
fig.set_label(
    "Four receptive fields, each drawn equally large, for five, ten, twenty and forty layers: "
    "what counts is a spot in the middle, and it fills less and less of the field."
)
plt.show()

# %%
# Count the paths
# ---------------
# Why a spot?
# On its way down, a path takes one of three columns in each layer, and few paths always take the outermost.
# The weights have mean zero, so the *squared* gradient should be, on average, proportional to the number of paths
# :cite:p:`luo2016`.
paths = np.array(count_paths(size, [(3,)] * 20, unit=0), dtype=float)
curves = {"with ReLU": shares[20].sum(axis=0), "without": what_counts(20, nn.Identity).sum(axis=0)}

fig, ax = plt.subplots(figsize=(4.8, 2.8))
from_middle = np.arange(size) - size // 2
for name, curve in curves.items():
    ax.plot(from_middle, curve, label=name)
ax.plot(from_middle, paths / paths.sum(), color=palette.LIGHT["ink"], linestyle="--", label="paths")
ax.set(xlabel="columns from the middle", ylabel="share", xticks=range(-20, 21, 10))
ax.legend()
fig.set_label("Three bells that nearly coincide: the counted paths, and the gradients with and without ReLU.")
plt.show()


# %%
# The width grows like a square root
# ----------------------------------
# A path is a walk of random steps, so a spot should be as wide as the square root of the number of steps.


def spread(share):
    """Root mean square distance from the middle, in columns."""
    columns = share.sum(axis=0)
    places = np.arange(len(columns)) - len(columns) // 2
    return np.sqrt((columns * places**2).sum() / columns.sum())


spreads = [spread(share) for share in shares.values()]
walk = [np.sqrt(2 * depth / 3) for depth in depths]
for depth, found, expected in zip(depths, spreads, walk, strict=True):
    print(f"{depth:>2} layers: spread {found:.2f}, walk {expected:.2f}")

fig, ax = plt.subplots(figsize=(4.8, 2.8))
ax.plot(depths, depths, color=palette.LIGHT["muted"], linestyle=":", label="rim")
ax.plot(depths, walk, color=palette.LIGHT["ink"], linestyle="--", label="a random walk")
ax.plot(depths, spreads, "o", color=palette.LIGHT["output"], label="measured")
ax.set(xlabel="layers", ylabel="pixels from the middle", xticks=depths)
ax.legend()
fig.set_label("The rim moves away in proportion to the depth; the measured width follows the square root.")
plt.show()

# %%
# The claim, asserted
# -------------------
# The frame has more than 70 % of the pixels and the middle more than 10 times its effect. :claim:`C2.15`
# Four times as many layers make the field four times as wide, and the spot about twice.
assert size == 41
assert 100 * frame.double().mean() > 70
assert by_middle > 10 * by_frame
np.testing.assert_allclose(spreads, walk, rtol=0.1)
for curve in curves.values():
    np.testing.assert_allclose(curve, paths / paths.sum(), atol=0.02)
for shallow, deep in pairwise(spreads[::2]):
    assert 1.7 < deep / shallow < 2.3
assert round(np.sqrt(2), 1) == 1.4

# %%
# What to remember
# ----------------
# - A receptive field is a limit, not a description: beyond it there is nothing, within it there is a bell.
# - The bell comes from counting paths; random weights and ReLU do not change it much.
# - Twice as deep sees twice as far, and looks about 1.4 times as far.
