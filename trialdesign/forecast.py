"""Forecast: when the events, the last patient and the data cut of a trial are due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .consistency import check
from .design import Design
from .errors import SpecificationError
from .events import (
    LEVELS,
    Counts,
    Milestone,
    Month,
    by_month,
    last_of,
    milestones,
    reached,
    scenario_counts,
)
from .events_predicted import predicted_counts, remaining_entry
from .interim import Interim

SHARES = (0.25, 0.5, 0.75, 1.0)  # of the events expected at the cut, when none is named


@dataclass(frozen=True, slots=True)
class Forecast:
    """When things are due, exactly.

    Attributes
    ----------
    design : Design
    milestones : tuple of Milestone
        Of each scenario: the events, then the last patient and the data cut.
    curve : tuple of Month
        Events by the end of each month.
    known : Interim or None
        The data that the forecast is conditional on.
    seconds : float
    warnings : tuple of str
    """

    design: Design
    milestones: tuple[Milestone, ...]
    curve: tuple[Month, ...]
    known: Interim | None
    seconds: float
    warnings: tuple[str, ...] = ()

    def to_dataframe(self):
        """Return the milestones as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame([each.to_dict() for each in self.milestones])


def forecast_events(
    design: Design,
    events: Sequence[int] = (),
    scenario: str | None = None,
    known: Interim | None = None,
    from_prior: bool = False,
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
        A running trial's data (`interim.load_interim`): the forecast is from the posterior.
    from_prior : bool
        Average over the design prior, or over the model where there is none, beside the scenarios.

    Raises
    ------
    SpecificationError
        The design has no time to event, or an argument does not fit it.
    """
    started = time.perf_counter()
    check(design)
    _check(design, events, scenario, known)
    sources: list[tuple[str, Counts]] = []
    if known is None:
        chosen = [each for each in design.scenarios if scenario in (None, each.name)]
        sources = [(each.name, scenario_counts(design, each)) for each in chosen]
        if from_prior or not sources:
            model = design.design_prior or design.model
            sources.append(("prior", predicted_counts(replace(design, model=model))))
    else:
        sources = [("posterior", predicted_counts(design, known))]
    return _forecast(design, sources, events, known, started)


def _check(design: Design, events: Sequence[int], scenario: str | None, known: Interim | None) -> None:
    """Refuse what cannot be asked of a design."""
    if not design.endpoint.needs_conduct:
        raise SpecificationError(
            "`endpoint.kind` must be time_to_event for events to be dated; got "
            f"{design.endpoint.kind}. Choose another design."
        )
    names = [each.name for each in design.scenarios]
    if scenario is not None and scenario not in names:
        raise SpecificationError(
            f"`scenario` must be one of {', '.join(names)}; got {scenario}. Choose one of these."
        )
    most = sum(sum(design.sizes(arm)) for arm in design.arm_names)
    seen = 0 if known is None else int(sum(each.sum() for each in known.events.values()))
    for k in events:
        if not seen < k <= most:
            raise SpecificationError(
                f"`events` must be above the {seen} seen and at most the {most} patients of the design; "
                f"got {k}. Change it."
            )


def _forecast(
    design: Design,
    sources: Sequence[tuple[str, Counts]],
    events: Sequence[int],
    known: Interim | None,
    started: float,
) -> Forecast:
    """Return the forecast under each source of counts."""
    now, seen = (0.0, 0) if known is None else (known.month, sum(v.sum() for v in known.events.values()))
    conduct, known_or_none = design.conduct(), known or Interim.before(design)
    entering = [remaining_entry(conduct, s, known_or_none) for s in range(len(design.strata))]
    entering = [each for each in entering if each.patients > 0]
    cut = max([now, *(float(each.closes.max()) for each in entering)]) + design.follow_up
    months = np.unique(np.concatenate([[now], np.arange(np.ceil(now), np.ceil(cut)), [cut]]))
    dated: list[Milestone] = []
    curve: list[Month] = []
    for name, counts in sources:
        asked = list(events) or _quarters(counts, cut, int(seen))
        by = lambda at, counts=counts, asked=asked: reached(counts, asked, at)  # noqa: E731
        dated += milestones(name, [f"event {k}" for k in asked], by, cut)
        if entering:
            dated += milestones(name, ["last patient"], last_of(entering), cut)
        dated.append(Milestone(name, "data cut", 1.0, cut, (cut,) * len(LEVELS)))
        curve += by_month(name, counts, months)
    return Forecast(design, tuple(dated), tuple(curve), known, time.perf_counter() - started)


def _quarters(counts: Counts, cut: float, seen: int) -> list[int]:
    """Return the events at quarters of those expected at the cut, beyond those seen."""
    row = counts(np.array([cut]))[0]
    expected = float(row @ np.arange(row.size))
    return sorted({max(seen + 1, round(seen + (expected - seen) * share)) for share in SHARES})
