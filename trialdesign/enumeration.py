"""Every outcome of a finite design: exact operating characteristics.

The outcomes that inform other strata are enumerated jointly; those that do not - the controls of an
arm-wise model - factorise given the former.  Strata whose belief has one node are independent and
are enumerated one by one.  Scenarios share the tables: a scenario costs a few tensor contractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from .assembly import Assembled, true_values
from .belief import node_products
from .design import Design
from .ensembles import Exact

MAX_OUTCOMES = 20_000_000  # joint outcomes that inform each other; 12 million take seconds
CHUNK = 2e7  # numbers held at once, 160 MB
MIN_NODES = 1000  # below this the singular vectors cost more than they save
FAINT = 1e-11  # share of the evidence below which singular vectors (1e-18) could move a probability by 1e-7
TAIL = 0.025

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Table:
    """One stratum's outcomes: likelihood (I, C, G), numerators (J, I, P, C, G), probabilities."""

    likelihood: np.ndarray
    numerators: np.ndarray
    shared: np.ndarray  # (scenarios, I)
    private: np.ndarray  # (scenarios, P)


def n_outcomes(design: Design) -> int:
    """Return how many joint outcomes must be enumerated."""
    components = design.model.components()
    borrowing = [name for name, component in components.items() if component.strata.couples]
    sizes = {arm: design.sizes(arm) for arm in design.arm_names}
    if not borrowing:
        return max(prod(n[s] + 1 for n in sizes.values()) for s in _strata(design))
    counted = sizes if design.model.effect is not None else borrowing
    return prod(sizes[arm][s] + 1 for s in _strata(design) for arm in counted)


def _strata(design: Design) -> range:
    return range(len(design.strata))


def obstacle(design: Design) -> str | None:
    """Return why a design cannot be enumerated, or None."""
    if not hasattr(design.endpoint, "outcomes"):
        return f"a {design.endpoint.kind} endpoint has no finite set of outcomes"
    components = design.model.components()
    if design.model.effect is None and len(components) == 2:
        if all(component.strata.couples for component in components.values()):
            return "both arms borrow across strata, so that neither factorises"
    count = n_outcomes(design)
    if count > MAX_OUTCOMES:
        return f"{count:.3g} joint outcomes are more than {MAX_OUTCOMES:.3g}"
    return None


def enumerate_outcomes(assembled: Assembled, progress: Progress = lambda done: None) -> list[Exact]:
    """Return the exact results of a design, one a scenario.

    Parameters
    ----------
    assembled : Assembled
    progress : callable
        Told the share of the work that is done.
    """
    design = assembled.design
    tables = [_table(assembled, s) for s in _strata(design)]
    if assembled.model.weight.size == 1:
        groups = [[s] for s in _strata(design)]
    else:
        groups = [list(_strata(design))]
    results = [_enumerate_group(assembled, tables, group, progress) for group in groups]
    return [_combine(design, groups, [result[i] for result in results]) for i in range(len(design.scenarios))]


def _table(assembled: Assembled, s: int) -> Table:
    """Return a stratum's outcomes with the numerators of its criteria, mean and coverages."""
    design, model = assembled.design, assembled.model
    first = design.decision[0]
    shares = [assembled.holds(criterion) for criterion in design.decision]
    shares.append(assembled.values(first))
    for scenario in design.scenarios:
        truth = true_values(design, scenario, first)[s]
        shares.append(assembled.exceeds(first, truth))
    outcomes = {arm: design.endpoint.outcomes(design.sizes(arm)[s]) for arm in design.arm_names}
    likelihood, numerators = model.crossed(s, outcomes, shares)
    shared, private = [], []
    for scenario in design.scenarios:
        by_arm = {
            arm: design.endpoint.probabilities(outcomes[arm], design.truths(scenario, arm)[s])
            for arm in design.arm_names
        }
        pair = model.crossed_probabilities(by_arm)
        shared.append(pair[0])
        private.append(pair[1])
    return Table(likelihood, numerators, np.array(shared), np.array(private))


def _enumerate_group(
    assembled: Assembled, tables: Sequence[Table], group: Sequence[int], progress: Progress
) -> list[dict]:
    """Return, a scenario each, the moments of the group's strata and its decision probabilities."""
    factors = {}
    if len(group) > 1:
        factors = {s: assembled.model.marginal(s, tables[s].likelihood) for s in group}
    met, moments = [], []
    for position, s in enumerate(group):
        before = Before(assembled.model, s, {r: f for r, f in factors.items() if r != s})
        tell = lambda done, at=position: progress((at + done) / len(group))  # noqa: E731
        decided, sums = _one_stratum(assembled, tables, s, before, tell)
        met.append(np.moveaxis(decided, -2, position))
        moments.append(sums)
    return [
        _summary(i, group, met, [tables[s] for s in group], [sums[i] for sums in moments])
        for i in range(len(assembled.design.scenarios))
    ]


