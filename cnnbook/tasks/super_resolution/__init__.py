"""A larger picture from a small one: networks that enlarge, and how good the result is."""
