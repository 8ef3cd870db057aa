r"""
A small trained network is sharper than bicubic
===============================================

A photograph of half the width is all you have.
You want it large again, and sharp.
Can a :term:`network <convolutional network>` put back what was lost?
"""

# %%
# Shrink streets, and keep the large ones
# ---------------------------------------
# The task makes its own targets: shrink a picture to a quarter of its pixels, and ask for the old one. :claim:`C5.6`
# Here are streets to learn from, and others that no network will see before the end.
# They are drawn at twice the size and shrunk once before: a camera's lens also averages what falls onto a pixel.
import matplotlib.pyplot as plt
import torch
from torch.nn.functional import avg_pool2d, interpolate

from cnnbook.data import scenes
from cnnbook.draw import palette, style

style.use()
torch.set_num_threads(1)


def draw(count, first):
    """Streets of 192×192 pixels, as numbers from 0 to 1."""
    return avg_pool2d(scenes(count, 384, first=first).images.float() / 255, 2)


streets, unseen = draw(40, first=0), draw(12, first=5000)
small = avg_pool2d(unseen, 2)
print(f"{len(streets)} streets to learn from, {len(unseen)} others")
print(f"from {tuple(small.shape[2:])} to {tuple(unseen.shape[2:])} pixels")

# %%
# A try that fails: interpolate
# -----------------------------
# :term:`Nearest-neighbour <nearest-neighbour interpolation>`, :term:`bilinear <bilinear interpolation>` and
# :term:`bicubic interpolation` know nothing of streets.
# :term:`PSNR` says how small the mean squared error is, in decibels; :term:`SSIM` says how alike the patterns are.
from cnnbook.tasks.super_resolution.metrics import psnr, ssim

made = {way: interpolate(small, scale_factor=2, mode=way).clamp(0, 1) for way in ("nearest", "bilinear", "bicubic")}


def tell(way):
    """Print the means over the unseen streets."""
    print(f"{way:>18}: PSNR {psnr(made[way], unseen).mean():.2f} dB, SSIM {ssim(made[way], unseen).mean():.3f}")


for way in made:
    tell(way)

# %%
# Bicubic is the best of the three, and it is blurred.
#
# The repair: learn what is missing
# ---------------------------------
# Most patches of a street are flat, and bicubic has them right already.
# So cut the streets into patches of 32×32, and learn from those in which bicubic errs most.
patches = streets.unfold(2, 32, 16).unfold(3, 32, 16).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
blurred = interpolate(avg_pool2d(patches, 2), scale_factor=2, mode="bicubic")
hardest = (blurred - patches).abs().mean((1, 2, 3)).argsort(descending=True)[:2000]
patches = patches[hardest].contiguous()

# %%
# Three networks differ only in how they double the sides: by a :term:`transposed convolution`, by
# :term:`resize-convolution`, or by :term:`sub-pixel convolution`.
# Each *adds* to the bicubic picture what that lacks.
# Now and then we stop and enlarge an even grey, which should stay even, and note how it spreads.
from cnnbook.tasks.super_resolution.networks import resize_convolution, sub_pixel, transposed

STEPS, LOOKS = 400, (0, 5, 10, 20, 40, 80, 150, 250, 400)
grey = torch.full((1, 3, 32, 32), 0.5)


@torch.no_grad()
def spread(network):
    """Standard deviation of an enlarged grey away from the border, in steps of 256."""
    return 255 * network(grey)[..., 16:-16, 16:-16].std((2, 3)).mean().item()


def learn(build):
    """Train a network; return it, and how an even grey spread on the way."""
    torch.manual_seed(0)
    network = build(scale=2, width=16)
    descent = torch.optim.Adam(network.parameters(), lr=0.004)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, 0.004, STEPS, pct_start=0.05)
    spreads = [spread(network)]
    for step in range(1, STEPS + 1):
        batch = patches[torch.randint(len(patches), (16,))]
        loss = (network(avg_pool2d(batch, 2)) - batch).abs().mean()
        descent.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        descent.step()
        rates.step()
        if step in LOOKS:
            spreads.append(spread(network))
    return network, spreads


builders = {"transposed": transposed, "resize-convolution": resize_convolution, "sub-pixel": sub_pixel}
spreads = {}
for way, build in builders.items():
    network, spreads[way] = learn(build)
    with torch.no_grad():
        made[way] = network(small).clamp(0, 1)
    tell(way)

# %%
# The three are close together, and all are better than bicubic on streets that they have never seen.
gain = {way: (psnr(made[way], unseen) - psnr(made["bicubic"], unseen)) for way in builders}
for way, each in gain.items():
    print(f"{way:>18}: {each.mean():+.2f} dB on bicubic, {each.min():+.2f} to {each.max():+.2f} from street to street")

