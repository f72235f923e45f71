"""From a file to a model: what it holds, which model that is, and the names of its classes."""
