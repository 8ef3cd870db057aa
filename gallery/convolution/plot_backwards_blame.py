r"""
A pixel is blamed by every window that has read it
==================================================

All outputs of a convolution complain alike.
Does each pixel get the same share of the blame?
"""

# %%
# Everybody complains
# -------------------
# A kernel of ones reads a picture of nine by nine, and each output complains with a one.
# Then a pixel's blame is the number of windows that have read it.
import matplotlib.pyplot as plt
import numpy as np

from cnnbook.draw import grid, style
from cnnbook.reference import conv2d_backward, conv2d_loops

style.use()


def blame(size, kernel, **options):
    """The gradient to the input if every output has the gradient one."""
    picture, ones = np.zeros((1, size, size)), np.ones((1, 1, kernel, kernel))
    outputs = conv2d_loops(picture, ones, **options)
    to_picture, _, _ = conv2d_backward(np.ones_like(outputs), picture, ones, **options)
    return to_picture[0]


# %%
# A try that fails: no padding
# ----------------------------
# With a kernel of three and no padding, the pixel in the corner is read once, and the one in the middle nine times.
print(blame(7, kernel=3).astype(int))

# %%
# So a network without padding learns less from its border than from its middle.
#
# The repair helps in part
# ------------------------
# One row of zeros around the picture gives the corner four windows instead of one, and the edge six.
print(blame(7, kernel=3, padding=1).astype(int))

# %%
# Now take a stride
# -----------------
# With a stride of two the windows stand two pixels apart.
# Pixels between them are read by several, pixels under their middle by one: a chessboard.
cases = {
    "kernel 3, stride 1": blame(7, kernel=3, padding=1),
    "kernel 3, stride 2": blame(7, kernel=3, padding=1, stride=2),
    "kernel 2, stride 2": blame(8, kernel=2, stride=2),
    "kernel 1, stride 2": blame(7, kernel=1, stride=2),
}
fig, axs = plt.subplots(2, 2, figsize=(7.2, 7))
for ax, (name, shares) in zip(axs.flat, cases.items(), strict=True):
    grid(ax, shares, role="signed")
    ax.set_title(name)
fig.set_label(
    "How often each pixel is read. Kernel 3, stride 1: nine times, less at the border. Kernel 3, stride 2: a pattern "
    "of one, two and four. Kernel 2, stride 2: once everywhere. Kernel 1, stride 2: one pixel in four, others never."
)
plt.show()

# %%
# A kernel of two with a stride of two treats all alike.
# A kernel of one with a stride of two never looks at three pixels in four, and never learns from them.
#
# The claim, asserted
# -------------------
# The gradient to the input counts the windows that have read a pixel, and every window gives nine. :claim:`C2.16`
shares = cases["kernel 3, stride 1"]
assert shares[3, 3] == 9
assert (shares[0, 0], shares[0, 3]) == (4, 6)
assert blame(7, kernel=3)[0, 0] == 1
assert blame(7, kernel=3).sum() == 9 * 5 * 5  # 25 windows
assert set(cases["kernel 3, stride 2"].ravel()) == {1, 2, 4}
assert (cases["kernel 2, stride 2"] == 1).all()
assert (cases["kernel 1, stride 2"] == 0).sum() == 7 * 7 - 4 * 4

# %%
# What to remember
# ----------------
# - Backwards, each output hands its error to the pixels that it has read.
# - Pixels at the border are read less often, and padding makes up for a part of it.
# - A stride that does not divide the kernel makes a chessboard: in what is learned, and in what is drawn.
