"""Simulated trials: drawn, analysed as planned at every look, and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from trialdesign.analysis.build import Assembled
from trialdesign.analysis.model import Outcomes, Paired, expectations, leave_one_out
from trialdesign.design.design import Criterion, Design
from trialdesign.design.truths import true_values
from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.cubature import cubature
from trialdesign.simulation.design_prior import DrawnTruths
from trialdesign.simulation.draws import BLOCK, draw, stream, watched
from trialdesign.simulation.results import Passage, Simulated

LARGEST = 5e7  # numbers held of all strata, 400 MB
FEWEST = 50  # trials at once, whatever they take
TAIL = 0.025
NODES = 400  # nodes kept at most when trials are simulated
TOLERANCE = 5e-5  # largest change of a decision probability; the Monte Carlo error is 20 times that
CROSSED_TOLERANCE = 5e-4  # where control and effect both borrow, as far as the crossed nodes reach
PROBES = 300  # trials to which the nodes are fitted, and as many to check them
ROWS = 1800
PROBE = 2**31  # first block of the streams from which these are drawn

Progress = Callable[[float], None]
Judge = Callable[[Design, object, list, list[Outcomes]], np.ndarray]


def simulate(
    design: Design,
    groups: Sequence[Assembled],
    trials: int,
    seed: int,
    progress: Progress = lambda done: None,
) -> list[Simulated]:
    """Simulate trials under each scenario and analyse them as planned.

    Parameters
    ----------
    design : Design
    groups : sequence of Assembled
        The design in parts that do not inform each other (`assembly.assemble_groups`).
    trials : int
        Trials a scenario.
    seed : int
    progress : callable
        Told the share of the work that is done.
    """
    n_scenarios = len(design.scenarios)
    shares = [[_shares(group, i) for i in range(n_scenarios)] for group in groups]
    models = [
        _thinned(group.model, _cases(group.design, own, range(n_scenarios)), seed)
        for group, own in zip(groups, shares)
    ]
    out = []
    for i in range(n_scenarios):
        looks = watched([design], i, seed, trials)[0] if design.endpoint.runs_in_time else []
        final = looks[-1].outcomes if looks else draw(design, i, seed, trials)
        earlier: list[list[np.ndarray]] = [[] for _ in looks[:-1]]
        parts = []
        for g, (group, model) in enumerate(zip(groups, models)):
            own = [design.strata.index(stratum) for stratum in group.design.strata]
            tell = lambda done, at=i * len(groups) + g: progress((at + done) / len(groups) / n_scenarios)
            values = _expected(model, [final[s] for s in own], shares[g][i], tell)
            parts.append(_judge(group.design, i, values))
            criteria = [each[: len(design.decision)] for each in shares[g][i]]
            for met, look in zip(earlier, looks):
                met.append(_decide(group.design, model, criteria, [look.outcomes[s] for s in own]))
        passage = Passage.of(looks, [np.concatenate(met, axis=1) for met in earlier])
        out.append(Simulated(*(np.concatenate(columns, axis=1) for columns in zip(*parts)), passage))
    return out


def simulate_ladder(
    designs: Sequence[Design],
    groups: Sequence[Assembled],
    trials: int,
    seed: int,
    judge: Judge | None = None,
    progress: Progress = lambda done: None,
    prior: DrawnTruths | None = None,
) -> list[list[np.ndarray]]:
    """Simulate trials of designs that differ only in how long they run, and judge them.

    Each trial meets the same patients in every design: the streams do not know when the data are cut.

    Parameters
    ----------
    designs : sequence of Design
    groups : sequence of Assembled
        Their common model, in parts that do not inform each other.
    trials : int
        Trials a design and scenario.
    seed : int
    judge : callable, optional
        ``judge(design, model, shares, outcomes) -> (T, S)`` of a part of the design, the shares those of
        its criteria; which strata succeed, unless given.
    progress : callable
        Told the share of the work that is done.
    prior : DrawnTruths, optional
        From which the truths of further trials are drawn.

    Returns
    -------
    list of lists of ndarray, shape (T, S)
        A design and a scenario (last the prior) each: what the judge says of each trial's strata.
    """
    judge, scenarios = judge or _decide, range(len(designs[0].scenarios))
    truths = [*scenarios] if prior is None else [*scenarios, prior]
    probed = sorted({0, len(designs) // 2, len(designs) - 1})
    parts = []
    for group in groups:
        shares = [_holding(group)] * len(group.design.strata)
        alone = [replace(designs[d], strata=group.design.strata) for d in probed]
        cases = [(design, i, shares) for design in alone for i in truths]
        parts.append((group.design, _thinned(group.model, cases, seed), shares))
    out: list[list[np.ndarray]] = [[] for _ in designs]
    for at, i in enumerate(truths):
        for d, looks in enumerate(watched(designs, i, seed, trials)):
            judged = []
            for part in parts:
                own = [designs[d].strata.index(stratum) for stratum in part[0].strata]
                judged.append(judge(*part, [looks[-1].outcomes[s] for s in own]))
            out[d].append(np.concatenate(judged, axis=1))
            progress((at + (d + 1) / len(designs)) / len(truths))
    return out


def _cases(design: Design, shares: list, scenarios: Sequence[int]) -> list[tuple[Design, int, list]]:
    """Return what nodes must fit: the final analysis under each scenario, and the first look."""
    seen = [design] if not design.looks else [replace(design, looks=design.looks[:1]), design]
    return [(each, i, shares[i]) for each in seen for i in scenarios]


def _decide(design: Design, model, shares: list, outcomes: list[Outcomes]) -> np.ndarray:
    """Return which strata succeed in each trial, (T, S)."""
    return _met(design, _expected(model, outcomes, shares))


def _expected(
    model, outcomes: list[Outcomes], shares: list, progress: Progress = lambda done: None
) -> np.ndarray:
    """Return the posterior expectations (J, T, S) of the shares, as many trials at once as fit."""
    trials = len(next(iter(outcomes[0].values())))
    n_nuisance = model.weight.size // model.focus.n_nodes
    width = n_nuisance * (model.focus.n_nodes + (1 + len(shares[0])) * model.focus.grid.n_nodes)
    together = max(FEWEST, int(LARGEST / (width * len(outcomes))))
    out = []
    for start in range(0, trials, together):
        some = [{arm: y[start : start + together] for arm, y in own.items()} for own in outcomes]
        paired, n = model.paired(some, shares), min(together, trials - start)
        for begin in range(0, n, BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, n))
            out.append(expectations(model, paired, rows))
            progress((start + begin + len(rows)) / trials)
    return np.concatenate(out, axis=1)


def _shares(assembled: Assembled, i: int) -> list[list[np.ndarray]]:
    """Return, a stratum each, the matrices of the criteria, the mean and the coverage."""
    design, first = assembled.design, assembled.design.decision[0]
    common = [*_holding(assembled), _share(assembled, first, assembled.values(first))]
    truths = true_values(design, design.scenarios[i], first)
    above = {at: _share(assembled, first, assembled.exceeds(first, at)) for at in set(truths)}
    return [[*common, above[truth]] for truth in truths]


def _holding(assembled: Assembled) -> list:
    """Return the shares of the probabilities that the criteria are about."""
    return [_share(assembled, each, assembled.holds(each)) for each in assembled.design.decision]


def _share(assembled: Assembled, criterion: Criterion, matrix: np.ndarray):
    """Return a matrix of a criterion's estimand as the model takes it."""
    return assembled.model.share(assembled.design.estimand(criterion), matrix)


