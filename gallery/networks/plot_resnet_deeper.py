r"""
Deeper is worse, unless the layers only add
===========================================

More layers can do everything that fewer can: let the others do nothing.
So a deeper network learns its examples at least as well.
Does it?
"""

# %%
# Blocks with a skip, and without
# -------------------------------
# Two convolutions make a block.
# In a *residual* block, what came in is added to what they make; everything else is the same, to the last weight.

import matplotlib.pyplot as plt
import torch
from torch import nn

from cnnbook.data import mnist1d
from cnnbook.draw import palette, style


class Block(nn.Module):
    """Two convolutions of kernel 3 on a series; what came in is added, or not."""

    def __init__(self, maps, stride, adds):
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv1d(maps, maps, 3, stride, padding=1, bias=False),
            nn.BatchNorm1d(maps),
            nn.ReLU(),
            nn.Conv1d(maps, maps, 3, padding=1, bias=False),
            nn.BatchNorm1d(maps),
        )
        self.stride, self.adds = stride, adds

    def forward(self, series):
        """Change what came in, and add it where the block adds."""
        changed = self.change(series)
        return torch.relu(changed + series[..., :: self.stride] if self.adds else changed)


def network(depth, adds, maps=12):
    """A first convolution, three stages of blocks, the mean over all places, ten scores."""
    blocks = (depth - 2) // 6
    strides = [2 if stage and not block else 1 for stage in range(3) for block in range(blocks)]
    first = [nn.Conv1d(1, maps, 3, stride=2, padding=1, bias=False), nn.BatchNorm1d(maps), nn.ReLU()]
    last = [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(maps, 10)]
    made = nn.Sequential(*first, *(Block(maps, stride, adds) for stride in strides), *last)
    for layer in made.modules():
        if isinstance(layer, nn.Conv1d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return made


layers = [layer for layer in network(44, adds=True).modules() if isinstance(layer, nn.Conv1d | nn.Linear)]
assert len(layers) == 44

# %%
# A try that fails: stack them
# ----------------------------
# Plain networks of 8, 20 and 44 layers learn the series of :term:`MNIST-1D`, then residual ones, with the same first
# weights and the same order of the examples.
# Two :term:`seeds <seed>` each.
torch.set_num_threads(1)
train, test = mnist1d("train"), mnist1d("test")
EPOCHS = 3


@torch.no_grad()
def wrong(made, examples):
    """Wrong answers in %."""
    made.eval()
    share = (made(examples.inputs).argmax(1) != examples.labels).float().mean().item()
    made.train()
    return 100 * share


def errors(depth, adds, seed):
    """Wrong answers on the training and the test examples, after each epoch."""
    torch.manual_seed(seed)
    made = network(depth, adds)
    optimizer = torch.optim.SGD(made.parameters(), lr=0.05, momentum=0.9)
    found = []
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(train)).split(100):
            loss = nn.functional.cross_entropy(made(train.inputs[batch]), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found.append([wrong(made, train), wrong(made, test)])
    return found


depths, seeds = (8, 20, 44), (0, 1)
found = {
    adds: torch.tensor([[errors(depth, adds, seed) for seed in seeds] for depth in depths]) for adds in (False, True)
}

style.use()
colours = [palette.LIGHT[role] for role in ("input", "kernel", "output")]
fig, axs = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
for ax, (adds, curves) in zip(axs, found.items(), strict=True):
    for depth, runs, colour in zip(depths, curves, colours, strict=True):
        for run in runs:
            ax.plot(range(1, EPOCHS + 1), run[:, 0], "--", color=colour, linewidth=1)
            ax.plot(range(1, EPOCHS + 1), run[:, 1], "-", color=colour, label=f"{depth} layers")
    ax.set(title="residual" if adds else "plain", xlabel="epoch", xticks=range(1, EPOCHS + 1), ylim=(0, 92))
axs[0].set_ylabel("wrong answers in %")
handles, labels = axs[1].get_legend_handles_labels()
axs[1].legend(handles[:: len(seeds)], labels[:: len(seeds)])
fig.set_label(
    "Wrong answers while the networks learn, dashed on the training examples, solid on the test examples. "
    "Plain: the more layers, the more errors, on both. Residual: the deep ones err hardly more than the shallow one."
)
plt.show()

for adds, curves in found.items():
    for depth, runs in zip(depths, curves, strict=True):
        ends = ", ".join(f"{end:.0f} %" for end in runs[:, -1, 0])
        print(f"{'residual' if adds else 'plain':>8}, {depth:>2} layers: wrong on its own training examples {ends}")

# %%
# Left, deeper is worse, and on the *training* examples, too.
# So it is no :term:`overfitting`: the deep network does not learn too much, it does not get to learn.
#
# Is it only slow?
# In part: change ``EPOCHS`` to twenty, and wait some minutes.
# The plain network of twenty layers comes down, late.
# The one with forty-four still errs on more than half of the examples that it is taught, when the residual one knows
# nearly all of them.
#
# The answer "let the others do nothing" is there, and the descent does not find it: a stack of layers that does
# nothing is hard to hit.
#
# The repair: nothing is the beginning
# ------------------------------------
# In a residual block, doing nothing is easy: the change is zero.
# The layers only have to find what to *add*.
#
# And the way back is shorter.
# The :term:`gradient` of a sum goes to both of its parts, undiminished: along the skips it comes from the loss to the
# first layer without passing a single weight.
# Look at it before the first step, layer by layer:


def slopes(adds):
    """How long the gradient of each block's first convolution is, before anything is learned."""
    torch.manual_seed(0)
    made = network(44, adds)
    nn.functional.cross_entropy(made(train.inputs[:500]), train.labels[:500]).backward()
    return [layer.weight.grad.norm().item() for layer in made.modules() if isinstance(layer, nn.Conv1d)]


lengths = {adds: slopes(adds) for adds in (False, True)}
fig, ax = plt.subplots(figsize=(6.4, 2.8))
for adds, colour in ((False, "muted"), (True, "output")):
    ax.plot(lengths[adds], ".-", color=palette.LIGHT[colour], label="residual" if adds else "plain", linewidth=1)
ax.set_yscale("log")
ax.set(xlabel="convolution, from the first to the last", ylabel="length of the gradient")
ax.legend()
fig.set_label(
    "The length of the gradient for each convolution of the deepest networks before the first step: "
    "in the plain network it changes a thousandfold over the layers; in the residual network it stays of one order."
)
plt.show()
spread = {adds: max(found) / min(found) for adds, found in lengths.items()}
print(f"longest by shortest: plain {spread[False]:.0f}, residual {spread[True]:.0f}")

# %%
# In the plain network the gradient does not vanish on its way back: it grows, by a little in each layer, and is longest
# at the first one.
# One :term:`learning rate` has to serve all layers: what suits the last one is far too much for the first.
#
# The claim, asserted
# -------------------
# From seed to seed the errors differ by as much as from eight layers to twenty.
# So what is asserted leaves room for that: eight layers against forty-four, and plain against residual.
plain, residual = (curves[:, :, -1, 0] for curves in found.values())
assert depths == (8, 20, 44)
assert plain[2].min() > plain[0].max() + 10
assert plain[2].mean() > plain[1].mean()
assert residual[2].max() < plain[2].min() - 20
assert residual[1].max() < plain[1].min()
assert spread[False] > 10 * spread[True]
assert lengths[False][0] > 50 * lengths[False][-1]

# %%
# What to remember
# ----------------
# - Stacked without skips, more layers learn worse, even the examples that they are taught.
# - A block that adds begins near "nothing changes", and so depth does no harm.
# - Through the additions the gradient reaches every layer.
