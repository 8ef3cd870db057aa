"""How each operator of torch passes on what its inputs see, by the book's own arithmetic.

An operator that no rule knows makes what is behind it unknown, and never a number that may be wrong.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, gcd, prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cnnbook.shapes.fields import TransposedWindow, Window
from cnnbook.summary import seen as see
from cnnbook.summary.seen import Seen
from cnnbook.summary.sight import Reader, transposed, window


class Call(NamedTuple):
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


def seen_by(call: Call) -> list[Seen]:
    """Compute what each output of a call sees."""
    if not any(call.seen):
        return [{}] * len(call.outputs)
    several = SEVERAL.get(call.name)
    if several:
        return several(call)
    rule = RULES.get(call.name) or (pointwise if call.pointwise else None)
    return [rule(call) if rule else see.lost(call.seen)] * len(call.outputs)


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for operators."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


@rule("hardswish", "_prelu_kernel", "native_dropout", "detach", "alias", "lift_fresh", "contiguous", "masked_fill")
def pointwise(call: Call) -> Seen:
    """Each unit is computed from those in the same place; where a tensor has one unit, from that."""
    return see.joined(
        see.broadcast(seen, tensor.shape, call.to) for tensor, seen in zip(call.inputs, call.seen, strict=True)
    )


@rule("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "new_zeros", "new_ones")
@rule("new_empty", "new_full", "fill_", "zero_", "bernoulli", "arange", "new_empty_strided")
def nothing(_: Call) -> Seen:
    """Take a tensor's shape only."""
    return {}


@rule("copy_")
def copy(call: Call) -> Seen:
    """Overwrite."""
    return see.broadcast(call.sees("src"), call["src"].shape, call.to)


@rule("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training", "cudnn_batch_norm")
def batch_norm(call: Call) -> Seen:
    """Use the learned mean, or that of all units of a channel (as instance normalisation does)."""
    others = [dim for dim in range(len(call.shape)) if dim != 1]
    return see.mixed(call.sees("input"), others if call["training"] else [])


@rule("native_group_norm", "native_layer_norm", "_fused_rms_norm")
def group_norm(call: Call) -> Seen:
    """Use the mean of all units of an image, or of its last dimensions."""
    rank = len(call.shape)
    last = len(call["normalized_shape"]) if call["normalized_shape"] else rank - 1
    return see.mixed(call.sees("input"), range(rank - last, rank))


@rule("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin")
def cumulative(call: Call) -> Seen:
    """Each unit sees all before it, and itself."""
    (dim,) = call.axes("dim")
    size = call.shape[dim]
    return see.read(call.seen[0], dim, size, Reader(lambda u: range(u + 1), 0), size)


@rule("_softmax", "_log_softmax", "_safe_softmax", "softmax", "log_softmax", "sort")
def along_one(call: Call) -> Seen:
    """Each unit sees all along one dimension."""
    return see.mixed(call.seen[0], call.axes("dim"))


@rule("mean", "sum", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "var", "std", "norm", "logsumexp", "any")
@rule("all", "nansum", "linalg_vector_norm", "var_mean", "std_mean", "aminmax", "median", "nanmedian")
def reduction(call: Call) -> Seen:
    """Gather dimensions into one unit, which stays or goes."""
    if len(call.inputs) > 1:  # the larger of two tensors
        return pointwise(call)
    axes = set(call.axes("dim"))
    seen = see.mixed(call.seen[0], axes)
    if len(call.to) == len(call.shape):
        return seen
    return see.moved(seen, {dim: place for place, dim in enumerate(d for d in range(len(call.shape)) if d not in axes)})


def windows(call: Call, seen: Seen, first: int, layers: Iterable[Reader]) -> Seen:
    """Read windows along the dimensions from ``first`` on."""
    for dim, layer in enumerate(layers, start=first):
        seen = see.read(seen, dim, call.shape[dim], layer, call.to[dim])
    return seen


