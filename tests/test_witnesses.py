"""Every witness of an operation says the same as torch, forward and backward, and refuses the same mistakes.

The operations stand in ``tests/witnesses``, one module to a family.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnesses import OPERATIONS, compare
from witnesses.operation import Case, by_autograd

CONFIGURATIONS = 2000  # of each operation; benchmarks/witnesses.py asks more
# torch says that it copies the input there, which we neither mind nor do
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
drawn = settings(max_examples=CONFIGURATIONS)


def refuses(testify, case, errors=(TypeError, ValueError, RuntimeError)):
    """Say whether a witness has no answer; any other error than that of a wrong value is none."""
    try:
        testify(case, None)
    except errors:
        return True
    return False


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("name", OPERATIONS)
@drawn
@given(data=st.data())
def test_every_witness_agrees_with_torch_forward_and_backward(name, data):
    compare(OPERATIONS[name], data.draw(OPERATIONS[name].cases))


@pytest.mark.parametrize("name", OPERATIONS)
@settings(drawn, max_examples=min(CONFIGURATIONS, 50))
@given(data=st.data())
def test_the_shapes_are_those_of_the_signatures(name, data):
    compare(OPERATIONS[name], data.draw(OPERATIONS[name].cases))  # with annotations checked, which takes its time


@pytest.mark.parametrize(
    ("name", "example"), [(name, example) for name, operation in OPERATIONS.items() for example in operation.examples]
)
def test_every_witness_finds_what_was_worked_out_by_hand(name, example):
    case, expected = OPERATIONS[name].examples[example]
    for witness, testify in OPERATIONS[name].witnesses.items():
        found, _ = testify(case, None)
        np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=witness)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.loose is not None])
@drawn
@given(data=st.data())
def test_every_witness_refuses_what_torch_refuses(name, data):
    operation = OPERATIONS[name]
    case = data.draw(operation.loose)
    if refuses(by_autograd(operation.oracle), case, errors=Exception):
        for witness, testify in operation.witnesses.items():
            assert refuses(testify, case), f"{witness} answers where torch refuses"
    else:
        compare(operation, case)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("name", "mistake"), [(name, mistake) for name, operation in OPERATIONS.items() for mistake in operation.mistakes]
)
def test_every_witness_refuses_every_mistake_and_names_the_argument(name, mistake):
    operation = OPERATIONS[name]
    changes = operation.mistakes[mistake]
    named = {*changes, "input"} | ({"kernel", "out_channels"} if "weight" in changes else set())
    for witness, testify in operation.witnesses.items():
        testify(operation.good, None)  # nothing else is wrong
        with pytest.raises((TypeError, ValueError)) as refusal:
            testify(operation.good.but(changes), None)
        assert any(argument in str(refusal.value) for argument in named), f"{witness}: {refusal.value}"


def test_a_witness_that_errs_would_be_noticed():
    honest = OPERATIONS["conv1d"].witnesses["loops"]
    case = Case({"input": np.ones((1, 4)), "weight": np.ones((1, 1, 2))}, {})

    def wrong(name):
        def lie(case, grad_output):
            output, gradients = honest(case, grad_output)
            told = {"output": output, **gradients}
            told[name] = told[name] + 1e-8
            return told.pop("output"), told

        return lie

    for name in ["output", "input", "weight"]:
        with pytest.raises(AssertionError, match=f"liar: {name}"):
            compare(replace(OPERATIONS["conv1d"], witnesses={"liar": wrong(name)}), case)
