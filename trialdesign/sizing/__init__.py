"""How long and how large: searches over ladders of designs.

Here, too: what is told of the answer, and formulas to hold beside it.
"""
