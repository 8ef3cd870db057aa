"""How a model is run without numbers, and what is noted of each operator."""
