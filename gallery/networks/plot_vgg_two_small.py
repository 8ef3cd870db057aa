r"""
Without a bend between them, two 3×3 are one 5×5
================================================

VGG replaces every large kernel by two or three small ones.
They see as far, and they have fewer weights.
Where, then, is what was saved?
"""

# %%
# As far, for less
# ----------------
# One number in the middle, and the pixels that it depends on: the gradient tells.
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from cnnbook.draw import show_signed, style
from cnnbook.reference import conv2d_loops

style.use()
torch.manual_seed(0)
maps = 16
stacks = {
    "one 5×5": nn.Sequential(nn.Conv2d(maps, maps, 5), nn.ReLU()),
    "two 3×3": nn.Sequential(nn.Conv2d(maps, maps, 3), nn.ReLU(), nn.Conv2d(maps, maps, 3), nn.ReLU()),
}
weights = {name: sum(w.numel() for w in stack.parameters() if w.ndim == 4) for name, stack in stacks.items()}
sights = {}
for name, stack in stacks.items():
    picture = torch.rand(1, maps, 9, 9, requires_grad=True)
    answer = stack(picture).sum(1)
    answer[0, 2, 2].backward()
    sights[name] = int((picture.grad.abs().sum((0, 1)) > 0).sum())
    print(f"{name}: {weights[name]:,} weights, sees {sights[name]} pixels")

# %%
# A try that fails: leave the bend out
# ------------------------------------
# If the stack does the same for less, why have a :term:`ReLU` between its layers?
# Without it, the second kernel reads sums of products, and sums of sums are sums.
# So the two are one kernel of 5×5: slide one over the other, flipped, and add up.
first, second = np.array([[-1.0, 0, 1]] * 3), np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]])
together = conv2d_loops(np.pad(first, 2)[None, None], second[None, None, ::-1, ::-1])[0, 0]

photograph = np.random.default_rng(0).random((1, 1, 12, 12))
behind_each_other = conv2d_loops(conv2d_loops(photograph, first[None, None]), second[None, None])
at_once = conv2d_loops(photograph, together[None, None])

fig, axs = plt.subplots(1, 3, figsize=(7, 2.6), gridspec_kw={"width_ratios": [3, 3, 5]})
for ax, kernel, title in zip(axs, (first, second, together), ("first", "second", "the two as one"), strict=True):
    show_signed(ax, kernel)
    ax.set_title(title)
fig.set_label(
    "Two kernels of 3 by 3, one for upright and one for lying edges, and the kernel of 5 by 5 that does what they do "
    "behind each other."
)
plt.show()

# %%
# And it is not just any 5×5.
# It has 25 numbers, made of only 18: most kernels of 5×5 cannot be had this way.
# Look for the nearest pair to a kernel drawn by chance, from many beginnings:
wanted = torch.randn(5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def nearest_pair(wanted, beginnings=20, steps=60):
    """The share of a 5×5 kernel that no pair of 3×3 reaches; the best of several descents."""
    pairs = torch.randn(2, beginnings, 3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    pairs.requires_grad_()
    optimizer = torch.optim.LBFGS([pairs], max_iter=steps, line_search_fn="strong_wolfe")

    def distances():
        a, b = pairs
        reach = nn.functional.pad(a, (2, 2, 2, 2))[None]
        made = nn.functional.conv2d(reach, b.flip(1, 2)[:, None], groups=len(a))[0]
        return (made - wanted).square().sum((1, 2))

    def closure():
        optimizer.zero_grad()
        loss = distances().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return (distances().min().sqrt() / wanted.norm()).item()


missed = nearest_pair(wanted)
print(f"of a kernel drawn by chance, the nearest pair misses {missed:.0%}")

# %%
# So that is where it was saved: in the kernels that cannot be had.
#
# The repair: bend
# ----------------
# With a ReLU between them, the pair is no single kernel at all, and can do what no kernel can.
# Does a network miss the kernels that cannot be had?
# Let three networks learn the digits that scikit-learn ships, five :term:`seeds <seed>` each.
from functools import partial

from sklearn.datasets import load_digits

from cnnbook.data import Examples
from cnnbook.draw.runs import show_runs
from cnnbook.train_seeds import train_seeds

torch.set_num_threads(1)
digits = load_digits()
pictures, labels = torch.from_numpy(digits.images).float()[:, None] / 16, torch.from_numpy(digits.target)
names = tuple("0123456789")
train, test = Examples(pictures[:1400], labels[:1400], names), Examples(pictures[1400:], labels[1400:], names)


def network(*middle):
    """A first convolution, what is compared, and ten scores."""
    first = [nn.Conv2d(1, maps, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*first, *middle, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(maps * 16, 10))


def large():
    """One 5×5."""
    return network(nn.Conv2d(maps, maps, 5, padding=2), nn.ReLU())


def small(bend=nn.ReLU):
    """Two 3×3 with something between them."""
    pair = nn.Conv2d(maps, maps, 3, padding=1), bend(), nn.Conv2d(maps, maps, 3, padding=1)
    return network(*pair, nn.ReLU())


descent = partial(torch.optim.Adam, lr=2e-3)
errors = {}
for name, build in {"one 5×5": large, "two 3×3": small, "two 3×3, no bend": partial(small, nn.Identity)}.items():
    runs = train_seeds(build, train, test, seeds=range(5), epochs=8, batch_size=50, optimizer=descent, checks=2)
    errors[name] = 100 * runs.test_error[-1]
    print(f"{name:<17} {errors[name].mean():4.1f} % wrong ({errors[name].min():.1f} to {errors[name].max():.1f})")

# %%
# Read the spread before you read the means: on a set as small as this, luck is as large as the difference.
# What can be said is that a good quarter of the layer's weights can go, and next to nothing is lost.
# VGG's authors compared on a million photographs, and there the small kernels were better.
fig, ax = plt.subplots(figsize=(6.4, 2.2))
show_runs(ax, errors)
ax.set(xlim=(0, None), xlabel="wrong answers in %, five seeds and their mean")
fig.set_label("Wrong answers of three networks, five seeds each: the three groups of points overlap.")
plt.show()

# %%
# The claim, asserted
# -------------------
np.testing.assert_allclose(behind_each_other, at_once, atol=1e-12)
assert together.shape == (5, 5)
assert together.size == 25
assert first.size + second.size == 18
assert missed > 0.05
assert sights == {"one 5×5": 25, "two 3×3": 25}
assert weights["two 3×3"] / weights["one 5×5"] == 18 / 25

# %%
# What to remember
# ----------------
# - Two 3×3 see as far as one 5×5, with 18 numbers instead of 25 for each pair of maps.
# - Without a bend between them they are one 5×5, and only some of those.
# - With the bend they are more than a kernel.
