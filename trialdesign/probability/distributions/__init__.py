"""The distributions that a design file may name, with PyMC's names and parameters.

Each gives its density, its mass on a grid, and its PyMC twin.
"""
