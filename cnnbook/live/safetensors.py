"""The format safetensors, as far as it is written here: a length, a header of JSON, then the numbers."""

import json
import struct
from typing import Any

from torch import Tensor, float16, float32

EXAMPLES = "examples"  # what the inputs to try are called; a weight's name has a dot


def packed(tensors: dict[str, Tensor], graph: dict[str, Any]) -> bytes:
    """Pack tensors and a graph: sixteen bits for weights of several axes, 32 for the others.

    Raises:
        ValueError: a number is not finite, or too large for sixteen bits.

    References: https://huggingface.co/docs/safetensors

    >>> packed({"bias": torch.zeros(1)}, {})[8:60]
    b'{"__metadata__":{"graph":"{}"},"bias":{"dtype":"F32"'
    """
    header: dict[str, Any] = {"__metadata__": {"graph": _json(graph)}}
    blocks: list[bytes] = []
    begin = 0
    for name, tensor in tensors.items():
        several = tensor.ndim > 1
        small = tensor.detach().to(float16 if several else float32).contiguous()
        has = "examples.inputs has numbers" if name == EXAMPLES else f"model has numbers in {name!r}"
        if not bool(small.isfinite().all()):
            raise ValueError(f"{has} that are not finite, or beyond 65504 in sixteen bits")
        if bool(tensor.any()) and not bool(small.any()):
            raise ValueError(f"{has} that are all zero in sixteen bits: they are too small")
        block = small.numpy().astype("<f2" if several else "<f4").tobytes()
        ends = [begin, begin + len(block)]
        header[name] = {"dtype": "F16" if several else "F32", "shape": list(small.shape), "data_offsets": ends}
        blocks.append(block)
        begin += len(block)
    text = _json(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blocks)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
