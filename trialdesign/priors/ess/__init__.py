"""Effective sample sizes of priors: elir, moment, morita.

Of a mixture, of a density, of a whole design, and what is left of them after the data.
"""
