"""Models: what data make of a design's parameters.

Arms on their own or as a contrast, each with and without a shape to sum out; `model` has the contract.
"""