# %%
# Look at it
# ----------
# One street of those, with its own PSNR in decibels and its own SSIM.
place = int(gain["transposed"].argsort()[6])  # neither the best nor the worst
window = (slice(None), slice(64, 144), slice(48, 128))
shown = {"small": small[place][:, 32:72, 24:64]}
shown |= {way: made[way][place][window] for way in ("nearest", "bicubic", *builders)}
shown |= {"truth": unseen[place][window]}
fig, axs = plt.subplots(2, 4, figsize=(7.2, 4.4))
axs[1, 3].axis("off")
for ax, (way, picture) in zip(axs.flat, shown.items(), strict=False):
    ax.imshow(picture.permute(1, 2, 0), interpolation="nearest")
    ax.axis("off")
    numbers = ""
    if way in made:
        pair = made[way][place : place + 1], unseen[place : place + 1]
        numbers = f"\n{psnr(*pair).item():.1f}, {ssim(*pair).item():.3f}"
    ax.set_title(way + numbers, fontsize=9)
fig.set_label(
    "A piece of a street, seven times: small, enlarged by copying pixels and by bicubic interpolation, by three "
    "networks, and as it was. The networks' edges are sharper than bicubic's and less sharp than the truth."
)
plt.show()

# %%
# A chessboard in the wild
# ------------------------
# :doc:`Where the stride does not divide the kernel </upsampling/checkerboards>`, stamps overlap unevenly: a
# :term:`checkerboard artefact`.
# Let a network learn *without* the bicubic picture, for a few steps, and enlarge an even light grey.
light = torch.full((1, 3, 32, 32), 0.75)
greys = {}
for way in ("transposed", "resize-convolution"):
    torch.manual_seed(0)
    network = builders[way](scale=2, width=16)
    descent = torch.optim.Adam(network.parameters(), lr=0.004)
    for _ in range(20):
        batch = patches[torch.randint(len(patches), (16,))]
        loss = (network.steps(network.body(avg_pool2d(batch, 2))) - batch).abs().mean()
        descent.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        descent.step()
    with torch.no_grad():
        grey = 255 * network.steps(network.body(light))[0, 1, 24:40, 24:40]
    greys[way] = grey - grey.mean()
    print(f"{way:>18}: {greys[way].std():.2f} steps of 256")

fig, axs = plt.subplots(1, 2, figsize=(6.4, 3), layout="constrained")
for ax, (way, grey) in zip(axs, greys.items(), strict=True):
    image = ax.imshow(grey, cmap="gray", vmin=-8, vmax=8)
    ax.set_title(way)
    ax.axis("off")
fig.colorbar(image, ax=axs, label="off the mean, of 256", shrink=0.8)
fig.set_label(
    "An even grey enlarged after twenty steps of training, its contrast raised: the transposed network has painted a "
    "regular chessboard, resize-convolution an even area."
)
plt.show()

# %%
# There it is, with its contrast raised.
# Resize-convolution makes all pixels alike, whatever its weights.
# What became of it in the three networks above, which add to the bicubic picture?
fig, ax = plt.subplots(figsize=(6, 3.2))
looks = {"transposed": ("output", "o"), "resize-convolution": ("input", "s"), "sub-pixel": ("kernel", "^")}
for way, (colour, marker) in looks.items():
    ax.plot(LOOKS, spreads[way], marker=marker, color=palette.LIGHT[colour], label=way)
ax.set_xscale("symlog", linthresh=5)
ax.set_xticks(LOOKS[::2], [str(step) for step in LOOKS[::2]])
ax.set_xlabel("steps of training")
ax.set_ylabel("spread of a grey, of 256")
ax.legend()
fig.set_label(
    "How much an even grey spreads when enlarged, over the steps of training: for the transposed and the sub-pixel "
    "network it rises early and falls, always below one step of 256; for resize-convolution it stays at zero."
)
plt.show()

# %%
# The grey is right from the start, so there is little to spoil.
# A pattern appears and fades, and no eye would have seen it.
for way, values in spreads.items():
    print(f"{way:>18}: at most {max(values):.2f}, in the end {values[-1]:.2f} steps of 256")

# %%
# The claim, asserted
# -------------------
for way in builders:
    assert gain[way].mean() > 0.5
    assert gain[way].min() > 0
    assert ssim(made[way], unseen).mean() > ssim(made["bicubic"], unseen).mean()
assert max(spreads["resize-convolution"]) < 0.001
assert 0.05 < max(spreads["transposed"]) < 2
assert 0.05 < max(spreads["sub-pixel"]) < 2
assert greys["transposed"].std() > 1
assert greys["resize-convolution"].std() < 0.001

# %%
# What to remember
# ----------------
# - Shrinking makes its own targets, so nobody has to label anything.
# - Let the network add to the bicubic picture, and learn where that is wrong.
# - Three ways to double the sides come about equally far; only resize-convolution cannot paint a chessboard.
# - What is added to the bicubic picture has little to spoil.
# - A network knows the kind of picture that it has learned from, and no other.
