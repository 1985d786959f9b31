"""A new endpoint in one file: a mean of n patients whose values scatter by a known sd."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from scipy import special

from trialdesign.endpoints import _estimands as estimands
from trialdesign.endpoints._described import Described, Results, Scale
from trialdesign.endpoints._endpoint import EndpointKind
from trialdesign.endpoints._evidence_row import EvidenceRow
from trialdesign.probability.distributions.real_line import Normal
from trialdesign.specification.types import Measures, Number, Positive, Published, Text, specification


@specification
class GaussRow(EvidenceRow):
    """The mean of n patients of one stratum in one study."""

    n: Published
    mean: Number


@specification
class GaussPatient:
    """One patient's value."""

    value: Number


@specification
class Gauss(EndpointKind):
    """Values that scatter by ``sd``; statistics are ``(n, mean)``, the parameter is the true mean."""

    kind: Literal["gauss"] = "gauss"
    name: Text = "value"
    measures: Measures = "other"
    sd: Positive = 1.0

    Row: ClassVar[type] = GaussRow
    Patient: ClassVar[type] = GaussPatient
    columns: ClassVar[tuple[str, ...]] = ("n", "mean")
    patient_columns: ClassVar[tuple[str, ...]] = ("value",)
    limits: ClassVar[tuple[float, float]] = (-1e3, 1e3)
    scale: ClassVar[Scale] = Scale(
        name="mean",
        to_natural=lambda x: x,
        to_linear=lambda x: x,
        family="normal",
        linear_label="the mean",
        natural_label="the mean",
        effect_label="difference of means",
        axis_label="Mean",
        effect_axis_label="Difference of means",
        axis="plain",
        effect_axis="plain",
    )
    results: ClassVar[Results] = Results(
        size="patients",
        count="mean",
        in_size="of {:g} patients",
        axis_label="Observed mean",
        planned=True,
        told_at="quantile",
        grows=False,
    )

    @property
    def weak(self):
        wide = Normal(mu=0.0, sigma=100.0 * self.sd)
        return {"control": wide, "treatment": wide, "effect": wide}

    def estimands(self, at=None, to=None, horizon=None):
        top = np.inf
        mean = lambda control, treatment: treatment
        return estimands.named(
            {
                "Mean": estimands.Estimand("mean", mean, (-top, top), needs_control=False),
                "Difference of means": estimands.contrast("difference"),
            }
        )

    def by_arm(self, at=None):
        reach = (-np.inf, np.inf)
        return {
            "treatment": estimands.Estimand("mean", lambda c, t: t, reach, needs_control=False),
            "control": estimands.Estimand("mean", lambda c, t: c, reach),
        }

    def arm_quantity(self, at=None):
        return "Mean"

    def truth(self, value):
        return float(value)

    def truth_problem(self, value):
        known = isinstance(value, (int, float))
        return None if known else "a mean must be a number; got a curve. State a number."

    def statistics(self, row, reading):
        return np.array([row.n, row.mean], dtype=float)

    def summarise(self, value):
        return np.array([value.size, value.mean()])

    def log_likelihood(self, statistics, linear):
        n, mean = statistics[..., 0, None], statistics[..., 1, None]
        return -n * (mean - linear) ** 2 / (2 * self.sd**2)

    def twin_log_likelihood(self, pm, statistics, linear):
        return -statistics[..., 0] * (statistics[..., 1] - linear) ** 2 / (2 * self.sd**2)

    def information(self, linear, statistics):
        return np.full(np.shape(linear), statistics[0] / self.sd**2)

    def planned(self, size):
        return np.array([size, 0.0])

    def extremes(self, size, truths):
        if not size or not len(truths):
            return np.empty((0, 2))
        far = 6 * self.sd / np.sqrt(size)
        return np.array([[size, min(truths) - far], [size, max(truths) + far]])

    def worth(self, statistics):
        return float(statistics[0])

    def describe(self, statistics):
        n, mean = map(float, statistics)
        reach = special.ndtri(0.975) * self.sd / np.sqrt(n) if n else np.inf
        return Described(n, mean, f"{mean:g}, n = {n:g}", mean, mean - reach, mean + reach)

    def simulate(self, rng, truth, size, trials, conduct=None):
        mean = rng.normal(truth, self.sd / np.sqrt(size), size=(trials, len(size)))
        return np.stack([np.broadcast_to(size, mean.shape), mean], axis=-1).astype(float)

    def predictive(self, linear, mass, size):
        centre = mass @ linear
        reach = 6 * np.sqrt(mass @ (linear - centre) ** 2 + self.sd**2 / size)
        mean = np.linspace(centre - reach, centre + reach, 801)
        z = (mean[:, None] - linear) * np.sqrt(size) / self.sd
        step = (mean[1] - mean[0]) * np.sqrt(size) / self.sd
        return mean, step * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

    def replicate(self, rng, statistics, linear):
        return rng.normal(linear, self.sd / np.sqrt(statistics[..., 0]))
