"""A class for every pixel: networks that answer with a map, and how good a map is."""
