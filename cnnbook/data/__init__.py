"""Data sets: generated ones first, so that the book needs no network."""

from cnnbook.data.examples import Examples
from cnnbook.data.mnist1d import mnist1d
from cnnbook.data.scenes import scenes

__all__ = ["Examples", "mnist1d", "scenes"]
