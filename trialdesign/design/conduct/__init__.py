"""Conduct: how a trial runs in time, with accrual, looks and losses before infusion."""
