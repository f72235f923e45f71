"""(model, clip) -> Result. Pure: no files, no printing, and the model is left as it was found."""
