r"""
Without its skips, a U-Net draws blots
======================================

A :term:`skip connection` of a :term:`U-Net` hands large maps on to the way up.
Take away what it hands on, and nothing else.
What does the network lose?
"""

# %%
# Two networks with as many weights
# ---------------------------------
# The streets are small, and so is the network: :doc:`U-Net </segmentation/unet>` with three levels that pad.
# As is usual today, :term:`batch normalisation` stands behind its convolutions, so that it learns in few steps.
import matplotlib.pyplot as plt
import torch
from torch import nn

from cnnbook.data import Examples, scenes
from cnnbook.data.scenes import CLASSES
from cnnbook.draw import labels, palette, runs, style
from cnnbook.tasks.segmentation.unet import unet

style.use()
torch.set_num_threads(1)


def streets(count, first):
    """Draw streets, with colours around zero."""
    drawn = scenes(count, 64, first=first).semantic()
    return Examples((drawn.inputs - 0.45) / 0.25, drawn.labels, drawn.classes)


def with_skips(seed):
    """Build a small U-Net."""
    torch.manual_seed(seed)
    network = unet(len(CLASSES), channels=3, width=8, depth=3, padding="same", dropout=0.0)
    for block in (*network.down, *network.up):
        for relu in (1, 3):
            block[relu] = nn.Sequential(nn.BatchNorm2d(block[0].out_channels), nn.ReLU())
    return network


# %%
# On the way up, each block reads the maps of the way down and, beside them, those from below.
# Fill the first half with zeros, before the block reads it.
def forget(_block, given):
    """Replace what a skip brought by zeros."""
    large, small = given[0].chunk(2, dim=1)
    return torch.cat([torch.zeros_like(large), small], dim=1)


def without(seed):
    """Build the same U-Net, whose skips bring nothing."""
    network = with_skips(seed)
    for block in network.up:
        block.register_forward_pre_hook(forget)
    return network


one, other = with_skips(0).parameters(), without(0).parameters()
assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))

# %%
# No layer changes, so both have the same :term:`weights <weight>` when they start.
# Those that read zeros are idle, of course.
#
# Train each three times
# ----------------------
# All else is the same: the streets, their order, the number of steps.
from cnnbook.tasks.segmentation.evaluation import segment
from cnnbook.train import train


def rates(descent, steps):
    """Let the learning rate rise, and fall again."""
    return torch.optim.lr_scheduler.OneCycleLR(descent, max_lr=0.05, total_steps=steps)


learned, unseen = streets(120, first=0), streets(40, first=2000)
found = {"with skips": [], "without": []}
for seed in range(3):
    for name, build in zip(found, (with_skips, without), strict=True):
        network = build(seed)
        how = {"batch_size": 4, "optimizer": torch.optim.Adam, "schedule": rates, "seed": seed}
        train(network, learned, epochs=3, progress=False, **how)
        found[name].append(segment(network, unseen.inputs))

# %%
# Look, then measure
# ------------------
# Here is what the first run of each says of a street that it has never seen.
street = 10
maps = {"target": unseen.labels, **{name: several[0] for name, several in found.items()}}
fig, axs = plt.subplots(2, 2, figsize=(5, 6.2))
axs[0, 0].imshow((unseen.inputs[street] * 0.25 + 0.45).permute(1, 2, 0))
axs[0, 0].set_title("street")
axs[0, 0].axis("off")
for ax, (name, drawn) in zip(axs.flat[1:], maps.items(), strict=True):
    labels.show_labels(ax, drawn[street].numpy())
    ax.set_title(name)
labels.key(fig, CLASSES, columns=3)
fig.set_label(
    "A street with trees, a sign, a person and a car, the target with its sharp edges, and two maps: with skips the "
    "trees are found and the sky keeps its shape; without skips there are soft bands of sky, building, pavement, road."
)
plt.show()

# %%
# With skips, the trees are there, and the sky keeps its shape.
# Without, four soft bands are left.
# Neither has found the person or the car yet.
#
# How much is that?
# The mean IoU counts areas, the boundary F compares contours alone: :doc:`/segmentation/measures` explains both.
from cnnbook.tasks.segmentation.boundary import mean_boundary_f
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix


