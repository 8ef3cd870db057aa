"""A network segments as it is used, not as it trains, and what is counted is what it answers."""

import math

import pytest
import torch
from torch import nn

from cnnbook.data import Examples
from cnnbook.networks.transfer import freeze
from cnnbook.tasks.segmentation.evaluation import measure, segment

CLASSES = ("sky", "road", "car")


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Dropout(0.5), nn.Conv2d(8, 3, 1))


def scenes(count=7, ignored=255):
    """Noise, with a label for each pixel and a column that nobody judged."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(3, (count, 6, 5), generator=generator)
    labels[:, :, 0] = ignored
    return Examples(torch.randn(count, 3, 6, 5, generator=generator), labels, CLASSES, ignored)


class Answers(nn.Module):
    """A model that always answers the same."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, _):
        return self.answer


def test_the_map_is_the_class_of_the_highest_score():
    images, model = scenes().inputs, network().eval()
    with torch.no_grad():
        scores = model(images)
    maps = segment(model, images)
    assert maps.shape == (7, 6, 5)
    assert maps.dtype == torch.int64
    for n, i, j in [(0, 0, 0), (3, 2, 4), (6, 5, 1)]:
        assert scores[n, maps[n, i, j], i, j] == max(scores[n, :, i, j])


def test_of_equal_scores_the_first_wins():
    assert segment(Answers(torch.ones(1, 4, 2, 2)), torch.zeros(1, 1, 2, 2)).tolist() == [[[0, 0], [0, 0]]]


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_the_size_of_a_batch_changes_nothing(batch_size):
    model, examples = network(), scenes()
    whole = segment(model, examples.inputs)
    assert torch.equal(segment(model, examples.inputs, batch_size), whole)
    assert torch.equal(measure(model, examples, batch_size).counts, measure(model, examples).counts)


def test_what_is_measured_is_what_is_segmented():
    model, examples = network(), scenes()
    maps, matrix = segment(model, examples.inputs), measure(model, examples)
    assert matrix.num_classes == len(CLASSES)
    for wanted in range(3):
        for found in range(3):
            assert matrix.counts[wanted, found] == ((examples.labels == wanted) & (maps == found)).sum()
    assert matrix.unjudged == 7 * 6


@pytest.mark.parametrize("use", [lambda model: segment(model, scenes().inputs), lambda model: measure(model, scenes())])
def test_the_network_is_left_as_it_was(use):
    model = network().eval()
    model[3].train()
    before, modes = {k: v.clone() for k, v in model.state_dict().items()}, [layer.training for layer in model.modules()]
    use(model)
    assert [layer.training for layer in model.modules()] == modes
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_frozen_network_stays_frozen():
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(2), nn.Linear(30, 30), nn.Unflatten(2, (6, 5)))
    freeze(model)
    measure(model, scenes())
    assert [layer.training for layer in model] == [False, False, True, False]


def test_dropout_does_not_drop():
    model, images = network().train(), scenes().inputs
    assert torch.equal(segment(model, images), segment(model, images))
    assert model.training


def test_an_error_on_the_way_leaves_the_mode_as_it_was():
    model = network().train()
    with pytest.raises(RuntimeError):
        segment(model, torch.zeros(1, 4, 6, 5))
    assert model.training


def test_no_gradient_is_recorded():
    seen = []
    model = network()
    model.register_forward_hook(lambda *arguments: seen.append(arguments[2].requires_grad))
    segment(model, scenes().inputs)
    assert seen == [False]
    assert torch.is_grad_enabled()


def test_a_map_may_be_smaller_than_its_image_but_then_it_cannot_be_measured():
    model, examples = nn.Conv2d(3, 3, 3), scenes()
    assert segment(model, examples.inputs).shape == (7, 4, 3)
    with pytest.raises(ValueError, match=r"target has the shape \(7, 6, 5\) and predicted \(7, 4, 3\)"):
        measure(model, examples)


def test_images_that_nobody_judged_are_nan_with_a_word_of_why():
    examples = scenes()
    nobody = Examples(examples.inputs, torch.full_like(examples.labels, 255), CLASSES, ignored=255)
    matrix = measure(network(), nobody)
    with pytest.warns(RuntimeWarning, match="mean IoU is NaN: all 210 pixels bear the label ignored=255"):
        assert math.isnan(matrix.mean_iou())


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ({"out": torch.zeros(1, 3, 6, 5)}, TypeError, "model must answer with a floating-point tensor .* not dict"),
        (torch.zeros(1, 3, 6, 5).long(), TypeError, "not a torch.int64 tensor"),
        (torch.zeros(1, 3), ValueError, r"scores \(1, 3\); n classes h w are needed"),
        (torch.zeros(1, 1, 6, 5), ValueError, r"scores \(1, 1, 6, 5\); .* at least 2 classes"),
        (torch.full((1, 3, 6, 5), torch.nan), ValueError, "scores that are NaN"),
    ],
)
def test_an_answer_that_is_no_score_for_each_class_is_refused(answer, error, message):
    with pytest.raises(error, match=message):
        segment(Answers(answer), torch.zeros(1, 3, 6, 5))


@pytest.mark.parametrize("classes", [2, 4])
def test_scores_of_other_classes_than_the_examples_are_refused(classes):
    with pytest.raises(ValueError, match=f"of {classes} classes and not 3"):
        measure(nn.Conv2d(3, classes, 1), scenes())


def test_examples_without_a_label_for_each_pixel_are_refused():
    one_each = Examples(torch.zeros(2, 3, 6, 5), torch.tensor([0, 1]), CLASSES)
    with pytest.raises(
        ValueError, match=r"inputs \(2, 3, 6, 5\) and labels \(2,\); images n c h w with a label for each"
    ):
        measure(network(), one_each)
    with pytest.raises(TypeError, match="examples must be Examples, not Tensor"):
        measure(network(), torch.zeros(2, 3, 6, 5))
    with pytest.raises(ValueError, match="examples must hold at least one image"):
        measure(network(), scenes()[:0])


def test_what_is_no_model_and_what_are_no_images_is_refused():
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module, not function"):
        segment(lambda images: images, torch.zeros(1, 3, 6, 5))
    with pytest.raises(TypeError, match=r"images must be a torch.Tensor, not list"):
        segment(network(), [0.0])
    for shape in [(3, 6, 5), (0, 3, 6, 5)]:
        with pytest.raises(ValueError, match="axes n c h w are needed, with at least one image"):
            segment(network(), torch.zeros(shape))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(("batch_size", "error"), [(0, ValueError), (2.0, TypeError)])
def test_a_batch_size_is_a_whole_number_of_at_least_one(batch_size, error):
    for use in (
        lambda: segment(network(), scenes().inputs, batch_size),
        lambda: measure(network(), scenes(), batch_size),
    ):
        with pytest.raises(error, match="batch_size="):
            use()
