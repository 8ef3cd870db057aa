r"""
Added up, nobody knows which feature is meant
=============================================

A layer has several filters, and each makes a map.
Why do networks keep them apart?
One map would be so much smaller.
"""

# %%
# Two questions about one picture
# -------------------------------
# Here is a photograph of a brick wall.
# It has joints that lie and joints that stand, and one filter for each.
import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from cnnbook.draw import show_signed, style
from cnnbook.reference import conv2d_loops

style.use()
wall = data.brick()[20:200, 20:200].T / 255  # the photographer held the camera upright
upright = np.tile([-1, 0, 1], (3, 1))
filters = np.stack([upright, upright.T])[:, None]


def stacked_maps(picture):
    """Two filters, two maps: what stands, and what lies."""
    return np.abs(conv2d_loops(picture[None], filters))


# %%
# A try that fails: add the maps
# ------------------------------
# Turn the photograph on its side.
# What stood now lies, and what lay now stands.
turned = wall.T
maps, maps_turned = stacked_maps(wall), stacked_maps(turned)

fig, axs = plt.subplots(2, 4, figsize=(7.2, 3.9))
for row, (picture, stack) in zip(axs, [(wall, maps), (turned, maps_turned)], strict=True):
    row[0].imshow(picture, cmap="gray", vmin=0, vmax=1)
    for ax, shown in zip(row[1:], [stack[0], stack[1], stack.sum(axis=0)], strict=True):
        show_signed(ax, shown, limit=1)
for ax, title in zip(axs[0], ["the wall", "what stands", "what lies", "both added"], strict=True):
    ax.set_title(title)
for ax in axs.flat:
    ax.set(xticks=[], yticks=[])
fig.set_label(
    "A brick wall and the same wall turned on its side, with the map of what stands, the map of what lies, "
    "and the sum of both. Turning exchanges the two maps; their sum only turns."
)
plt.show()

# %%
# The two maps have changed their parts, as they should.
# But their sum is the same picture, turned: it has forgotten which filter spoke.
np.testing.assert_allclose(maps_turned.sum(axis=0), maps.sum(axis=0).T, atol=1e-12)

# %%
# Ask the maps which way the wall lies
# ------------------------------------
# A mason lays bricks on their long side, so the joints that lie are longer than those that stand.
# One number is enough to decide: which filter answers more, on average?
for name, stack in [("the wall", maps), ("turned", maps_turned)]:
    stands, lies = stack.mean(axis=(1, 2))
    print(f"{name:>8}: stands {stands:.3f}  lies {lies:.3f}  both added {stands + lies:.3f}")

# %%
# From the stack one can tell.
# From the sum nobody can, however cleverly he looks: the numbers are equal.
#
# The layer behind decides
# ------------------------
# Nothing keeps the *next* layer from adding the maps, if that helps: a filter of 1×1 with two equal weights does it.
# It may also subtract them, and then it knows which way the wall lies.
# A stack leaves the choice to whoever comes later; a sum has made it for all.
difference = np.array([-1, 1])[None, :, None, None]
for name, stack in [("the wall", maps), ("turned", maps_turned)]:
    print(f"{name:>8}: lies minus stands = {conv2d_loops(stack, difference).mean():+.3f}")

# %%
# The claim, asserted
# -------------------
# The sums agree, the stacks do not, and one filter of 1×1 on the stack tells the walls apart. :claim:`C2.7`
sums = [stack.mean(axis=(1, 2)).sum() for stack in (maps, maps_turned)]
np.testing.assert_allclose(sums[0], sums[1])
answers = [conv2d_loops(stack, difference).mean() for stack in (maps, maps_turned)]
assert answers[0] > 0 > answers[1]
np.testing.assert_allclose(answers[0], -answers[1])

# %%
# What to remember
# ----------------
# - Maps are stacked along the channel axis, one for each filter.
# - A sum of maps keeps *where* and *how strongly*, and forgets *what*.
# - The next layer can add what it need not tell apart; it cannot take a sum to pieces.
