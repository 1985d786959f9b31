"""What the evidence of a design says before the trial, and what that is worth.

Effective sample sizes, conflict and mixtures have rooms; elicitation is here.
"""
