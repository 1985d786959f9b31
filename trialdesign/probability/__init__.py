"""Grids, joint beliefs and distributions: all the probability, and nothing of trials.

Belief is closed under Bayes' rule; `distributions` are those that a design file may name.
"""
