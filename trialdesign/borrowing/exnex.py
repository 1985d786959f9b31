"""Exchangeability-nonexchangeability: each stratum borrows, or stands alone, and the data say which.

Neuenschwander et al. 2016, doi:10.1002/pst.1730.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from trialdesign.borrowing import _exchangeable as exchangeable
from trialdesign.borrowing._allocations import FEW, allocated_cost, by_allocation, kept_each
from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, independent, mix_within
from trialdesign.probability.cost import Cost, crossed
from trialdesign.probability.cubature import probe_numbers, thin
from trialdesign.probability.distributions.heterogeneity import Scale
from trialdesign.probability.distributions.prior import Prior, PriorPerStratum
from trialdesign.probability.pymc_belief import Twin, variables
from trialdesign.probability.pymc_belief import mix_within as mix_twins
from trialdesign.probability.resolution import Resolution
from trialdesign.specification.types import Probability, per_stratum, specification

NODES = {1: None, 2: 200, 3: 36}  # nodes kept a component when their product must fit in memory

Weight = Probability | dict[str, Probability]


@specification
class Exchangeable:
    """One exchangeable component: N(mu, tau^2) with its weight.

    Attributes
    ----------
    weight : float or mapping
        Prior probability that a stratum belongs to this component: one for all, or one per stratum. The
        weights of all components sum to one.
    mean : prior
        Prior of mu.
    sd : float or prior
        Standard deviation between the strata of the component, tau, or its prior.
    """

    weight: Weight
    mean: Prior
    sd: Scale


@specification
class Nonexchangeable:
    """The component in which a stratum stands alone.

    Attributes
    ----------
    weight : float or mapping
        Prior probability that a stratum stands alone: one for all, or one per stratum.
    prior : prior or mapping
        Its parameter's prior then: one for all, or one per stratum.
    """

    weight: Weight
    prior: PriorPerStratum


@specification
class Exnex(BorrowingKind):
    """theta_s ~ sum_c weight_cs N(mu_c, tau_c^2) + weight_0s prior_s.

    Attributes
    ----------
    exchangeable : list
        One to three components of strata that resemble each other.
    nonexchangeable : mapping
        The component in which a stratum stands alone.
    """

    exchangeable: Annotated[list[Exchangeable], Field(min_length=1, max_length=3)]
    nonexchangeable: Nonexchangeable
    kind: Literal["exnex"] = "exnex"

    couples: ClassVar[bool] = True
    examples: ClassVar[tuple[dict, ...]] = (
        {
            "kind": "exnex",
            "exchangeable": [
                {
                    "weight": {"SLE": 0.5, "IIM": 0.8, "SSc": 1},
                    "mean": {"dist": "Normal", "mu": 0, "sigma": 2},
                    "sd": {"dist": "HalfNormal", "sigma": 1},
                }
            ],
            "nonexchangeable": {
                "weight": {"SLE": 0.5, "IIM": 0.2, "SSc": 0},
                "prior": {"dist": "Normal", "mu": 0, "sigma": 2},
            },
        },
        {
            "kind": "exnex",
            "exchangeable": [
                {
                    "weight": 0.4,
                    "mean": {"dist": "Normal", "mu": -1, "sigma": 1},
                    "sd": {"dist": "HalfNormal", "sigma": 0.5},
                },
                {
                    "weight": 0.3,
                    "mean": {"dist": "Normal", "mu": 1.5, "sigma": 1},
                    "sd": {"dist": "HalfNormal", "sigma": 0.5},
                },
            ],
            "nonexchangeable": {"weight": 0.3, "prior": {"dist": "Normal", "mu": 0, "sigma": 2}},
        },
    )

    def problems(self, strata: Sequence[str]) -> Iterator[str]:
        """Yield what is wrong with the weights; a stratum without one is told of elsewhere."""
        try:
            self.weights(strata)
        except KeyError:
            return
        except ValueError as error:
            yield str(error)

    def weights(self, strata: Sequence[str]) -> np.ndarray:
        """Return the weights (1 + C, S): nonexchangeable first, columns summing to one."""
        parts = [self.nonexchangeable, *self.exchangeable]
        weights = np.array([per_stratum(part.weight, strata) for part in parts], dtype=float)
        totals = weights.sum(axis=0)
        if np.abs(totals - 1).max() > 1e-6:
            worst = int(np.abs(totals - 1).argmax())
            raise ValueError(
                f"the weights of `exnex` must sum to 1 in every stratum; got {totals[worst]:g} "
                f"in {strata[worst]}. Rescale the weights."
            )
        return weights / totals

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        priors = per_stratum(self.nonexchangeable.prior, strata)
        alone = dict.fromkeys(Zone.of(prior) for prior in priors)
        return (*alone, *(exchangeable.zone(part.mean, part.sd, (0.0,)) for part in self.exchangeable))

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return the belief over the nodes of all (mu_c, tau_c); exact up to the grid for one."""
        weights = self.weights(strata)
        priors = per_stratum(self.nonexchangeable.prior, strata)
        alone = independent(axis.grid, np.stack([prior.mass(axis.grid) for prior in priors]))
        parts = [self._component(part, len(strata), axis) for part in self.exchangeable]
        if self._allocated(strata):
            keep = kept_each([each.n_nodes for each in parts], *alone.mass.shape[1:])
            return by_allocation(alone, [thin(each, axis, keep) for each in parts], weights)
        keep, used, mixed = self._kept(axis), weights[0], alone
        for component, weight in zip(parts, weights[1:]):
            used = used + weight
            relative = np.divide(weight, used, out=np.zeros_like(weight), where=used > 0)
            mixed = mix_within(mixed, thin(component, axis, keep), relative)
        return mixed

    def _component(self, part: Exchangeable, n_strata: int, axis: Axis) -> Belief:
        """Return one exchangeable component, as if every stratum belonged to it."""
        taus, weights = exchangeable.rule(
            part.sd, None, axis.resolution.scale_nodes, axis.spread_of_nodes
        )
        return exchangeable.belief(axis, part.mean, taus, weights, np.zeros(n_strata))

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        keep, full = self._kept(axis), len(strata) * axis.grid.n_nodes
        parts = []
        for part in self.exchangeable:
            taus, _ = exchangeable.rule(part.sd, None, axis.resolution.scale_nodes, axis.spread_of_nodes)
            parts.append(exchangeable.cost(axis, part.mean, taus, np.zeros(len(strata))))
        if self._allocated(strata):
            keep = kept_each([each.nodes for each in parts], len(strata), axis.grid.n_nodes)
            return allocated_cost([_thinned(each, keep, full) for each in parts], len(strata), full)
        mixed = Cost(1, full, 2 * full)
        for made in parts:
            mixed = crossed(mixed, _thinned(made, keep, full), len(strata), full)
        return mixed

    def _allocated(self, strata: Sequence[str]) -> bool:
        """Return whether the belief is a sum over which component each stratum belongs to."""
        return len(self.exchangeable) > 1 and len(strata) <= FEW

    def _kept(self, axis: Axis) -> int | None:
        """Return how many nodes of a component are kept at most, None for all."""
        keep = NODES[len(self.exchangeable)]
        return keep and round(keep * axis.resolution.scale_nodes / Resolution().scale_nodes)

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC, with which component a stratum belongs to summed out."""
        weights = self.weights(strata)
        priors = per_stratum(self.nonexchangeable.prior, strata)
        mixed, used = Twin.of(variables(pm, f"{name}_alone", priors)), weights[0]
        for c, (part, weight) in enumerate(zip(self.exchangeable, weights[1:])):
            offsets = np.zeros(len(strata))
            component = exchangeable.twin(pm, f"{name}_{c}", part.mean, part.sd, None, offsets)
            used = used + weight
            relative = np.divide(weight, used, out=np.zeros_like(weight), where=used > 0)
            mixed = mix_twins(pm, f"{name}_mix_{c}", mixed, component, relative)
        return mixed


def _thinned(made: Cost, keep: int | None, full: int) -> Cost:
    """Return the cost of a component of which only some nodes are kept."""
    if keep is None or made.nodes <= keep:
        return made
    return Cost(keep, keep * full, max(made.peak, made.kept + probe_numbers(made.nodes, full)))
