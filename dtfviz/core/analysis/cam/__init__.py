"""Where and when a model looks, and whether the answer hangs on it."""
