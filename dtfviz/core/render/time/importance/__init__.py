"""How much each frame counts."""
