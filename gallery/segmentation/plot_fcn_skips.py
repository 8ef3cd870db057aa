r"""
Each skip brings thinner things back
====================================

A network that has one answer for 32×32 pixels draws blobs.
:doc:`Skips </segmentation/skips>` add the scores of earlier, larger maps.
What does each of them bring, and to whom?
"""

# %%
# Streets, and a network with five answers
# ----------------------------------------
# The streets are drawn by a program, which also says what each pixel shows.
import matplotlib.pyplot as plt
import torch

from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES
from cnnbook.draw import labels, palette, style

style.use()
torch.set_num_threads(1)
streets, unseen = scenes(1500).semantic(), scenes(100, first=4000).semantic()
print(f"{len(streets.inputs)} streets to learn from, {len(unseen.inputs)} others to measure on")

# %%
# The network halves the picture five times.
# Each stage gives :term:`scores <logit>`, and on the way up they are added.
# So it has an answer for 32×32 pixels, and from each skip on the way a finer one.
from cnnbook.tasks.segmentation.small_fcn import enlarge, small_fcn

network = small_fcn()
for step, scores in network.steps(streets.inputs[:1]).items():
    print(f"step {step:2}: {scores.shape[2]}×{scores.shape[3]} answers")

# %%
# All answers are asked at once
# -----------------------------
# Each answer is compared with the pixel in the middle of its square; the finest is enlarged and compared with all.
# The finest counts fully, and each coarser one a third.
# Rare classes weigh a little more, and half of the streets are mirrored.
from cnnbook.tasks.segmentation.small_fcn import cost_of_steps

frequency = torch.bincount(streets.labels.flatten()) / streets.labels.numel()
weight = frequency**-0.25


def learn(seed, steps=500, batch_size=8, rate=0.005):
    torch.manual_seed(seed)
    network = small_fcn().to(memory_format=torch.channels_last)
    descent = torch.optim.AdamW(network.parameters(), lr=rate)
    slowly = torch.optim.lr_scheduler.OneCycleLR(descent, rate, total_steps=steps, pct_start=0.1)
    for _ in range(steps):
        batch = torch.randint(len(streets.inputs), (batch_size,))
        pictures, target = streets.inputs[batch], streets.labels[batch]
        if torch.rand(()) < 0.5:
            pictures, target = pictures.flip(3), target.flip(2)
        answers = network.steps(pictures.contiguous(memory_format=torch.channels_last))
        loss = cost_of_steps(answers, target, weight)
        descent.zero_grad()
        loss.backward()
        descent.step()
        slowly.step()
    return network.eval().requires_grad_(requires_grad=False)


networks = [learn(seed) for seed in range(3)]

# %%
# What each skip brings
# ---------------------
# Enlarge each answer to the picture, and count.
from cnnbook.tasks.segmentation.boundary import mean_boundary_f
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix

maps = {step: [] for step in (32, 16, 8, 4, 2)}  # for each step, one set of maps for each seed
for network in networks:
    answers = [network.steps(batch) for batch in unseen.inputs.split(25)]
    for step, found in maps.items():
        found.append(torch.cat([enlarge(each[step], step).argmax(1) for each in answers]))


def judge(predicted):
    """The mean IoU, the IoU of each class, and how well the boundaries agree."""
    counted = ConfusionMatrix(len(CLASSES))
    counted.update(predicted, unseen.labels)
    return counted.mean_iou(), counted.iou(), mean_boundary_f(predicted[:40], unseen.labels[:40], len(CLASSES))


judged = {step: [judge(predicted) for predicted in found] for step, found in maps.items()}
print("          mean IoU of each seed   boundary F of each seed")
for step, runs in judged.items():
    ious, edges = (" ".join(f"{run[place]:.3f}" for run in runs) for place in (0, 2))
    print(f"step {step:2}:  {ious}       {edges}")

# %%
# Every skip helps, with every seed; the first helps most.
for coarser, finer in ((32, 16), (16, 8), (8, 4), (4, 2)):
    for first, second, before, after in zip(judged[32], judged[16], judged[coarser], judged[finer], strict=True):
        assert after[0] > before[0]
        assert after[2] > before[2]
        assert second[0] - first[0] >= after[0] - before[0]

# %%
# One street, four answers
# ------------------------
kinds = [len(target.unique()) for target in unseen.labels]
which = kinds.index(max(kinds))  # the street with the most classes
fig, axs = plt.subplots(2, 3, figsize=(6.6, 5.4))
shown = {f"step {step}": maps[step][0][which] for step in (32, 16, 8, 2)}
axs[0, 0].imshow(unseen.inputs[which].permute(1, 2, 0))
axs[0, 0].axis("off")
axs[0, 0].set_title("street")
for ax, (name, answer) in zip(axs.flat[1:], {**shown, "target": unseen.labels[which]}.items(), strict=True):
    labels.show_labels(ax, answer.numpy())
    ax.set_title(name)
labels.key(fig, CLASSES)
fig.set_label(
    "A street the network has not seen, four answers to it, and the truth: at a step of 32 pixels only bands and a "
    "few blobs, then with each finer step sharper outlines and thinner things."
)
plt.show()

# %%
# Who gains?
# ----------
# Take the mean of the three seeds for each class, without skips and with them.
ious = {step: torch.stack([run[1] for run in runs]).mean(0) for step, runs in judged.items()}
order = ious[2].argsort(descending=True).tolist()
fig, ax = plt.subplots(figsize=(6.4, 3.6))
for step, colour, marker in ((32, "muted", "s"), (8, "input", "o"), (2, "output", "^")):
    ax.plot(ious[step][order], range(len(order)), marker, color=palette.LIGHT[colour], label=f"step {step}")
ax.set_yticks(range(len(order)), [CLASSES[place] for place in order])
ax.invert_yaxis()
ax.set_xlabel("intersection over union")
ax.set_xlim(-0.02, 1)
fig.legend(loc="outside upper center", ncols=3)
fig.set_label(
    "For each class three marks: the IoU at a step of 32, 8 and 2 pixels. Sky and road are found at any step; signs, "
    "people and other small things are hardly found at 32, and gain most."
)
plt.show()

# %%
things = [CLASSES.index(name) for name in ("person", "sign", "car")]
surfaces = [CLASSES.index(name) for name in ("sky", "road", "building")]
gain = ious[2] - ious[32]
print(f"people, signs and cars gain {gain[things].mean():.2f}; sky, road and buildings {gain[surfaces].mean():.2f}")
assert gain[things].min() > gain[surfaces].max()

# %%
# What to remember
# ----------------
# - One answer for 32×32 pixels finds surfaces, and loses what is thin.
# - Each skip adds scores from a map of twice the size.
# - Small things gain most, and the first skips bring most of it.
