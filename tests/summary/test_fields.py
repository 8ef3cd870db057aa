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
from cnnbook.summary._tracing.inputs import arguments
from cnnbook.summary._tracing.seen import Along, Spread, is_all
from cnnbook.summary.fields import Field
from cnnbook.summary.summarize import _traced, _undisturbed

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
        lambda x: x.index_select(-1, torch.arange(0, x.shape[-1], 2)),
        lambda x: x[..., torch.arange(x.shape[-1] - 1, -1, -1)],
        lambda x: x.new_zeros(1, 1, 2 * x.shape[-1]).index_add_(-1, torch.arange(x.shape[-1]) * 2, x),
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


def tracked(model, size):
    """What the last layer's units see, one interval for each."""
    inputs = arguments(model, size)
    with _undisturbed(model):
        tracer, _ = _traced(model, inputs)
    return tracer.layers[-1].seen


def has_holes(model):
    """Whether a field may begin with a pixel that is not seen: it reaches from the first to the last that is."""
    return any(getattr(layer, "dilation", (1,)) != (1,) for layer in model.modules())


@settings(max_examples=300)
@given(stack=stacks)
def test_each_unit_depends_on_no_pixel_outside_of_its_interval(stack):
    model = positive(stack)
    if not fits(model, N):
        return
    [(axis, state)] = tracked(model, (1, 1, N)).items()
    units = supports(model, torch.ones(1, 1, N, dtype=torch.float64))
    if isinstance(state, Along):
        for unit, found in enumerate(units):
            interval = state.sight.at(unit)
            assert all(interval[0] <= pixel <= interval[1] for pixel in found)
    elif is_all(axis, state) and not has_holes(model):
        assert any((found[0], found[-1]) == (0, N - 1) for found in units if found)
    elif not is_all(axis, state):
        assert isinstance(state, Spread)
        assert state.dims or all(state.cover[0] <= pixel <= state.cover[1] for found in units for pixel in found)


@settings(max_examples=200)
@given(stack=st.lists(convolutions | pools | transposed, min_size=1, max_size=4).map(lambda path: nn.Sequential(*path)))
def test_the_field_of_a_chain_is_as_large_as_its_gradient_away_from_the_rim(stack):
    n = 160
    model = positive(stack)
    if not fits(model, n):
        return
    [[field]] = summarize(model, (1, 1, n)).rows[-1].fields
    found = [pixels for pixels in supports(model, torch.ones(1, 1, n, dtype=torch.float64)) if pixels]
    inside = [pixels[-1] - pixels[0] + 1 for pixels in found if pixels[0] > 0 and pixels[-1] < n - 1]
    if len(inside) > 2 * len(stack) + 12:
        assert max(inside) == field.size


@given(stack=st.lists(convolutions | pools, min_size=1, max_size=4))
def test_a_chain_has_the_fields_of_the_book_s_own_arithmetic(stack):
    windows = [
        Window(layer.kernel_size[0], layer.stride[0], layer.padding[0], getattr(layer, "dilation", (1,))[0])
        for layer in stack
    ]
    model = nn.Sequential(*stack)
    if fits(model.double(), 100):
        row, wanted = summarize(model, (1, 1, 100)).rows[-1], receptive_fields(windows)[-1]
        if row.shape[-1] == 1 and wanted.offset <= 0 and wanted.offset + wanted.size >= 100:
            assert row.fields[0][0] == Field("all")
        else:
            assert row.fields[0][0].receptive_field() == wanted


def test_a_single_unit_still_has_a_jump_and_counts_the_padding():
    chain = nn.Sequential(nn.Conv1d(1, 1, 3, stride=2), nn.Conv1d(1, 1, 3, stride=5, padding=1))
    assert last(chain, (1, 1, 9)) == (Field(7, Fraction(10), -2),)
    assert last(chain.append(nn.Conv1d(1, 1, 3, padding=1)), (1, 1, 9)) == (Field(27, Fraction(10), -12),)


def last(model, size=(1, 3, 16, 16)):
    return summarize(model, size).rows[-1].fields[0]


def test_rows_and_columns_do_not_know_of_each_other():
    rows, columns = last(nn.Conv2d(3, 4, (3, 5), stride=(1, 2), padding=(1, 0), dilation=(2, 1)))
    assert rows == Field(5, Fraction(1), -1)
    assert columns == Field(5, Fraction(2), 0)


def test_turned_images_see_through_the_other_axis():
    turned = nn.Sequential(nn.Conv2d(3, 3, (3, 1)), Function(lambda x: x.transpose(2, 3)), nn.Conv2d(3, 3, (5, 1)))
    assert [field.size for field in last(turned)] == [3, 5]


def test_a_skip_sees_one_pixel_and_the_join_what_the_other_path_sees():
    block = Sum(nn.Identity(), nn.Sequential(nn.Conv1d(1, 1, 3, padding=1), nn.Conv1d(1, 1, 3, padding=1)))
    joined = next(row for row in summarize(block, (1, 1, 16)).rows[::-1] if row.branches)
    assert joined.fields == ((Field(5, Fraction(1), -2),),)
    assert sorted(fields[0][0].size for _, fields in joined.branches) == [1, 5]


