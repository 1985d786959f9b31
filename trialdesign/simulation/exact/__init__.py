"""Exact: every outcome enumerated.

And the critical counts: the results from which a stratum succeeds.
"""
