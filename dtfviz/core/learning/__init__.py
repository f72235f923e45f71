"""Training and evaluation: data sets, recipes, the loop."""