@pytest.mark.parametrize(
    "layer",
    [
        nn.AdaptiveAvgPool2d(1),
        nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 2)),
        nn.GroupNorm(1, 3),
        nn.InstanceNorm2d(3),
        Function(lambda x: x.amax((2, 3))),
        Function(lambda x: functional.scaled_dot_product_attention(x.flatten(2).mT, x.flatten(2).mT, x.flatten(2).mT)),
    ],
    ids=repr,
)
def test_what_looks_at_all_positions_sees_all(layer):
    assert last(layer) == (Field("all"), Field("all"))


def test_a_softmax_over_rows_sees_all_of_them_and_one_column():
    assert last(nn.Softmax(2)) == (Field("all"), Field(1, Fraction(1), 0))


def test_a_mean_of_half_the_picture_does_not_see_all():
    rows, columns = last(Function(lambda x: x[..., :8].mean((2, 3))))
    assert rows == Field("all")
    assert columns == Field(8, None, 0)


def test_flattened_pixels_still_see_what_they_saw():
    rows, columns = last(nn.Sequential(nn.Conv2d(3, 4, 3), Function(lambda x: x.flatten(2).mT + 1)))
    assert rows == columns == Field(3, Fraction(1), 0)


def test_patches_made_by_a_strided_convolution_are_separate_until_attention():
    class Vision(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 4, stride=4)
            self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            tokens = self.patches(x).flatten(2).mT
            return self.attend(tokens, tokens, tokens)[0]

    patches, attend = summarize(Vision(), (1, 3, 16, 16)).rows
    assert patches.fields[0] == (Field(4, Fraction(4), 0),) * 2
    assert attend.fields[0] == (Field("all"),) * 2


def test_recurrence_hears_what_came_before():
    class Heard(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRU(1, 2, batch_first=True)

        def forward(self, x):
            return self.cell(x.mT)[0]

    [row] = summarize(Heard(), (1, 1, 6)).rows
    assert row.fields[0][0].size == 6
    state = tracked(Heard(), (1, 1, 6))
    assert [next(iter(state.values())).sight.at(unit) for unit in range(3)] == [(0, 0), (0, 1), (0, 2)]


@pytest.mark.parametrize(
    "function",
    [
        torch.fft.fft,
        lambda x: functional.max_unpool1d(*functional.max_pool1d(x, 2, return_indices=True), 2),
        lambda x: x.as_strided((1, 1, 8), (1, 1, 2)),
    ],
)
def test_behind_an_operator_that_is_not_known_stands_a_question_mark(function):
    model = nn.Sequential(Function(function), Function(torch.abs))
    rows = summarize(model, (1, 1, 16)).rows
    assert rows[-1].fields == ((Field("?"),),)


def test_an_operator_of_one_s_own_is_not_guessed():
    with torch.library._scoped_library("cnnbook_test", "FRAGMENT") as library:
        library.define("smooth(Tensor x) -> Tensor")
        library.impl("smooth", lambda x: x.clone(), "CompositeExplicitAutograd")
        model = nn.Sequential(Function(torch.ops.cnnbook_test.smooth), nn.AdaptiveAvgPool1d(1))
        smooth, pooled = summarize(model, (1, 1, 16)).rows
    assert smooth.multiply_adds is None
    assert smooth.fields == pooled.fields == ((Field("?"),),)


def test_what_was_written_into_a_part_is_not_guessed_either():
    def write(x):
        buffer = torch.zeros(1, 1, 20)
        buffer[..., 2:18] = x
        return buffer * 2

    assert last(Function(write), (1, 1, 16)) == (Field("?"),)


def test_a_number_that_left_torch_may_have_seen_anything():
    assert last(nn.Sequential(Function(lambda x: torch.from_numpy(x.numpy() * 2)), nn.Conv1d(1, 1, 3)), (1, 1, 16)) == (
        Field("?"),
    )
    assert last(nn.Sequential(Function(lambda x: x[..., 0].item() * torch.ones(1, 1, 9))), (1, 1, 16)) == (Field("?"),)


def test_two_inputs_have_a_field_each():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 5, padding=1)

        def forward(self, one, other):
            return self.left(one) * self.right(other)

    left, right, product = summarize(Two(), [(1, 1, 16), (1, 1, 16)]).rows
    assert left.fields == ((Field(3, Fraction(1), 0),), (Field(0),))
    assert right.fields == ((Field(0),), (Field(5, Fraction(1), -1),))
    assert product.fields == ((Field(3, Fraction(1), 0),), (Field(5, Fraction(1), -1),))


def test_a_field_that_is_not_even_is_no_receptive_field():
    with pytest.raises(ValueError, match="is no field of one size that moves by whole pixels"):
        Field(2, Fraction(1, 2), -1).receptive_field()
