"""The small FCN: five answers to one picture, each the coarser one and what a skip adds."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, interpolate

from cnnbook.layers.checks import InputError
from cnnbook.tasks.segmentation.small_fcn import cost_of_steps, small_fcn


def lively(**settings):
    """Scores that are not zero."""
    torch.manual_seed(0)
    network = small_fcn(**settings)
    for layer in network.scores:
        nn.init.normal_(layer.weight)
    return network.double().eval().requires_grad_(requires_grad=False)


SMALL = lively(num_classes=3, widths=(2, 3, 4))


@given(rows=st.integers(1, 40), columns=st.integers(1, 40))
def test_every_size_comes_back_with_its_own_size(rows, columns):
    images = torch.rand(1, 3, rows, columns, dtype=torch.float64)
    assert SMALL(images).shape == (1, 3, rows, columns)


def test_each_answer_is_the_coarser_one_enlarged_and_the_scores_of_its_own_stage():
    images, maps, wanted = torch.rand(2, 3, 16, 24, dtype=torch.float64), {}, None
    x = images
    for number, stage in enumerate(SMALL.stages):
        x = maps[2 ** (number + 1)] = stage(x)
    for step, scores in SMALL.steps(images).items():
        layer = SMALL.scores[step.bit_length() - 2]
        own = torch.einsum("ncij,kc->nkij", maps[step], layer.weight[:, :, 0, 0]) + layer.bias[:, None, None]
        if wanted is not None:
            own = own + interpolate(wanted, scale_factor=2.0, mode="bilinear")
        torch.testing.assert_close(scores, own)
        wanted = own


def test_a_skip_that_has_learned_nothing_leaves_the_answer_as_it_is():
    network = lively(num_classes=3, widths=(2, 3, 4))
    images = torch.rand(1, 3, 16, 16, dtype=torch.float64)
    for weight in (*network.scores[0].parameters(), *network.scores[1].parameters()):
        nn.init.zeros_(weight)
    answers = network.steps(images)
    twice = interpolate(answers[8], scale_factor=2.0, mode="bilinear")
    torch.testing.assert_close(answers[4], twice)
    torch.testing.assert_close(answers[2], interpolate(twice, scale_factor=2.0, mode="bilinear"))


def test_a_new_network_prefers_no_class():
    assert not small_fcn()(torch.rand(2, 3, 32, 32)).any()


def test_a_picture_filled_up_by_hand_gets_the_same_answer():
    images = torch.rand(1, 3, 13, 9, dtype=torch.float64)
    filled = torch.zeros(1, 3, 16, 16, dtype=torch.float64)
    filled[..., :13, :9] = images
    torch.testing.assert_close(SMALL(images), SMALL(filled)[..., :13, :9])


def test_the_answer_moves_with_the_picture_by_whole_coarsest_steps():
    """Away from the border: the window of a unit must lie within the picture both times."""
    images = torch.rand(1, 3, 96, 96, dtype=torch.float64)
    moved = images.roll(8, 3)
    here, there = SMALL(images), SMALL(moved)
    torch.testing.assert_close(there[..., 40:56, 48:56], here[..., 40:56, 40:48])
    one = SMALL(images.roll(1, 3))
    assert (one[..., 40:56, 41:49] - here[..., 40:56, 40:48]).abs().max() > 1e-6


def test_its_parameters_are_those_that_a_hand_counts():
    """A stage: 3×3 without bias, and twice as many numbers as filters for each normalisation."""
    looks = (2, 2, 3, 3, 3)
    widths, inputs, counted = (16, 24, 32, 48, 64), (3, 16, 24, 32, 48), 0
    for before, width, times in zip(inputs, widths, looks, strict=True):
        counted += 9 * before * width + 9 * width * width * (times - 1) + 2 * width * times
        counted += 9 * width + 9  # scores
    assert sum(weight.numel() for weight in small_fcn().parameters()) == counted


def test_the_cost_is_that_of_the_finest_and_a_third_of_each_coarser():
    torch.manual_seed(0)
    answers = {4: torch.randn(2, 3, 2, 2), 2: torch.randn(2, 3, 4, 4)}
    target = torch.randint(3, (2, 8, 8))
    target[0, 0, 0] = target[1, 2, 2] = 255
    weight = torch.tensor([1.0, 2.0, 3.0])

    def cost(scores, labels):
        """Weighed by the class, over what was judged."""
        logs = scores.log_softmax(1)
        total = weights = 0.0
        for n, row, column in torch.cartesian_prod(*map(torch.arange, labels.shape)).tolist():
            label = int(labels[n, row, column])
            if label != 255:
                total -= weight[label] * logs[n, label, row, column]
                weights += weight[label]
        return total / weights

    finest = interpolate(answers[2], scale_factor=2.0, mode="bilinear")
    wanted = cost(finest, target) + cost(answers[4], target[:, 2::4, 2::4]) / 3
    torch.testing.assert_close(cost_of_steps(answers, target, weight, ignored=255), wanted)


def test_a_single_stage_costs_its_cross_entropy():
    scores, target = torch.randn(1, 2, 2, 2), torch.randint(2, (1, 4, 4))
    wanted = cross_entropy(interpolate(scores, scale_factor=2.0, mode="bilinear"), target)
    torch.testing.assert_close(cost_of_steps({2: scores}, target), wanted)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"widths": ()}, ValueError, r"widths=\(\) must have at least one stage"),
        ({"widths": (4, 0)}, ValueError, r"widths\[1\]=0"),
        ({"widths": (4, 2.5)}, TypeError, r"widths\[1\]"),
        ({"widths": 4}, TypeError, "widths must be a sequence of whole numbers, not int"),
        ({"widths": "44"}, TypeError, "widths must be a sequence of whole numbers, not str"),
        ({"num_classes": 0}, ValueError, "num_classes=0"),
        ({"channels": 0}, ValueError, "channels=0"),
    ],
)
def test_what_is_no_network_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        small_fcn(**settings)


def test_images_of_other_channels_are_refused():
    with pytest.raises(InputError, match="channels"):
        small_fcn(widths=(2,))(torch.zeros(1, 1, 8, 8))


def test_a_target_of_another_size_is_refused():
    message = r"target has the shape \(1, 6, 8\); the answers of step 2 cover \(8, 8\)"
    with pytest.raises(ValueError, match=message):
        cost_of_steps({2: torch.zeros(1, 2, 4, 4)}, torch.zeros(1, 6, 8, dtype=torch.int64))
