"""What the evidence of a design says before the trial, and what that is worth."""
