"""Conduct: how a trial runs in time.

Accrual, looks, and losses before infusion, each with its months.
"""
