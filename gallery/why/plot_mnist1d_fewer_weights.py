r"""
2,050 parameters beat 59,065
============================

Two networks learn the same ten digits from the same 4,000 examples.
One has almost thirty times as many parameters, weights and biases together, as the other.
Which one will be right more often on examples that neither has seen?
"""

# %%
# The contestants
# ---------------
# :term:`MNIST-1D` is small enough to learn while you wait.
# Each example is a series of 40 numbers that hides one of ten digits.
from cnnbook.data import mnist1d

train, test = mnist1d("train"), mnist1d("test")
assert train.inputs.shape == (4000, 1, 40)

# %%
# The first network slides 15 :term:`filters <filter>` along the series, three times.
#
# .. listing:: cnnbook.networks.mnist1d.convolutional
#
# The second has just as many hidden units, layer by layer, but each one is connected to everything before it.
#
# .. listing:: cnnbook.networks.mnist1d.fully_connected
from cnnbook.networks.mnist1d import convolutional, fully_connected

networks = {"convolutional": convolutional, "fully connected": fully_connected}
parameters = {name: sum(p.numel() for p in build().parameters()) for name, build in networks.items()}
print(parameters)
assert parameters == {"convolutional": 2050, "fully connected": 59065}
assert convolutional()[0].out_channels == 15

# %%
# Write down your guess.
# More weights can draw more complicated boundaries.
# Fewer weights have less room for what is only noise.

# %%
# The contest
# -----------
# One run can be luck, so there are three :term:`seeds <seed>`: other first weights, another order of the examples.
# All three are trained in the same :term:`step`.
#
# .. listing:: cnnbook.train_seeds.train_seeds
from functools import partial

import torch

from cnnbook.train_seeds import train_seeds

torch.set_num_threads(1)  # the networks are so small that a second thread would only be in the way
descent = partial(torch.optim.SGD, lr=0.02, momentum=0.9)
runs = {
    name: train_seeds(build, train, test, seeds=(0, 1, 2), epochs=75, optimizer=descent, checks=15)
    for name, build in networks.items()
}
for name, run in runs.items():
    wrong = 100 * run.test_error[-1]
    print(f"{name:>15}: {wrong.mean():.1f} % of the test examples wrong ({wrong.min():.1f} to {wrong.max():.1f})")

# %%
# That is 3,000 steps of :term:`SGD` with :term:`momentum`, a hundred examples each.
# The lines are means, and the bands reach from the best seed to the worst.
import matplotlib.pyplot as plt

from cnnbook.draw.palette import LIGHT

colours = {"convolutional": LIGHT["kernel"], "fully connected": LIGHT["input"]}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for name, run in runs.items():
    for error, style in [(run.test_error, "-"), (run.train_error, "--")]:
        ax.plot(run.step, 100 * error.mean(1), style, color=colours[name])
        ax.fill_between(run.step, 100 * error.min(1), 100 * error.max(1), color=colours[name], alpha=0.2, linewidth=0)
    ax.text(run.step[-1], 100 * run.test_error[-1].mean() + 3, name, color=colours[name], ha="right")
ax.set(xlabel="step", ylabel="wrong answers in %", ylim=(0, 80), title="Both learn the examples, one learns the digits")
ax.plot([], [], "-", color=LIGHT["muted"], label="test examples")
ax.plot([], [], "--", color=LIGHT["muted"], label="training examples")
ax.legend()
fig.set_label(
    "Errors of both networks while they learn: on the training examples both fall towards zero; "
    "on the test examples the convolutional network ends far below the fully connected one."
)
plt.show()

small, large = runs["convolutional"], runs["fully connected"]
assert small.step[-1] == 3000
assert large.train_error[-1].max() < 0.01
assert small.train_error[-1].max() < 0.05
assert small.test_error[-1].max() < 0.17
assert large.test_error[-1].min() > 0.33

# %%
# Both know their training examples almost by heart: the large one misses fewer than one in a hundred.
# On new examples the large one is wrong about three times as often.
# The textbook trained longer, without momentum, and found 17 % against 40 % after 100,000 steps :cite:p:`prince2023`.
# The order is the same. :claim:`C3.1`
assert large.test_error[-1].mean() > 2.5 * small.test_error[-1].mean()

# %%
# A tempting explanation, and what is wrong with it
# -------------------------------------------------
# So fewer weights are better?
# Look at what the large network *could* compute.
# A convolution is a matrix with holes, and a fully connected layer can hold any matrix.
# So pour the trained small network into the large one, layer by layer.
small_network, large_network = small.models[0], fully_connected()


def as_matrix(conv, length):
    """The rows of a convolution's matrix: what it answers to a one at each place, less its biases."""
    ones = torch.eye(conv.in_channels * length).unflatten(1, (conv.in_channels, length))
    return (conv(ones) - conv.bias[:, None]).flatten(1).T


with torch.no_grad():
    for place, length in [(0, 40), (2, 19), (4, 9)]:
        conv, full = small_network[place], large_network[place + 1]
        full.weight.copy_(as_matrix(conv, length))
        full.bias.copy_(conv.bias.repeat_interleave((length - 3) // 2 + 1))
    large_network[7].load_state_dict(small_network[7].state_dict())
    torch.testing.assert_close(large_network(test.inputs), small_network(test.inputs), atol=1e-4, rtol=1e-4)

# %%
# The large network now gives the small one's answers, every one of them.
# Its 59,065 parameters were never the obstacle: the better answer was within its reach all the time.
# It was not *found*, because nothing told the large network that neighbours belong together.
# The small one was built on that hint.
# The hint is called its :term:`inductive bias`, and
# :ref:`the next experiment <sphx_glr_gallery_why_plot_mnist1d_shuffled_pixels.py>` takes it away. :claim:`C1.6`

# %%
# What to remember
# ----------------
# - With 2,050 parameters a convolutional network makes about a third of the mistakes of a fully connected one
#   with 59,065.
# - Both fit their training examples; they differ in what they do between them.
# - The large network can compute all that the small one computes.
#   What helps is the inductive bias, not the number of parameters.
# - One run is an anecdote; show several, and their spread.
