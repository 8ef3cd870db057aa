"""Networks, one paper or one experiment to a file."""
