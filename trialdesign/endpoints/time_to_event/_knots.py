"""Knots in log time, and the weights of cubic interpolation between them."""

from __future__ import annotations

import numpy as np

from trialdesign.specification.types import LONGEST

# months: four minutes to 50 years; earlier times, zero included, count as four minutes
KNOTS = np.concatenate([np.geomspace(1e-4, 0.05, 16)[:-1], np.geomspace(0.05, 1.01 * LONGEST, 95)])


def _lagrange() -> np.ndarray:
    """Return (B - 3, 4): one over the products of each knot's distances to its three neighbours."""
    four = np.stack([LOG_KNOTS[i : KNOTS.size - 3 + i] for i in range(4)], axis=-1)
    apart = four[:, :, None] - four[:, None, :] + np.eye(4)
    return 1 / apart.prod(axis=2)


LOG_KNOTS = np.log(KNOTS)
LAGRANGE = _lagrange()


def cubic(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the four knots nearest to log times (...), and the weights of cubic interpolation there."""
    first = np.clip(np.searchsorted(LOG_KNOTS, x, side="right") - 2, 0, KNOTS.size - 4)
    a, b, c, d = (x - LOG_KNOTS[first + i] for i in range(4))
    weights = np.stack([b * c * d, a * c * d, a * b * d, a * b * c], axis=-1) * LAGRANGE[first]
    return first[..., None] + np.arange(4), weights
