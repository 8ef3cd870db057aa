r"""
Take the old maps away, and a DenseNet is lost
==============================================

In a DenseNet every layer reads all that was made before it, back to the beginning.
That is many connections.
Are the old ones used, or are they ballast?
"""

# %%
# Beside, not into
# ----------------
# A residual layer *adds* what it makes to what there is.
# A dense layer puts it *beside*: nothing is changed any more, and each layer makes a few maps only.
from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn

from cnnbook.data import mnist1d
from cnnbook.draw import palette, style

GROWTH, LAYERS, START = 6, 8, 8


class Layer(nn.Module):
    """Normalise, bend, convolve; then put beside what there is, or add to it."""

    def __init__(self, channels, made, beside):
        super().__init__()
        self.make = nn.Sequential(
            nn.BatchNorm1d(channels), nn.ReLU(), nn.Conv1d(channels, made, 3, padding=1, bias=False)
        )
        self.beside = beside

    def forward(self, maps):
        """Make new maps from all that there are."""
        made = self.make(maps)
        return torch.cat([maps, made], dim=1) if self.beside else maps + made


def network(beside, start, growth):
    """A first convolution, a block of eight layers, the mean over all places, ten scores."""
    widths = [start + growth * layer * beside for layer in range(LAYERS + 1)]
    block = [Layer(width, growth if beside else start, beside) for width in widths[:-1]]
    last = [nn.BatchNorm1d(widths[-1]), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(widths[-1], 10)]
    return nn.Sequential(nn.Conv1d(1, start, 5, stride=2, padding=2, bias=False), *block, *last)


def weights(made):
    """Count them."""
    return sum(weight.numel() for weight in made.parameters())


networks = {
    "beside": lambda: network(beside=True, start=START, growth=GROWTH),
    "added": lambda: network(beside=False, start=14, growth=0),
}
count = {name: weights(build()) for name, build in networks.items()}
print(count)
assert LAYERS == 8

# %%
# Train both
# ----------
# The network that adds has as many :term:`parameters <parameter>`, and so its maps are fewer at the end and more at
# the beginning.
# Two :term:`seeds <seed>` each.
torch.set_num_threads(1)
train, test = mnist1d("train"), mnist1d("test")


def taught(build, seed, epochs=6):
    """A network after some epochs, and its wrong answers on the test examples in %."""
    torch.manual_seed(seed)
    made = build()
    optimizer = torch.optim.Adam(made.parameters(), lr=5e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(train)).split(100):
            loss = nn.functional.cross_entropy(made(train.inputs[batch]), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    made.eval()
    with torch.no_grad():
        wrong = (made(test.inputs).argmax(1) != test.labels).float().mean().item()
    return made, 100 * wrong


runs = {name: [taught(build, seed) for seed in (0, 1)] for name, build in networks.items()}
for name, found in runs.items():
    print(f"{name:>6}: wrong on the test examples " + ", ".join(f"{wrong:.0f} %" for _, wrong in found))

# %%
# A try that fails: to see which is better
# ----------------------------------------
# In these runs, the network that adds errs less.
# Take two more seeds, and it errs more: luck is larger than the difference.
# DenseNet's authors compared on large sets, and there theirs needed about half of the parameters for the same error.
# Who is right more often cannot be settled in seconds; who *uses* what can.
#
# The repair: take something away
# -------------------------------
# Let the maps of one layer be read by the next layer only, as in a plain stack.
# For all later layers, put zeros in the place of their weights.


@torch.no_grad()
def lost(made, wrong, source):
    """Points of error that are lost when only the next layer reads the maps of one: 0 is the first convolution."""
    first = START + GROWTH * (source - 1) if source else 0
    maps = slice(first, first + (GROWTH if source else START))
    cut = deepcopy(made)
    for layer in cut[source + 2 : LAYERS + 1]:
        layer.make[2].weight[:, maps] = 0
    return 100 * (cut(test.inputs).argmax(1) != test.labels).float().mean().item() - wrong


points = torch.tensor([[lost(*run, source) for source in range(LAYERS - 1)] for run in runs["beside"]])

style.use()
fig, ax = plt.subplots(figsize=(6.4, 2.8))
ax.bar(range(LAYERS - 1), points.mean(0), color=palette.LIGHT["output"], alpha=0.6)
for found in points:
    ax.plot(range(LAYERS - 1), found, "o", color=palette.LIGHT["kernel"], markersize=4)
ax.axhline(0, color=palette.LIGHT["muted"], linewidth=1)
ax.set_xlabel("layer whose maps only the next one may read (0: the first convolution)")
ax.set_ylabel("more wrong answers, points")
fig.set_label(
    "Bars over the layers: without the maps of the first convolution, a trained network errs about forty points more; "
    "the loss is large for the next layers, too, and falls to nothing for the last ones."
)
plt.show()

# %%
# The maps of the very first convolution are needed to the end; so are those of the next layers.
# What was made once is used again and again, and need not be made twice.
# That is why a dense layer can be thin.
#
# The claim, asserted
# -------------------
assert abs(count["beside"] / count["added"] - 1) < 0.1
assert points.shape == (2, 7)
assert points[:, 0].min() > 15
assert points[:, :4].min() > 5

# %%
# What to remember
# ----------------
# - Addition changes what there is; concatenation keeps it.
# - Old maps are read by many later layers, and a trained network is lost without them.
# - Layers of a DenseNet are thin, because they need not make again what is there.
