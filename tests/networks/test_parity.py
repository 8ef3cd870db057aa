"""Every network is its library's, to the last digit: names, scores, gradients, in evaluation and in training."""

import importlib
from functools import partial

import pytest

from parity import agreement
from parity.references import REFERENCES

NETWORKS = [(file, name) for file, references in REFERENCES.items() for name in references]


def build(file, name):
    reference = REFERENCES[file][name]
    factory = getattr(importlib.import_module(f"cnnbook.networks.{file}"), name.partition(" ")[0])
    return factory(**reference.options)


@pytest.mark.parametrize(("file", "name"), NETWORKS)
def test_it_answers_what_its_library_answered(file, name):
    agreement.check_golden(build(file, name), file, name)


@pytest.mark.parametrize(("file", "name"), NETWORKS)
def test_it_equals_its_library_s_network(file, name):
    reference = REFERENCES[file][name]
    agreement.check_equal(build(file, name), agreement.built(reference), reference.size)


@pytest.mark.parametrize(("file", "name"), [(f, name) for f, name in NETWORKS if REFERENCES[f][name].same_seed])
def test_a_seed_draws_its_library_s_weights(file, name):
    agreement.check_seed(partial(build, file, name), partial(agreement.built, REFERENCES[file][name]))
