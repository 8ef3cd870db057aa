r"""
LeNet-5 draws what it reads
===========================

Today a network ends with a score for each class, and its last hidden layer is a row of numbers that nobody can read.
LeNet-5 ended in 84 numbers that one *can* read.
What is in them?
"""

# %%
# Eighty-four is twelve times seven
# ---------------------------------
# The inventors drew a small picture for each class, 12×7 pixels, and told the network: draw this when you see that.
# Its answer is the class whose picture is nearest to what it drew.
#
# .. listing:: cnnbook.networks.lenet.Distances
import matplotlib.pyplot as plt
import torch

from cnnbook.draw import show_signed, style
from cnnbook.networks.lenet import characters, lenet5

style.use()
codes = characters()
assert codes.shape == (10, 84)
assert codes[0].view(12, 7).numel() == 84

# %%
# A try that fails: only be nearer
# --------------------------------
# scikit-learn ships 1,797 handwritten digits of 8×8 pixels.
# LeNet-5 wants 32×32, with a rim around the digit; paper is -0.1 for it, and ink 1.175.
from sklearn.datasets import load_digits

digits = load_digits()
images = torch.from_numpy(digits.images).float()[:, None] / 16
images = torch.nn.functional.interpolate(images, size=(24, 24), mode="bilinear")
images = torch.nn.functional.pad(images, (4, 4, 4, 4)) * 1.275 - 0.1
labels = torch.from_numpy(digits.target)
train, test = slice(0, 1400), slice(1400, None)  # the last digits are other people's
assert images.shape == (1797, 1, 32, 32)
assert abs(images.min() + 0.1) < 1e-6
assert abs(images.max() - 1.175) < 1e-6


def taught(loss_of, seed, epochs=6):
    """A LeNet-5 of the paper, trained to make a loss small."""
    torch.manual_seed(seed)
    network = lenet5()
    optimizer = torch.optim.Adam(network.parameters(), lr=6e-3)
    for _ in range(epochs):
        for batch in torch.randperm(1400).split(50):
            loss = loss_of(network(images[train][batch]), labels[train][batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


# %%
# :term:`Cross-entropy <cross-entropy>` is what everybody takes today: the right score shall be larger than the others.
# The scores are minus the squared distances, so the right picture shall be the nearest.
torch.set_num_threads(1)
nearer = [taught(torch.nn.functional.cross_entropy, seed) for seed in range(3)]


@torch.no_grad()
def judge(networks):
    """For each network, the share of unseen digits that are read rightly, and of pixels that are drawn rightly."""
    found = []
    for network in networks:
        drawn = network.classifier[:-1](network.features(images[test]))
        read = network.classifier[-1](drawn).argmax(1)
        same_side = (drawn > 0) == (codes[labels[test]] > 0)
        found.append((100 * (read == labels[test]).float().mean().item(), 100 * same_side.float().mean().item()))
    return torch.tensor(found).T


read, pixels = judge(nearer)
print(f"digits read rightly, three seeds: {read.min():.0f} to {read.max():.0f} %")
print(f"pixels drawn rightly:             {pixels.min():.0f} to {pixels.max():.0f} %")


def show(network, rows, chosen, alt):
    """Digits, and what is drawn for each."""
    with torch.no_grad():
        drawn = network.classifier[:-1](network.features(images[test][chosen]))
    fig, axs = plt.subplots(len(rows), len(chosen), figsize=(7, 1.15 * len(rows)))
    for column, i in enumerate(chosen):
        pictures = {"seen": images[test][i, 0], "drawn": drawn[column], "told": codes[labels[test][i]]}
        for ax, name in zip(axs[:, column], rows, strict=True):
            ax.set_axis_off()
            if name == "seen":
                ax.imshow(pictures[name], cmap="gray_r")
            else:
                show_signed(ax, pictures[name].view(12, 7).numpy(), limit=1)
    for ax, name in zip(axs[:, 0], rows, strict=True):
        ax.text(-0.3, 0.5, name, rotation=90, transform=ax.transAxes, ha="right", va="center")
    fig.set_label(alt)
    plt.show()


one_of_each = [(labels[test] == digit).nonzero()[0].item() for digit in range(10)]
show(
    nearer[0],
    ["seen", "drawn"],
    one_of_each,
    "Ten handwritten digits, and below each a faint pattern of 12 by 7 pixels in which no digit can be recognised.",
)

# %%
# It reads, and what it draws is noise.
# To be nearer to one picture than to the others, it is enough to lean a little towards it.
#
# The repair: be near
# -------------------
# The paper's first loss asks for more (its eighth equation): make the distance to the right picture itself small.


def near(scores, wanted):
    """The mean squared distance of a pixel from the picture that was told."""
    return -scores.gather(1, wanted[:, None]).mean() / 84


drawing = [taught(near, seed) for seed in range(3)]
read_too, pixels_too = judge(drawing)
print(f"digits read rightly, three seeds: {read_too.min():.0f} to {read_too.max():.0f} %")
print(f"pixels drawn rightly:             {pixels_too.min():.0f} to {pixels_too.max():.0f} %")
show(
    drawing[0],
    ["seen", "drawn", "told"],
    one_of_each,
    "Ten handwritten digits; below each, the network has drawn the printed digit, a little blurred; "
    "below that the printed digit that it was told to draw.",
)

# %%
# Now the last hidden layer is a picture, and the picture is the answer.
# It says more than a class: look at digits that it reads wrongly.
with torch.no_grad():
    wrong = (drawing[0](images[test]).argmax(1) != labels[test]).nonzero().flatten().tolist()
show(
    drawing[0],
    ["seen", "drawn", "told"],
    list({labels[test][i].item(): i for i in wrong}.values()),  # one of each class
    "Digits that are read wrongly; most drawings are a mixture of the right printed digit and another one.",
)

# %%
# In many of them you can see what it took them for, and that it was not sure.
# A bank that reads cheques can send such a one to a person.
#
# The claim, asserted
# -------------------
# Trained to be near, each network draws nearly all pixels on the right side of zero; trained to be nearer, none does.
assert pixels_too.min() > 95
assert pixels.max() < 85
assert read_too.min() > 85

# %%
# What to remember
# ----------------
# - LeNet-5 compares 84 numbers with a drawn picture for each class; the nearest one is its answer.
# - What a hidden layer holds depends on the loss: cross-entropy asks for a difference, not for a picture.
# - Today's last layer is the same with learned pictures: a row of weights for each class.
