"""Class activation maps, and the tests of them."""
