"""Models: families and their lines, how they are fed, read and loaded."""
