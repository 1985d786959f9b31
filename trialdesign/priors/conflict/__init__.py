"""Where a trial would contradict its prior, and what borrowing does then.

Predictive distributions, tipping points, sweet spots, and weights that adapt.
"""
