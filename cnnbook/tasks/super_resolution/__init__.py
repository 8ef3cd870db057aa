"""A larger image from a small one: networks that enlarge, and how near they come to the original."""
