"""A call of an operator, and the rules by which operators pass on what is seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnnbook.summary._tracing.seen import Seen


@dataclass(frozen=True)
class Call:
    """One call of an operator: its name, its arguments by name, its tensors, and what those that go in see."""

    name: str
    arguments: dict[str, Any]
    inputs: list[Tensor]
    seen: list[Seen]
    outputs: list[Tensor]
    pointwise: bool = False

    def __getitem__(self, argument: str) -> Any:
        return self.arguments.get(argument)

    def sees(self, argument: str) -> Seen:
        """What one argument sees; nothing, where it is no tensor."""
        given = self[argument]
        return next((seen for tensor, seen in zip(self.inputs, self.seen, strict=True) if tensor is given), {})

    @property
    def shape(self) -> tuple[int, ...]:
        """The first input's."""
        return tuple(self.inputs[0].shape)

    @property
    def to(self) -> tuple[int, ...]:
        """The first output's shape."""
        return tuple(self.outputs[0].shape)

    def axes(self, argument: str) -> list[int]:
        """Dimensions that an argument names, counted from the front; all of them where it names none."""
        given = self[argument]
        if given is None or (isinstance(given, list | tuple) and not given):
            return list(range(len(self.shape)))
        return [dim % max(1, len(self.shape)) for dim in (given if isinstance(given, list | tuple) else [given])]


Rule = Callable[[Call], Seen]
RULES: dict[str, Rule] = {}
"""What is seen through an operator, by its name; the same through all its outputs."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Make a function the rule of some operators."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def bound(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of an operator their names, and those that are left out their defaults."""
    schema = func._schema.arguments  # noqa: SLF001  torch has no other way to ask
    named = {argument.name: argument.default_value for argument in schema if argument.has_default_value()}
    return named | {argument.name: value for argument, value in zip(schema, args, strict=False)} | kwargs
