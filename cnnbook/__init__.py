"""The CNN Book's package: convolution written to be read, twice, and checked.

:mod:`cnnbook.shapes` counts, :mod:`cnnbook.reference` defines in NumPy, :mod:`cnnbook.layers` runs in PyTorch.
"""

__version__ = "0.1.0"
