r"""
One picture does not say which filter made it
=============================================

Show a network a picture and the map that an edge filter makes of it.
Will gradient descent find that filter?
"""

# %%
# The picture and the wanted map
# ------------------------------
# The left half is dark, the right half is bright, and the wanted map says where they meet.
import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnbook.draw import grid, style
from cnnbook.layers import Conv2d

style.use()
edge = torch.tensor([[-1.0, 0, 1]]).repeat(3, 1)
find_edges = Conv2d(1, 1, 3, bias=False)
find_edges.load_state_dict({"weight": edge[None, None]})

half_bright = torch.tensor([[0.0, 0, 0, 1, 1, 1]]).repeat(4, 1)[None, None]
print(find_edges(half_bright).detach()[0, 0].numpy())


def learn(pictures, steps, rate, seed=0):
    """Fit nine weights and a bias to the edge filter's answers, and return the weights and the last loss."""
    torch.manual_seed(seed)
    layer, wanted = Conv2d(1, 1, 3), find_edges(pictures).detach()
    descent = torch.optim.SGD(layer.parameters(), lr=rate)
    for _ in range(steps):
        loss = (layer(pictures) - wanted).square().mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
    return layer.weight.detach()[0, 0], loss.item()


# %%
# A try that fails: one picture
# -----------------------------
# Begin with three different sets of random numbers.
learned = [learn(half_bright, steps=600, rate=0.1, seed=seed) for seed in range(3)]

fig, axs = plt.subplots(1, 4, figsize=(9, 2.6))
grid(axs[0], edge.numpy(), role="signed")
axs[0].set_title("the edge filter")
for seed, (ax, (weights, loss)) in enumerate(zip(axs[1:], learned, strict=True)):
    grid(ax, np.round(weights.numpy(), 1) + 0.0, role="signed")
    ax.set_title(f"seed {seed}")
    assert loss < 1e-3
fig.set_label("The edge filter, and the kernels that three seeds have learned from one picture: none equals it.")
plt.show()

# %%
# The loss is zero each time, and each time the kernel is another one.
# None is the edge filter.
#
# The picture is to blame.
# All its rows are equal, so it cannot say which row of the kernel does the work.
# It tells only what the columns add up to, and on these all three agree:
for weights, _ in learned:
    print(weights.sum(dim=0).numpy().round(2))

# %%
# The repair: pictures that differ
# --------------------------------
# Eight pictures of random numbers leave no choice.
pictures = torch.rand(8, 1, 12, 12, generator=torch.Generator().manual_seed(0))
learned_from_many = [learn(pictures, steps=600, rate=0.3, seed=seed) for seed in range(3)]
for weights, loss in learned_from_many:
    print(weights.numpy().round(2).tolist(), f"loss {loss:.0e}")

# %%
# Minus one, zero, one, whatever the start.
#
# The claim, asserted
# -------------------
# Gradient descent finds the filter from examples, as far as the examples tell. :claim:`C2.17`
for weights, _ in learned_from_many:
    torch.testing.assert_close(weights, edge, atol=0.02, rtol=0)
for weights, _ in learned:
    torch.testing.assert_close(weights.sum(dim=0), edge.sum(dim=0), atol=0.01, rtol=0)
    assert (weights - edge).abs().max() > 0.1

# %%
# What to remember
# ----------------
# - The numbers of a kernel are weights: gradient descent finds them from examples.
# - It finds *a* kernel that explains the examples, and not *the* kernel that made them.
# - Examples that differ leave less choice.
