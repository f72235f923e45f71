"""What is kept: checkpoint files, output folders, and the fingerprints by which both are known."""
