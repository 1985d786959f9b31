"""Trials: drawn block by block, from streams keyed by truth and block, and judged.

The numbers depend neither on the order of the blocks nor on who computes them.
"""
