"""Exact integer arithmetic of sliding windows: how many fit, and how many numbers a layer learns.

Everything here counts, so everything is a whole number: Python's or NumPy's integers go in, ``int`` comes out.
The other modules check their sizes with the same two functions, :func:`~cnnbook.shapes.checks.whole_number` and
:func:`~cnnbook.shapes.checks.per_axis`.
"""

from cnnbook.shapes.checks import PerAxis, channels_in_groups, padding_per_axis, per_axis, whole_number
from cnnbook.shapes.counts import conv_parameters, linear_parameters
from cnnbook.shapes.sizes import (
    conv_output_size,
    padding_sides,
    pool_output_size,
    same_padding,
    transposed_output_size,
)

__all__ = [
    "PerAxis",
    "channels_in_groups",
    "conv_output_size",
    "conv_parameters",
    "linear_parameters",
    "padding_per_axis",
    "padding_sides",
    "per_axis",
    "pool_output_size",
    "same_padding",
    "transposed_output_size",
    "whole_number",
]
