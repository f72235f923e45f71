"""Whether maps show what the answer rests on."""
