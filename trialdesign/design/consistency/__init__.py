"""Consistency: every rule of a design that spans two of its places."""
