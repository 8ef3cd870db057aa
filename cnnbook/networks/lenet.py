r"""LeNet-5: the network that read cheques, in the form of 1998 and in the form of today.

Convolve, make smaller, convolve, make smaller, then connect everything: nearly all later networks keep this order.

==================  =====================================  ============================
what differs        the paper, :func:`lenet5`              :func:`lenet5_modern`
==================  =====================================  ============================
squashing           :math:`1.7159 \tanh(2a/3)`             ReLU
making smaller      sum of 2×2, times a learned number,    the largest of 2×2
                    plus a learned bias
the second filters  each sees three to six maps            each sees all six maps
scores              minus the squared distance from a      a fully connected layer
                    drawn character
parameters          60,000                                 61,706
==================  =====================================  ============================

References:
    LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to document recognition: section II.B.
"""

from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cnnbook.networks.images import ImageNetwork, check_classes

SEES = [
    *[(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1)],
    *[(0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2)],
    *[(0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)],
    (0, 1, 2, 3, 4, 5),
]
"""The maps that each filter of the second convolution sees (table I): no two alike, so that no two learn alike."""

DRAWN = """
..###.. ...#... ..###.. .#####. .....#. ####### ..####. ####### ..###.. ..###..
.#...#. ..##... .#...#. #.....# ....##. #...... .#..... ......# .#...#. .#...#.
#.....# .#.#... #.....# ......# ...#.#. #...... #...... ......# #.....# #.....#
#.....# ...#... ......# ......# ..#..#. #...... #...... .....#. #.....# #.....#
#.....# ...#... ......# .....#. .#...#. #####.. #.###.. .....#. .#...#. #.....#
#.....# ...#... .....#. ..###.. #....#. .....#. ##...#. ....#.. ..###.. .#...##
#.....# ...#... ....#.. .....#. #....#. ......# #.....# ....#.. .#...#. ..###.#
#.....# ...#... ...#... ......# ####### ......# #.....# ...#... #.....# ......#
#.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... .#..... ......# .....#. ......# #.....# ..#.... #.....# .....#.
.#...#. ...#... #...... #.....# .....#. #....#. .#...#. ..#.... .#...#. ....#..
..###.. .#####. ####### .#####. .....#. .####.. ..###.. ..#.... ..###.. .###...
"""
"""The characters that the last layer compares with, 12×7 pixels: drawn for this book, after the paper's figure 3."""

FAN_IN = 2.4  # the paper draws weights within this, divided by the number of a unit's inputs


def characters() -> Float[Tensor, "10 84"]:
    """Read the drawn characters: 1 for ink, -1 for paper, row by row.

    >>> one = characters()[1].view(12, 7)
    >>> one[0]
    tensor([-1., -1., -1.,  1., -1., -1., -1.])
    """
    rows = [line.split() for line in DRAWN.split("\n") if line]
    digits = ["".join(pixels) for pixels in zip(*rows, strict=True)]
    return torch.tensor([[1.0 if pixel == "#" else -1.0 for pixel in digit] for digit in digits])


class Squash(nn.Module):
    """Bend the line so that 1 stays 1 and -1 stays -1, where the bend is strongest (appendix A)."""

    def forward(self, maps: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        r"""Compute :math:`1.7159 \tanh(2a/3)`."""
        return 1.7159 * torch.tanh(2 / 3 * maps)


class Subsampling(nn.Module):
    """Add each square of 2×2 pixels, times one learned number for the map, plus one learned bias."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        nn.init.uniform_(self.weight, -FAN_IN / 4, FAN_IN / 4)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c oh ow"]:
        """Halve the sides."""
        sums = 4 * nn.functional.avg_pool2d(maps, kernel_size=2)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


class PartlyConnected(nn.Module):
    """A convolution whose filters each see some of the maps: it has a kernel for each pair that is connected."""

    def __init__(self, channels: int, sees: list[tuple[int, ...]], kernel: int) -> None:
        super().__init__()
        self.shape = (len(sees), channels, kernel, kernel)
        pairs = [(number, seen) for number, maps in enumerate(sees) for seen in maps]
        self.filters, self.maps = (list(side) for side in zip(*pairs, strict=True))
        self.weight = nn.Parameter(torch.empty(len(pairs), kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(len(sees)))
        inputs = torch.tensor([len(sees[number]) * kernel**2 for number, _ in pairs])
        with torch.no_grad():
            self.weight.uniform_(-FAN_IN, FAN_IN).div_(inputs[:, None, None])

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Convolve, with zeros for the pairs that are not connected."""
        weight = self.weight.new_zeros(self.shape)
        weight[self.filters, self.maps] = self.weight
        return nn.functional.conv2d(maps, weight, self.bias)


class Distances(nn.Module):
    """Compare what was recognised with a drawn character for each class."""

    codes: Tensor

    def __init__(self, codes: Float[Tensor, "classes units"]) -> None:
        super().__init__()
        self.register_buffer("codes", codes.detach().clone())

    def forward(self, hidden: Float[Tensor, "n units"]) -> Float[Tensor, "n classes"]:
        """Compute minus the squared distances: 0 for the same picture, less for all others (equation 7)."""
        return -(hidden[:, None] - self.codes).square().sum(dim=2)


class LeNet5(ImageNetwork):
    """Two convolutions, each made smaller, then three layers that see everything: of either form."""

    image_channels = 1
    smallest_image = largest_image = 32

    def __init__(self, features: nn.Sequential, classifier: nn.Sequential) -> None:
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, images: Float[Tensor, "n 1 h w"]) -> Float[Tensor, "n classes"]:
        """Give each image a score for each class."""
        scores: Tensor = self.classifier(self.features(images))
        return scores


