"""Designs from plain dicts, and what is read off their models: shared by all tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from scipy import special

from trialdesign.analysis.build import Assembled, assemble
from trialdesign.analysis.models.model import expectations, leave_one_out
from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design
from trialdesign.probability.belief import node_products
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.trials.draws import draw, watched
from trialdesign.simulation.trials.truths import assumed

STRATA = ("SLE", "IIM", "SSc", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11")
DEFAULT = Resolution()
FINE = DEFAULT.doubled()
DESIGNS = Path(__file__).parent / "designs"  # fixed examples, which shipped designs are not


def reference(name: str) -> dict:
    """Return a document of reference numbers."""
    return json.loads((Path(__file__).parent / "data" / f"{name}.json").read_text())


def parse(document: Mapping) -> Design:
    """Return the checked design that a document spells, its evidence inline."""
    design = TypeAdapter(Design).validate_python(document)
    return design


def normal(mu: float, sigma: float) -> dict:
    return {"dist": "Normal", "mu": mu, "sigma": sigma}


def half_normal(sigma: float) -> dict:
    return {"dist": "HalfNormal", "sigma": sigma}


def beta(alpha: float, beta: float) -> dict:
    return {"dist": "Beta", "alpha": alpha, "beta": beta}


def mixture(weights: Sequence[float], parts: Sequence[Mapping]) -> dict:
    return {"mixture": [{"weight": w, **part} for w, part in zip(weights, parts, strict=True)]}


def independent(prior: Mapping) -> dict:
    return {"kind": "independent", "prior": prior}


def pooled(prior: Mapping) -> dict:
    return {"kind": "pooled", "prior": prior}


def hierarchical(mean: Mapping, sd: Mapping | float, **more) -> dict:
    return {"kind": "hierarchical", "mean": mean, "sd": sd, **more}


def exnex(mean: Mapping, sd: Mapping | float, prior: Mapping, weight=0.5) -> dict:
    """Return one exchangeable component of that weight (a number, or one per stratum)."""
    each = weight.items() if isinstance(weight, Mapping) else None
    rest = 1 - weight if each is None else {stratum: 1 - w for stratum, w in each}
    return {
        "kind": "exnex",
        "exchangeable": [{"weight": weight, "mean": mean, "sd": sd}],
        "nonexchangeable": {"weight": rest, "prior": prior},
    }


def evidence(
    rows: Sequence[tuple[str, int, int]],
    discount: Mapping | None = None,
    arm: str = "treatment",
    name: str = "past",
) -> dict:
    """Return published responders, rows (stratum, n, responders), with a discount (full: None)."""
    source = {
        "name": name,
        "citation": "made up for a test",
        "endpoint": {"kind": "binary", "name": "response"},
        "arm": arm,
        "grade": "B",
        "data": [{"stratum": stratum, "n": n, "responders": r} for stratum, n, r in rows],
    }
    return {"source": source, "discount": discount or {"kind": "full"}}


def component(strata: Mapping, *used: Mapping) -> dict:
    return {"strata": strata, "evidence": list(used)}


def criterion(
    estimand: str = "difference", greater_than: float = 0.0, probability: float = 0.975
) -> dict:
    return {"estimand": estimand, "greater_than": greater_than, "probability": probability}


def sized(sizes: int | Sequence[int] | Mapping, strata: Sequence[str]) -> int | dict:
    """Return one value per stratum as a mapping; a number or a mapping stays what it is."""
    plain = isinstance(sizes, (int, float, Mapping))
    return sizes if plain else dict(zip(strata, sizes, strict=True))


def binary(
    model: Mapping,
    treatment,
    control=None,
    decision: Sequence[Mapping] | None = None,
    scenarios: Sequence[tuple] = (),
    strata: Sequence[str] | int = 3,
    **more,
) -> Design:
    """Return a design with a binary endpoint.

    ``treatment`` and ``control`` are patients; ``scenarios`` are pairs of rates (treatment, control),
    the latter None in a single arm, each a number or one per stratum.
    """
    strata = STRATA[:strata] if isinstance(strata, int) else strata
    size = {"treatment": sized(treatment, strata)}
    if control is not None:
        size["control"] = sized(control, strata)
    single = criterion("response", 0.5, 0.9) if control is None else criterion()
    document = {
        "title": "a test",
        "strata": list(strata),
        "endpoint": {"kind": "binary", "name": "response"},
        "sample_size": size,
        "model": model,
        "decision": list(decision or [single]),
        "scenarios": [
            {"name": str(i), "treatment": sized(t, strata)}
            | ({} if c is None else {"control": sized(c, strata)})
            for i, (t, c) in enumerate(scenarios)
        ],
    }
    return parse(document | more)


def outcomes(
    design: Design, treatment: Sequence[int], control: Sequence[int] | None = None
) -> list[dict[str, np.ndarray]]:
    """Return one trial's statistics, from the responders a stratum of each arm."""
    responders = {"treatment": treatment} | ({} if control is None else {"control": control})
    return [
        {arm: np.array([[design.arms[arm].sizes[s], y[s]]], float) for arm, y in responders.items()}
        for s in range(len(design.strata))
    ]


