"""A running model lent to an analysis and given back as it was."""