def mean_iou(drawn):
    """Compare areas, class by class."""
    matrix = ConfusionMatrix(len(CLASSES))
    matrix.update(predicted=drawn, target=unseen.labels)
    return matrix.mean_iou()


def sharpness(drawn):
    """Compare contours; one that lies a pixel aside is found."""
    return mean_boundary_f(drawn, unseen.labels, len(CLASSES), tolerance=1)


fig, axs = plt.subplots(2, 1, figsize=(4.4, 3.6), sharex=True)
for ax, (title, measure) in zip(axs, {"mean IoU": mean_iou, "boundary F": sharpness}.items(), strict=True):
    scores = {name: [measure(drawn) for drawn in several] for name, several in found.items()}
    runs.show_runs(ax, scores)
    ax.set_title(title)
    for name, values in scores.items():
        print(f"{title:>10} {name:>10}: {min(values):.2f} to {max(values):.2f}")
    assert min(scores["with skips"]) > max(scores["without"])
axs[1].set_xlim(0, None)
axs[1].set_xlabel("score: a dot for each seed")
fig.set_label(
    "Two rows of dots for each of two measures, mean IoU and boundary F: on both, all three runs with skips lie to the "
    "right of all three without."
)
plt.show()

# %%
# The worst run with skips is better than the best without, on either measure.
#
# Train longer
# ------------
# Ninety steps are few.
# The same two networks were trained for six hundred, on more streets and with three seeds as well.
# That takes minutes, so it was done once, and *recorded*.
from cnnbook import recorded

record = recorded.read("unet_skips")
longer = record["found"]
print("recorded on", record["measured"], "by", record["script"])
for title in ("mean_iou", "boundary_f", "near", "elsewhere"):
    for name, several in longer.items():
        values = [run[title] for run in several]
        print(f"{title:>10} {name:>10}: {min(values):.2f} to {max(values):.2f}")
    assert min(run[title] for run in longer["with skips"]) > max(run[title] for run in longer["without"])

# %%
# The last two are the share of pixels that are right, near a true contour and elsewhere.
# Skips help everywhere, for a thing that is not found has no edge either.
# In each run they help more near the contours; on average, more than twice as much.
pairs = list(zip(longer["with skips"], longer["without"], strict=True))
gains = {place: [with_it[place] - no[place] for with_it, no in pairs] for place in ("near", "elsewhere")}
assert all(near > elsewhere for near, elsewhere in zip(gains["near"], gains["elsewhere"], strict=True))
assert sum(gains["near"]) > 2 * sum(gains["elsewhere"])

# %%
# Who gains most?
# ---------------
# Take the IoU of each class with skips, and subtract the one without.
gained = torch.tensor([[a - b for a, b in zip(with_it["iou"], no["iou"], strict=True)] for with_it, no in pairs])
order = gained.mean(0).argsort(descending=True).tolist()
fig, ax = plt.subplots(figsize=(4.4, 3.8))
runs.show_runs(ax, {record["classes"][label]: gained[:, label].numpy() for label in order})
ax.axvline(0, color=palette.LIGHT["rule"])
ax.set_xlabel("IoU gained by skips (recorded)")
fig.set_label(
    "What each class gains in IoU, the largest mean on top: persons and signs gain much in each run; cars and trees "
    "gain as much on average, but one run differs from the other; sky and road gain little; buses lose in one run."
)
plt.show()

# %%
# Persons and signs gain most on average, and much in every run: they are thin.
# Without skips, next to none of them was found.
# Cars and trees are not far behind, but there the runs differ.
# A bus is large, and in one run it was found better without.
mean = dict(zip(record["classes"], gained.mean(0).tolist(), strict=True))
assert order[:2] == [record["classes"].index(name) for name in ("person", "sign")]
assert all(run["iou"][label] < 0.05 for run in longer["without"] for label in order[:2])
assert mean["person"] > 2 * mean["bus"]

# %%
# What to remember
# ----------------
# - Take away what skips bring, and outlines become soft, with the same number of weights.
# - The gain is largest near the contours, and does not end there.
# - Persons and signs, the thinnest things, gain most surely; large ones may gain nothing.