def _met(design: Design, expectations: np.ndarray) -> np.ndarray:
    """Return whether all criteria hold, (T, S), from expectations (J, T, S) that they lead."""
    thresholds = np.array([c.probability for c in design.decision])[:, None, None]
    return (expectations[: len(thresholds)] > thresholds).all(axis=0)


def _judge(design: Design, i: int, expectations: np.ndarray):
    """Return decisions, errors and coverage, (T, S) each, from expectations (J, T, S)."""
    truths = np.array(true_values(design, design.scenarios[i], design.decision[0]))
    truths[~np.isfinite(truths)] = np.nan  # e.g. a ratio to a control that never responds
    mean, above = expectations[-2], expectations[-1]
    return _met(design, expectations), mean - truths, (above >= TAIL) & (above <= 1 - TAIL)


def _thinned(model, cases: Sequence[tuple[Design, int, list]], seed: int):
    """Return the model on a few hundred nodes, or as it is where that would change an answer.

    The nodes are fitted to trials drawn for this purpose and checked on others against all nodes;
    ``cases`` are the designs, scenarios and shares that they are drawn for.
    """
    crossed = model.weight.size > model.focus.n_nodes  # the control's nodes are the many then
    part, functions_of = ("partner", _control_functions) if crossed else ("focus", _functions)
    belief, probes = getattr(model, part), PROBES // 10 if crossed else PROBES
    if not crossed and belief.n_nodes <= 2 * NODES:
        return model
    rows = np.arange(-(-probes // len(cases)))
    drawn = [draw(design, i, seed, 2 * len(rows), PROBE) for design, i, _ in cases]
    paired = [model.paired(outcomes, own) for outcomes, (*_, own) in zip(drawn, cases)]
    kept, weights = cubature(belief.weight, _drawn(functions_of, model, paired, rows, seed), NODES)
    thinned = replace(model, **{part: Belief(belief.grid, weights, belief.mass[kept])})
    for own, outcomes, (design, _, shares) in zip(paired, drawn, cases):
        coarse = expectations(thinned, thinned.paired(outcomes, shares), rows + len(rows))
        error = np.abs(coarse - expectations(model, own, rows + len(rows)))[: len(design.decision)]
        if not error.max() < (CROSSED_TOLERANCE if crossed else TOLERANCE):
            return model
    return thinned


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
    """Yield what is summed over the control's nodes for some trials, (T, C), shares of a total."""
    for before, own in zip(leave_one_out(model, paired, rows), paired):
        own_data = np.einsum("tcg,tcg->tc", before, own.likelihood[own.index[rows]])
        total = own_data.sum(axis=1, keepdims=True) * model.partner.weight
        yield own_data / total
        yield from np.einsum("tcg,jtcg->jtc", before, own.numerators(rows)) / total


def _functions(model, paired: list[Paired], rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what is summed over the nodes for some trials, (T, K), each a share of its total."""
    factors = [own.marginal[own.index[rows]] for own in paired]
    whole = node_products(model.weight, factors)
    yield whole / whole.sum(axis=1, keepdims=True) / model.weight
    for s, stratum in enumerate(paired):
        others = node_products(model.weight, factors[:s] + factors[s + 1 :])
        likelihood = stratum.likelihood[stratum.index[rows], 0]
        total = (others * (likelihood @ model.focus.mass[:, s].T)).sum(axis=1, keepdims=True)
        for numerator in stratum.numerators(rows):
            yield others * (numerator[:, 0] @ model.focus.mass[:, s].T) / total / model.weight
