"""Proofs: bounds on errors that hold wherever the truth lies.

Polynomials of response rates, the boxes on which they are bounded, and the certificate that this gives.
"""
