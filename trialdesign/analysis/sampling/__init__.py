"""Sampling: draws of a posterior, by NUTS or from the grid, and the seam to PyMC and ArviZ."""
