r"""
Remembered places follow the outline, copies draw blots
=======================================================

Two :term:`networks <convolutional network>` are twins but for one thing.
Both pool, and both come back: one puts its maxima back where they were, the other copies them.
Which of them sees better where a car ends?
"""

# %%
# Streets, and what stands in them
# --------------------------------
# The streets are drawn by a program, which knows for each pixel whether it belongs to a thing: a car, a person, a tree.
# So there are two :term:`classes <class>`: thing, and ground.
import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnbook.data import Examples, scenes
from cnnbook.draw import labels, runs, style

style.use()
torch.set_num_threads(1)


def things(streets):
    """Mark each pixel of a thing, whatever it is."""
    return Examples(streets.semantic().inputs, (streets.instances > 0).long(), ("ground", "thing"))


learning, unseen = things(scenes(160, 64)), things(scenes(60, 64, first=5000))

# %%
# One network, two ways up
# ------------------------
# Three layers go down, each with a :term:`max pooling` that tells its places.
# Three go up, each behind an enlargement.
# Between them stands a waist: a short list of numbers, each of which sees all of the picture.
# It is a small :term:`encoder–decoder` after DeconvNet :cite:p:`noh2015`.
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, max_unpool2d


def put_back(maps, places):
    """Write each number where a maximum was, and zeros elsewhere."""
    return max_unpool2d(maps, places, 2)


def copy(maps, _places):
    """Write each number four times; the places are not looked at."""
    return interpolate(maps, scale_factor=2)


def layer(kind, maps, filters, kernel=3):
    """A convolution of either kind, normalised; with kernels of three it keeps the size."""
    return nn.Sequential(kind(maps, filters, kernel, padding=int(kernel == 3)), nn.BatchNorm2d(filters), nn.ReLU())


class DownAndUp(nn.Module):
    """Pool three times, squeeze through a waist, and come back three times, in one way or the other."""

    def __init__(self, enlarge):
        super().__init__()
        self.enlarge = enlarge
        self.down = nn.ModuleList(layer(nn.Conv2d, *ends) for ends in [(3, 8), (8, 16), (16, 32)])
        self.waist = nn.Sequential(layer(nn.Conv2d, 32, 32, 8), layer(nn.ConvTranspose2d, 32, 32, 8))
        self.up = nn.ModuleList(layer(nn.ConvTranspose2d, *ends) for ends in [(32, 16), (16, 8), (8, 8)])
        self.scores = nn.Conv2d(8, 2, 1)

    def forward(self, maps, others=None):
        kept = []
        for stage in self.down:
            maps, places = max_pool2d(stage(maps), 2, return_indices=True)
            kept.append(places)
        maps = self.waist(maps)
        for stage, places in zip(self.up, reversed(others or kept), strict=True):
            maps = stage(self.enlarge(maps, places))
        self.kept = kept
        return self.scores(maps)


# %%
# Neither way has a weight, so both networks have equally many, and begin with the same ones.
# Three :term:`seeds <seed>` each, on the same streets in the same order.
from functools import partial

from cnnbook.train import train


def schedule(optimizer, steps):
    """Begin gently, and end gently."""
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=steps)


def trained(enlarge, seed):
    """A network that has seen each street six times."""
    torch.manual_seed(seed)
    network = DownAndUp(enlarge).to(memory_format=torch.channels_last)  # a sixth faster, with the same numbers
    adam = partial(torch.optim.Adam, lr=0.02)
    options = {"epochs": 6, "batch_size": 10, "device": "cpu", "progress": False}
    train(network, learning, optimizer=adam, schedule=schedule, seed=seed, **options)
    return network.eval().requires_grad_(requires_grad=False)


ways = {"put back": put_back, "copied": copy}
twins = {name: [trained(enlarge, seed) for seed in range(3)] for name, enlarge in ways.items()}
sizes = {name: sum(w.numel() for w in networks[0].parameters()) for name, networks in twins.items()}
print(sizes)
assert sizes["put back"] == sizes["copied"]

