"""Operators that compute in place or mix positions: arithmetic, normalisation, sums, matrix products, attention."""

from cnnbook.summary._tracing import seen as see
from cnnbook.summary._tracing.call import Call, rule
from cnnbook.summary._tracing.seen import Seen
from cnnbook.summary._tracing.sight import Reader


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
    axes = call.axes("dim")
    keeps = len(call.to) == len(call.shape)
    return see.mixed(call.seen[0], axes) if keeps else see.without(call.seen[0], call.shape, axes)


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


@rule("embedding")
def embedding(call: Call) -> Seen:
    """Replace each number by a vector."""
    return call.sees("indices")
