"""A larger image from a small one: how near it comes to the image that was made small."""
