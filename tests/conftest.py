"""Settings shared by all tests; its presence puts this folder on the import path."""

from hypothesis import Phase, settings

# The same examples on every machine, nothing written to disk, no minutes spent on shrinking.
settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("deterministic")
