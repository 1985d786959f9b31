"""Evidence: published data with their citation, and how amounts known as bounds are read."""
