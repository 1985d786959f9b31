"""How long and how large: searches over ladders of designs, and formulas to hold beside them."""
