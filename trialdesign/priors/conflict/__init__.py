"""Where a trial would contradict its prior, and what borrowing does then."""
