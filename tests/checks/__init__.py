"""Checks that the suite makes as they are, and again with planted bugs, when they must fail.

Each is a function that raises AssertionError when what it is named after does not hold.
"""
