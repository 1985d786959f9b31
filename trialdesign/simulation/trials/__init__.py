"""Trials: drawn block by block, from streams keyed by truth and block, and judged."""
