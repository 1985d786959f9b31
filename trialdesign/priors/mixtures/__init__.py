"""Mixtures of conjugate distributions: fitted, and exchanged with RBesT."""
