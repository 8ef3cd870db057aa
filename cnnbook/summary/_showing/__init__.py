"""How a summary is shown: as a table, and as a picture of the graph."""
