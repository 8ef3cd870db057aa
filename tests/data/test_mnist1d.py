"""MNIST-1D is the published set, drawn without touching anybody's generators."""

import random

import numpy as np
import pytest
import torch

from cnnbook.data import mnist1d


@pytest.fixture(scope="module")
def published():
    """What the authors' package draws (its generator only; its downloads are pickles)."""
    from mnist1d.data import make_dataset  # noqa: PLC0415 (slow: it also imports a web client and SciPy)

    states = random.getstate(), np.random.get_state()  # noqa: NPY002 (the package seeds both)
    yield make_dataset()
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


@pytest.mark.parametrize(("split", "suffix"), [("train", ""), ("test", "_test")])
def test_the_set_is_the_published_one(published, split, suffix):
    ours = mnist1d(split)
    np.testing.assert_allclose(ours.inputs[:, 0], published[f"x{suffix}"], atol=1e-6)
    np.testing.assert_array_equal(ours.labels, published[f"y{suffix}"])


def test_shapes_and_types_are_those_that_networks_take():
    train, test = mnist1d("train"), mnist1d("test")
    assert train.inputs.shape == (4000, 1, 40)
    assert test.inputs.shape == (1000, 1, 40)
    assert train.inputs.dtype == torch.float32
    assert train.labels.dtype == torch.int64
    assert train.classes == tuple("0123456789")


def test_every_class_has_five_hundred_examples():
    labels = torch.cat([mnist1d("train").labels, mnist1d("test").labels])
    assert labels.bincount().tolist() == [500] * 10


def test_the_whole_set_has_mean_zero_and_deviation_one():
    inputs = torch.cat([mnist1d("train").inputs, mnist1d("test").inputs])
    assert abs(inputs.mean().item()) < 1e-5
    assert abs(inputs.std().item() - 1) < 1e-4


def test_the_readers_generators_are_left_alone():
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    mnist1d("test", seed=7)
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    assert before[:2] == after[:2]
    assert torch.equal(before[2], after[2])


def test_another_seed_is_another_set_and_the_same_seed_the_same():
    assert not torch.equal(mnist1d("test", seed=7).inputs, mnist1d("test").inputs)
    assert torch.equal(mnist1d("test", seed=7).inputs, mnist1d("test", seed=7).inputs)


def test_a_seed_may_be_numpys():
    assert torch.equal(mnist1d("test", seed=np.int64(7)).inputs, mnist1d("test", seed=7).inputs)


def test_writing_into_the_answer_does_not_spoil_the_next_one():
    expected = mnist1d().inputs.clone()
    mnist1d().inputs.zero_()
    assert torch.equal(mnist1d().inputs, expected)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"split": "validation"}, ValueError, "split='validation' must be 'train' or 'test'"),
        ({"seed": -1}, ValueError, "seed=-1 must be at least 0"),
        ({"seed": 2**32}, ValueError, "must lie in"),
        ({"seed": 1.0}, TypeError, "seed=1.0 must be a whole number, not float"),
        ({"seed": float("nan")}, TypeError, "must be a whole number"),
        ({"seed": True}, TypeError, "must be a whole number"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        mnist1d(**arguments)
