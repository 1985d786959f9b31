"""Settings shared by all tests; its presence puts this folder on the import path."""

import os

# Before NumPy is imported: tests run side by side, and two threads each would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import Phase, settings  # noqa: E402

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
