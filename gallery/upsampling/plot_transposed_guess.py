r"""
The shape comes back, the picture must be guessed
=================================================

A convolution halves a picture, and its transpose doubles it again.
Is it the same picture?
And can training make it so?
"""

# %%
# There and back
# --------------
# A kernel of four with a stride of two takes the mean of sixteen pixels; its transpose spreads each mean over sixteen.
import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data
from skimage.transform import resize
from torch import nn

from cnnbook.draw import style
from cnnbook.reference import conv2d_loops, conv_transpose2d_loops

style.use()
photograph = resize(data.camera()[40:232, 140:332], (96, 96), anti_aliasing=True)[None]
mean = np.full((1, 1, 4, 4), 1 / 16)
small = conv2d_loops(photograph, mean, stride=2, padding=1)
back = conv_transpose2d_loops(small, 4 * mean, stride=2, padding=1)
assert back.shape == photograph.shape

# %%
# The transpose gives back the shape.
# The pixels are means of means: twice as blurred as the small picture.
print(f"wrong by {np.abs(back - photograph).mean():.3f} on average")

# %%
# Let it learn
# ------------
# The sixteen numbers of the transposed kernel are weights.
# Train them on one half of the photograph, and judge them on the other.
inputs, wanted = torch.tensor(small[None]), torch.tensor(photograph[None])
torch.manual_seed(0)
layer = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, dtype=torch.float64)
layer.load_state_dict({"weight": torch.tensor(4 * mean), "bias": torch.zeros(1, dtype=torch.float64)})
descent = torch.optim.LBFGS(layer.parameters(), max_iter=60)


def step():
    """The squared error on the upper half."""
    descent.zero_grad()
    loss = (layer(inputs) - wanted)[..., :48, :].square().mean()
    loss.backward()
    return loss


descent.step(step)
learned = layer(inputs).detach().numpy()[0]
errors = {
    name: np.sqrt(np.square(guess - photograph)[:, 52:].mean())
    for name, guess in [("fixed", back), ("learned", learned)]
}
print({name: round(float(error), 4) for name, error in errors.items()})

fig, axs = plt.subplots(1, 4, figsize=(9, 2.7))
for ax, title, shown in zip(
    axs,
    ["photograph", "half as large", "fixed weights", "learned weights"],
    [photograph, small, back, learned],
    strict=True,
):
    ax.imshow(shown[0], cmap="gray", vmin=0, vmax=1)
    ax.set_title(title)
    ax.axis("off")
fig.set_label(
    "A man with a camera; the same half as large; enlarged with fixed weights it is blurred; "
    "with learned weights it is sharper."
)
plt.show()

# %%
# The learned kernel has negative weights at its rim: it sharpens while it enlarges.
print(layer.weight.detach().numpy()[0, 0].round(2))

# %%
# It is better on pixels it was not trained on, and it is still wrong: a guess, not a memory.
#
# The claim, asserted
# -------------------
# Shape restored, values not; learned weights guess better than fixed ones. :claim:`C5.3`
assert back.shape == learned.shape == photograph.shape
assert errors["learned"] < 0.9 * errors["fixed"]
assert errors["learned"] > 0.005
assert layer.weight.min() < 0

# %%
# What to remember
# ----------------
# - A transposed convolution restores the shape, never the values.
# - Its weights are learned, and a learned guess is better than a fixed one.
