"""What an operation is to its tests: configurations, an oracle, and the witnesses that must say the same."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

Gradients = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One configuration: differentiable float64 arrays by name, and everything else as torch names it."""

    arrays: dict[str, np.ndarray]
    options: dict[str, Any] = field(default_factory=dict)

    def but(self, changes):
        """Return the case with other arrays or options; what was an array stays one."""
        arrays = {name: changes.get(name, array) for name, array in self.arrays.items()}
        return Case(arrays, self.options | {name: new for name, new in changes.items() if name not in arrays})


# asked without a gradient to the output, a witness answers with the output alone
Witness = Callable[[Case, np.ndarray | None], tuple[np.ndarray, Gradients]]


@dataclass(frozen=True)
class Operation:
    """One operation of the book, and all who claim to compute it.

    ``cases`` fit, ``loose`` ones may not: there the witnesses must refuse what the oracle refuses.
    ``examples`` were worked out by hand: a case, and its output.
    ``mistakes`` change one thing in ``good``, which is right; every witness must name that thing.
    """

    name: str
    cases: st.SearchStrategy[Case]
    oracle: Callable[..., torch.Tensor]  # oracle(**tensors, **options)
    witnesses: dict[str, Witness]
    loose: st.SearchStrategy[Case] | None = None
    examples: dict[str, tuple[Case, list]] = field(default_factory=dict)
    good: Case | None = None
    mistakes: dict[str, dict[str, Any]] = field(default_factory=dict)


def by_hand(forward, backward, names):
    """Make a witness of a NumPy function and its hand-written gradients, which come in the order of ``names``.

    ``backward`` is given the gradient and whatever else of the case it has a name for.
    """
    takes = inspect.signature(backward).parameters

    def witness(case, grad_output):
        output = forward(**case.arrays, **case.options)
        if grad_output is None:
            return output, {}
        given = {name: value for name, value in (case.arrays | case.options).items() if name in takes}
        gradients = backward(grad_output, **given)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        return output, dict(zip(names, gradients, strict=True))

    return witness


def by_autograd(function):
    """Make a witness of any function of tensors and options: autograd finds the gradients."""

    def witness(case, grad_output):
        arrays = {name: torch.tensor(array).requires_grad_() for name, array in case.arrays.items()}
        output = function(**arrays, **case.options)
        if grad_output is None:
            return output.detach().numpy(), {}
        output.backward(torch.from_numpy(grad_output))
        return output.detach().numpy(), {name: array.grad.numpy() for name, array in arrays.items()}

    return witness


def by_layer(build, parameters=("weight", "bias")):
    """Make a witness of a module: ``build(shapes, **options)`` makes it, and the case's arrays become its parameters.

    ``shapes`` has the shape of every array of the case.
    """

    def function(input, **given):
        tensors = {name: given.pop(name) for name in parameters if name in given}
        shapes = {name: tuple(tensor.shape) for name, tensor in (tensors | {"input": input}).items()}
        module = build(shapes, **given)
        if any(module.get_parameter(name).shape != tensor.shape for name, tensor in tensors.items()):
            raise ValueError(f"the layer's parameters cannot have the shapes {shapes}")  # as load_state_dict says
        return torch.func.functional_call(module, tensors, (input,), strict=True)

    return by_autograd(function)


def numbers(draw, *shapes):
    """Fill arrays of the given shapes with numbers of a drawn seed: drawing each would take hypothesis too long."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return [random.standard_normal(shape) for shape in shapes]


def each(draw, axes, low, high):
    """Draw one whole number for each spatial axis."""
    return draw(st.tuples(*[st.integers(low, high)] * axes))


@st.composite
def loosened(draw, cases, shapes, options):
    """Change one or two things in a case that fits: the shape of an array, or an option.

    ``shapes`` and ``options`` name what may change, and the strategy for what becomes of it.
    """
    case = draw(cases)
    names = sorted({*options, *shapes} - {name for name in shapes if name not in case.arrays})
    changed = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    return case.but(
        {name: numbers(draw, draw(shapes[name]))[0] if name in shapes else draw(options[name]) for name in changed}
    )
