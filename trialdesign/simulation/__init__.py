"""What a design does under a truth: every outcome enumerated, or trials simulated.

`operating_characteristics` decides which; results answer the same questions either way.
"""
