"""Help with the machine that a server runs on: whether all is well there, and how to set it up."""
