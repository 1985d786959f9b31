"""Evidence: published data with their citation.

Here, too: an example to copy, and how amounts known as bounds are read.
"""
