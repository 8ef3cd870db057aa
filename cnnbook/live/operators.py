"""The operators of torch that the engine knows, each as the node that the engine reads."""

from collections.abc import Callable
from math import prod
from typing import Any

Values = dict[str, Any]
Shape = tuple[int, ...]


class Output(int):
    """The number of the node that makes a tensor; a plain ``int`` is a number in a formula."""


class Refused(Exception):  # noqa: N818  it is said in a sentence
    """Why an operator cannot be exported."""


def _pair(value: Any) -> list[int]:
    several = list(value) if isinstance(value, list | tuple) else [value]
    return several * 2 if len(several) == 1 else several


def _convolution(given: Values, _to: Shape, _of: list[Shape]) -> Values:
    weight, padding = given["weight"], given["padding"]
    dilation = _pair(given["dilation"])
    if padding == "valid":
        padding = 0
    elif padding == "same":
        around = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
        if any(n % 2 for n in around):
            raise Refused("padding='same' pads one side more than the other here")
        padding = [n // 2 for n in around]
    windows = {"stride": _pair(given["stride"]), "padding": _pair(padding), "dilation": dilation}
    return _node("conv", given, weight=weight, bias=given["bias"], **windows, groups=given["groups"])


def _transposed(given: Values, _to: Shape, _of: list[Shape]) -> Values:
    pairs = {name: _pair(given[name]) for name in ("stride", "padding", "output_padding", "dilation")}
    return _node("transposed", given, weight=given["weight"], bias=given["bias"], **pairs, groups=given["groups"])


def _batch_norm(given: Values, _to: Shape, of: list[Shape]) -> Values:
    mean, variance = given["running_mean"], given["running_var"]
    if mean is None or given["training"]:
        raise Refused("it has no running statistics, and needs a batch")
    if len(of[0]) != 4:  # noqa: PLR2004
        raise Refused("it stands on no map")
    scale = (variance + given["eps"]).rsqrt()
    scale = scale if given["weight"] is None else scale * given["weight"]
    shift = -mean * scale if given["bias"] is None else given["bias"] - mean * scale
    return _node("norm", given, weight=scale, bias=shift, learned=given["weight"] is not None)


def _linear(given: Values, _to: Shape, of: list[Shape]) -> Values:
    if len(of[0]) != 2:  # noqa: PLR2004
        raise Refused("it must stand on a flat vector")
    return _node("linear", given, weight=given["weight"], bias=given["bias"])


def _pool(op: str) -> Callable[[Values, Shape, list[Shape]], Values]:
    def pool(given: Values, _to: Shape, _of: list[Shape]) -> Values:
        if given.get("divisor_override"):
            raise Refused("it divides by a number of its own")
        kernel = _pair(given["kernel_size"])
        windows = {
            "kernel": kernel,
            "stride": _pair(given["stride"]) if given["stride"] else kernel,
            "padding": _pair(given["padding"]),
            "dilation": _pair(given.get("dilation", 1)),
        }
        whole = {"padded": given["count_include_pad"]} if op == "avgpool" else {}
        return _node(op, given, **windows, ceil=given["ceil_mode"], **whole)

    return pool


def _adaptive(given: Values, _to: Shape, _of: list[Shape]) -> Values:
    size = _pair(given["output_size"])
    if 0 in size:
        raise Refused("its output has no pixels")
    return _node("adaptive", given, size=size)


def _mean(given: Values, to: Shape, of: list[Shape]) -> Values:
    if len(of[0]) != 4 or sorted(axis % 4 for axis in given["dim"] or []) != [2, 3]:  # noqa: PLR2004
        raise Refused("it must average rows and columns")
    return _node("mean", given, keep=len(to) == 4)  # noqa: PLR2004


def _enlarge(given: Values, to: Shape, of: list[Shape]) -> Values:
    if given["align_corners"]:
        raise Refused("it must enlarge with align_corners=False")
    times = [large / small for small, large in zip(of[0][2:], to[2:], strict=True)]
    if any(one % 1 for one in times) or times != list(given.get("scale_factors") or times):
        raise Refused("it must enlarge by a whole number")
    return _node("enlarge", given, times=[int(one) for one in times])


def _add(given: Values, to: Shape, of: list[Shape]) -> Values:
    both = [given["self"], given["other"]]
    if given["alpha"] != 1 or any(not isinstance(one, Output) for one in both):
        raise Refused("it must add the outputs of two layers")
    if any(shape != to for shape in of):
        raise Refused("it must add maps of one shape")
    return {"op": "add", "inputs": both}


def _cat(given: Values, _to: Shape, of: list[Shape]) -> Values:
    if given["dim"] % len(of[0]) != 1 or any(not isinstance(one, Output) for one in given["tensors"]):
        raise Refused("it must join the channels of layers")
    return {"op": "cat", "inputs": given["tensors"]}


def _flatten(given: Values, to: Shape, of: list[Shape]) -> Values:
    if to != (of[0][0], prod(of[0][1:])):
        raise Refused("it must flatten all but the batch")
    return _node("flatten", given)


def _softmax(given: Values, _to: Shape, of: list[Shape]) -> Values:
    if given["dim"] % len(of[0]) != 1:
        raise Refused("it must run over channels")
    return _node("softmax", given)


def _hardtanh(given: Values, _to: Shape, _of: list[Shape]) -> Values:
    if (given["min_val"], given["max_val"]) != (0, 6):
        raise Refused("it must cut at 0 and 6")
    return _node("relu6", given)


def unknown(_given: Values, _to: Shape, _of: list[Shape]) -> Values:
    """Refuse what the engine does not know."""
    raise Refused("the engine does not know it")


def _each(op: str) -> Callable[[Values, Shape, list[Shape]], Values]:
    return lambda given, _to, _of: _node(op, given)


def _node(op: str, given: Values, **settings: Any) -> Values:
    source = given["input"] if "input" in given else given["self"]
    if not isinstance(source, Output):
        raise Refused("it must stand on the output of a layer")
    if any(isinstance(value, Output) for value in settings.values()):
        raise Refused("its weights must be learned, not computed from the input")
    return {"op": op, "inputs": [source], **{name: value for name, value in settings.items() if value is not None}}


OPERATORS: dict[str, Callable[[Values, Shape, list[Shape]], Values]] = {
    "conv2d": _convolution,
    "conv_transpose2d": _transposed,
    "batch_norm": _batch_norm,
    "linear": _linear,
    "max_pool2d": _pool("maxpool"),
    "avg_pool2d": _pool("avgpool"),
    "adaptive_avg_pool2d": _adaptive,
    "mean": _mean,
    "upsample_bilinear2d": _enlarge,
    "add": _add,
    "cat": _cat,
    "concat": _cat,
    **dict.fromkeys(["flatten", "view", "reshape"], _flatten),
    "softmax": _softmax,
    "hardtanh": _hardtanh,
    **{name: _each(name) for name in ("relu", "relu6", "tanh", "sigmoid")},
}
"""Each takes an operator's arguments by name, and the shapes of what comes out and of all that goes in."""

PASSED = {"dropout": "input", "feature_dropout": "input", "contiguous": "self", "clone": "self", "alias": "self"}
"""Operators that change nothing when a network is used, and the argument that they pass on."""
