"""What a model is called with: sizes become tensors, example tensors stay."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cnnbook.shapes.checks import whole_number

Inputs = tuple[list[Any], dict[str, Any]]


def arguments(model: nn.Module, input_size: Any) -> Inputs:
    """Make the positional and named arguments of a model's ``forward``.

    Raises:
        TypeError: something is neither a size nor a tensor.
        ValueError: a size has no axes, or a number that is not at least 1.

    >>> args, named = arguments(nn.ReLU(), [(1, 3, 8, 8), (1, 5)])
    >>> [tuple(tensor.shape) for tensor in args], named
    ([(1, 3, 8, 8), (1, 5)], {})
    """
    weight = next((w for w in [*model.parameters(), *model.buffers()] if w.is_floating_point()), torch.zeros(()))

    def zeros(size: tuple[int, ...]) -> Tensor:
        return torch.zeros(size, dtype=weight.dtype, device="meta")

    if isinstance(input_size, Mapping):
        return [], {str(name): _made(f"input_size[{name!r}]", given, zeros) for name, given in input_size.items()}
    if input_size is None or isinstance(input_size, bool | str):
        raise TypeError(f"input_size={input_size!r} must be a size, a tensor, a list of them, or a dictionary")
    made = _made("input_size", input_size, zeros)
    return (made if isinstance(made, list) else [made]), {}


def _made(name: str, given: Any, zeros: Callable[[tuple[int, ...]], Tensor]) -> Any:
    if isinstance(given, Tensor):
        return given
    if given is None or isinstance(given, bool | str):
        return given
    if isinstance(given, Mapping):
        return {key: _made(f"{name}[{key!r}]", value, zeros) for key, value in given.items()}
    if not isinstance(given, tuple | list):
        raise TypeError(f"{name}={given!r} must be a size, a tensor, or a list of them, not {type(given).__name__}")
    if not given:
        raise ValueError(f"{name}={given!r} must have at least one axis: (n, channels, *size), batch first")
    if any(isinstance(part, tuple | list | Tensor | Mapping) for part in given):
        return [_made(f"{name}[{place}]", part, zeros) for place, part in enumerate(given)]
    return zeros(tuple(whole_number(f"{name}[{place}]", size, least=1) for place, size in enumerate(given)))
