"""How much of an answer is time."""
