r"""
Sixteen mixtures say nearly all that thirty-two maps say
========================================================

GoogLeNet puts a 1×1 convolution before each large one: it mixes many maps into few, and only the few are read.
That saves most of the work.
What does it lose?
"""

# %%
# What it saves
# -------------
# A 5×5 layer multiplies 25 numbers of every map for every filter.
from cnnbook.shapes import conv_multiply_adds

places, maps = (14, 14), 32
direct = conv_multiply_adds(maps, maps, 5, places)
for few in (4, 8, 16):
    cheap = conv_multiply_adds(maps, few, 1, places) + conv_multiply_adds(few, maps, 5, places)
    print(f"{maps} maps mixed into {few:>2}: {cheap / direct:.0%} of the multiply-adds")

# %%
# A network that reads all its maps
# ---------------------------------
# Nobody can say in advance what is lost, so train a network without any mixing, and then mix.
# On the series of :term:`MNIST-1D`, "five by five" is five.
from functools import partial

import matplotlib.pyplot as plt
import torch
from torch import nn

from cnnbook.data import mnist1d
from cnnbook.draw import palette, style
from cnnbook.train_seeds import train_seeds


def network():
    """Three convolutions of kernel 5; the last two read 32 maps each."""
    return nn.Sequential(
        nn.Conv1d(1, 32, 5, stride=2),  # n 32 18
        nn.ReLU(),
        nn.Conv1d(32, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(2),  # n 32 9
        nn.Conv1d(32, 32, 5, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 9, 10),
    )


style.use()
torch.set_num_threads(1)
train, test = mnist1d("train"), mnist1d("test")
descent = partial(torch.optim.Adam, lr=3e-3)
runs = train_seeds(network, train, test, seeds=(0, 1, 2), epochs=12, optimizer=descent, checks=3)
print("wrong answers of three seeds, in %:", (100 * runs.test_error[-1]).round(1))

# %%
# A try that fails: leave maps out
# --------------------------------
# Let the last convolution see only the first maps, and the mean of the others.
# Then let it see *mixtures* instead, as many: the ones that keep most of what differs (a principal component analysis
# of all 32 maps, at every place of every training example).
# Either is a 1×1 convolution before it.
READS = 5  # the place of the last convolution in the network


@torch.no_grad()
def errors(trained, few, mixed):
    """Wrong answers in % when the last convolution sees so few maps, or mixtures."""
    seen = trained[:READS](train.inputs).transpose(0, 1).flatten(1)
    mean = seen.mean(1, keepdim=True)
    basis = torch.linalg.svd((seen - mean) @ (seen - mean).T)[0] if mixed else torch.eye(32)
    kept = basis[:, :few] @ basis[:, :few].T
    maps = trained[:READS](test.inputs)
    said = trained[READS:](mean + kept @ (maps - mean))
    return 100 * (said.argmax(1) != test.labels).float().mean().item()


counts = [1, 2, 4, 8, 12, 16, 24, 32]
found = {
    name: torch.tensor([[errors(trained, few, mixed=name == "mixtures") for few in counts] for trained in runs.models])
    for name in ("maps", "mixtures")
}

fig, ax = plt.subplots(figsize=(6.4, 3.4))
for (name, wrong), colour in zip(found.items(), ("muted", "output"), strict=True):
    ax.plot(counts, wrong.mean(0), "o-", markersize=4, color=palette.LIGHT[colour], label=f"so many {name}")
    ax.fill_between(
        counts, wrong.min(0).values, wrong.max(0).values, color=palette.LIGHT[colour], alpha=0.2, linewidth=0
    )
ax.set_xticks(counts)
ax.set_xlabel("what the last convolution sees")
ax.set_ylabel("wrong answers in %")
ax.set_ylim(0, 95)
ax.legend()
fig.set_label(
    "Errors of three trained networks whose last convolution sees fewer and fewer of its thirty-two inputs. "
    "When maps are left out they rise soon; when the maps are mixed, sixteen mixtures are nearly as good as all."
)
plt.show()

# %%
# The repair: mix
# ---------------
# Maps resemble each other.
# Half as many mixtures, made without any further training, cost each network at most about a point.
# Half as many maps, and the network is lost.
# A network that *learns* its mixtures, as GoogLeNet does, can only do better than these.
#
# But there is an end: with four mixtures it is lost, too.
half, four = counts.index(16), counts.index(4)
cost = found["mixtures"][:, half] - found["mixtures"][:, -1]
print("points lost with 16 mixtures:", [round(points, 1) for points in cost.tolist()])

# %%
# The claim, asserted
# -------------------
assert found["mixtures"].shape == (3, 8)
assert cost.max() < 2
assert (found["maps"][:, half] - found["maps"][:, -1]).min() > 10
assert (found["mixtures"][:, four] - found["mixtures"][:, -1]).min() > 10
assert direct == 25 * 32 * 32 * 14 * 14

# %%
# What to remember
# ----------------
# - A 1×1 convolution mixes maps at each place; it is called a *bottleneck* when fewer come out.
# - It saves most of the work of the large kernel behind it.
# - It loses little because maps resemble each other, and too much when it is too narrow.
