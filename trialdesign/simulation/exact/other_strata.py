"""What the outcomes of other strata say of one stratum, for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

import numpy as np

from trialdesign.probability.belief import node_products

CHUNK = 2e7  # numbers held at once, 160 MB
MOST_OF_CORE = 1e8  # numbers of the core and of the products from which it is summed, 800 MB
MIN_NODES = 1000  # below this the singular vectors cost more than they save


@dataclass(frozen=True, slots=True)
class Before:
    """What every joint outcome of the other strata says of one stratum, before its own data.

    The K marginal likelihoods of an outcome span far fewer dimensions; with their singular vectors
    the sum over nodes is done once, for a small core, and no longer once an outcome.

    Attributes
    ----------
    model : Separable or Contrast
    s : int
        The stratum.
    factors : mapping of stratum to ndarray (I, K)
        Marginal likelihoods of the other strata's outcomes.
    """

    model: object
    s: int
    factors: dict[int, np.ndarray]
    left: tuple[np.ndarray, ...] = field(init=False)
    core: np.ndarray | None = field(init=False)

    def __post_init__(self) -> None:
        left, right = [], []
        if self.model.weight.size > MIN_NODES:
            for factor in self.factors.values():
                u, values, v = np.linalg.svd(factor, full_matrices=False)
                rank = int((values > 1e-15 * values[0]).sum())
                left.append(u[:, :rank] * values[:rank])
                right.append(v[:rank])
        sizes = [len(v) for v in right]
        columns = self.model.predict(self.s, self.model.weight[None])[0].size
        core = None
        if right and prod(sizes) * (columns + self.model.weight.size) < MOST_OF_CORE:
            products = self.model.weight
            for v in right:
                products = products[..., None, :] * v
            core = self.model.predict(self.s, products.reshape(-1, products.shape[-1]))
            core = core.reshape(*sizes, columns)
        object.__setattr__(self, "left", tuple(left))
        object.__setattr__(self, "core", core)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of outcomes of each of the other strata."""
        return tuple(len(factor) for factor in self.factors.values())

    def direct(self, rows: np.ndarray) -> np.ndarray:
        """Return the mass (T, C * G) of a stratum given joint outcomes, numbered in C order."""
        at = np.unravel_index(rows, self.shape) if self.factors else ()
        factors = [factor[i] for factor, i in zip(self.factors.values(), at)]
        products = node_products(self.model.weight, factors)
        return self.model.predict(self.s, products).reshape(len(products), -1)

    def block(self, first: np.ndarray) -> np.ndarray:
        """Return the mass for some outcomes of the first other stratum and all of the rest."""
        if self.core is None:
            n_rest = prod(self.shape[1:])
            rows = (first[:, None] * n_rest + np.arange(n_rest)).ravel()
            return self.direct(rows)
        out = np.tensordot(self.left[0][first], self.core, axes=(1, 0))
        for axis, left in enumerate(self.left[1:], start=1):
            out = np.moveaxis(np.tensordot(left, out, axes=(1, axis)), 0, axis)
        return out.reshape(-1, out.shape[-1])
