"""Our Dropout takes the place of torch's: in constructor, numbers drawn, gradients and errors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnbook.layers import Dropout
from cnnbook.layers.checks import InputError
from twins import assert_same_constructor

PROBABILITIES = [0, 0.0, 0.3, 0.5, 1, 1.0, True, False]


def from_seed(layer, input, seed=0):
    torch.manual_seed(seed)
    return layer(input)


def test_the_constructor_has_the_same_arguments_in_the_same_order():
    assert_same_constructor(Dropout, nn.Dropout)


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_same_seed_forgets_the_same_numbers(p, inplace, training, dtype):
    both = [layer(p, inplace).train(training) for layer in (Dropout, nn.Dropout)]
    assert repr(both[0]) == repr(both[1])
    assert not both[0].state_dict()
    inputs = [torch.linspace(-2, 2, 60).view(3, 4, 5).to(dtype) for _ in both]
    found, expected = (from_seed(layer, input) for layer, input in zip(both, inputs, strict=True))
    assert torch.equal(found, expected)
    assert torch.equal(*inputs)  # changed alike, or not at all
    assert (found is inputs[0]) == (expected is inputs[1])


def test_gradients_pass_where_numbers_stay_and_have_gradients():
    gradients = []
    for layer in (Dropout(0.4), nn.Dropout(0.4)):
        input = torch.ones(50, requires_grad=True)
        gradients.append(torch.autograd.grad(from_seed(layer, input).square().sum(), input)[0])
    assert torch.equal(*gradients)
    torch.testing.assert_close(gradients[0].unique(), torch.tensor([0, 2 / 0.6**2]))
    input = torch.rand(6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda numbers: from_seed(Dropout(), numbers) ** 2, input)


def test_what_stays_keeps_the_expectation():
    torch.manual_seed(0)
    kept = Dropout(0.2)(torch.ones(100_000))
    assert kept.unique().tolist() == [0, 1.25]
    assert kept.mean().item() == pytest.approx(1, abs=0.01)


def test_the_layout_and_the_numbers_are_torchs_whatever_the_layout():
    input = torch.rand(2, 3, 4, 5)
    for laid_out in (input.to(memory_format=torch.channels_last), input.mT, input[:, :, ::2]):
        found, expected = (from_seed(layer, laid_out) for layer in (Dropout(), nn.Dropout()))
        assert torch.equal(found, expected)
        assert found.stride() == expected.stride()


def test_no_numbers_and_one_number():
    assert Dropout()(torch.ones(0, 3)).shape == (0, 3)
    assert Dropout(1)(torch.tensor(5.0)).item() == 0


@pytest.mark.parametrize("randomness", ["same", "different"])
def test_vmap_draws_as_it_does_for_torch(randomness):
    found, expected = (
        from_seed(torch.vmap(layer, randomness=randomness), torch.ones(4, 9)) for layer in (Dropout(), nn.Dropout())
    )
    assert torch.equal(found, expected)
    with pytest.raises(RuntimeError, match="randomness"):
        torch.vmap(Dropout())(torch.ones(4, 9))


def test_it_is_compiled_and_exported(layers_as_the_reader_imports_them):
    layer, ones = layers_as_the_reader_imports_them.Dropout(), torch.ones(200, 5)
    batch = torch.export.Dim("batch")
    exported = torch.export.export(layer, (ones,), dynamic_shapes=({0: batch},)).module()
    for traced in (torch.compile(layer, fullgraph=True, backend="aot_eager"), exported):
        assert set(traced(ones).unique().tolist()) == {0, 2}


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_an_input_that_torch_refuses_is_refused_with_an_error_for_both():
    whole = torch.arange(4)
    for layer in (Dropout(), nn.Dropout()):
        with pytest.raises(TypeError):
            layer([1.0])
        for dtype in (torch.int64, torch.bool, torch.complex64):
            with pytest.raises(RuntimeError):
                layer(whole.to(dtype))
        with pytest.raises(RuntimeError, match="leaf"):
            layer.__class__(inplace=True)(torch.ones(3, requires_grad=True))
    with pytest.raises(InputError, match=r"input is torch\.int64; floating-point numbers are needed"):
        Dropout()(whole)
    for p in (0, 1):  # nothing is divided by
        assert torch.equal(Dropout(p)(whole), nn.Dropout(p)(whole))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@given(
    p=st.one_of(
        st.none(), st.text(), st.lists(st.floats()), st.complex_numbers(), st.floats(min_value=1, exclude_min=True),
        st.floats(max_value=0, exclude_max=True), st.just(float("nan")),
    )
)  # fmt: skip
def test_what_is_no_probability_is_refused(p):
    with pytest.raises((TypeError, ValueError), match=r"p=.* must be"):
        Dropout(p)
