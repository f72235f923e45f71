"""Options, a model and a clip -> a finished output folder: what commands share."""
