"""MNIST-1D: ten digits as short noisy series, generated where you stand.

The ``mnist1d`` package draws the same numbers, but it reseeds the reader's global generators and imports a web client.
Here is the same data from a generator of its own.
A test holds one against the other.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int

from cnnbook.data.examples import Examples
from cnnbook.shapes import whole_number

DIGITS = np.array(  # how far the pen stands to the right while it goes down
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)
EXAMPLES, TRAIN = 5000, 4000
DRAWN, LENGTH = 72, 40  # places while a series is made, and at the end
SMOOTH = np.exp(-(np.arange(-8.0, 9.0) ** 2) / (2 * 2**2))
SMOOTH /= SMOOTH.sum()


def mnist1d(split: Literal["train", "test"] = "train", *, seed: int = 42) -> Examples:
    """Generate MNIST-1D: series of 40 numbers that each hide one of ten digits.

    A digit is twelve strokes of a pen; it is stretched, scaled, moved, drowned in noise, and tilted.
    That takes less than a second and is kept for the next call, so there is no file to download, trust or damage.

    Args:
        split: ``"train"`` (4,000 examples) or ``"test"`` (1,000 others).
        seed: 42 gives the published set; any other, a new one.

    Returns:
        Inputs of the shape ``n 1 40``, in units of the whole set's standard deviation around its mean.

    Raises:
        ValueError: a split of another name, a seed outside 0…2³² − 1.
        TypeError: a seed that is no whole number.

    References:
        Greydanus & Kobak (2024), Scaling down deep learning with MNIST-1D.

    Example:
        >>> examples = mnist1d("train")
        >>> examples.inputs.shape, examples.labels[:5].tolist()
        (torch.Size([4000, 1, 40]), [2, 6, 4, 5, 6])
    """
    if split not in ("train", "test"):
        raise ValueError(f"split={split!r} must be 'train' or 'test'")
    seed = whole_number("seed", seed, least=0)
    if seed >= 2**32:
        raise ValueError(f"seed={seed} must lie in 0…{2**32 - 1}")
    series, labels = _generate(seed)
    part = slice(TRAIN) if split == "train" else slice(TRAIN, EXAMPLES)
    inputs = torch.tensor(series[part], dtype=torch.float32)[:, None]  # a copy: the cache stays as it is
    return Examples(inputs, torch.tensor(labels[part]), tuple("0123456789"))


@lru_cache(maxsize=4)
def _generate(seed: int) -> tuple[Float[np.ndarray, "n l"], Int[np.ndarray, " n"]]:
    random = np.random.RandomState(seed)  # the old generator: it drew the published set
    pens = DIGITS - DIGITS.mean(1, keepdims=True)
    pens /= pens.std(1, keepdims=True)
    pens = (pens - pens[:, :1]) / 6
    labels = np.repeat(np.arange(len(pens)), EXAMPLES // len(pens))
    series = np.stack([_hide(pens[label], random) for label in labels])
    order = random.permutation(EXAMPLES)
    return ((series - series.mean()) / series.std())[order], labels[order]


def _hide(pen: Float[np.ndarray, " strokes"], random: np.random.RandomState) -> Float[np.ndarray, " l"]:
    """Stretch, scale, move, drown and tilt one digit; the order of the draws makes the set the published one."""
    silence = 36 + int(25 * random.rand())
    # A pen of exactly 0 is silence from here on, so the digit's own zeros are lifted a little.
    padded = np.concatenate([pen + 1e-8, np.zeros(silence)])
    signal = np.interp(np.linspace(0, 1, DRAWN), np.linspace(0, 1, len(padded)), padded)
    signal *= 1 + 0.4 * (random.rand() - 0.5)
    signal = np.roll(signal, random.randint(48))
    hum = np.convolve(np.pad(0.25 * random.randn(DRAWN), len(SMOOTH) // 2, mode="symmetric"), SMOOTH, mode="valid")
    signal = np.where(signal == 0, hum, signal) + 0.02 * random.randn(DRAWN)
    signal -= 0.75 * (random.rand() - 0.5) * np.linspace(-0.5, 0.5, DRAWN)
    return np.asarray(np.interp(np.linspace(0, 1, LENGTH), np.linspace(0, 1, DRAWN), signal))
