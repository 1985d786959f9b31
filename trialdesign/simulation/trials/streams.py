"""Random streams: the only module that owns a seed.

Streams are keyed by (truth, block), so that results are the same for any number of workers and a short
run is a prefix of a longer one.
"""

from __future__ import annotations

import numpy as np

BLOCK = 1000  # trials per random stream
REASONS, HAZARDS = 1, 2  # streams beside a block's own: losses before infusion, drawn truths


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random stream of a key, e.g. (truth, block)."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