@dataclass(frozen=True)
class Posterior:
    """What one data set makes of a design's model; criteria are numbered as in the design."""

    assembled: Assembled
    masses: list[np.ndarray]  # (G, H) a stratum

    def probability(self, s: int, at: int = 0) -> float:
        """Return the posterior probability that a criterion is about."""
        return float((self.masses[s] * self.assembled.holds(self._criterion(at))).sum())

    def exceeds(self, s: int, threshold: float, at: int = 0) -> float:
        """Return the posterior probability that a criterion's estimand exceeds any number."""
        return float((self.masses[s] * self.assembled.exceeds(self._criterion(at), threshold)).sum())

    def mean(self, s: int, at: int = 0) -> float:
        return float((self.masses[s] * self.assembled.values(self._criterion(at))).sum())

    def sd(self, s: int, at: int = 0) -> float:
        centred = self.assembled.values(self._criterion(at)) - self.mean(s, at)
        return float(np.sqrt((self.masses[s] * centred**2).sum()))

    def quantile(self, s: int, q: float, bracket: tuple[float, float], at: int = 0) -> float:
        """Return a posterior quantile of a criterion's estimand."""
        from scipy.optimize import brentq

        return brentq(lambda x: 1 - self.exceeds(s, x, at) - q, *bracket, xtol=1e-10)

    def focus(self, s: int) -> np.ndarray:
        """Return the posterior masses (G,) of the parameter in focus."""
        return self.masses[s].sum(axis=1)

    def _criterion(self, at: int) -> Criterion:
        return self.assembled.design.decision[at]


def posterior(
    design: Design,
    treatment: Sequence[int],
    control: Sequence[int] | None = None,
    resolution: Resolution = DEFAULT,
    assembled: Assembled | None = None,
) -> Posterior:
    """Return the posterior after one trial, responders a stratum of each arm."""
    assembled = assembled or assemble(design, resolution)
    return Posterior(assembled, assembled.model.joint(outcomes(design, treatment, control)))


@dataclass(frozen=True)
class Hyper:
    """Posterior of the mean and sd that the strata share: nodes (K,), their probabilities (K,)."""

    mean: np.ndarray
    sd: np.ndarray
    probability: np.ndarray

    def moments(self, name: str) -> tuple[float, float]:
        """Return posterior mean and sd of ``mean`` or ``sd``."""
        x, p = getattr(self, name), self.probability
        first = p @ x
        return float(first), float(np.sqrt(p @ (x - first) ** 2))


def hyper(design: Design, treatment: Sequence[int], control: Sequence[int] | None = None) -> Hyper:
    """Return what one trial says of the shared mean and sd.

    The design's last stratum must have no patients and no evidence: given a node its parameter still
    is N(mean, sd^2), whose distribution function at the panel edges labels the node.
    """
    model = assemble(design).model
    paired = model.paired(outcomes(design, treatment, control), [[]] * len(design.strata))
    products = node_products(model.weight, [own.marginal for own in paired])[0]
    mean, sd = _normal_labels(model.focus)
    return Hyper(mean, sd, products / products.sum())


