"""The checks of what the chapter on segmentation claims."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from torch import nn
from torch.nn.functional import cross_entropy, max_unpool2d

from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES, THINGS
from cnnbook.layers import MaxPool2d, MaxUnpool2d
from cnnbook.networks.densenet import densenet121
from cnnbook.summary import summarize
from cnnbook.tasks.segmentation.convolutionize import convolutionize
from cnnbook.tasks.segmentation.deconvnet import deconvnet
from cnnbook.tasks.segmentation.fcn import fcn8s, fcn16s, fcn32s
from cnnbook.tasks.segmentation.lecture_fcn import lecture_fcn
from cnnbook.tasks.segmentation.metrics import ConfusionMatrix
from cnnbook.tasks.segmentation.unet import unet

MANY = scenes(60, 96)


@pytest.mark.claim("C6.1")
def test_convolutions_alone_answer_any_size_with_a_map_and_move_with_the_image():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3)).double()
    for rows, columns in [(9, 9), (12, 20), (31, 8)]:
        image = torch.rand(1, 3, rows, columns, dtype=torch.float64)
        scores = network(image)
        assert scores.shape == (1, 2, rows - 4, columns - 4)
        torch.testing.assert_close(network(image[..., 2:, 1:]), scores[..., 2:, 1:])


@pytest.mark.claim("C6.1")
def test_a_fully_connected_network_takes_one_size_only():
    perceptron = nn.Sequential(nn.Flatten(), nn.Linear(3 * 9 * 9, 4), nn.ReLU(), nn.Linear(4, 2))
    assert perceptron(torch.zeros(1, 3, 9, 9)).shape == (1, 2)
    with pytest.raises(RuntimeError):
        perceptron(torch.zeros(1, 3, 10, 10))


@pytest.mark.claim("C6.1")
def test_densenet_is_an_architecture_of_convolutions():
    with torch.device("meta"):
        layers = list(densenet121().modules())
    assert sum(isinstance(layer, nn.Linear) for layer in layers) == 1
    assert sum(isinstance(layer, nn.Conv2d) for layer in layers) == 120


@pytest.mark.claim("C6.2")
def test_a_classifier_slides_over_a_larger_image_with_the_numbers_of_the_window_for_less_work():
    torch.manual_seed(0)
    features = [nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    classifier = nn.Sequential(*features, nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10)).double()
    network = convolutionize(classifier, image_size=32)
    image = torch.rand(1, 1, 48, 56, dtype=torch.float64)
    scores = network(image)
    assert scores.shape == (1, 10, 5, 7)
    for row in range(5):
        for column in range(7):
            window = image[..., 4 * row : 4 * row + 32, 4 * column : 4 * column + 32]
            torch.testing.assert_close(scores[..., row, column], classifier(window), rtol=0, atol=1e-10)
    cut = 35 * summarize(classifier.float(), (1, 1, 32, 32)).multiply_adds
    assert cut > 2 * summarize(network.float(), (1, 1, 48, 56)).multiply_adds


@pytest.mark.claim("C6.5")
def test_the_lectures_network_has_the_lectures_numbers():
    summary = summarize(lecture_fcn(num_classes=3, width=64), (1, 3, 200, 200))
    sides = [200, *(row.shape[-1] for row in summary.rows if row.parameters)]
    assert summary.parameters == 2_880_643
    changes = [side for side, before in zip(sides[1:], sides, strict=False) if side != before]
    assert [200, *changes] == [200, 100, 50, 25, 50, 100, 200]
    assert lecture_fcn(num_classes=9, width=1)(torch.zeros(1, 3, 8, 8)).shape == (1, 9, 8, 8)


@pytest.mark.claim("C6.5")
def test_going_down_sees_more_for_a_quarter_of_the_work():
    convolutions = [nn.Conv2d(3, 64, 3, padding=1), *(nn.Conv2d(64, 64, 3, padding=1) for _ in range(12))]
    flat = summarize(nn.Sequential(*convolutions), (1, 3, 200, 200))
    down_and_up = summarize(lecture_fcn(), (1, 3, 200, 200))
    assert down_and_up.multiply_adds / flat.multiply_adds == pytest.approx(0.25, abs=0.01)
    assert down_and_up.rows[-1].fields[0][0].size > 3 * flat.rows[-1].fields[0][0].size


@pytest.mark.claim("C6.5")
@given(one=st.integers(0, 3), other=st.integers(0, 3))
def test_max_pooling_forgets_where_and_a_stride_does_not(one, other):
    image, moved = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    image[..., one // 2, one % 2], moved[..., other // 2, other % 2] = 1, 1
    torch.manual_seed(0)
    strided = nn.Conv2d(1, 1, 3, stride=2, padding=1)
    assert torch.equal(nn.MaxPool2d(2)(image), nn.MaxPool2d(2)(moved))
    assert torch.equal(strided(image), strided(moved)) == (one == other)


@pytest.mark.claim("C6.7")
def test_who_finds_nothing_has_a_high_accuracy_and_a_low_mean_iou():
    target = MANY.foreground().labels
    lazy = ConfusionMatrix(num_classes=3)
    lazy.update(predicted=torch.ones_like(target), target=target)
    assert lazy.pixel_accuracy() > 0.6
    assert lazy.mean_iou() < 1 / 3
    assert lazy.iou().tolist() == [0, pytest.approx(lazy.pixel_accuracy()), 0]


@pytest.mark.claim("C6.7")
@given(seed=st.integers(0, 10_000))
def test_dice_follows_from_iou(seed):
    target, predicted = torch.randint(0, 3, (2, 4, 4), generator=torch.Generator().manual_seed(seed))
    matrix = ConfusionMatrix(num_classes=3)
    matrix.update(predicted=predicted, target=target)
    iou = matrix.iou()
    torch.testing.assert_close(matrix.dice(), 2 * iou / (1 + iou), equal_nan=True)
    for label in range(3):
        either = ((target == label) | (predicted == label)).sum()
        if either:
            assert iou[label] == ((target == label) & (predicted == label)).sum() / either.double()


@pytest.mark.claim("C6.7")
def test_a_coarser_map_has_a_lower_ceiling_whatever_is_learned():
    target = MANY.semantic().labels
    shares = nn.functional.one_hot(target, len(CLASSES)).permute(0, 3, 1, 2).float()
    ceilings = []
    for step in (2, 4, 8, 16, 32):
        counted = ConfusionMatrix(len(CLASSES))
        coarse = nn.functional.avg_pool2d(shares, step)
        counted.update(nn.functional.interpolate(coarse, scale_factor=step, mode="bilinear").argmax(1), target)
        ceilings.append(counted.mean_iou())
    assert ceilings == sorted(ceilings, reverse=True)
    assert ceilings[0] > 0.9
    assert ceilings[-1] < 0.5


@pytest.mark.claim("C6.7")
def test_the_skips_of_fcn_8s_add_scores_of_pool4_and_pool3_from_a_thousandth_of_its_weights():
    """VGG's fourth and third stage have 512 and 256 maps; 21 classes are VOC's."""
    with torch.device("meta"):
        names = {32: set(fcn32s().state_dict()), 16: set(fcn16s().state_dict()), 8: fcn8s().state_dict()}
    added = {name.split(".")[0] for name in set(names[8]) - names[32]}
    assert added == {"score_pool4", "score_pool3", "upscore2", "upscore_pool4", "upscore8"}
    assert names[8]["score_pool4.weight"].shape == (21, 512, 1, 1)
    assert names[8]["score_pool3.weight"].shape == (21, 256, 1, 1)
    skips = sum(weight.numel() for name, weight in names[8].items() if name.startswith("score_pool"))
    assert skips == 21 * (512 + 1) + 21 * (256 + 1)
    assert skips < sum(weight.numel() for weight in names[8].values()) / 1000


@pytest.mark.claim("C6.7")
def test_deconvnet_s_waist_sees_the_whole_image_and_holds_most_of_the_weights():
    with torch.device("meta"):
        whole = deconvnet()
    held, total = (sum(weight.numel() for weight in part.parameters()) for part in (whole.waist, whole))
    assert held / total == pytest.approx(0.88, abs=0.005)
    torch.manual_seed(0)
    small = deconvnet(num_classes=2, widths=(4, 8, 8), waist=4, image_size=32).double()
    images = torch.rand(2, 3, 32, 32, dtype=torch.float64, requires_grad=True)
    maps = images
    for layer in small.features:
        maps = layer(maps)[0] if isinstance(layer, nn.MaxPool2d) else layer(maps)
    small.waist[0](maps)[0, 0].sum().backward()
    reached = images.grad[0].abs().sum(0)
    assert all((block > 0).any() for band in reached.chunk(4) for block in band.chunk(4, dim=1))


@pytest.mark.claim("C6.7")
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 9), columns=st.integers(2, 9))
def test_unpooling_what_was_pooled_keeps_each_maximum_at_its_place_and_nothing_else(seed, rows, columns):
    maps = torch.rand(2, 3, rows, columns, generator=torch.Generator().manual_seed(seed)) + 0.1
    maxima, places = MaxPool2d(2, return_indices=True)(maps)
    restored = MaxUnpool2d(2)(maxima, places, output_size=(rows, columns))
    kept = restored > 0
    assert kept.sum() == maxima.numel()
    assert torch.equal(restored[kept], maps[kept])
    assert torch.equal(restored, max_unpool2d(maxima, places, 2, output_size=(rows, columns)))


@pytest.mark.claim("C6.7")
def test_u_net_lays_maps_beside_and_adding_is_the_case_of_equal_weights():
    torch.manual_seed(0)
    network = unet(width=2, depth=1, dropout=0.0).double()
    joint = network.up[0][0]
    down, small, read = [], [], []
    network.down[0].register_forward_hook(lambda _block, _given, output: down.append(output))
    network.enlarge[0].register_forward_hook(lambda _layer, _given, output: small.append(output))
    joint.register_forward_hook(lambda _layer, given, _output: read.append(given[0]))
    network(torch.rand(1, 1, 24, 24, dtype=torch.float64))
    large = down[0][..., 4:-4, 4:-4]
    assert torch.equal(read[0], torch.cat([large, small[0]], dim=1))
    half = joint.weight[:, :2]
    with torch.no_grad():
        joint.weight[:, 2:] = half
    torch.testing.assert_close(joint(read[0]), nn.functional.conv2d(large + small[0], half, joint.bias))


@pytest.mark.claim("C6.7")
def test_u_net_makes_388_rows_of_572_and_its_tiles_move_by_sixteen():
    with torch.device("meta"):
        assert unet(width=1)(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    torch.manual_seed(0)
    network = unet(width=2).double().eval().requires_grad_(requires_grad=False)
    image = torch.rand(1, 1, 220, 188, dtype=torch.float64)
    whole = network(image)
    for step in (4, 8, 16, 32):
        tile = network(image[..., step : step + 188, :])
        same = torch.allclose(tile, whole[..., step : step + 4, :], rtol=0, atol=1e-10)
        assert same == (step % 16 == 0), step


@pytest.mark.claim("C6.8")
def test_assigning_anew_restores_nothing():
    torch.manual_seed(0)
    down, up = nn.Conv2d(1, 1, 2, stride=2), nn.ConvTranspose2d(1, 1, 2, stride=2)
    original = torch.rand(1, 1, 4, 4)
    seen = []
    up.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = original
    x = down(x)
    newest = x
    x = up(x)
    assert seen == [newest]
    assert x.shape == original.shape
    assert not torch.allclose(x, original)


@pytest.mark.claim("C6.3")
def test_the_three_maps_of_a_street_fit_each_other():
    for street in MANY:
        numbers, classes = street.instances[0], street.classes[0]
        for number, label in enumerate(street.objects[0].labels.tolist(), start=1):
            assert set(classes[numbers == number].tolist()) == {CLASSES.index(THINGS[label])}
        assert {CLASSES[place] for place in classes[numbers == 0].tolist()}.isdisjoint(THINGS)


@pytest.mark.claim("C6.3")
def test_things_that_touch_are_one_patch_of_their_class_and_covered_ones_are_several():
    merged = split = 0
    for street in MANY:
        for kind, name in enumerate(THINGS):
            patches = ndimage.label(street.classes[0] == CLASSES.index(name))[1]
            things = int((street.objects[0].labels == kind).sum())
            merged += patches < things
            split += patches > things
    assert merged > 0
    assert split > 0


@pytest.mark.claim("C6.4")
def test_a_trimap_has_three_marks_and_the_size_of_its_image():
    assert MANY.trimaps.shape == MANY.images.shape[:1] + MANY.images.shape[2:]
    assert MANY.trimaps.unique().tolist() == [1, 2, 3]
    pets = MANY.foreground()
    assert pets.labels.unique().tolist() == [0, 1, 2]
    assert torch.equal(pets.labels == 0, MANY.trimaps == 1)


@pytest.mark.claim("C6.4")
def test_marks_from_one_on_do_not_fit_as_many_scores():
    scores, marks = torch.zeros(1, 3, 4, 4), torch.full((1, 4, 4), 3)
    with pytest.raises(IndexError):
        cross_entropy(scores, marks)
    assert cross_entropy(scores, marks - 1).item() == pytest.approx(np.log(3))


@pytest.mark.claim("C6.6")
def test_adding_tuples_joins_them():
    num_imgs, img_size = 7390, (200, 200)
    assert (num_imgs,) + img_size + (3,) == (7390, 200, 200, 3)  # noqa: RUF005 - the idiom that puzzles
    assert (np.array((1, 2)) + np.array((3, 3))).tolist() == [4, 5]


@pytest.mark.claim("C6.9")
def test_one_order_keeps_the_pairs_together_and_two_orders_do_not():
    one, again, other = (torch.randperm(len(MANY), generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1))

    def paired(images, targets):
        drawn = [scenes(1, 96, first=place) for place in images[:5].tolist()]
        return [
            torch.equal(street.classes[0], MANY.classes[place]) for street, place in zip(drawn, targets, strict=False)
        ]

    assert all(paired(one, again))
    assert not any(paired(one, other))
