"""Whether maps hang on what the model has learnt."""
