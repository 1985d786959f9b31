"""What a trial is: the design file, validated and frozen.

Its model, criteria and truths are here; conduct, evidence and consistency have rooms of their own.
"""
