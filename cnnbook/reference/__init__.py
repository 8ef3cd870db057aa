"""The definitions: NumPy, loops first, in float64, with gradients written by hand."""

from cnnbook.reference.conv import conv1d_backward, conv1d_loops, conv1d_matrix, conv2d_backward, conv2d_loops

__all__ = ["conv1d_backward", "conv1d_loops", "conv1d_matrix", "conv2d_backward", "conv2d_loops"]
