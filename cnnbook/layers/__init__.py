"""The operations as torch modules, written out by hand; each takes the place of its namesake in :mod:`torch.nn`."""

from cnnbook.layers.conv import Conv1d, Conv2d

__all__ = ["Conv1d", "Conv2d"]