# %%
# Streets that neither has seen
# -----------------------------
said = {name: [network(unseen.inputs).argmax(1) for network in networks] for name, networks in twins.items()}
chosen = [0, 1, 2]
fig, axs = plt.subplots(len(chosen), 4, figsize=(7.2, 5.6))
for row, street in zip(axs, chosen, strict=True):
    row[0].imshow(unseen.inputs[street].permute(1, 2, 0).numpy())
    row[0].axis("off")
    for ax, shown in zip(row[1:], [unseen.labels, *(maps[0] for maps in said.values())], strict=True):
        labels.show_labels(ax, 1 + 5 * shown[street].numpy())
for ax, title in zip(axs[0], ["street", "target", *ways], strict=True):
    ax.set_title(title)
labels.key(fig, unseen.classes, labels=[1, 6])
fig.set_label(
    "Three streets, the things in them, and what the twins say: put back, the patches are frayed but follow things; "
    "copied, they are round blots near the right place."
)
plt.show()

# %%
# Neither is good, for they learned for seconds.
# Put back, the patches are frayed and have holes, but they tend to end where a thing ends.
# Copied, they are smooth blots near the right place.
#
# How good are they?
# ------------------
# Two measures: the mean :term:`intersection over union`, and the F score of the outline, to which one pixel is allowed.
from cnnbook.tasks.segmentation.boundary import mean_boundary_f
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix


def mean_iou(predicted):
    """The mean over thing and ground."""
    matrix = ConfusionMatrix(num_classes=2)
    matrix.update(predicted=predicted, target=unseen.labels)
    return matrix.mean_iou()


def outline(predicted, target=unseen.labels):
    """How much of the outlines lies within a pixel of a true one, and the other way round."""
    return mean_boundary_f(predicted, target, num_classes=2, tolerance=1)


measures = {"mean IoU": mean_iou, "boundary F score": outline}
fig, axs = plt.subplots(1, 2, figsize=(7.2, 2))
for ax, (measure, score) in zip(axs, measures.items(), strict=True):
    found = {name: [score(predicted) for predicted in maps] for name, maps in said.items()}
    runs.show_runs(ax, found)
    ax.set_xlabel(measure)
    ax.set_xlim(0, 0.8)
    for name, scores in found.items():
        print(f"{measure:>16}, {name:>8}: {np.mean(scores):.2f}, from {min(scores):.2f} to {max(scores):.2f}")
axs[1].set_yticklabels([])
fig.set_label(
    "Three runs of each twin. By mean IoU they lie among each other; by the boundary F score, each run that puts back "
    "is far above each that copies."
)
plt.show()
outlines = found

# %%
# By area neither wins clearly: the waist tells both roughly where things are, and large patches decide.
# By outline the places win, with every seed.
# The twin that copies must draw each shape from that short list.
#
# Whose outline is it?
# --------------------
# Give each street the places of *another* street, and leave all its numbers as they are.
# The outline should follow the places.
others = unseen.inputs.roll(1, dims=0)
their_things = unseen.labels.roll(1, dims=0)
for seed, network in enumerate(twins["put back"]):
    network(others)
    mixed = network(unseen.inputs, network.kept).argmax(1)
    before, after = outline(said["put back"][seed], their_things), outline(mixed, their_things)
    print(f"seed {seed}: the other street's outlines are met with {after:.2f}, with its own places with {before:.2f}")
    assert after > before
    assert outline(mixed) < outlines["put back"][seed]

# %%
# It does: the waist says what there is, and the places say where it ends.
#
# The claim, asserted
# -------------------
# The worst run that puts back meets the outlines better than the best that copies. :claim:`C6.7`
assert min(outlines["put back"]) > max(outlines["copied"])

# %%
# What to remember
# ----------------
# - Behind a waist, a copy has no way to know where a thing ends; remembered places tell.
# - Mean IoU hardly sees an outline: measure it if it matters.
# - Change the network and see: put a layer of 3×3 where the waist is. How much of the difference is left?
