"""A copy of a model to experiment on: the same modules, hooks and attributes, so that the model itself stays as it was.

Without numbers (on torch's device ``meta``), the copy weighs nothing and computes shapes only.
"""

import copy
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn


def stand_in(model: nn.Module, *, numbers: bool) -> nn.Module:
    """Copy a model, with its numbers or with their shapes only; the copy is in evaluation mode.

    >>> layer = nn.Linear(2, 3)
    >>> double = stand_in(layer, numbers=False)
    >>> double.weight.device, double.training, layer.training
    (device(type='meta'), False, True)
    """
    values = list(attributes(model))
    memo: dict[int, Any] = {id(one): _copied(one, numbers=numbers) for one in values if isinstance(one, Tensor)}
    for value in values:
        _share_what_cannot_be_copied(value, memo)
    return copy.deepcopy(model, memo).eval()


def attributes(model: nn.Module) -> Iterator[Any]:
    """All that hangs on the modules, but the modules."""
    for module in model.modules():
        yield from module._parameters.values()  # noqa: SLF001
        yield from module._buffers.values()  # noqa: SLF001
        yield from (
            value for name, value in vars(module).items() if name not in {"_parameters", "_buffers", "_modules"}
        )


def _copied(tensor: Tensor, *, numbers: bool) -> Tensor:
    data = tensor.detach().clone() if numbers else tensor.detach().to("meta")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(data, requires_grad=tensor.requires_grad)
    return data


def _share_what_cannot_be_copied(value: Any, memo: dict[int, Any]) -> None:
    """Locks, generators, open files: the copy uses the same."""
    if value is None or isinstance(value, bool | int | float | str | nn.Module | Tensor):
        return
    try:
        copy.deepcopy(value, dict(memo))
    except (TypeError, RuntimeError, NotImplementedError):
        memo[id(value)] = value
