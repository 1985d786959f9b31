"""Effective sample sizes of priors: elir, moment, morita."""
