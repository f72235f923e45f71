"""How far a position sees."""
