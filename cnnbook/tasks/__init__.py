"""What networks are for: a task to a package, each with its networks and its measures."""
