"""A model on a few hundred nodes, fitted to trials drawn for this purpose and checked on others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from trialdesign.analysis.models.model import AnalysisModel, Paired, expectations, leave_one_out
from trialdesign.design.design import Design
from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.cubature import cubature
from trialdesign.simulation.trials.draws import draw
from trialdesign.simulation.trials.streams import stream
from trialdesign.simulation.trials.truths import Truth

NODES = 400  # nodes kept at most when trials are simulated
TOLERANCE = 5e-5  # largest change of a decision probability; the Monte Carlo error is 20 times that
CROSSED_TOLERANCE = 5e-4  # where control and effect both borrow, as far as the crossed nodes reach
PROBES = 300  # trials to which the nodes are fitted, and as many to check them
ROWS = 1800
PROBE = 2**31  # first block of the streams from which these are drawn

Case = tuple[Design, Truth, list]  # with the shares that are asked of it


def thinned(model: AnalysisModel, cases: Sequence[Case], seed: int) -> AnalysisModel:
    """Return the model on a few hundred nodes, or as it is where that would change an answer.

    The nodes are fitted to trials drawn for this purpose and checked on others against all nodes;
    ``cases`` are the designs, truths and shares that they are drawn for.
    """
    crossed = model.weight.size > model.focus.n_nodes  # the control's nodes are the many then
    part, functions_of = ("partner", _control_functions) if crossed else ("focus", _functions)
    belief, probes = getattr(model, part), PROBES // 10 if crossed else PROBES
    if not crossed and belief.n_nodes <= 2 * NODES:
        return model
    rows = np.arange(-(-probes // len(cases)))
    drawn = [draw(design, truth, seed, 2 * len(rows), PROBE) for design, truth, _ in cases]
    paired = [model.paired(outcomes, own) for outcomes, (*_, own) in zip(drawn, cases)]
    kept, weights = cubature(belief.weight, _drawn(functions_of, model, paired, rows, seed), NODES)
    coarse = replace(model, **{part: Belief(belief.grid, weights, belief.mass[kept])})
    for own, outcomes, (design, _, shares) in zip(paired, drawn, cases):
        found = expectations(coarse, coarse.paired(outcomes, shares), rows + len(rows))
        error = np.abs(found - expectations(model, own, rows + len(rows)))[: len(design.decision)]
        if not error.max() < (CROSSED_TOLERANCE if crossed else TOLERANCE):
            return model
    return coarse


def _drawn(functions_of: Callable, model, paired: Sequence[list[Paired]], rows: np.ndarray, seed: int):
    """Return ROWS of the functions of all cases, (ROWS, K), drawn at random and never all held."""
    one = rows[:1]
    total = len(rows) * sum(sum(1 for _ in functions_of(model, own, one)) for own in paired)
    order = stream(seed, PROBE).permutation(total)[:ROWS]
    place = np.full(total, -1)
    place[order] = np.arange(len(order))
    parts = (part for own in paired for part in functions_of(model, own, rows))
    out: list = [None] * len(order)
    for part, at in zip(parts, place.reshape(-1, len(rows)), strict=True):
        for i in np.flatnonzero(at >= 0):
            out[at[i]] = part[i].copy()
    return np.array(out)


def _control_functions(model, paired: list[Paired], rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what is summed over the control's nodes for some trials, (T, C), fractions of a total."""
    for before, own in zip(leave_one_out(model, paired, rows), paired):
        own_data = np.einsum("tcg,tcg->tc", before, own.likelihood[own.index[rows]])
        total = own_data.sum(axis=1, keepdims=True) * model.partner.weight
        yield own_data / total
        yield from np.einsum("tcg,jtcg->jtc", before, own.numerators(rows)) / total


def _functions(model, paired: list[Paired], rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what is summed over the nodes for some trials, (T, K), each a fraction of its total."""
    factors = [own.marginal[own.index[rows]] for own in paired]
    whole = node_products(model.weight, factors)
    yield whole / whole.sum(axis=1, keepdims=True) / model.weight
    for s, stratum in enumerate(paired):
        others = node_products(model.weight, factors[:s] + factors[s + 1 :])
        likelihood = stratum.likelihood[stratum.index[rows], 0]
        total = (others * (likelihood @ model.focus.mass[:, s].T)).sum(axis=1, keepdims=True)
        for numerator in stratum.numerators(rows):
            yield others * (numerator[:, 0] @ model.focus.mass[:, s].T) / total / model.weight
