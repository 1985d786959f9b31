"""Exact: every outcome enumerated, and the counts from which a stratum succeeds."""
