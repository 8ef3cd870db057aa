"""The reference's operations as exercises use them: bare rows and pictures, without axes of length one."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference import conv1d_loops, conv2d_loops

Row = Num[np.ndarray, " n"]
Picture = Num[np.ndarray, "h w"]
Array = Num[np.ndarray, "..."]


def bare(operation: Callable[..., Array]) -> Callable[..., Float[np.ndarray, "..."]]:
    """Let an operation take one channel and one kernel without the axes that count them.

    >>> bare(conv1d_loops)(np.array([1, 2, 4, 3]), np.array([-1, 0, 1]), padding=1)
    array([ 2.,  3.,  1., -4.])
    """

    def on_one_channel(input: Array, weight: Array, **options: Any) -> Float[np.ndarray, "..."]:
        return operation(input[None], weight[None, None], **options)[0]

    return on_one_channel


conv1d = bare(conv1d_loops)
conv2d = bare(conv2d_loops)
