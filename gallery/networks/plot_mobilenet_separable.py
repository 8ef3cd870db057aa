r"""
For the same price, a separable network has twice the maps, and is no worse
===========================================================================

A separable layer is cheaper than an ordinary one, and can do less.
Is it a bargain?
Pay the same for both, and see who is right more often.
"""

# %%
# The same price
# --------------
# On the series of :term:`MNIST-1D`, let two layers be ordinary or separable, with kernels of five.
# The separable ones have as many :term:`multiply-adds <multiply-add>` with 32 maps as the ordinary ones with 16.
from functools import partial
from time import perf_counter

import matplotlib.pyplot as plt
import torch
from torch import nn

from cnnbook.data import mnist1d
from cnnbook.draw import style
from cnnbook.draw.runs import show_runs
from cnnbook.summary import summarize
from cnnbook.train_seeds import train_seeds


def ordinary(maps):
    """A convolution of kernel 5."""
    return [nn.Conv1d(maps, maps, 5, padding=2), nn.ReLU()]


def separable(maps):
    """Look at each map, then mix the maps; as in Xception, nothing bends between."""
    return [nn.Conv1d(maps, maps, 5, padding=2, groups=maps), nn.Conv1d(maps, maps, 1), nn.ReLU()]


def network(layer, maps):
    """A first convolution, two layers of a kind with a pooling between, and ten scores."""
    first = [nn.Conv1d(1, maps, 5, stride=2), nn.ReLU()]
    return nn.Sequential(*first, *layer(maps), nn.MaxPool1d(2), *layer(maps), nn.Flatten(), nn.Linear(maps * 9, 10))


networks = {
    "ordinary, 16 maps": partial(network, ordinary, 16),
    "separable, 16 maps": partial(network, separable, 16),
    "separable, 32 maps": partial(network, separable, 32),
}
work = {name: summarize(build(), (1, 1, 40)).multiply_adds for name, build in networks.items()}
for name, count in work.items():
    print(f"{name}: {count:>6,} multiply-adds")

# %%
# A try that fails: as many maps as before
# ----------------------------------------
# Simply replace each ordinary layer by a separable one: that is the second network.
# The third one spends what was saved on more maps.
style.use()
torch.set_num_threads(1)
train, test = mnist1d("train"), mnist1d("test")
descent = partial(torch.optim.Adam, lr=3e-3)
errors, took = {}, {}
for name, build in networks.items():
    start = perf_counter()
    runs = train_seeds(build, train, test, seeds=(0, 1, 2), epochs=12, optimizer=descent, checks=2)
    errors[name], took[name] = 100 * runs.test_error[-1], perf_counter() - start
    print(f"{name}: {errors[name].mean():.1f} % wrong ({errors[name].min():.1f} to {errors[name].max():.1f})")

fig, ax = plt.subplots(figsize=(6.4, 2.3))
show_runs(ax, errors)
ax.set(xlim=(0, None), xlabel="wrong answers in %, three seeds and their mean")
fig.set_label(
    "Wrong answers of three networks, three seeds each: most for the separable network with 16 maps; "
    "the ordinary one and the separable one with 32 maps lie far below, side by side."
)
plt.show()

# %%
# The repair: spend what was saved
# --------------------------------
# With as many maps as before, the separable network errs far more: it can do less, as expected.
# With twice as many, for the same multiplications, it is as good as the ordinary one; three seeds do not tell more.
#
# And the time?
for name, seconds in took.items():
    print(f"{name}: {seconds / took['ordinary, 16 maps']:.1f} times as long as the ordinary network")

# %%
# The multiplications were the same, and the time was not; yours will differ.
# A depthwise layer does little with each number that it fetches.
# The chip of a telephone can be built for it, and a processor in general is not.
#
# The claim, asserted
# -------------------
same, narrow, wide = networks
assert abs(work[wide] / work[same] - 1) < 0.02
assert work[narrow] < work[same] / 3
assert networks[same].args == (ordinary, 16)
assert networks[wide].args == (separable, 32)
assert errors[narrow].min() > errors[same].max()
assert errors[narrow].min() > errors[wide].max()
assert errors[wide].mean() < errors[same].mean() + 4

# %%
# What to remember
# ----------------
# - A separable layer in an ordinary one's place does less, for much less.
# - For the same multiplications it affords twice the maps, and these are worth as much as full kernels.
# - The same multiplications are not the same time.
