"""Tails: the probability that an estimand exceeds a threshold.

And what is read off it: distribution functions and quantiles.
"""
