"""Sampling: draws of a posterior, by NUTS or from the grid.

`pymc_backend` is the seam to PyMC and ArviZ: nobody else imports them.
"""
