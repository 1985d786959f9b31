"""The planned analysis: from a design to its model, and from data to posterior probabilities."""
