"""Results for readers: pages of text and tables, figures; the only writer of files.

Sections and figures take one result each and compute nothing of a trial.
"""
