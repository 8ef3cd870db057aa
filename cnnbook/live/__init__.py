"""Models for the live figures: one file holds weights and graph, and the reader's browser runs it."""

from cnnbook.live.export import export
from cnnbook.live.walk import Walk

__all__ = ["Walk", "export"]
