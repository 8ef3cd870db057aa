r"""
Random slips average out, the same slip everywhere is learned
=============================================================

People draw targets by hand, and their hands slip.
A network learns from thousands of them.
Does it copy the slips?
"""

# %%
# Four teachers
# -------------
# The streets are drawn by a program, so we know what every pixel shows.
# Now let people label them.
# The first teacher makes no mistake.
# The second is careless: along the edges, one pixel in ten gets its neighbour's :term:`label`.
# The third is very careless, and errs at every second.
# The fourth never slips by chance, but draws each thing one pixel too fat.
import matplotlib.pyplot as plt
import torch

from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES, THINGS
from cnnbook.draw import labels, palette, style

style.use()
torch.set_num_threads(1)
SIDE = 64
streets, unseen = scenes(1500, SIDE).semantic(), scenes(150, SIDE, first=4000).semantic()
first_thing = len(CLASSES) - len(THINGS)


def neighbours(target):
    """The label above, below, left and right of each pixel; beyond the rim, its own."""
    for axis in (1, 2):
        for step in (-1, 1):
            places = (torch.arange(SIDE) + step).clamp(0, SIDE - 1)
            yield target.index_select(axis, places)


def careless(target, share):
    slipped = target.clone()
    for beside in neighbours(target):
        slips = (beside != target) & (torch.rand(target.shape) < share)
        slipped[slips] = beside[slips]
    return slipped


def too_fat(target):
    fat = target.clone()
    for beside in neighbours(target):
        grown = (beside >= first_thing) & (target < first_thing)
        fat[grown] = beside[grown]
    return fat


torch.manual_seed(0)
taught = {
    "as painted": streets.labels,
    "one in ten": careless(streets.labels, 0.1),
    "one in two": careless(streets.labels, 0.5),
    "too fat": too_fat(streets.labels),
}
for name, target in taught.items():
    print(f"{name:>10}: {(target != streets.labels).double().mean():.1%} of all pixels are labelled wrong")

# %%
which = 6
fig, axs = plt.subplots(2, 2, figsize=(5, 5.6))
for ax, (name, target) in zip(axs.flat, taught.items(), strict=True):
    labels.show_labels(ax, target[which].numpy())
    ax.set_title(name)
labels.key(fig, CLASSES)
fig.set_label(
    "The target of one street four times: as painted; with a few ragged pixels along the edges; with edges that are "
    "ragged everywhere; and with smooth edges around things that are a pixel too large all round."
)
plt.show()

# %%
# Learn from each
# ---------------
# The :doc:`small network with skips </segmentation/skips>` learns from each teacher, with three :term:`seeds <seed>`.
from cnnbook.tasks.segmentation.small_fcn import cost_of_steps, small_fcn


def learn(target, seed, steps=350, rate=0.005):
    torch.manual_seed(seed)
    network = small_fcn()
    descent = torch.optim.AdamW(network.parameters(), lr=rate)
    slowly = torch.optim.lr_scheduler.OneCycleLR(descent, rate, total_steps=steps, pct_start=0.1)
    for _ in range(steps):
        batch = torch.randint(len(target), (8,))
        pictures, wanted = streets.inputs[batch], target[batch]
        if torch.rand(()) < 0.5:
            pictures, wanted = pictures.flip(3), wanted.flip(2)
        loss = cost_of_steps(network.steps(pictures), wanted)
        descent.zero_grad()
        loss.backward()
        descent.step()
        slowly.step()
    return network


# %%
# Judge each by what was really painted, on streets that none has seen.
# Ask also how large it draws things: compare the number of pixels that it gives to things with the true number.
from cnnbook.tasks.segmentation.evaluation import segment
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix

true_size = (unseen.labels >= first_thing).sum()
ious, sizes = {}, {}
for name, target in taught.items():
    ious[name], sizes[name] = [], []
    for seed in range(3):
        found = segment(learn(target, seed), unseen.inputs)
        counted = ConfusionMatrix(len(CLASSES))
        counted.update(found, unseen.labels)
        ious[name].append(counted.mean_iou())
        sizes[name].append(float((found >= first_thing).sum() / true_size))
    shown = [" ".join(f"{value:.3f}" for value in values[name]) for values in (ious, sizes)]
    print(f"{name:>10}: mean IoU {shown[0]}   size of things {shown[1]}")

# %%
from cnnbook.draw.runs import show_runs

fig, axs = plt.subplots(2, 1, figsize=(6, 4.6))
for ax, results, title in ((axs[0], ious, "mean IoU against the truth"), (axs[1], sizes, "size of things, true = 1")):
    show_runs(ax, results)
    ax.set_xlabel(title)
axs[0].set_xlim(0.5, 0.7)
axs[1].axvline(1, color=palette.LIGHT["muted"], linestyle=":")
fig.set_label(
    "Two panels with a row of dots for each of the four teachers. In the upper one, mean IoU, the rows lie on top of "
    "each other. In the lower one, the size of things, three rows lie together below 1, and that of the teacher who "
    "draws too fat lies well above 1."
)
plt.show()

# %%
# The check
# ---------
# The slips of chance cost hardly anything, even where every second pixel of an edge was hit.
# The habit costs no more, if you ask the mean IoU.
# But look at the sizes: a little training draws things too small, and who learned from the fat targets draws them fat.
fat = torch.tensor(sizes["too fat"])
for name in ("as painted", "one in ten", "one in two"):
    assert abs(sum(ious[name]) - sum(ious["as painted"])) / 3 < 0.04
    assert max(sizes[name]) < 1 < fat.min()

# %%
# Random slips point in all directions, so the best answer to them is the middle: the true edge.
# The same slip everywhere *is* the edge, as far as the network can know. :claim:`C6.9`

# %%
# What to remember
# ----------------
# - Random slips cost little, as long as there are many pictures.
# - A habit of the labellers is learned as if it were the truth, and one number may not show it.
# - Write down how edges are to be drawn before anybody draws one.
