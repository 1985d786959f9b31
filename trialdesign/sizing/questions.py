"""Questions about follow-up that can be asked of a design, and those that cannot."""

from __future__ import annotations

from collections.abc import Sequence

from trialdesign.design.design import Design
from trialdesign.design.truths import is_effective
from trialdesign.endpoints import kinds_that
from trialdesign.errors import SpecificationError
from trialdesign.simulation.trials.draws import watched
from trialdesign.simulation.trials.truths import NAME, assumed, not_drawn

PROBED = 200  # trials in which the month of the final analysis is looked at


def check_question(design, value, name, most, ladder, scenario, stratum, drawn=True) -> None:
    """Refuse what cannot be asked of a design."""
    problems = []
    if not design.endpoint.runs_in_time:
        problems.append(
            f"`endpoint.kind` must be {kinds_that('runs_in_time')} for follow-up to matter; got "
            f"{design.endpoint.kind}. Ask for the sample size instead."
        )
    if not design.scenarios:
        problems.append("`scenarios` must name at least one assumed truth; got none. Add one.")
    if not 0 < value < most:
        problems.append(f"`{name}` must be above 0 and below {most:g}; got {value:g}. Change it.")
    if not ladder or min(ladder) < 0 or any(b <= a for a, b in zip(ladder, list(ladder)[1:])):
        problems.append(f"`ladder` must be increasing months, 0 or more; got {list(ladder)}. Sort them.")
    names = [each.name for each in design.scenarios]
    if drawn and design.design_prior is not None and not not_drawn(design):
        names.append(NAME)
    if scenario is not None and scenario not in names:
        problems.append(
            f"`scenario` must be one of {', '.join(names)}; got {scenario}. Choose one of these."
        )
    if stratum not in (*design.strata, "any", "all"):
        problems.append(
            f"`stratum` must be any, all or one of {', '.join(design.strata)}; got {stratum}. "
            "Choose one of these."
        )
    if problems:
        raise SpecificationError(problems)


def plateau(rungs: Sequence[Design], seed: int) -> list[str]:
    """Say from which rung on the last look, not the follow-up, dates the final analysis."""
    if not rungs[0].looks or len(rungs) < 2:
        return []
    seen = [watched(rungs, truth, seed, PROBED) for truth in assumed(rungs[0])]
    months = [[looks[-1].month for looks in scenario] for scenario in seen]
    moves = [
        any((scenario[d] != scenario[d + 1]).any() for scenario in months) for d in range(len(rungs) - 1)
    ]
    if not any(moves):
        raise SpecificationError(
            "`looks` must leave it to `follow_up` when the final analysis comes, for a ladder of "
            f"follow-ups; the last look ({rungs[0].looks[-1].label()}) dates it before "
            f"{rungs[0].follow_up:g} months in every trial. Change the last look, or ask `power`."
        )
    last = max(d for d, move in enumerate(moves) if move) + 1
    if last == len(rungs) - 1:
        return []
    return [
        f"from {rungs[last].follow_up:g} months on every rung is the same trial: the last look "
        f"({rungs[0].looks[-1].label()}) dates the final analysis. Lengthen what it waits for."
    ]


def default_scenario(rung: Design, stratum: str) -> str:
    """Return the first scenario whose truth is a success for the stratum, or for most strata."""
    asked = [rung.strata.index(stratum)] if stratum in rung.strata else range(len(rung.strata))
    works = {each.name: is_effective(rung, each) for each in rung.scenarios}
    return max(works, key=lambda name: sum(works[name][s] for s in asked))  # the first of the best
