"""The same models, folded for inference: constants multiplied into each other, channels last from stem to head, no
complex numbers. The definition stays in the files above; these are equal to it within rounding.
"""
