"""Simulated trials: drawn, analysed as planned at every look, and judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trialdesign.analysis.build import Assembled
from trialdesign.analysis.models.model import AnalysisModel, Outcomes, expectations
from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design, changed, restricted
from trialdesign.design.design_file import Scenario
from trialdesign.design.truths import true_values
from trialdesign.simulation.results import Passage, Simulated
from trialdesign.simulation.trials.blocks import Progress, Run, Task, by_truth, tasks_of
from trialdesign.simulation.trials.draws import draw, finals, watched
from trialdesign.simulation.trials.streams import BLOCK
from trialdesign.simulation.trials.thinned import Case, thinned
from trialdesign.simulation.trials.truths import Assumed, Drawn, Truth, assumed

LARGEST = 5e7  # numbers held of all strata, 400 MB
FEWEST = 50  # trials at once, whatever they take
TAIL = 0.025

Judge = Callable[[Design, AnalysisModel, list, list[Outcomes]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Part:
    """Strata that inform no others: their model, and what is asked of it.

    Attributes
    ----------
    design : Design
        Of these strata.
    model : AnalysisModel
    shares : list
        One entry per truth, in it one list of matrices per stratum.
    """

    design: Design
    model: AnalysisModel
    shares: list

    def own(self, design: Design, outcomes: list[Outcomes]) -> list[Outcomes]:
        """Return the outcomes of these strata, from those of the whole design."""
        return [outcomes[design.strata.index(stratum)] for stratum in self.design.strata]

    @property
    def together(self) -> int:
        """How many trials can be analysed at once."""
        return _at_once(self.model, self.shares[0])


def simulate(
    design: Design,
    groups: Sequence[Assembled],
    trials: int,
    seed: int,
    progress: Progress = lambda done: None,
    run: Run = map,
) -> list[Simulated]:
    """Simulate trials under each scenario and analyse them as planned.

    Parameters
    ----------
    design : Design
    groups : sequence of Assembled
        The design in parts that do not inform each other (`build.assemble_groups`).
    trials : int
        Trials per scenario.
    seed : int
    progress : callable
        Told the fraction of the work that is done.
    run : callable
        Runs tasks, `map` or an executor's: the numbers do not depend on it.
    """
    truths, parts = assumed(design), []
    for group in groups:
        shares = [_shares(group, truth.scenario) for truth in truths]
        model = thinned(group.model, _cases(group.design, truths, shares), seed)
        parts.append(Part(group.design, model, shares))
    tasks = tasks_of(len(truths), trials, _together(design, parts))
    work = partial(_analysed, design, truths, parts, seed)
    return [Simulated.joined(blocks) for blocks in by_truth(work, tasks, run, progress)]


def simulate_ladder(
    designs: Sequence[Design],
    groups: Sequence[Assembled],
    trials: int,
    seed: int,
    judge: Judge | None = None,
    progress: Progress = lambda done: None,
    prior: Drawn | None = None,
    run: Run = map,
) -> list[list[np.ndarray]]:
    """Simulate trials of designs that differ only in how long they run, and judge them.

    Each trial meets the same patients in every design: the streams do not know when the data are cut.

    Parameters
    ----------
    designs : sequence of Design
    groups : sequence of Assembled
        Their common model, in parts that do not inform each other.
    trials : int
        Trials per design and scenario.
    seed : int
    judge : callable, optional
        ``judge(design, model, shares, outcomes) -> (T, S)`` of a part of the design, the shares those of
        its criteria; which strata succeed, unless given.
    progress : callable
        Told the fraction of the work that is done.
    prior : Drawn, optional
        From which the truths of further trials are drawn.
    run : callable
        Runs tasks, `map` or an executor's: the numbers do not depend on it.

    Returns
    -------
    list of lists of ndarray, shape (T, S)
        One per design and truth (last the prior): what the judge says of each trial's strata.
    """
    truths: list[Truth] = list(assumed(designs[0]))
    if prior is not None:
        truths.append(prior)
    probed, parts = sorted({0, len(designs) // 2, len(designs) - 1}), []
    for group in groups:
        shares = [_holding(group)] * len(group.design.strata)
        alone = [restricted(designs[d], group.design.strata) for d in probed]
        cases = [(design, truth, shares) for design in alone for truth in truths]
        parts.append(Part(group.design, thinned(group.model, cases, seed), [shares] * len(truths)))
    tasks = tasks_of(len(truths), trials, _together(designs[0], parts) // len(designs))
    work = partial(_judged, designs, truths, parts, seed, judge or _decide)
    blocks = by_truth(work, tasks, run, progress)
    by_design = [[np.concatenate(rung) for rung in zip(*found)] for found in blocks]
    return [list(rung) for rung in zip(*by_design)]


def _together(design: Design, parts: Sequence[Part]) -> int:
    """Return how many blocks of trials fit into memory at once."""
    looks = len(design.looks or (None,))
    numbers = design.endpoint.n_statistics * len(design.arms) * len(design.strata) * looks
    return int(min(LARGEST / numbers, *(part.together for part in parts)) // BLOCK)


def _analysed(
    design: Design, truths: Sequence[Assumed], parts: Sequence[Part], seed: int, task: Task
) -> Simulated:
    """Return what becomes of the trials of a task."""
    truth, some = truths[task.truth], (seed, task.trials, task.first)
    looks = watched([design], truth, *some)[0] if design.endpoint.runs_in_time else []
    final = looks[-1].outcomes if looks else draw(design, truth, *some)
    judged, earlier = [], [[] for _ in looks[:-1]]
    for part in parts:
        shares = part.shares[task.truth]
        values = _expected(part.model, part.own(design, final), shares)
        judged.append(_judge(part.design, truth.scenario, values))
        criteria = [each[: len(design.decision)] for each in shares]
        for met, look in zip(earlier, looks):
            met.append(_decide(part.design, part.model, criteria, part.own(design, look.outcomes)))
    passage = Passage.of(looks, [np.concatenate(met, axis=1) for met in earlier])
    return Simulated(*(np.concatenate(columns, axis=1) for columns in zip(*judged)), passage)


def _judged(
    designs: Sequence[Design], truths: Sequence[Truth], parts: Sequence[Part], seed: int, judge: Judge,
    task: Task,
) -> list[np.ndarray]:  # fmt: skip
    """Return what the judge says of the trials of a task, (T, S) per design."""
    out = []
    ends = finals(designs, truths[task.truth], seed, task.trials, task.first)
    for design, final in zip(designs, ends):
        found = [
            judge(part.design, part.model, part.shares[task.truth], part.own(design, final))
            for part in parts
        ]
        out.append(np.concatenate(found, axis=1))
    return out


def _cases(design: Design, truths: Sequence[Truth], shares: list) -> list[Case]:
    """Return what nodes must fit: the final analysis under each truth, and the first look."""
    seen = [design] if not design.looks else [changed(design, looks=design.looks[:1]), design]
    return [(each, truth, own) for each in seen for truth, own in zip(truths, shares)]


def _decide(design: Design, model: AnalysisModel, shares: list, outcomes: list[Outcomes]) -> np.ndarray:
    """Return which strata succeed in each trial, (T, S)."""
    return _met(design, _expected(model, outcomes, shares))


def least(design: Design, model: AnalysisModel, shares: list, outcomes: list[Outcomes]) -> np.ndarray:
    """Return the smallest of the probabilities that the criteria are about, (T, S)."""
    return _expected(model, outcomes, shares)[: len(design.decision)].min(axis=0)


def _at_once(model: AnalysisModel, shares: list) -> int:
    """Return how many trials can be analysed at once, given the shares of each stratum."""
    focus, n_nuisance = model.focus, model.weight.size // model.focus.n_nodes
    width = n_nuisance * (focus.n_nodes + (1 + len(shares[0])) * focus.grid.n_nodes)
    return max(FEWEST, int(LARGEST / (width * len(shares))))


def _expected(model: AnalysisModel, outcomes: list[Outcomes], shares: list) -> np.ndarray:
    """Return the posterior expectations (J, T, S) of the shares, as many trials at once as fit."""
    trials, together, out = len(next(iter(outcomes[0].values()))), _at_once(model, shares), []
    for start in range(0, trials, together):
        some = [{arm: y[start : start + together] for arm, y in own.items()} for own in outcomes]
        paired, n = model.paired(some, shares), min(together, trials - start)
        for begin in range(0, n, BLOCK):
            out.append(expectations(model, paired, np.arange(begin, min(begin + BLOCK, n))))
    return np.concatenate(out, axis=1)


def _shares(assembled: Assembled, scenario: Scenario) -> list[list[np.ndarray]]:
    """Return, per stratum, the matrices of the criteria, the mean and the coverage."""
    design, first = assembled.design, assembled.design.decision[0]
    common = [*_holding(assembled), _share(assembled, first, assembled.values(first))]
    truths = true_values(design, scenario, first)
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


def _judge(design: Design, scenario: Scenario, expectations: np.ndarray):
    """Return decisions, errors and coverage, (T, S) each, from expectations (J, T, S)."""
    truths = np.array(true_values(design, scenario, design.decision[0]))
    truths[~np.isfinite(truths)] = np.nan  # e.g. a ratio to a control that never responds
    mean, above = expectations[-2], expectations[-1]
    return _met(design, expectations), mean - truths, (above >= TAIL) & (above <= 1 - TAIL)
