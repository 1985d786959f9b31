"""Published results as they were: estimates with exact intervals, before any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.design.design import Design, EvidenceUse

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Published:
    """One row of published data.

    Attributes
    ----------
    stratum, study : str
    told : str
        The counts, e.g. ``8 of 8``.
    estimate, lower, upper : float
        On the natural scale; the 95 % interval of Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404,
        of Garwood 1936, doi:10.1093/biomet/28.3-4.437, or mean +- 1.96 standard errors.
    """

    stratum: str
    study: str
    told: str
    estimate: float
    lower: float
    upper: float


def published_results(design: Design, uses: Sequence[EvidenceUse]) -> list[Published]:
    """Return the rows of evidence on the design's strata."""
    return [
        _result(design, use, row)
        for use in uses
        for row in use.source.data
        if row.stratum in design.strata
    ]


def _result(design: Design, use: EvidenceUse, row) -> Published:
    statistics = design.endpoint.statistics(row, use.exposure)
    told, *interval = _INTERVALS[design.endpoint.columns](*map(float, statistics))
    return Published(row.stratum, row.study or use.source.name, told, *map(float, interval))


def _rate(n: float, responders: float) -> tuple:
    tail, failures = (1 - LEVEL) / 2, n - responders
    estimate = responders / n if n else np.nan
    lower = special.betaincinv(responders, failures + 1, tail) if responders else 0.0
    upper = special.betaincinv(responders + 1, failures, 1 - tail) if failures else 1.0
    return f"{responders:g} of {n:g}", estimate, lower, upper


def _hazard(events: float, exposure: float) -> tuple:
    tail = (1 - LEVEL) / 2
    estimate = events / exposure if exposure else np.nan
    lower = special.gammaincinv(events, tail) / exposure if events and exposure else 0.0
    upper = special.gammaincinv(events + 1, 1 - tail) / exposure if exposure else np.inf
    return f"{events:g} in {exposure:g} months", estimate, lower, upper


def _mean(n: float, mean: float, sd: float) -> tuple:
    reach = special.ndtri((1 + LEVEL) / 2) * sd / np.sqrt(n)
    return f"{mean:g}, n = {n:g}", mean, mean - reach, mean + reach


# what an endpoint publishes -> how it is told, and its interval
_INTERVALS = {
    ("n", "responders"): _rate,
    ("events", "exposure"): _hazard,
    ("n", "events", "exposure"): lambda n, events, exposure: _hazard(events, exposure),
    ("count", "exposure"): _hazard,
    ("n", "mean", "sd"): _mean,
}
