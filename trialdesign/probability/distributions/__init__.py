"""The distributions that a design file may name, with PyMC's names and parameters."""
