"""Mixtures of conjugate distributions.

Fitted to a prior, and exchanged with RBesT as JSON.
"""
