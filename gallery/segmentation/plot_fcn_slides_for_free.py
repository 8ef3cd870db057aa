r"""
A classifier slides for free
============================

You have a :term:`network <convolutional network>` that knows one digit in a small picture.
Now you get a large page, with digits anywhere.
Must you cut it into hundreds of small pictures?
"""

# %%
# A reader of digits, and a page
# ------------------------------
# The digits are those that scikit-learn ships, enlarged.
# They are laid onto black pages, where they do not touch.
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from cnnbook.draw import labels, style

style.use()
torch.set_num_threads(1)
random = torch.Generator().manual_seed(0)
digits = load_digits()
pictures = torch.from_numpy(digits.images).float()[:, None] / 16
pictures = interpolate(pictures, size=(20, 20), mode="bilinear")[:, 0]
names = torch.from_numpy(digits.target)


def page(which, down=3, across=3):
    """Lay digits onto a page, in cells of 32 pixels and a margin of 8; return it, and their middles."""
    paper, middles = torch.zeros(32 * down + 16, 32 * across + 16), []
    for number, place in enumerate(which.tolist()):
        shift = torch.randint(9, 20, (2,), generator=random)
        top, left = (32 * torch.tensor([number // across, number % across]) + shift).tolist()
        paper[top : top + 20, left : left + 20] = pictures[place]
        middles.append((top + 10, left + 10, int(names[place])))
    return paper, middles


paper, middles = page(torch.randperm(397, generator=random)[:15] + 1400, across=5)
fig, ax = plt.subplots(figsize=(5, 3.2))
ax.imshow(paper, cmap="gray")
ax.axis("off")
fig.set_label("A black page with fifteen handwritten digits in three rows.")
plt.show()

# %%
# The reader takes 32×32 pixels, as :doc:`LeNet-5 </networks/lenet>` does.
# It has a score for each digit, and one more for "no digit in the middle".
# It learns from windows cut out of other pages: about half of them hold a digit in their middle.
from torch import nn


def windows(count):
    """Cut windows of 32×32 out of pages, with a digit in the middle or without."""
    cut, wanted = [], []
    while len(cut) < count:
        paper, middles = page(torch.randint(0, 1400, (9,), generator=random))
        paper = nn.functional.pad(paper, (16, 16, 16, 16))
        for row, column, name in middles:
            aside = 2 if torch.rand((), generator=random) < 0.5 else 11
            down, right = torch.randint(-aside, aside + 1, (2,), generator=random).tolist()
            if 2 < max(abs(down), abs(right)) < 6:
                continue  # neither in the middle nor beside it: nobody could say
            cut.append(paper[row + down : row + down + 32, column + right : column + right + 32])
            wanted.append(name if aside == 2 or max(abs(down), abs(right)) <= 2 else 10)
    return torch.stack(cut)[:, None], torch.tensor(wanted)


torch.manual_seed(0)
features = [nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
head = [nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 11)]
classifier = nn.Sequential(*features, *head)
descent = torch.optim.Adam(classifier.parameters(), lr=0.002)
inputs, targets = windows(6000)
for batch in torch.randperm(6000, generator=random).repeat(8).split(100):
    loss = nn.functional.cross_entropy(classifier(inputs[batch]), targets[batch])
    descent.zero_grad()
    loss.backward()
    descent.step()
print(f"loss of the last hundred windows: {loss:.3f}")

# %%
# A try that is slow: cut, and ask again
# --------------------------------------
# Take the window at every fourth row and every fourth column.
classifier = classifier.double().requires_grad_(requires_grad=False)
large = paper.double()[None, None]
rows, columns = (range(0, pixels - 31, 4) for pixels in paper.shape)
cut = torch.cat([large[..., row : row + 32, column : column + 32] for row in rows for column in columns])
one_by_one = torch.cat([classifier(window[None]) for window in cut]).T.reshape(11, len(rows), len(columns))
print(f"{len(cut)} windows")

# %%
# Neighbouring windows overlap in seven eighths of their pixels.
# The first layers compute nearly the same maps, again and again.
#
# The repair: the head is a convolution in disguise
# -------------------------------------------------
# The last layers are :term:`fully connected <fully connected layer>`: a weight for each number that comes in.
# But these numbers are sixteen maps of 5×5, so the weights of a unit are a :term:`kernel` of that shape.
# Reshape them, and nothing else: a :term:`fully convolutional network`. :claim:`C6.2`
# The paper on LeNet-5 says so of its own fifth layer, and calls it a convolution from the start :cite:p:`lecun1998`.
from cnnbook.tasks.segmentation.convolutionize import convolutionize

network = convolutionize(classifier, image_size=32)
before, after = classifier[7], network.layers.get_submodule("7")
print(before, "becomes", after, sep="\n")
assert torch.equal(before.weight.reshape(120, 16, 5, 5), after.weight)
assert sum(w.numel() for w in network.parameters()) == sum(w.numel() for w in classifier.parameters())

# %%
# Give it the whole page, once.
at_once = network(large)[0]
print(tuple(at_once.shape))
print(f"largest difference: {(at_once - one_by_one).abs().max():.0e}")
assert (at_once - one_by_one).abs().max() < 1e-10

# %%
# The same numbers, but for the rounding of the last digits.
#
# How much cheaper?
# -----------------
# Count the :term:`multiply-adds <multiply-add>`, and take the time.
import time

from cnnbook.summary import summarize


def seconds(run):
    """The shortest of three runs: the others were disturbed."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


classifier, network, small, large = classifier.float(), network.float(), cut.float(), large.float()
work = len(cut) * summarize(classifier, (1, 1, 32, 32)).multiply_adds
shared = summarize(network, (1, 1, *paper.shape)).multiply_adds
slow, fast = seconds(lambda: classifier(small)), seconds(lambda: network(large))
print(f"multiply-adds: {work / 1e6:.0f} million cut, {shared / 1e6:.0f} million at once: {work / shared:.1f} times")
print(f"time: {slow * 1e3:.0f} ms cut, {fast * 1e3:.1f} ms at once: {slow / fast:.0f} times")
assert work > 5 * shared

# %%
# What it says
# ------------
# Each place of the map has eleven probabilities.
# Where "no digit" loses, show the colour of the winner.
chances = at_once.softmax(0)
winner = chances.argmax(0)
fig, axs = plt.subplots(2, 1, figsize=(5, 6.4))
axs[0].imshow(paper, cmap="gray")
axs[0].axis("off")
whole = np.full((len(rows) + 7, len(columns) + 7), 10)  # the windows' middles begin 16 pixels from the rim
whole[4:-3, 4:-3] = winner
labels.show_labels(axs[1], whole, nothing=10)
labels.key(fig, [str(digit) for digit in range(10)])
fig.set_label(
    "The page of digits, and below it the map of winners: a small patch stands where each digit is, in its middle "
    "mostly in the colour of that digit; all else is empty."
)
plt.show()

# %%
# A coarse map of classes, from a network that was never taught to make one.
# At the rim of a patch the digit stands aside in its window.
# The network has not learned from such windows, and guesses.
# In the middle of a digit it should be right.
right = 0
for row, column, name in middles:
    right += int(chances[:10, round((row - 16) / 4), round((column - 16) / 4)].argmax()) == name
print(f"{right} of {len(middles)} named right")
assert right >= 12

# %%
# What to remember
# ----------------
# - A fully connected layer on maps of 5×5 is a convolution with a kernel of 5×5.
# - On a larger picture it answers at every place, with the numbers of the sliding window.
# - Windows share what they overlap in, and it is computed once.
# - The map is coarse: one answer for every four pixels, the product of the :term:`strides <stride>`.
# - Where layers pad, the windows' borders differ: a cut window has zeros there, the page has its picture.
