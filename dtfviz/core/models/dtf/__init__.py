"""Dynamic Temporal Filter models: the block, the nets it stands in, and the operators it is compared with."""
