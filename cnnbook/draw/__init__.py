"""Figures in one look: the palette, Matplotlib's style, and small arrays drawn as grids."""

from cnnbook.draw.grids import grid, matrix, show_signed

__all__ = ["grid", "matrix", "show_signed"]