def each(value: Any, axes: int, default: Any = 1) -> Sequence[int]:
    """Spread a number over all axes."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    return (values if len(values) == axes else values * axes) if value not in (None, []) else each(default, axes)


@rule("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution", "convolution_overrideable")
def convolution(call: Call) -> Seen:
    """Sum over channels and over a window; transposed, over all windows that reach a unit."""
    axes = len(call.shape) - 2
    numbers = [each(call[name], axes) for name in ("stride", "padding", "dilation")]
    kernels = call["weight"].shape[2:]
    if call["transposed"]:
        layers = [transposed(TransposedWindow(*layer)) for layer in zip(kernels, *numbers, strict=True)]
    else:
        layers = [window(Window(*layer)) for layer in zip(kernels, *numbers, strict=True)]
    seen = call.sees("input")
    if call["groups"] == 1:
        seen = see.mixed(seen, [1])
    elif not call["groups"] == call.shape[1] == call.to[1]:
        seen = see.unfollowed(seen, [1])
    return windows(call, see.joined([seen, see.lost([call.sees("weight")])]), 2, layers)


@rule("max_pool2d_with_indices", "max_pool3d_with_indices", "max_pool2d", "max_pool3d", "max_pool1d", "avg_pool1d")
@rule("avg_pool2d", "avg_pool3d", "mkldnn_max_pool2d", "quantized_max_pool2d")
def pool(call: Call) -> Seen:
    """Read the windows of a pooling."""
    axes = int(call.name.partition("pool")[2][0])
    kernels = each(call["kernel_size"], axes)
    strides = each(call["stride"], axes, kernels)
    numbers = zip(
        kernels, strides, each(call["padding"], axes, 0), each(call["dilation"], axes), strict=True
    )
    return windows(call, call.seen[0], len(call.shape) - axes, [window(Window(*layer)) for layer in numbers])


@rule("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d", "adaptive_max_pool3d")
@rule("adaptive_avg_pool1d", "adaptive_max_pool1d")
def adaptive_pool(call: Call) -> Seen:
    """Read as many windows as are asked for, a unit here and there in two of them."""
    first = len(call.shape) - int(call.name.partition("pool")[2][0])
    layers = [adaptive(n, places) for n, places in zip(call.shape[first:], call.to[first:], strict=True)]
    return windows(call, call.seen[0], first, layers)


def adaptive(n: int, places: int) -> Reader:
    """Read the windows of an adaptive pooling.

    >>> reader = adaptive(5, 2)
    >>> [list(reader.reads(unit)) for unit in range(2)]
    [[0, 1, 2], [2, 3, 4]]
    """
    common = gcd(n, places) or 1
    return Reader(lambda u: range(u * n // places, -(-(u + 1) * n // places)), places // common, n // common)


@rule("constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d")
@rule("replication_pad1d", "replication_pad2d", "replication_pad3d")
def pad(call: Call) -> Seen:
    """Move by what stands before; what is repeated there counts as padding."""
    seen = call.seen[0]
    amounts = call["pad"] if call["pad"] is not None else call["padding"]
    for place, before in enumerate(amounts[::2], start=1):
        dim = len(call.shape) - place
        if call.shape[dim] != call.to[dim]:
            seen = see.read(seen, dim, call.shape[dim], offset(-before), call.to[dim])
    return seen


def offset(start: int, step: int = 1) -> Reader:
    """Read every ``step``-th unit from ``start`` on."""
    return Reader(lambda u: (start + u * step,), 1, step)


def upsample(nearest: bool) -> Rule:  # noqa: FBT001  one of two kinds
    """Read as an interpolation does: the nearest unit, or all that are nearer than the reach of the weights."""

    def interpolation(call: Call) -> Seen:
        axes = len(call.shape) - 2
        reach = 2 if "cubic" in call.name else 1
        names = ["scales"] if axes == 1 else ["scales_d", "scales_h", "scales_w"][-axes:]
        given = call["scale_factors"] or [call[name] for name in names]
        sizes = zip(call.shape[2:], call.to[2:], given, strict=True)
        corners, half = bool(call["align_corners"]), "exact" in call.name or not nearest
        layers = [
            interpolated(n, places, factor, reach=0 if nearest else reach, corners=corners, half=half)
            for n, places, factor in sizes
        ]
        return windows(call, call.seen[0], 2, layers)

    return interpolation


def interpolated(n: int, places: int, factor: float | None, *, reach: int, corners: bool, half: bool) -> Reader:
    """Read what one of ``places`` units is interpolated from, of ``n``.

    >>> reader = interpolated(4, 8, None, reach=1, corners=False, half=True)
    >>> [list(reader.reads(unit)) for unit in (1, 2)]
    [[0, 1], [0, 1]]
    """
    scale = 1 / Fraction(factor) if factor else Fraction(n, places)
    if corners:
        scale = Fraction(n - 1, places - 1) if places > 1 else Fraction(0)
    shift = Fraction(1, 2) if half and not corners else Fraction(0)

    def reads(unit: int) -> range:
        source = scale * (unit + shift) - (shift if reach else 0)
        if not reach:
            return range(floor(source), floor(source) + 1)
        first, last = floor(source) - reach + 1, (floor(source) if source.denominator == 1 else ceil(source)) + reach - 1
        return range(first, last + 1)

    repeats = scale.denominator <= places and abs(scale * places - n) < 1
    return Reader(reads, scale.denominator if repeats else 0, scale.numerator)


for _kind in ("1d", "2d", "3d"):
    RULES[f"upsample_nearest{_kind}"] = RULES[f"_upsample_nearest_exact{_kind}"] = upsample(nearest=True)
RULES |= dict.fromkeys(
    ["upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"], upsample(nearest=False)
)


@rule("pixel_shuffle", "pixel_unshuffle")
def pixel_shuffle(call: Call) -> Seen:
    """Lay channels out as pixels, or the other way round."""
    factor = call["upscale_factor"] or call["downscale_factor"]
    layer = (
        transposed(TransposedWindow(factor, factor)) if call["upscale_factor"] else window(Window(factor, factor))
    )
    rank = len(call.shape)
    return windows(call, see.unfollowed(call.seen[0], [rank - 3]), rank - 2, [layer, layer])


@rule("mm", "bmm", "addmm", "baddbmm", "mv", "dot", "addmv", "linear", "matmul", "addbmm")
def matrix_product(call: Call) -> Seen:
    """Sum over the last dimension of one and the first of the other; what stands in the rows or columns stays."""
    names = [("mat1", "mat2"), ("batch1", "batch2"), ("self", "mat2"), ("self", "other"), ("input", "weight")]
    names += [("mat", "vec"), ("self", "vec"), ("self", "tensor")]
    left, right = next(pair for pair in names if call[pair[0]] is not None and call[pair[1]] is not None)
    one, other = call[left], call[right]
    rank = len(call.to)
    rows = see.mixed(call.sees(left), [one.ndim - 1])
    if call.name == "linear":
        columns = see.lost([call.sees(right)])
    else:
        columns = see.mixed(call.sees(right), [max(0, other.ndim - 2)])
    terms = [rows, columns]
    if call.name.startswith(("addm", "badd")):
        added = call["self"]
        terms.append(see.broadcast(call.sees("self"), added.shape, (0,) * rank))
    return see.joined(terms)


@rule("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_attention_math")
@rule("_scaled_dot_product_efficient_attention", "_scaled_dot_product_flash_attention")
@rule("_scaled_dot_product_cudnn_attention", "_scaled_dot_product_fused_attention_overrideable")
def attention(call: Call) -> Seen:
    """Each query sees all keys and values, and itself."""
    channels = len(call.shape) - 1
    query = see.mixed(call.sees("query"), [channels])
    others = [see.mixed(call.sees(name), [channels - 1, channels]) for name in ("key", "value")]
    return see.joined([query, *others])


@rule("view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", "_reshape_alias", "unflatten", "flatten", "view_copy")
def reshape(call: Call) -> Seen:
    """Keep the order of the units."""
    return see.reshaped(call.seen[0], call.shape, call.to)


@rule("permute", "transpose", "t", "movedim", "numpy_T")
def permute(call: Call) -> Seen:
    """Put the dimensions in another order."""
    rank = len(call.shape)
    order = list(range(rank))
    if call.name == "permute":
        order = [dim % rank for dim in call["dims"]]
    else:
        one, other = (call["dim0"] % rank, call["dim1"] % rank) if call.name == "transpose" else (0, rank - 1)
        order[one], order[other] = order[other], order[one]
    return see.moved(call.seen[0], {dim: place for place, dim in enumerate(order)})


@rule("expand")
def expand(call: Call) -> Seen:
    """Repeat along dimensions of one unit."""
    return see.broadcast(call.seen[0], call.shape, call.to)


@rule("slice")
def cut(call: Call) -> Seen:
    """Keep every so many units from a first one on."""
    (dim,) = call.axes("dim")
    size, first = call.shape[dim], call["start"] or 0
    first = max(0, min(size, first + size if first < 0 else first))
    step = 1 if call["step"] is None else call["step"]
    if step == 1 and call.to[dim] == size:
        return call.seen[0]
    return see.read(call.seen[0], dim, size, offset(first, step), call.to[dim])


def taken(seen: Seen, shape: Sequence[int], dim: int, place: int) -> Seen:
    """Keep one unit along a dimension, which goes."""
    dim, place = dim % len(shape), place % shape[dim]
    seen = see.read(seen, dim, shape[dim], offset(place), 1)
    return see.moved(seen, {d: d - (d > dim) for d in range(len(shape))})


@rule("select")
def select(call: Call) -> Seen:
    """Keep one unit along a dimension."""
    return taken(call.seen[0], call.shape, call["dim"], call["index"])


@rule("unfold")
def unfold(call: Call) -> Seen:
    """Cut windows out; they are read together, so their places are not told apart."""
    dim = call["dimension"] % len(call.shape)
    return see.read(call.seen[0], dim, call.shape[dim], window(Window(call["size"], call["step"])), call.to[dim])


@rule("flip", "roll")
def turned(call: Call) -> Seen:
    """Put units in another order, of which what all see together does not depend."""
    seen = call.seen[0]
    for place, dim in enumerate(call.axes("dims")):
        size = call.shape[dim]
        shift = each(call["shifts"], 1)[place] if call.name == "roll" else None
        reader = Reader(lambda u, n=size, s=shift: ((u - s) % n if s is not None else n - 1 - u,), 0)
        seen = see.read(seen, dim, size, reader, size)
    return seen


@rule("repeat")
def repeat(call: Call) -> Seen:
    """Lay copies side by side."""
    shape = (1,) * (len(call.to) - len(call.shape)) + call.shape
    seen = see.broadcast(call.seen[0], call.shape, shape)
    for dim, (size, places) in enumerate(zip(shape, call.to, strict=True)):
        if size != places:
            seen = see.read(seen, dim, size, Reader(lambda u, n=size: (u % n,), size, 0), places)
    return seen


@rule("cat", "concatenate", "stack")
def cat(call: Call) -> Seen:
    """Put tensors one behind the other: what stands in the same place is united, and along the dimension follows."""
    dim = call["dim"] or 0
    shapes, seens = [tuple(tensor.shape) for tensor in call.inputs], call.seen
    dim %= len(call.to)
    if call.name == "stack":
        before = {d: d + (d >= dim) for d in range(len(call.to) - 1)}
        seens = [see.moved(seen, before) for seen in seens]
        shapes = [(*shape[:dim], 1, *shape[dim:]) for shape in shapes]
    return see.concatenated(seens, [shape[dim] if len(shape) == len(call.to) else 0 for shape in shapes], dim)


@rule("index_select", "gather", "index")
def index(call: Call) -> Seen:
    """Pick units by their numbers; where those are not known, positions must not lie on the dimension."""
    given = call["indices"] if call.name == "index" else [call["index"]]
    places = [dim for dim, one in enumerate(given) if one is not None] if call.name == "index" else call.axes("dim")
    seen, others = call.seen[0], [seen for seen in call.seen[1:] if seen]
    if others or len(places) != 1 or len(call.to) != len(call.shape) or call.name == "gather":
        return see.lost(call.seen)
    [dim], [numbers] = places, [one for one in given if one is not None]
    if numbers.is_meta or numbers.dtype == torch.bool:
        return see.unfollowed(seen, [dim])
    picked = numbers.tolist()
    return see.read(seen, dim, call.shape[dim], Reader(lambda unit: (picked[unit],), 0), call.to[dim])


@rule("index_add")
def index_add(call: Call) -> Seen:
    """Add units where their numbers say."""
    dim, source = call.axes("dim")[0], call["source"]
    if call["index"].is_meta or call.sees("index"):
        return see.joined([call.sees("self"), see.lost([call.sees("source")])])
    adds: dict[int, list[int]] = {}
    for unit, place in enumerate(call["index"].tolist()):
        adds.setdefault(place, []).append(unit)
    reader = Reader(lambda unit: adds.get(unit, ()), 0)
    return see.joined([call.sees("self"), see.read(call.sees("source"), dim, source.shape[dim], reader, call.to[dim])])


@rule("im2col")
def im2col(call: Call) -> Seen:
    """Cut windows out of images; their places stand one behind the other, rows first."""
    names = ("kernel_size", "stride", "padding", "dilation")
    layers = [Window(*layer) for layer in zip(*(call[name] for name in names), strict=True)]
    first = len(call.shape) - 2
    counts = [layer.output_size(size) for layer, size in zip(layers, call.shape[first:], strict=True)]
    seen = call.seen[0]
    for dim, (layer, count) in enumerate(zip(layers, counts, strict=True), start=first):
        seen = see.read(seen, dim, call.shape[dim], window(layer), count)
    return see.reshaped(seen, (call.shape[0], call.to[1], *counts), call.to)


@rule("embedding")
def embedding(call: Call) -> Seen:
    """Replace each number by a vector."""
    return call.sees("indices")


def pieces(call: Call) -> list[Seen]:
    """Cut a tensor along a dimension into several."""
    (dim,) = call.axes("dim") if call["dim"] is not None else (0,)
    if call.name == "unbind":
        return [taken(call.seen[0], call.shape, dim, place) for place in range(len(call.outputs))]
    found, first = [], 0
    for output in call.outputs:
        size = output.shape[dim]
        found.append(see.read(call.seen[0], dim, call.shape[dim], offset(first), size))
        first += size
    return found


SEVERAL: dict[str, Callable[[Call], list[Seen]]] = dict.fromkeys(
    ["split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes", "unbind", "chunk", "unsafe_chunk"], pieces
)


def bound(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of an operator their names, and those that are left out their defaults."""
    schema = func._schema.arguments  # noqa: SLF001  torch has no other way to ask
    named = {argument.name: argument.default_value for argument in schema if argument.has_default_value()}
    return named | {argument.name: value for argument, value in zip(schema, args, strict=False)} | kwargs