def _summary(
    i: int, group: Sequence[int], met: list[np.ndarray], tables: list[Table], moments: list
) -> dict:
    """Return a scenario's moments and decision probabilities from the decisions at every outcome."""
    shared = [table.shared[i] for table in tables]

    def success(position: int) -> np.ndarray:
        return met[position] @ tables[position].private[i]

    def none(strata: Sequence[int]) -> float:
        return _contract(_product((1 - success(p) for p, s in enumerate(group) if s in strata), shared), shared)

    everything = _contract(_product((success(p) for p in range(len(group))), shared), shared)
    successes = [_contract(success(p), shared) for p in range(len(group))]
    return {"moments": np.array(moments), "successes": successes, "none": none, "all": everything}


def _product(grids: Iterable[np.ndarray], shared: Sequence[np.ndarray]) -> np.ndarray:
    out = np.ones([p.size for p in shared])
    for grid in grids:
        out *= grid
    return out


def _contract(grid: np.ndarray, probabilities: Sequence[np.ndarray]) -> float:
    """Sum a function of the joint outcome against independent probabilities."""
    for probability in reversed(probabilities):
        grid = grid @ probability
    return float(grid)


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
        if right and prod(sizes) * max(columns, self.model.weight.size) < 10 * CHUNK:
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


def _one_stratum(
    assembled: Assembled, tables: Sequence[Table], s: int, before: Before, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Return decisions (I_others..., I_s, P) and moments (scenarios, 3: error, square, covered)."""
    design, own = assembled.design, tables[s]
    others = list(before.factors)
    n_criteria, n_own, n_private = len(design.decision), len(own.likelihood), own.numerators.shape[2]
    n_first, n_rest = (before.shape[0] if others else 1), prod(before.shape[1:])
    met = np.empty((n_first * n_rest, n_own * n_private), dtype=bool)
    sums = np.zeros((len(design.scenarios), 3))
    flat = own.likelihood.reshape(n_own, -1).T  # (C * G, I)
    columns = own.numerators.reshape(len(own.numerators), n_own * n_private, -1)
    joint = [np.multiply.outer(a, b).ravel() for a, b in zip(own.shared, own.private)]
    rest = _outer([tables[r].shared for r in others[1:]], len(design.scenarios))
    width = n_own * n_private * 8 + before.model.weight.size * (before.core is None)
    step = max(1, int(CHUNK / (width * n_rest)))
    for start in range(0, n_first, step):
        first = np.arange(start, min(start + step, n_first))
        mass = before.block(first)
        total = mass @ flat
        faint = np.flatnonzero(total.min(axis=1) < FAINT)
        if faint.size and before.core is not None:  # strata in conflict: singular vectors lose digits
            mass[faint] = before.direct(start * n_rest + faint)
            total[faint] = mass[faint] @ flat
        total = np.repeat(total, n_private, axis=1)
        decided = True
        for j, criterion in enumerate(design.decision):
            decided = decided & (mass @ columns[j].T > criterion.probability * total)
        met[start * n_rest : start * n_rest + len(mass)] = decided
        mean = mass @ columns[n_criteria].T / total
        square = mean**2
        for i in range(len(design.scenarios)):
            weight = tables[others[0]].shared[i][first] if others else np.ones(1)
            weight = np.multiply.outer(weight, rest[i]).ravel()
            above = mass @ columns[n_criteria + 1 + i].T
            covered = (above >= TAIL * total) & (above <= (1 - TAIL) * total)
            for q, quantity in enumerate((mean, square, covered)):
                sums[i, q] += weight @ (quantity @ joint[i])
        progress((start + len(first)) / n_first)
    return met.reshape(*before.shape, n_own, n_private), _moments(assembled, s, sums)


def _outer(shared: Sequence[np.ndarray], n_scenarios: int) -> list[np.ndarray]:
    """Return each scenario's probabilities of the joint outcomes of some strata."""
    out = [np.ones(1)] * n_scenarios
    for probabilities in shared:
        out = [np.multiply.outer(a, b).ravel() for a, b in zip(out, probabilities)]
    return out


def _moments(assembled: Assembled, s: int, sums: np.ndarray) -> np.ndarray:
    """Return mean error, mean squared error and coverage from E[mean], E[mean^2] and coverage."""
    design, out = assembled.design, sums.copy()
    for i, scenario in enumerate(design.scenarios):
        truth = true_values(design, scenario, design.decision[0])[s]
        out[i, 0] = sums[i, 0] - truth
        out[i, 1] = sums[i, 1] - 2 * truth * sums[i, 0] + truth**2
    return out


def _combine(design: Design, groups: Sequence[Sequence[int]], parts: list[dict]) -> Exact:
    """Put independent groups of strata together."""
    order = np.argsort([s for group in groups for s in group])
    moments = np.concatenate([part["moments"] for part in parts])[order]
    successes = np.array([p for part in parts for p in part["successes"]])[order]

    def any_of(strata: Sequence[int]) -> float:
        return 1 - prod(part["none"](strata) for part in parts)

    return Exact(
        successes=successes,
        errors=moments[:, 0],
        squares=moments[:, 1],
        covered=moments[:, 2],
        any_of=any_of,
        all_of=prod(part["all"] for part in parts),
    )
