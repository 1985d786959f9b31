"""Data: a trial's results, checked row by row, at its end or while it runs."""
