"""Consistency: every rule of a design that spans two of its places.

`whole` asks them all; rules in time and rules of evidence are beside it.
"""
