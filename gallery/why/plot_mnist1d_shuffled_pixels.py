r"""
Shuffle the pixels and a fully connected net does not notice
============================================================

Cut a picture into its pixels and lay them out in another order, the same order for each picture.
You would not recognise anything.
Does a network mind?
"""

# %%
# One order for all
# -----------------
# The series of :term:`MNIST-1D` have 40 "pixels" each.
# Draw one :term:`permutation`, once, and apply it to every series.
import matplotlib.pyplot as plt
import torch

from cnnbook.data import Examples, mnist1d
from cnnbook.draw.palette import LIGHT

order = torch.randperm(40, generator=torch.Generator().manual_seed(0))


def shuffle(examples):
    """The same examples with their pixels in the other order."""
    return Examples(examples.inputs[..., order], examples.labels, examples.classes)


train, test = mnist1d("train"), mnist1d("test")
assert train.inputs.shape[-1] == 40
fig, axs = plt.subplots(1, 2, figsize=(8, 2.4), sharey=True, layout="constrained")
for ax, examples, title in zip(axs, [train, shuffle(train)], ["as it comes", "shuffled"], strict=True):
    ax.plot(examples.inputs[0, 0], "o-", color=LIGHT["input"], markersize=3, linewidth=1)
    ax.set(title=title, xlabel="pixel")
axs[0].set_ylabel("value")
fig.set_label("One series of forty numbers: a wavy line as it comes, a jagged one when its pixels are shuffled.")
plt.show()

# %%
# Nothing is lost: every number is still there.
# Only the neighbours are gone.

# %%
# A try: show shuffled pixels to a network that knows the others
# ---------------------------------------------------------------
from cnnbook.networks.mnist1d import convolutional, fully_connected

torch.manual_seed(0)
network = fully_connected().double()
for weight in network.parameters():
    weight.requires_grad = False  # nothing is learned yet
series = test.inputs.double()
same = torch.isclose(network(series[..., order]), network(series)).double().mean().item()
print(f"{same:.0%} of its answers are what they were")
assert same < 0.01

# %%
# Of course: each weight of the first layer now meets another pixel.
# But who says which weight belongs to which pixel?
# Nobody does, in a fully connected layer.
# Shuffle the columns of its weights in the same order, and each weight is back with its pixel.
answers = network(series)
network[1].weight.copy_(network[1].weight[:, order])
torch.testing.assert_close(network(series[..., order]), answers, atol=1e-12, rtol=1e-12)

# %%
# The answers are the old ones, but for the rounding of sums that are added up in another order.
# So to every network for the series belongs one for the shuffled series, and it is just as good.
# Its :term:`gradients <gradient>` are the shuffled gradients, so training takes the same path, too. :claim:`C1.2`

# %%
# Then train
# ----------
# A convolution has no such way out: its few weights meet *neighbours*, and it has no columns to shuffle.
# Train both networks on both orders, three :term:`seeds <seed>` each.
#
# .. listing:: cnnbook.train_seeds.train_seeds
from functools import partial

from cnnbook.train_seeds import train_seeds

torch.set_num_threads(1)  # the networks are so small that a second thread would only be in the way
descent = partial(torch.optim.Adam, lr=0.01)
orders = {"as it comes": (train, test), "shuffled": (shuffle(train), shuffle(test))}
errors = {
    (build.__name__, name): train_seeds(
        build, *examples, seeds=(0, 1, 2), epochs=15, optimizer=descent, checks=1
    ).test_error[-1]
    for build in (convolutional, fully_connected)
    for name, examples in orders.items()
}

# %%
# Each dot is a seed, each bar their mean, and the whisker reaches from the best to the worst.
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
places = [0, 1, 2.5, 3.5]
for place, ((build, name), error) in zip(places, errors.items(), strict=True):
    wrong = 100 * error
    colour = LIGHT["kernel" if build == "convolutional" else "input"]
    look = {"color": "none", "hatch": "///"} if name == "shuffled" else {"color": colour}
    ax.bar(place, wrong.mean(), edgecolor=colour, **look)
    ax.vlines(place, wrong.min(), wrong.max(), color=LIGHT["ink"])
    ax.plot([place] * len(wrong), wrong, "o", color=LIGHT["ink"], markeredgecolor=LIGHT["paper"], markersize=6)
    print(f"{build:>15}, {name:>11}: {wrong.mean():.1f} % wrong ({wrong.min():.1f} to {wrong.max():.1f})")
ax.set_xticks(places, 2 * list(orders))
for middle, build in [(0.5, "convolutional"), (3, "fully connected")]:
    ax.text(middle, 54, build, ha="center")
ax.set(ylabel="wrong test answers in %", ylim=(0, 58), title="Only the convolution misses its neighbours")
fig.set_label(
    "Test errors of two networks: shuffling the pixels more than doubles the error of the convolutional network "
    "and leaves that of the fully connected one where it was."
)
plt.show()

# %%
# These are 600 steps of a hundred examples, with the optimizer ``Adam``, which needs fewer steps than :term:`SGD`.
# :ref:`The other experiment <sphx_glr_gallery_why_plot_mnist1d_fewer_weights.py>` trains on, the plain way.
# The convolution's advantage is gone where the neighbours are gone.
# The fully connected network is as good or as bad as before, within a few answers in a hundred.
conv, full = ({name: errors[build, name] for name in orders} for build in ("convolutional", "fully_connected"))
assert 15 * len(train) // 100 == 600
assert conv["as it comes"].max() + 0.1 < full["as it comes"].min()
assert conv["shuffled"].min() > 2 * conv["as it comes"].max()
assert abs(full["shuffled"].mean() - full["as it comes"].mean()) < 0.03
assert conv["shuffled"].mean() > full["shuffled"].mean()

# %%
# What to remember
# ----------------
# - A fully connected network is blind to the order of its inputs.
#   Shuffle inputs and weights alike, and nothing changes.
# - A convolutional network is not: it bets that neighbours belong together.
# - Where the bet is wrong, it loses: on shuffled pixels it does worse than the network that never made it.
