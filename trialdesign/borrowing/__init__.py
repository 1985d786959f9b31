"""Borrowing: how the strata inform each other, one file a kind."""

from ..specification import union_of

Borrowing = union_of(__name__)
