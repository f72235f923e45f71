"""How well a model knows the clips of a data set."""
