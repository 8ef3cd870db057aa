r"""
AlexNet's weights are at its end and its work is at its beginning
=================================================================

Sixty million weights: you would think that the layers that hold them also take the time.
Which layer is worth making faster, and which is worth making smaller?
"""

# %%
# Count before you measure
# ------------------------
# :func:`~cnnbook.summary.summarize.summarize` runs a network on shapes without numbers and counts.
import time
from statistics import median

import matplotlib.pyplot as plt
import torch

from cnnbook.draw import palette, style
from cnnbook.networks.alexnet import alexnet
from cnnbook.summary import summarize

style.use()
network = alexnet().eval()
layers = [row for row in summarize(network, (1, 3, 224, 224)).rows if row.parameters]
is_convolution = ["Conv" in row.kind for row in layers]
for row in layers:
    print(f"{row.name:>13}: {row.parameters:>10,} parameters, {row.multiply_adds:>11,} multiply-adds")

# %%
# Each weight of a convolution is used at every place of the map that it makes; each weight of a fully connected
# layer is used once.
# How often is a weight used?
used = [row.multiply_adds / row.parameters for row in layers]

fig, ax = plt.subplots(figsize=(6.4, 3))
colours = [palette.LIGHT["output" if convolution else "kernel"] for convolution in is_convolution]
ax.bar([str(number) for number in range(1, 9)], used, color=colours)
ax.set_yscale("log")
ax.set_xlabel("layer")
ax.set_ylabel("uses of a weight for one picture")
ax.set_ylim(0.5, 10_000)
fig.set_label(
    "Bars over the eight layers: a weight of the first convolution is used about three thousand times for one picture, "
    "a weight of the later convolutions more than a hundred times, a weight of the last three layers once."
)
plt.show()

# %%
# A try that fails: what has most weights takes most time
# -------------------------------------------------------
# Let every layer run alone, on one picture and on sixteen, on one thread.


def seconds(layer, shape, times=7):
    """The median of several runs."""
    given, taken = torch.rand(shape), []
    with torch.no_grad():
        for _ in range(times):
            start = time.perf_counter()
            layer(given)
            taken.append(time.perf_counter() - start)
    return median(taken)


torch.set_num_threads(1)
incoming = {}
for name, layer in network.named_modules():
    layer.register_forward_pre_hook(lambda _, given, name=name: incoming.update({name: given[0].shape[1:]}))
with torch.no_grad():
    network(torch.zeros(1, 3, 224, 224))
took = {
    images: [1e3 * seconds(network.get_submodule(row.name), (images, *incoming[row.name])) / images for row in layers]
    for images in (1, 16)
}
for images, each in took.items():
    ends = sum(ms for ms, convolution in zip(each, is_convolution, strict=True) if not convolution)
    print(f"{images:>2} at once: {sum(each):5.1f} ms each, {ends / sum(each):4.0%} of it in the last three layers")

# %%
# The times are those of this build's machine, and yours has others.
# Alone, a picture pays for the last three layers though they hardly compute: sixty million weights must be fetched
# from memory, each for a single product.
# Sixteen pictures at once share the fetching, and the share of the last layers falls.
#
# The repair depends on the question
# ----------------------------------
# - To be *smaller*, drop the fully connected layers: the networks after VGG end in a mean over all places instead.
# - To be *faster*, look at the convolutions.
#
# What does a larger picture cost?
# The convolutions do more work with the same weights; the fully connected layers see 6×6 places as before.
large = [row for row in summarize(network, (1, 3, 448, 448)).rows if row.parameters]
grown = [after.multiply_adds / before.multiply_adds for after, before in zip(large, layers, strict=True)]
print("times as much work:", ", ".join(f"{factor:.1f}" for factor in grown))

# %%
# The claim, asserted
# -------------------
# More than nine tenths of the parameters are at the end, more than nine tenths of the work before it. :claim:`C4.2`
ends = [row for row, convolution in zip(layers, is_convolution, strict=True) if not convolution]
starts = [row for row in layers if row not in ends]
everything = sum(row.parameters for row in layers)
assert everything == 61_100_840
assert sum(row.parameters for row in ends) > 0.9 * everything
assert sum(row.multiply_adds for row in starts) > 0.9 * sum(row.multiply_adds for row in layers)
assert all(0.99 < times <= 1 for times in used[5:])
assert min(used[:5]) > 100
assert grown[5:] == [1, 1, 1]
assert min(grown[:5]) > 3.9

# %%
# What to remember
# ----------------
# - A weight of a convolution is used at every place; a weight of a fully connected layer once for each picture.
# - So weights and work are different questions, with different answers.
# - What is fetched from memory for a single product is paid for in time, too.
