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


def random_network(depth, seed, activation=nn.ReLU, channels=8):
    """Layers of 3×3 without padding, with weights that keep numbers about as large as they were."""
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
print(f"frame: {(~inside).double().mean():.0%} of the pixels, middle: {inside.double().mean():.0%}")


@torch.no_grad()
def mean_change(where):
    """Mean square by which units change when the pixels in one part are drawn anew."""
    changes = []
    for seed in range(20):
        network = random_network(20, seed)
        before, other = torch.randn(2, 1, 1, size, size)
        changes.append((network(torch.where(where, other, before)) - network(before)).square().mean())
    return torch.stack(changes).mean().item()


change_by_frame, change_by_middle = mean_change(~inside), mean_change(inside)
print(f"change by the frame: {change_by_frame:.3f}, by the middle: {change_by_middle:.3f}")

# %%
# The small square in the middle changes more than ten times as much as all the rest.
#
# Ask the gradient
# ----------------
# The gradient says for each pixel how much it counts.
# Take its mean square over several networks.


def what_counts(depth, activation=nn.ReLU, networks=10):
    """Mean squared gradient of one unit to each pixel that it sees, as shares of one."""
    total = 0
    for seed in range(networks):
        picture = torch.randn(1, 1, 2 * depth + 1, 2 * depth + 1, requires_grad=True)
        random_network(depth, seed, activation)(picture)[0, 0].sum().backward()
        total = total + picture.grad[0, 0].square()
    return (total / total.sum()).numpy()


depths = [5, 10, 20, 40]
shares = {depth: what_counts(depth) for depth in depths}

fig, axs = plt.subplots(1, 4, figsize=(7.2, 2.2))
for ax, (depth, share) in zip(axs, shares.items(), strict=True):
    show_signed(ax, np.sqrt(share))
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
# The weights have mean zero, so the mean *squared* gradient should be proportional to the number of paths
# :cite:p:`luo2016`.
paths = np.array(count_paths(size, [(3,)] * 20, unit=0), dtype=float)
measured = what_counts(20, nn.Identity).sum(axis=0)

fig, ax = plt.subplots(figsize=(6, 2.8))
from_middle = np.arange(size) - size // 2
ax.plot(from_middle, shares[20].sum(axis=0), label="with ReLU")
ax.plot(from_middle, measured, label="without")
ax.plot(from_middle, paths / paths.sum(), color=palette.LIGHT["ink"], linestyle="--", label="paths")
ax.set(xlabel="columns from the middle", ylabel="share of what counts", xticks=range(-20, 21, 10))
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
    print(f"{depth:>2} layers: sees {2 * depth + 1:>2}, spread {found:.2f}, a walk's {expected:.2f}")

fig, ax = plt.subplots(figsize=(6, 2.8))
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
assert (~inside).double().mean() > 70 / 100
assert change_by_middle > 10 * change_by_frame
np.testing.assert_allclose(spreads, walk, rtol=0.15)
for shallow, deep in pairwise(spreads[::2]):
    assert 1.7 < deep / shallow < 2.3

# %%
# What to remember
# ----------------
# - A receptive field is a limit, not a description: beyond it there is nothing, within it there is a bell.
# - The bell comes from counting paths; random weights and ReLU do not change it much.
# - Twice as deep sees twice as far, and looks about 1.4 times as far.
assert round(np.sqrt(2), 1) == 1.4
