"""The street scenes: the same bytes everywhere, and all that is known of them fits together."""

import hashlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES, THINGS
from cnnbook.data.scenes.generate import LARGEST, SMALLEST

streets = settings(max_examples=25)
numbers = st.integers(0, 10_000)


def bytes_of(street):
    parts = (street.images, street.classes, street.instances, street.trimaps)
    return hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()


def test_the_same_seed_gives_the_same_bytes_on_every_platform():
    # of Linux on x86; any other machine must find the same
    assert bytes_of(scenes(3, seed=7)) == "6ac8bc173c61b4e2312341a8cc721ebec879d1b5aecca9ef88deaaf5550ed597"


@streets
@given(first=numbers, seed=numbers)
def test_a_scene_depends_on_its_seed_and_number_alone(first, seed):
    assert bytes_of(scenes(3, 32, seed, first=first)[1:2]) == bytes_of(scenes(1, 32, seed, first=first + 1))


def test_another_seed_and_another_number_are_another_street():
    assert len({bytes_of(scenes(1, 32, seed, first=first)) for seed in range(5) for first in range(5)}) == 25


@streets
@given(first=numbers)
def test_another_size_shows_the_same_street(first):
    large, small = scenes(1, 128, first=first), scenes(1, 64, first=first)
    shrunk = torch.nn.functional.avg_pool2d(large.images.float(), 2)
    assert (shrunk - small.images.float()).abs().mean() < 16  # of 255: grain and falling snow are drawn anew
    assert (large.classes[:, ::2, ::2] == small.classes).double().mean() > 0.93
    wide = {round(distance, 3) for distance in large.distances[0].tolist()}
    assert {round(distance, 3) for distance in small.distances[0].tolist()} <= wide


@streets
@given(first=numbers, size=st.integers(SMALLEST, 128))
def test_boxes_are_the_tight_bounds_of_what_is_seen(first, size):
    street = scenes(1, size, first=first)
    objects, instances = street.objects[0], street.instances[0].numpy()
    assert sorted(set(np.unique(instances)) - {0}) == list(range(1, len(objects) + 1))
    for (rows, columns), box in zip(ndimage.find_objects(instances), objects.boxes, strict=True):
        assert box.tolist() == [columns.start, rows.start, columns.stop, rows.stop]


@streets
@given(first=numbers, size=st.integers(SMALLEST, 128))
def test_an_instance_is_all_of_one_class_and_what_is_no_thing_has_no_instance(first, size):
    street = scenes(1, size, first=first)
    for number, label in enumerate(street.objects[0].labels.tolist(), start=1):
        shown = street.classes[street.instances == number].unique().tolist()
        assert [CLASSES[place] for place in shown] == [THINGS[label]]
    nobody = street.classes[street.instances == 0]
    assert nobody.max() < CLASSES.index(THINGS[0])


@streets
@given(first=numbers)
def test_what_is_nearer_hides_what_is_farther(first):
    street = scenes(1, 64, first=first)
    assert street.distances[0].tolist() == sorted(street.distances[0].tolist(), reverse=True)
    assert len(street.distances[0]) == len(street.objects[0])


@streets
@given(first=numbers, size=st.sampled_from([48, 96, 192]))
def test_contours_hug_the_instances(first, size):
    street = scenes(1, size, first=first)
    trimap, instances = street.trimaps[0].numpy(), street.instances[0].numpy()
    radius = max(1, size // 96)
    square = np.ones((2 * radius + 1, 2 * radius + 1))
    largest = ndimage.grey_dilation(instances, footprint=square, mode="nearest")
    smallest = ndimage.grey_erosion(instances, footprint=square, mode="nearest")
    assert ((trimap == 3) == (largest != smallest)).all()
    assert ((trimap == 1) == (instances > 0) & (largest == smallest)).all()


def test_the_sets_for_training_fit_the_scenes():
    street = scenes(4, 48)
    semantic, foreground, detection = street.semantic(), street.foreground(), street.detection()
    assert torch.equal(semantic.labels, street.classes.long())
    assert semantic.inputs.max() <= 1
    assert torch.equal(foreground.labels + 1, street.trimaps.long())
    assert detection.objects == street.objects
    assert detection.classes == THINGS


def test_every_class_appears_and_things_stand_near_and_far():
    many = scenes(200, 48)
    assert (torch.bincount(many.classes.flatten().long()) > 0).tolist() == [True] * len(CLASSES)
    heights = torch.cat([objects.boxes[:, 3] - objects.boxes[:, 1] for objects in many.objects])
    assert heights.quantile(0.9) > 3 * heights.quantile(0.1)


def test_some_things_overlap_and_most_scenes_have_several():
    many = scenes(100, 48)
    assert sum(len(objects) > 2 for objects in many.objects) > 50


def test_colours_do_not_tell_the_classes_apart():
    # the best that a table from colours to classes can do: 16 shades of each of the three colours
    many = scenes(300, 48)
    shades = (many.images // 16).long()
    keys = (shades[:, 0] * 16 + shades[:, 1]) * 16 + shades[:, 2]
    counts = torch.bincount((keys * len(CLASSES) + many.classes).flatten(), minlength=4096 * len(CLASSES))
    table = counts.view(4096, len(CLASSES)).argmax(1)
    guessed = table[keys]
    united = [((guessed == k) | (many.classes == k)).sum() for k in range(len(CLASSES))]
    shared = [((guessed == k) & (many.classes == k)).sum() for k in range(len(CLASSES))]
    assert torch.tensor([a / b for a, b in zip(shared, united, strict=True)]).mean() < 0.4  # mean IoU, seen examples


def test_a_choice_of_scenes_keeps_everything_together():
    many = scenes(5, 32)
    for chosen, expected in [(many[3], scenes(1, 32, first=3)), (many[-1], scenes(1, 32, first=4))]:
        assert bytes_of(chosen) == bytes_of(expected)
        assert chosen.objects[0].boxes.tolist() == expected.objects[0].boxes.tolist()
    assert [bytes_of(one) for one in many] == [bytes_of(many[place]) for place in range(5)]
    with pytest.raises(IndexError):
        many[5]


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "n=0 must be at least 1"),
        ({"n": 1.5}, TypeError, r"n=1\.5 must be a whole number"),
        ({"n": True}, TypeError, "n=True must be a whole number"),
        ({"n": 1, "size": SMALLEST - 1}, ValueError, "size=15 must be at least 16"),
        ({"n": 1, "size": LARGEST + 1}, ValueError, "size=1025 must lie in 16…1024"),
        ({"n": 1, "size": "96"}, TypeError, "size='96' must be a whole number"),
        ({"n": 1, "seed": -1}, ValueError, "seed=-1 must be at least 0"),
        ({"n": 1, "seed": 2**32}, ValueError, "seed=4294967296 must"),
        ({"n": 2, "first": 2**32 - 1}, ValueError, "first=4294967295 must"),
        ({"n": 1, "first": -1}, ValueError, "first=-1 must be at least 0"),
        ({"n": 1, "seed": float("nan")}, TypeError, "seed=nan must be a whole number"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        scenes(**arguments)


def test_the_smallest_and_the_largest_size_can_be_drawn():
    assert scenes(1, SMALLEST).images.shape == (1, 3, SMALLEST, SMALLEST)
    assert scenes(1, LARGEST).images.shape == (1, 3, LARGEST, LARGEST)


def test_a_drawing_leaves_numpys_generator_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is this one that must stay
    scenes(1, 32)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
