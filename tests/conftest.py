"""Settings shared by all tests; its presence puts this folder on the import path."""

from hypothesis import settings

# derandomize: the same examples on every machine; no database: nothing is written
settings.register_profile(
    "deterministic", derandomize=True, database=None, deadline=None, max_examples=10
)
settings.load_profile("deterministic")
