r"""
The same weights with holes between them hear the whole period
==============================================================

A string has been plucked, and a network is to play on.
It has six layers, and each weight sees one sample.
Can so small a network know what a string does?
"""

# %%
# A string
# --------
# One period of noise, and from then on each sample is the mean of two neighbours one period ago
# :cite:p:`karplus1983`.
# The rule is simple, but it reaches far back.
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cnnbook.draw import style
from cnnbook.shapes import Window, receptive_field

style.use()
RATE, PERIOD = 16_000, 50  # samples each second, samples in each period


def pluck(seed, samples=256):
    """A string that was plucked in its own way: the seed draws the first period."""
    sound = list(np.random.default_rng(seed).uniform(-1, 1, PERIOD + 1))
    while len(sound) < samples:
        sound.append((sound[-PERIOD] + sound[-PERIOD - 1]) / 2)
    return torch.tensor(sound, dtype=torch.float32)


strings = torch.stack([pluck(seed) for seed in range(8)])[:, None]
new_strings = torch.stack([pluck(seed) for seed in range(100, 108)])[:, None]

# %%
# A try that fails: six layers without holes
# ------------------------------------------
# A causal layer is padded on the left only, so it never hears the sample that it must guess.


class Causal(nn.Conv1d):
    """A convolution that reads now and before."""

    def forward(self, sound):
        [kernel], [dilation] = self.kernel_size, self.dilation
        return super().forward(functional.pad(sound, (dilation * (kernel - 1), 0)))


def stack(dilations, channels=8):
    """One layer of kernels of two for each dilation, and one number for each sample at the end."""
    layers = [
        Causal(1 if level == 0 else channels, channels, 2, dilation=dilation)
        for level, dilation in enumerate(dilations)
    ]
    return nn.Sequential(*layers, nn.Conv1d(channels, 1, 1))


# %%
# There are no activation functions: the string's rule is a weighted sum, so nothing needs to bend.
# Each network learns to say the next sample, and is then asked about strings that it has not heard.
plain, doubled = [1, 1, 1, 1, 1, 1], [1, 2, 4, 8, 16, 32]


def difference(guessed, sound):
    """How wrong, as a part of how loud; the first period is noise, and nobody can guess it."""
    error, loudness = (part[..., PERIOD + 1 :].square().mean() for part in (guessed - sound, sound))
    return (error / loudness).sqrt()


def learn(dilations, seed, steps=100):
    """Train a stack on the eight strings, and return it with its error on new ones."""
    torch.manual_seed(seed)
    network = stack(dilations)
    descent = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        loss = (network(strings[..., :-1]) - strings[..., 1:])[..., PERIOD + 1 :].square().mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
    with torch.no_grad():
        return network, difference(network(new_strings[..., :-1]), new_strings[..., 1:]).item()


plain_runs = [learn(plain, seed) for seed in range(3)]
print("plain:  ", [f"{error:.0%}" for _, error in plain_runs])


# %%
# More than half of the sound is guessed wrongly, whatever the seed.
# How far back do six layers hear?
def reach(dilations):
    """Count the samples that one guess depends on."""
    return receptive_field([Window(2, dilation=d) for d in dilations]).size


print(f"{reach(plain)} samples, and the period has {PERIOD}")

# %%
# The repair: leave holes
# -----------------------
# Let the weights of each layer lie twice as far apart as those of the layer below.
# Nothing is added, neither a weight nor a multiplication.
doubled_runs = [learn(doubled, seed) for seed in range(3)]
print(f"{reach(doubled)} samples")
print("doubled:", [f"{error:.1%}" for _, error in doubled_runs])

# %%
# Let both play on
# ----------------
# Both networks hear the first samples of a new string.
# Then each must live on what it has played itself.


@torch.no_grad()
def play_on(network, sound, samples=160):
    """Append what the network guesses, again and again."""
    for _ in range(samples):
        guess = network(sound[..., -reach(doubled) :])[..., -1:]
        sound = torch.cat([sound, guess], dim=-1)
    return sound


given = reach(doubled)
string = new_strings[:1, :, : given + 160]
played = {
    "doubled dilations": play_on(doubled_runs[0][0], string[..., :given]),
    "plain layers": play_on(plain_runs[0][0], string[..., :given]),
}

fig, axs = plt.subplots(2, 1, figsize=(4.8, 4), sharex=True, sharey=True)
time = 1000 * torch.arange(string.shape[-1]) / RATE
for ax, (name, sound) in zip(axs, played.items(), strict=True):
    ax.plot(time, string[0, 0], linewidth=4, alpha=0.35, label="the string")
    ax.plot(time[given:], sound[0, 0, given:], linewidth=1.2, label="the network")
    ax.set(title=name, ylabel="sound")
axs[0].legend(loc="upper right", ncols=2)
axs[1].set(xlabel="time (ms)", ylim=(-1.1, 1.6))
fig.set_label(
    "A string in blue, and in orange how two networks play on after its first samples: "
    "with doubled dilations just as the string does; with plain layers the sound dies away at once."
)
plt.show()

# %%
# The claim, asserted
# -------------------
# Six plain layers hear 7 samples, six doubled ones 64, with the same number of weights. :claim:`C2.12`
assert (reach(plain), reach(doubled)) == (7, 64)
sizes = [sum(p.numel() for p in network.parameters()) for network, _ in plain_runs + doubled_runs]
assert len(set(sizes)) == 1
assert all(error > 0.5 for _, error in plain_runs)
assert all(error < 0.05 for _, error in doubled_runs)
assert difference(played["doubled dilations"], string) < 0.1
assert difference(played["plain layers"], string) > 0.5

# %%
# What to remember
# ----------------
# - No training helps a network that does not hear what it needs.
# - Doubled dilations make the reach grow with a power of the depth, and cost nothing.
# - What comes after the last sample must not enter: pad on the left only.
