"""What a layer asks of its input before it computes: said once, for all layers."""

import torch
from jaxtyping import Shaped
from torch import Tensor

AUTOCAST = {torch.float32, torch.float16, torch.bfloat16}  # what autocast converts


class InputError(ValueError, RuntimeError):
    """An input that the layer cannot take.

    The book raises :class:`ValueError` for it and :mod:`torch.nn` raises :class:`RuntimeError`: catch either.
    """


def check_tensor(input: object, name: str = "input") -> None:
    """Refuse what is no tensor.

    Raises:
        TypeError: it is anything else.

    >>> check_tensor([1.0, 2.0])
    Traceback (most recent call last):
    TypeError: input must be a torch.Tensor, not list
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, not {type(input).__name__}")


def check_axes(input: Shaped[Tensor, "..."], axes: int) -> None:
    """Refuse what is no tensor with a batch, channels and so many spatial axes; the batch may be missing.

    Args:
        input: what the layer was called with.
        axes: how many spatial axes there are.

    Raises:
        TypeError: it is no tensor.
        InputError: it has too many or too few axes.

    >>> check_axes(torch.zeros(3, 8, 8), axes=2)
    >>> check_axes(torch.zeros(8, 8), axes=2)
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: input has shape (8, 8); 4 axes are needed, or 3 without a batch
    """
    check_tensor(input)
    if input.ndim not in {axes + 1, axes + 2}:
        raise InputError(
            f"input has shape {tuple(input.shape)}; {axes + 2} axes are needed, or {axes + 1} without a batch"
        )


def check_channels(input: Shaped[Tensor, "..."], axes: int, channels: int) -> None:
    """Refuse an input that has not so many channels; they stand before the spatial axes.

    Raises:
        InputError: it has more or fewer.

    >>> check_channels(torch.zeros(3, 8, 8), axes=2, channels=4)
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: input of shape (3, 8, 8) has 3 channels, not 4
    """
    found = input.shape[-axes - 1]
    if found != channels:
        raise InputError(f"input of shape {tuple(input.shape)} has {found} channels, not {channels}")


def check_filled(input: Shaped[Tensor, "..."], axes: int) -> None:
    """Refuse an input without channels or without pixels; a batch may be empty.

    Raises:
        InputError: it has none.

    >>> check_filled(torch.zeros(2, 0, 5), axes=1)
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: input has shape (2, 0, 5); only the batch may be empty
    """
    if 0 in input.shape[-axes - 1 :]:
        raise InputError(f"input has shape {tuple(input.shape)}; only the batch may be empty")


def check_floating(input: Shaped[Tensor, "..."]) -> None:
    """Refuse an input of whole numbers, truth values or complex numbers.

    Raises:
        InputError: it holds any of them.

    >>> check_floating(torch.tensor([1, 2]))
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: input is torch.int64; floating-point numbers are needed
    """
    if not input.is_floating_point():
        raise InputError(f"input is {input.dtype}; floating-point numbers are needed")


def check_same_kind(input: Shaped[Tensor, "..."], weight: Shaped[Tensor, "..."]) -> None:
    """Refuse an input on another device than the weights, or of another type where autocast converts neither.

    Raises:
        InputError: the two cannot be multiplied.

    >>> check_same_kind(torch.zeros(8), weight=torch.zeros(3).double())
    Traceback (most recent call last):
    cnnbook.layers.checks.InputError: input is torch.float32; the weights are torch.float64, convert one of them
    """
    if input.device != weight.device:
        raise InputError(f"input is on {input.device}; the weights are on {weight.device}, move one of them")
    converted = autocast_dtype(input) == autocast_dtype(weight)
    if input.dtype != weight.dtype and not converted:
        raise InputError(f"input is {input.dtype}; the weights are {weight.dtype}, convert one of them")


def flag(name: str, value: object) -> bool:
    """Return ``value``, if it is a truth value.

    Raises:
        TypeError: it is anything else; neither 1 nor ``None`` is taken for one.

    >>> flag("ceil_mode", None)
    Traceback (most recent call last):
    TypeError: ceil_mode=None must be True or False
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r} must be True or False")
    return value


def autocast_dtype(input: Shaped[Tensor, "..."]) -> torch.dtype:
    """Return the type to compute in: the input's own, or where autocast is on and converts it, autocast's.

    >>> with torch.autocast("cpu", torch.bfloat16):
    ...     autocast_dtype(torch.zeros(8)), autocast_dtype(torch.zeros(8).double())
    (torch.bfloat16, torch.float64)
    """
    device = input.device.type
    on = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.get_autocast_dtype(device) if on and input.dtype in AUTOCAST else input.dtype
