r"""
A stride that divides the kernel paints evenly
==============================================

Networks that paint like to paint a chessboard.
Can one see it coming from two numbers, the kernel and the stride?
"""

# %%
# Count the stamps
# ----------------
# Stamp a kernel of ones at every pixel of a picture of ones, and see how often each pixel of the output is reached.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, style
from cnnbook.reference import conv_transpose2d_loops

style.use()


def stamps(kernel, stride, size=6):
    """How many stamps reach each output pixel, away from the border."""
    counts = conv_transpose2d_loops(np.ones((1, size, size)), np.ones((1, 1, kernel, kernel)), stride=stride)[0]
    border = max(kernel - 1, stride)
    return counts[border:-border, border:-border]


cases = [(2, 2), (3, 2), (4, 2), (5, 2), (3, 3), (4, 3)]
fig, axs = plt.subplots(2, 3, figsize=(7.2, 5.2))
for ax, (kernel, stride) in zip(axs.flat, cases, strict=True):
    grid(ax, stamps(kernel, stride)[:6, :6], role="signed")
    ax.set_title(f"kernel {kernel}, stride {stride}")
fig.set_label(
    "How many stamps reach each pixel, for six pairs of kernel and stride: the same everywhere for 2 and 2, 4 and 2, "
    "3 and 3; a chessboard for 3 and 2, 5 and 2, 4 and 3."
)
plt.show()

# %%
# A kernel of two, or of four, with a stride of two: every pixel is reached equally often.
# A kernel of three or five: some are reached more often than others.
#
# How bad is it?
# --------------
# Compare the pixel that is reached most often with the one that is reached least often.
# A larger kernel makes it milder, for one stamp more or less counts less.
for kernel in range(2, 10):
    counts = stamps(kernel, stride=2, size=12)
    print(f"kernel {kernel}: at most {counts.max():2.0f} stamps, at least {counts.min():2.0f}")

# %%
# The claim, asserted
# -------------------
# The stamps are even exactly where the stride divides the kernel. :claim:`C5.5`
for stride in range(1, 5):
    for kernel in range(stride, 9):
        counts = stamps(kernel, stride, size=12)
        assert (np.ptp(counts) == 0) == (kernel % stride == 0), (kernel, stride)
        if kernel % stride == 0:
            assert (counts == (kernel // stride) ** 2).all()

# %%
# What to remember
# ----------------
# - Divide the kernel by the stride; a remainder paints a chessboard.
# - Where you may choose, choose a kernel of four for a stride of two.
