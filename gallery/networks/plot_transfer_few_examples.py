r"""
With few examples it pays to have learned something else
========================================================

You have a handful of examples of each class, and a network that has learned other classes from thousands.
Does it help, and for how long?
"""

# %%
# Two tasks
# ---------
# Take the series of :term:`MNIST-1D`, and cut its ten digits in two.
# The low ones are the task of which there is plenty, the high ones the task of which there is little.
# Who learns to tell zero to four apart has not seen a seven.
import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnbook.data import mnist1d
from cnnbook.draw import palette, style

style.use()
torch.set_num_threads(1)


def digits(first, *sets):
    """Series of five digits, and their labels from 0 on."""
    kept = [(part.labels >= first) & (part.labels < first + 5) for part in sets]
    series = torch.cat([part.inputs[keep] for part, keep in zip(sets, kept, strict=True)])
    labels = torch.cat([part.labels[keep] for part, keep in zip(sets, kept, strict=True)])
    return series, labels - first


plenty = digits(0, *[mnist1d("train", seed=seed) for seed in (42, 1, 2)])
little = digits(5, mnist1d("train", seed=3))
test = digits(5, mnist1d("test", seed=3), mnist1d("test", seed=42))
print(f"{len(plenty[0]):,} series of low digits; the high ones are tested on {len(test[0])} others")

# %%
# Now draw a few examples of each high digit, five times over: one draw for each :term:`seed`.
seeds, sizes = range(5), (5, 10, 20, 50, 200)
draws = []
for seed in seeds:
    order = torch.randperm(len(little[0]), generator=torch.Generator().manual_seed(seed))
    for size in sizes:
        chosen = torch.cat([order[little[1][order] == digit][:size] for digit in range(5)])
        draws.append((little[0][chosen], little[1][chosen]))

# %%
# One way to train, for all
# -------------------------
# Everything below is trained by the same few lines: Adam, a :term:`learning rate` that falls to zero.
# The networks are small, so all of them are trained at once, each on its own examples.
# Ask for the weights of one layer only, and all others stay as they are.
from copy import deepcopy

from torch import nn
from torch.func import functional_call, stack_module_state

from cnnbook.networks.mnist1d import convolutional


def fit(networks, examples, steps, rate, only=""):
    """Train copies of the networks, each on its own examples; weights learn whose names begin so."""
    weights = {name: stack.detach() for name, stack in stack_module_state(networks)[0].items()}
    learning = [stack.requires_grad_() for name, stack in weights.items() if name.startswith(only)]
    descent = torch.optim.Adam(learning, lr=rate, fused=True)
    falling = torch.optim.lr_scheduler.LinearLR(descent, 1, 0, steps)
    scores = torch.vmap(lambda own, series: functional_call(networks[0], own, (series,)))
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        chosen = [torch.randint(len(labels), (50,), generator=generator) for _, labels in examples]
        batch = [(series[few], labels[few]) for (series, labels), few in zip(examples, chosen, strict=True)]
        series, labels = map(torch.stack, zip(*batch, strict=True))
        loss = nn.functional.cross_entropy(scores(weights, series).flatten(0, 1), labels.flatten(), reduction="sum")
        descent.zero_grad()
        (loss / 50).backward()  # no weight stands in two networks: the sum separates
        descent.step()
        falling.step()
    trained = deepcopy(networks)
    for place, network in enumerate(trained):
        network.load_state_dict({name: stack[place].detach() for name, stack in weights.items()})
    return trained


def errors(networks):
    """The share of test series that each network gets wrong: a row for each seed, a column for each size."""
    with torch.no_grad():
        wrong = [(network(test[0]).argmax(1) != test[1]).double().mean().item() for network in networks]
    return 100 * np.array(wrong).reshape(len(seeds), len(sizes))


# %%
# A try that fails: start from nothing
# ------------------------------------
# The book's small :term:`convolutional network`, with new weights for every draw.


def fresh(seed):
    """The network, with a head for five digits."""
    torch.manual_seed(seed)
    network = convolutional()
    network[-1] = nn.Linear(60, 5)
    return network


scratch = errors(fit([fresh(seed) for seed in seeds for _ in sizes], draws, steps=300, rate=0.003))
for size, wrong in zip(sizes, scratch.mean(0), strict=True):
    print(f"{size:>3} of each digit: {wrong:.0f} % wrong")

# %%
# Guessing errs four times in five, and with five examples of each digit the network is hardly better.
#
# The repair: begin with what is known
# ------------------------------------
# :term:`Pre-train <pre-training>` the same network on the low digits.
# Then take off its last layer, the :term:`head`, and put on a new one.
# In *features*, only the new head learns: the layer at place seven.
# In *fine-tuning*, the head learns first; then everything learns, three times slower than from scratch.


