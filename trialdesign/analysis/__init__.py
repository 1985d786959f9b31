"""The planned analysis: from a design to its model, and from data to posterior probabilities.

Models, data and sampling have rooms; here are axes, accuracy, cost and the analysis itself.
"""