def _normal_labels(belief) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and sd (K,) of the normals that the last stratum's masses are made of."""
    unseen, x, edges = belief.mass[:, -1], belief.grid.nodes, belief.grid.edges[1:-1]
    panels = unseen.reshape(len(unseen), edges.size + 1, -1).sum(axis=2)
    z = special.ndtri(np.clip(np.cumsum(panels, axis=1)[:, :-1], 0, 1))
    nearest = np.argsort(np.abs(z), axis=1)[:, :2]
    (z1, z2), (e1, e2) = np.take_along_axis(z, nearest, axis=1).T, edges[nearest].T
    mean = unseen @ x  # exact unless the tails leave the grid
    sd = np.sqrt(np.maximum(unseen @ x**2 - mean**2, 0))
    wide = np.maximum(np.abs(z1), np.abs(z2)) < 4
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (e2 - e1) / (z2 - z1)
        return np.where(wide, e1 - slope * z1, mean), np.where(wide, slope, sd)


def predictive(design: Design, treatment, control=None) -> list[np.ndarray]:
    """Return what the other strata say of each stratum's focus before its own data, (G,) each."""
    model = assemble(design).model
    paired = model.paired(outcomes(design, treatment, control), [[]] * len(design.strata))
    before = leave_one_out(model, paired, np.zeros(1, int))
    return [mass[0, 0] / mass[0, 0].sum() for mass in before]


def log_evidence(design: Design, treatment: Sequence[int]) -> float:
    """Return the log probability of a single-arm trial's data, binomial coefficients aside."""
    belief = assemble(design).model.focus
    rows = [
        np.exp(design.endpoint.log_likelihood(own["treatment"], belief.grid.nodes))
        for own in outcomes(design, treatment)
    ]
    factors = [row @ belief.mass[:, s].T for s, row in enumerate(rows)]
    return float(np.log(node_products(belief.weight, factors).sum() / belief.evidence))


def every_outcome(design: Design) -> list[dict[str, np.ndarray]]:
    """Return every joint outcome of a small design as trials, statistics (T, 2) an arm and stratum."""
    places = [(s, arm) for s in range(len(design.strata)) for arm in design.arms]
    counts = [np.arange(design.arms[arm].sizes[s] + 1.0) for s, arm in places]
    responders = np.stack(np.meshgrid(*counts, indexing="ij"), axis=-1).reshape(-1, len(places))
    out: list[dict] = [{} for _ in design.strata]
    for column, (s, arm) in enumerate(places):
        size = np.full(len(responders), float(design.arms[arm].sizes[s]))
        out[s][arm] = np.column_stack([size, responders[:, column]])
    return out


def every_probability(design: Design) -> np.ndarray:
    """Return the probability of every criterion at every joint outcome, shape (J, T, S)."""
    assembled, trials = assemble(design), every_outcome(design)
    shares = [assembled.holds(criterion) for criterion in design.decision]
    paired = assembled.model.paired(trials, [shares] * len(design.strata))
    blocks = np.array_split(np.arange(len(trials[0]["treatment"])), 1 + len(paired[0].index) // 2000)
    return np.concatenate([expectations(assembled.model, paired, rows) for rows in blocks], axis=1)


def table(result) -> dict[tuple[str, str, str], float]:
    """Return a result's values by (scenario, stratum, quantity)."""
    return {(row.scenario, row.stratum, row.quantity): row.value for row in result.rows}


def looks_of(design, seed: int, trials: int) -> list:
    """Return what trials under the first scenario show at each look."""
    return watched([design], assumed(design)[0], seed, trials)[0]


def outcomes_of(design, seed: int, trials: int) -> list:
    """Return the outcomes of trials under the first scenario, a mapping per stratum."""
    return draw(design, assumed(design)[0], seed, trials)
