"""Figures in one look: the palette, Matplotlib's style, and small arrays drawn as grids."""