def _characters(codes: Tensor) -> bool:
    """Say whether there is nothing but 1 and -1; codes without numbers get theirs later."""
    return codes.is_meta or bool((codes.abs() == 1).all())


def lenet5(codes: Float[Tensor, "classes 84"] | None = None) -> LeNet5:
    """LeNet-5 as the paper describes it.

    The scores are minus the squared distances that the paper calls penalties.
    So cross-entropy is the paper's equation 9, but for its constant.
    Training was done with pixels of -0.1 for paper and 1.175 for ink.

    Args:
        codes: a drawn character for each class, 12×7 pixels, 1 or -1; the ten digits if none are given.

    Raises:
        TypeError: ``codes`` is no tensor.
        ValueError: ``codes`` has not 84 columns, no row, or other numbers than 1 and -1.

    >>> sum(weight.numel() for weight in lenet5().parameters())
    60000
    """
    codes = characters() if codes is None else codes
    if not isinstance(codes, Tensor):
        raise TypeError(f"codes must be a torch.Tensor, not {type(codes).__name__}")
    if codes.ndim != len(["classes", "units"]) or codes.shape[1] != 12 * 7:
        raise ValueError(f"codes have shape {tuple(codes.shape)}; a row of 84 numbers is needed for each class")
    if not len(codes) or codes.dtype is torch.bool or codes.is_complex() or not _characters(codes):
        raise ValueError(f"codes={codes.shape[0]} rows of {codes.dtype} must be at least one, of the numbers 1 and -1")
    features = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5),  # C1: n 6 28 28
        Squash(),
        Subsampling(6),  # S2: n 6 14 14
        Squash(),
        PartlyConnected(6, SEES, kernel=5),  # C3: n 16 10 10
        Squash(),
        Subsampling(16),  # S4: n 16 5 5
        Squash(),
        nn.Conv2d(16, 120, kernel_size=5),  # C5: n 120 1 1
        Squash(),
    )
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(120, 84), Squash(), Distances(codes))  # F6, and the comparison
    network = LeNet5(features, classifier)
    for name, weight in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weight)
        elif weight.ndim in {2, 4}:  # the layers of this file have drawn theirs
            bound = FAN_IN / weight[0].numel()
            nn.init.uniform_(weight, -bound, bound)
    return network


def lenet5_modern(num_classes: SupportsIndex = 10) -> LeNet5:
    """LeNet-5 with what came later: ReLUs, the largest instead of the sum, and every filter sees every map.

    Args:
        num_classes: how many scores each image gets.

    Raises:
        TypeError: ``num_classes`` is no whole number.
        ValueError: ``num_classes`` is less than 1.

    >>> sum(weight.numel() for weight in lenet5_modern().parameters())
    61706
    """
    features = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5),  # n 6 28 28
        nn.ReLU(),
        nn.MaxPool2d(2),  # n 6 14 14
        nn.Conv2d(6, 16, kernel_size=5),  # n 16 10 10
        nn.ReLU(),
        nn.MaxPool2d(2),  # n 16 5 5
        nn.Conv2d(16, 120, kernel_size=5),  # n 120 1 1
        nn.ReLU(),
    )
    classes = check_classes(num_classes)
    return LeNet5(features, nn.Sequential(nn.Flatten(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)))
