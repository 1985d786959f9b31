"""What a design does under a truth: every outcome enumerated, or trials simulated."""
