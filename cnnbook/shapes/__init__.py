"""Exact arithmetic of sliding windows: how many fit, what they see, what they cost.

Everything here counts, so everything is a whole number: Python's or NumPy's integers go in, ``int`` comes out.
The one ratio is a fraction.
The other modules check their sizes with the same two functions, :func:`~cnnbook.shapes.checks.whole_number` and
:func:`~cnnbook.shapes.checks.per_axis`.
"""

from cnnbook.shapes.checks import (
    PerAxis,
    channels_in_groups,
    padding_per_axis,
    per_axis,
    real_number,
    whole_number,
)
from cnnbook.shapes.counts import (
    conv_multiply_adds,
    conv_parameters,
    conv_transpose_multiply_adds,
    depthwise_separable_cost_ratio,
    depthwise_separable_multiply_adds,
    depthwise_separable_parameters,
    linear_multiply_adds,
    linear_parameters,
)
from cnnbook.shapes.fields import (
    ReceptiveField,
    TransposedWindow,
    Window,
    count_paths,
    receptive_field,
    receptive_fields,
)
from cnnbook.shapes.guide import conv_relationship, transposed_relationship
from cnnbook.shapes.sizes import (
    conv_output_size,
    padding_sides,
    pool_output_size,
    same_padding,
    transposed_output_size,
)

__all__ = [
    "PerAxis",
    "ReceptiveField",
    "TransposedWindow",
    "Window",
    "channels_in_groups",
    "conv_multiply_adds",
    "conv_output_size",
    "conv_parameters",
    "conv_relationship",
    "conv_transpose_multiply_adds",
    "count_paths",
    "depthwise_separable_cost_ratio",
    "depthwise_separable_multiply_adds",
    "depthwise_separable_parameters",
    "linear_multiply_adds",
    "linear_parameters",
    "padding_per_axis",
    "padding_sides",
    "per_axis",
    "pool_output_size",
    "real_number",
    "receptive_field",
    "receptive_fields",
    "same_padding",
    "transposed_output_size",
    "transposed_relationship",
    "whole_number",
]
