"""Names that say how many axes are spatial, and arguments as torch has them."""

import inspect
import re

import pytest
from torch.nn import functional

from cnnbook import reference
from cnnbook.reference import max_pool2d_loops, max_pool3d_backward

OURS = [name.removesuffix("_loops") for name in reference.__all__ if name.endswith("_loops")]


def arguments(function):
    """Names and defaults, without annotations."""
    return [
        parameter.name if parameter.default is parameter.empty else f"{parameter.name}={parameter.default!r}"
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]


@pytest.mark.parametrize("name", OURS)
def test_arguments_have_torchs_names_order_and_defaults(name):
    function = getattr(functional, name)
    documented = re.match(rf"\s*{name}\((.*)\)", function.__doc__)  # what is compiled has no other signature
    torchs = documented[1].split(", ") if documented else arguments(function)
    for ours, theirs in zip(arguments(getattr(reference, f"{name}_loops")), torchs, strict=False):
        assert ours == theirs


def test_a_name_with_a_number_of_axes_asks_for_none():
    assert "axes" not in inspect.signature(max_pool2d_loops).parameters
    assert list(inspect.signature(max_pool3d_backward).parameters)[:2] == ["grad_output", "input"]
    assert max_pool2d_loops.__doc__.startswith("Take the largest number of every window")