def moved(networks):
    """A pre-trained network for each draw, with a new head."""
    copies = [deepcopy(network) for network in networks for _ in sizes]
    for number, network in enumerate(copies):
        torch.manual_seed(100 + number)
        network[-1] = nn.Linear(60, 5)
    return copies


pretrained = fit([fresh(seed) for seed in seeds], [plenty] * 5, steps=1500, rate=0.003)
with_new_head = fit(moved(pretrained), draws, steps=100, rate=0.01, only="7.")
features = errors(with_new_head)
tuned = errors(fit(with_new_head, draws, steps=100, rate=0.001))

# %%
# The bands are Student's intervals for the mean over the seeds: nineteen of twenty such bands hold the true mean.
from scipy.stats import t


def interval(values):
    """Half the width of the 95 % interval of the mean over the seeds."""
    return t.ppf(0.975, len(values) - 1) * values.std(0, ddof=1) / np.sqrt(len(values))


def curve(ax, values, name, colour, marker):
    """The mean over the seeds, and its interval."""
    middle, half = values.mean(0), interval(values)
    ax.plot(sizes, middle, marker=marker, color=palette.LIGHT[colour], label=name)
    ax.fill_between(sizes, middle - half, middle + half, color=palette.LIGHT[colour], alpha=0.2, linewidth=0)


def axes():
    """A figure of errors over the number of examples."""
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel("examples of each digit")
    ax.set_ylabel("test error, %")
    return fig, ax


fig, ax = axes()
curve(ax, scratch, "from scratch", "muted", "s")
curve(ax, features, "features", "input", "o")
curve(ax, tuned, "fine-tuning", "output", "^")
ax.legend()
fig.set_label(
    "Three falling curves of the test error over the number of examples of each digit. With few examples the "
    "pre-trained networks err less often than those from scratch; with two hundred, features have lost their "
    "advantage, and fine-tuning and scratch lie side by side."
)
plt.show()

# %%
# On the left, the pre-trained networks are ahead.
# Then the curves close: whoever has many examples can learn the features from them, and better ones for the task.
# Fixed features are overtaken first; fine-tuning may still change them.
# With very few examples the bands are wide: which ones you happen to have matters as much as how you learn.
#
# When it does not help
# ---------------------
# Pre-train on the same series once more, but with all forty places exchanged by one fixed :term:`permutation`.
# A network learns this task, too; but what it learns of neighbours is of no use to us.
places = torch.randperm(40, generator=torch.Generator().manual_seed(0))
shuffled = [(plenty[0][..., places], plenty[1])] * 5
stranger = fit([fresh(seed) for seed in seeds], shuffled, steps=1500, rate=0.003)
headed = fit(moved(stranger), draws, steps=100, rate=0.01, only="7.")
from_stranger = errors(fit(headed, draws, steps=100, rate=0.001))

fig, ax = axes()
curve(ax, scratch, "from scratch", "muted", "s")
curve(ax, from_stranger, "fine-tuning, shuffled task", "kernel", "D")
curve(ax, tuned, "fine-tuning, low digits", "output", "^")
ax.legend()
fig.set_label(
    "Three falling curves of the test error. Fine-tuning from the shuffled task is about as good as scratch with few "
    "examples, and clearly worse with two hundred; fine-tuning from the low digits is ahead with few."
)
plt.show()

# %%
# The claim, asserted
# -------------------
# With twenty examples of each digit, both ways beat scratch, whatever the seed. :claim:`C4.6`
# With two hundred, the features' advantage has melted, and what the stranger knows is a burden.
twenty, many = sizes.index(20), sizes.index(200)
for values in (features, tuned):
    gain = scratch - values
    print(f"{gain[:, twenty].mean():.1f} ± {interval(gain)[twenty]:.1f} points better than scratch")
    assert (gain[:, twenty] > 0).all()
assert ((scratch - features)[:, many] < (scratch - features)[:, twenty]).all()
burden = (from_stranger - scratch)[:, many]
print(f"the stranger costs {burden.mean():.1f} ± {interval(burden):.1f} points")
assert (burden > 0).all()

# %%
# What to remember
# ----------------
# - Few examples: keep the layers, train a new head. More: fine-tune all of it, slowly. Very many: compare with scratch.
# - The head learns first, so that its first blunders do not spoil what is below.
# - What was learned before must have something to do with the task: otherwise it can stand in the way.
