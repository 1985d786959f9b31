"""Data: a trial's results, checked row by row.

At its end, from a file or a data frame, and while it runs.
"""
