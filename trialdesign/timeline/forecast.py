"""Forecast: when the events, the last patient and the data cut of a trial are due."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.conduct.looks import Look
from trialdesign.design.design import Design, changed
from trialdesign.design.result import Result
from trialdesign.endpoints import kinds_that
from trialdesign.errors import SpecificationError
from trialdesign.simulation.trials.truths import Truth, assumed, truths_drawn
from trialdesign.timeline.event_counts import Counts, last_of, reached, scenario_counts
from trialdesign.timeline.long_term_safety import YEARS, LongTermSafety, long_term_safety
from trialdesign.timeline.look_dates import TRIALS, dated_by_simulation, dated_exactly, is_exact
from trialdesign.timeline.milestones import LEVELS, Milestone, Month, by_month, milestones, quarters
from trialdesign.timeline.predicted_counts import predicted_counts, remaining_entry


@dataclass(frozen=True, slots=True, repr=False)
class Forecast(Result):
    """When things are due: exactly, but for looks that wait for events and patients.

    Attributes
    ----------
    design : Design
    milestones : tuple of Milestone
        Of each scenario: the events, the last patient, the looks; the data cut is the last of these.
    curve : tuple of Month
        Events by the end of each month.
    known : Interim or None
        The data that the forecast is conditional on.
    seed : int
        Of the looks that are simulated.
    safety : LongTermSafety or None
        What years of following the treated say of a rare event, if asked for.
    seconds : float
    warnings : tuple of str
    """

    design: Design
    milestones: tuple[Milestone, ...]
    curve: tuple[Month, ...]
    known: Interim | None
    seed: int
    safety: LongTermSafety | None
    seconds: float
    warnings: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Milestone, ...]:
        """The milestones."""
        return self.milestones

    @property
    def simulated(self) -> bool:
        """Whether the date of a look is simulated."""
        return any(each.mcse for each in self.milestones)

    @property
    def method(self) -> str:
        """``simulation`` where the date of a look is simulated, else ``exact``."""
        return "simulation" if self.simulated else "exact"

    @property
    def trials(self) -> int | None:
        """Simulated trials; None when exact."""
        return TRIALS if self.simulated else None

    def told(self) -> Iterator[str]:
        """Yield the method, and the mean month of each milestone under the first truth."""
        yield f"{self.method}; {self.seconds:.1f} s"
        first = self.milestones[0].scenario
        own = [each for each in self.milestones if each.scenario == first]
        yield f"{first}, mean month: {', '.join(f'{m.milestone} {m.mean:.1f}' for m in own)}"

    def records(self) -> list[dict[str, object]]:
        """Return the milestones as rows, a column for each quantile."""
        return [each.to_dict() for each in self.milestones]


@on_one_thread
def forecast_events(
    design: Design,
    events: Sequence[int] = (),
    scenario: str | None = None,
    known: Interim | None = None,
    from_prior: bool = False,
    seed: int | None = None,
    safety_rate: float | None = None,
    years: float = YEARS,
    loss: float = 0.0,
) -> Forecast:
    """Return when the k-th event, the last patient and the cut are due.

    Parameters
    ----------
    design : Design
    events : sequence of int
        Which events, over all strata and arms; none stands for quarters of those expected at the cut.
    scenario : str, optional
        One assumed truth; all of them, unless named.
    known : Interim, optional
        A running trial's data (`load_interim`): the forecast is from the posterior.
    from_prior : bool
        Average over the design prior, or over the model where there is none, beside the scenarios.
    seed : int, optional
        Of the looks that are simulated; the design's own unless stated.
    safety_rate : float, optional
        Events per patient-year: add what years of following the treated say of such an event
        (`long_term_safety`).
    years, loss : float
        For the same: years of follow-up, and the hazard of being lost, per year.

    Raises
    ------
    SpecificationError
        The design has no time to event, or an argument does not fit it.
    """
    started = time.perf_counter()
    _check(design, events, scenario, known)
    safety = None
    if safety_rate is not None:
        treated = sum(sum(arm.sizes) for arm in design.treated)
        safety = long_term_safety(treated, safety_rate, years, loss)
    seed = design.simulation.seed if seed is None else seed
    sources: list[tuple[str, Counts, Truth | None]] = []
    if known is None:
        for truth in assumed(design):
            if scenario in (None, truth.name):
                sources.append((truth.name, scenario_counts(design, truth.scenario), truth))
        if from_prior or not sources:
            prior = changed(design, model=design.design_prior or design.model)
            drawn = (
                None
                if all(map(is_exact, _firsts(design)))
                else truths_drawn(changed(prior, design_prior=prior.model))
            )
            sources.append(("prior", predicted_counts(prior), drawn))
    else:
        sources = [("posterior", predicted_counts(design, known), None)]
    dated, curve, warnings = _dated(design, sources, events, known, seed)
    seconds = time.perf_counter() - started
    return Forecast(design, dated, curve, known, seed, safety, seconds, warnings)


def _check(design: Design, events: Sequence[int], scenario: str | None, known: Interim | None) -> None:
    """Refuse what cannot be asked of a design."""
    if not design.endpoint.runs_in_time:
        raise SpecificationError(
            f"`endpoint.kind` must be {kinds_that('runs_in_time')} for events to be dated; got "
            f"{design.endpoint.kind}. Choose another design."
        )
    names = [each.name for each in design.scenarios]
    if scenario is not None and scenario not in names:
        raise SpecificationError(
            f"`scenario` must be one of {', '.join(names)}; got {scenario}. Choose one of these."
        )
    most = sum(design.patients)
    seen = 0 if known is None else int(sum(each.sum() for each in known.events.values()))
    for k in events:
        if not seen < k <= most:
            raise SpecificationError(
                f"`events` must be above the {seen} seen and at most the {most} patients of the design; "
                f"got {k}. Change it."
            )


def _dated(
    design: Design,
    sources: Sequence[tuple[str, Counts, Truth | None]],
    events: Sequence[int],
    known: Interim | None,
    seed: int,
) -> tuple[tuple[Milestone, ...], tuple[Month, ...], tuple[str, ...]]:
    """Return milestones, events by month and warnings under each source of counts."""
    now, seen = (0.0, 0) if known is None else (known.month, sum(v.sum() for v in known.events.values()))
    conduct, known_or_none = design.conduct(), known or Interim.before(design)
    entering = [remaining_entry(conduct, s, known_or_none) for s in range(len(design.strata))]
    entering = [each for each in entering if each.patients > 0]
    cut = max([now, *(float(each.closes.max()) for each in entering)]) + design.follow_up
    months = np.unique(np.concatenate([[now], np.arange(np.ceil(now), np.ceil(cut)), [cut]]))
    dated: list[Milestone] = []
    curve: list[Month] = []
    warnings: list[str] = []
    if known is not None and known.month > conduct.cut:
        warnings.append(
            f"the data were cut in month {known.month:g}, after the planned end of the trial, month "
            f"{conduct.cut:g}. Check that all times are in months from the first entry possible."
        )
    for name, counts, truth in sources:
        asked = list(events) or quarters(counts, cut, int(seen))
        by = lambda at, counts=counts, asked=asked: reached(counts, asked, at)
        dated += milestones(name, [f"event {k}" for k in asked], by, cut)
        if entering:
            dated += milestones(name, ["last patient"], last_of(entering), cut)
        if design.looks:
            found = _looks(design, name, counts, truth, cut, entering, known, seed)
            dated += found
            if len(found) < len(design.looks):
                warnings.append(
                    f"looks that wait for events and patients together are not dated for the {name}: "
                    "they are simulated under assumed truths. Leave --data out."
                )
        else:
            dated.append(Milestone(name, "data cut", 1.0, cut, (cut,) * len(LEVELS)))
        curve += by_month(name, counts, months)
    return tuple(dated), tuple(curve), tuple(dict.fromkeys(warnings))


def _firsts(design: Design) -> list[list[Look]]:
    """Return the looks up to each of them: what has come by its month."""
    looks = design.looks or []
    return [looks[: j + 1] for j in range(len(looks))]


def _looks(
    design: Design,
    name: str,
    counts: Counts,
    truth: Truth | None,
    latest: float,
    entering,
    known,
    seed: int,
) -> list[Milestone]:
    """Return the dates of the looks, exact where they can be, else by simulation if there is a truth."""
    entered = 0 if known is None else int(sum(each.sum() for each in known.entered.values()))
    now = 0.0 if known is None else known.month
    titles = [f"look {j + 1}" for j in range(len(design.looks) - 1)] + ["data cut"]
    inexact = [j for j, firsts in enumerate(_firsts(design)) if not is_exact(firsts)]
    found = {
        j: dated_exactly(name, firsts, titles[j], latest, counts, entering, entered, now)
        for j, firsts in enumerate(_firsts(design))
        if j not in inexact
    }
    if inexact and truth is not None:
        own = [titles[j] for j in inexact]
        found |= zip(inexact, dated_by_simulation(name, design, truth, seed, inexact, own))
    return [found[j] for j in sorted(found)]
