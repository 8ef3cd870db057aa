"""The multiply-adds of each operator that is a sum of products: convolutions and matrix products.

One multiply-add is a product and its addition to a sum, and two floating-point operations.
Biases, activations, normalisations and poolings have no weights to multiply with and count nothing, as in most tables.
"""

from collections.abc import Callable
from math import prod

from cnnbook.summary._tracing.call import Call


def convolution(call: Call) -> int:
    """Each weight meets each place: of the output, or transposed, of the input."""
    places = call["input"].shape[2:] if call["transposed"] else call.to[2:]
    weights: int = call["weight"].numel()
    return call.shape[0] * prod(places) * weights


def matrix_product(call: Call) -> int:
    """Each number of the output is a sum over the last dimension of the first matrix."""
    names = ["mat1", "batch1", "mat"] if call.name.startswith(("addm", "badd", "addb")) else ["self", "input"]
    summed: int = next(call[name] for name in names if call[name] is not None).shape[-1]
    batch = call["batch1"].shape[0] if call.name == "addbmm" else 1
    return batch * prod(call.to) * summed


def attention(call: Call) -> int:
    """Each query meets each key, and each of these weights a value."""
    query, key, value = (call[name].shape for name in ("query", "key", "value"))
    products: int = prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
    return products


COUNTS: dict[str, Callable[[Call], int]] = {
    **dict.fromkeys(
        ["convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution", "convolution_overrideable"],
        convolution,
    ),
    **dict.fromkeys(
        ["mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addmv", "addbmm", "linear", "matmul"], matrix_product
    ),
    **dict.fromkeys(
        [
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_attention_math",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_fused_attention_overrideable",
        ],
        attention,
    ),
}
NOT_COUNTED = {"mkldnn_rnn_layer", "_cudnn_rnn", "miopen_rnn", "_trilinear", "_cdist_forward", "_fft_c2c", "_fft_r2c"}
"""Operators that multiply and add, but have no count here: said, not passed over."""


def multiply_adds(call: Call, namespace: str) -> int | None:
    """Count the multiply-adds of one call; ``None`` where they are not known."""
    if call.name in NOT_COUNTED or namespace not in {"aten", "prim", "prims"}:
        return None
    count = COUNTS.get(call.name)
    return count(call) if count else 0
