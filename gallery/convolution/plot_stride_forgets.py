r"""
A stride of two can forget three pixels in four
===============================================

A convolution with a stride of two skips three of four places.
Does it still see every pixel?
"""

# %%
# Who is read?
# ------------
# Let every output write a one on each pixel that it has read.
# That is what a :term:`transposed convolution` of ones does.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, style
from cnnbook.reference import conv2d_loops, conv_transpose2d_loops

style.use()


def times_read(size, kernel, stride):
    """How often each pixel of a square picture enters an output."""
    ones = np.ones((1, 1, kernel, kernel))
    outputs = conv2d_loops(np.ones((1, size, size)), ones, stride=stride)
    beyond_the_last_window = (size - kernel) % stride
    written = conv_transpose2d_loops(np.ones_like(outputs), ones, stride=stride)[0]
    return np.pad(written, (0, beyond_the_last_window))


# %%
# The smallest kernel
# -------------------
# A kernel of one pixel with a stride of two reads every other pixel of every other row.
forgotten = np.mean(times_read(8, kernel=1, stride=2) == 0)
print(f"{forgotten:.0%} of the pixels are never read")

# %%
# No training brings back what is never read.
# Residual networks do exactly this where they halve their maps: a 1×1 convolution with a stride of two on the shortcut.
#
# A wider kernel closes the gaps
# ------------------------------
# With a kernel of two nothing is lost.
# With three the windows overlap, and the pixels are not read *equally* often.
fig, axs = plt.subplots(1, 4, figsize=(9, 2.7))
for kernel, ax in enumerate(axs, start=1):
    grid(ax, times_read(6 + kernel, kernel, stride=2)[:7, :7], role="signed")
    ax.set_title(f"kernel {kernel}")
fig.set_label(
    "How often a stride of two reads each pixel. Kernel 1: one pixel in four once, the others never. "
    "Kernel 2: all once. Kernel 3: a chessboard of one, two and four. Kernel 4: four times, less at the border."
)
plt.show()

# %%
# What is lost in a photograph
# ----------------------------
# A picture may hide something where nobody looks: here a pattern stands on the pixels that are skipped.
picture = np.random.default_rng(0).random((8, 8))
other = picture.copy()
other[1::2] += 5
other[:, 1::2] -= 3
for kernel in (1, 2, 3):
    ones = np.ones((1, 1, kernel, kernel))
    seen = [conv2d_loops(shown[None], ones, stride=2) for shown in (picture, other)]
    print(f"kernel {kernel}: the two pictures look {'the same' if np.allclose(*seen) else 'different'}")

# %%
# The claim, asserted
# -------------------
# Pixels are forgotten exactly where the stride exceeds the kernel; reads are even where it divides it. :claim:`C2.13`
assert forgotten == 3 / 4
for kernel in range(1, 7):
    for stride in range(1, 5):
        reads = times_read(8 * stride + kernel, kernel, stride)
        inside = reads[kernel - 1 : 8 * stride + 1, kernel - 1 : 8 * stride + 1]
        assert (inside.min() == 0) == (stride > kernel), (kernel, stride)
        assert (np.ptp(inside) == 0) == (kernel % stride == 0), (kernel, stride)

# %%
# What to remember
# ----------------
# - A stride wider than the kernel leaves pixels unread, for good.
# - A stride that does not divide the kernel reads them unequally often.
# - A kernel of two or four with a stride of two treats all pixels alike.
