"""Runs the node tests of the walk through a network; torch's interpolation is the oracle of its pictures."""

from pathlib import Path

import torch
from torch.nn import functional

import node

TESTS = Path(__file__).with_name("network.test.mjs")


def test_the_walk_stands_sees_and_draws_what_is_there():
    torch.manual_seed(0)
    interpolated = []
    for channels, rows, columns, size in [(1, 5, 7, [10, 14]), (3, 9, 4, [5, 6]), (2, 3, 3, [3, 3]), (1, 1, 6, [4, 1])]:
        picture = torch.randn(1, channels, rows, columns)
        found = functional.interpolate(picture, size=size, mode="bilinear")
        interpolated.append(
            {
                "shape": list(picture.shape[1:]),
                "data": picture.flatten().tolist(),
                "size": size,
                "expected": found.flatten().tolist(),
            }
        )
    node.check(TESTS, {"interpolated": interpolated})
