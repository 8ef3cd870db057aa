"""How a scene is made: planned in metres, lit, and painted from far to near."""
